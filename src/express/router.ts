/** Our own pages and their JSON twins, under `basePath`. */
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from "express";
import { SecondFactorError } from "../errors.js";
import { adminPeopleRoutes } from "./admin-people-routes.js";
import { type AssetName, loadAssets } from "./assets.js";
import { browserRoutes } from "./browser-routes.js";
import { challengeRoutes } from "./challenge-routes.js";
import { enrolmentRoutes } from "./enrolment-routes.js";
import { historyRoutes } from "./history-routes.js";
import { readBody } from "./input.js";
import { linkRoutes } from "./link-routes.js";
import { baseOf, sendJson, setHeaders } from "./negotiate.js";
import { checkOrigin } from "./origin.js";
import { ownFactorRoutes } from "./own-factor-routes.js";
import { policyRoutes } from "./policy-routes.js";
import { route } from "./route.js";
import type { Runtime } from "./runtime.js";
import { sessionRoutes } from "./session-routes.js";

export function createRouter(runtime: Runtime): RequestHandler {
  const routes = express.Router();
  routes.use(...[checkPath, checkOrigin(runtime.origins), readBody].map((check) => guard(runtime, check)));
  routes.get(
    "/openapi.json",
    route(runtime, (req, res) => sendContract(runtime, req, res)),
  );
  routes.get(
    "/assets/:name",
    route(runtime, (req, res) => sendAsset(req.params["name"], res)),
  );
  routes.use(guard(runtime, (_req, _res, next) => void refresh(runtime).then(() => next(), next)));
  challengeRoutes(runtime, routes);
  enrolmentRoutes(runtime, routes);
  ownFactorRoutes(runtime, routes);
  browserRoutes(runtime, routes);
  sessionRoutes(runtime, routes);
  historyRoutes(runtime, routes);
  policyRoutes(runtime, routes);
  adminPeopleRoutes(runtime, routes);
  runtime.account?.install(runtime as never, routes as never);
  linkRoutes(runtime, routes);
  refuseTheRest(runtime, routes);
  return express.Router().use(runtime.basePath, routes);
}

/** What is sent, by whom, and how long it works is asked without waiting: what is known of it must not be old. */
async function refresh({ settings }: Runtime): Promise<void> {
  if (!settings.fresh()) await settings.load();
}

/** A path that cannot be decoded is nowhere; Express would hand it to the app as an error. */
function checkPath(req: Request, _res: Response, next: NextFunction): void {
  try {
    decodeURIComponent(req.path);
    next();
  } catch {
    next(new SecondFactorError("not_found", "the path cannot be decoded"));
  }
}

/** Runs a middleware that reports by `next`, and answers what it refuses. */
function guard(runtime: Runtime, middleware: RequestHandler): RequestHandler {
  return route(runtime, async (req, res, next) => {
    await new Promise<void>((resolve, reject) => {
      middleware(req, res, (error?: unknown) => (error ? reject(error) : resolve()));
    });
    next();
  });
}

async function sendContract(runtime: Runtime, req: Request, res: Response): Promise<void> {
  const { openApi } = await import("./openapi.js");
  sendJson(res, 200, openApi({ issuer: runtime.issuer, base: baseOf(runtime, req) }));
}

async function sendAsset(name: unknown, res: Response): Promise<void> {
  const assets = await loadAssets();
  const asset =
    typeof name === "string" && Object.hasOwn(assets, name) ? assets[name as AssetName] : undefined;
  if (!asset) throw new SecondFactorError("not_found", "no such asset");
  setHeaders(res);
  res.type(asset.type).send(asset.body);
}

/** A known path with the wrong method is 405, an unknown one 404; neither reaches the app. */
function refuseTheRest(runtime: Runtime, routes: Router): void {
  routes.use(
    route(runtime, (req, res) => {
      const methods = routes.stack.flatMap((layer) =>
        layer.route && matches(layer, req.path) ? methodsOf(layer.route) : [],
      );
      if (methods.length === 0) throw new SecondFactorError("not_found", "no such page");
      res.set("Allow", methods.join(", "));
      throw new SecondFactorError("method_not_allowed", `${req.method} is not for this path`);
    }),
  );
}

function matches(layer: object, path: string): boolean {
  return (layer as { match(path: string): boolean }).match(path);
}

function methodsOf(known: object): string[] {
  const { methods } = known as { methods: Record<string, boolean> };
  return Object.keys(methods).map((method) => method.toUpperCase());
}

/** What every mailed link has in common: it is opened by GET, which changes nothing, and used up by POST. */
import type { NextFunction, Request, Response, Router } from "express";
import { findLink } from "../core/links.js";
import type { LinkUse } from "../core/model.js";
import { sendJson, sendPage, sendProblem, wantsPage } from "./negotiate.js";
import { route } from "./route.js";
import type { Runtime } from "./runtime.js";
import { isoOf } from "./sending.js";

export interface LinkVisit {
  runtime: Runtime;
  req: Request;
  res: Response;
  next: NextFunction;
  /** As it stands in the address, untrusted. */
  token: string;
}

export interface LinkPages {
  use: LinkUse;
  /** Uses the link up and answers; false where it does not work. */
  spend(visit: LinkVisit): Promise<boolean>;
  /** Where somebody asks for another. */
  askUrl?(req: Request): string | undefined;
}

export function linkPages(runtime: Runtime, router: Router, { use, spend, askUrl }: LinkPages): void {
  const visiting = (handler: (visit: LinkVisit) => Promise<void>) =>
    route(runtime, (req, res, next) =>
      handler({ runtime, req, res, next, token: String(req.params["token"]) }),
    );
  const refuse = ({ req, res }: LinkVisit) => refuseLink(runtime, req, res, askUrl?.(req));
  const path = `/${use}/:token`;
  router.get(
    path,
    visiting(async (visit) => {
      const { req, res, token } = visit;
      const found = await findLink(runtime, use, token);
      if (!found) return refuse(visit);
      if (!wantsPage(req)) return sendJson(res, 200, { use, expiresAt: isoOf(found.link.expiresAt) });
      await sendPage(runtime, req, res, { page: "link", use, to: `/${use}/${token}` });
    }),
  );
  router.post(
    path,
    visiting(async (visit) => {
      if (!(await spend(visit))) await refuse(visit);
    }),
  );
}

/** The same for a link that was used, is over, was meant for something else, or never was one. */
async function refuseLink(runtime: Runtime, req: Request, res: Response, askUrl?: string): Promise<void> {
  const ask = askUrl === undefined ? {} : { askUrl };
  if (!wantsPage(req)) return sendProblem(res, { code: "link_expired", ...ask });
  await sendPage(runtime, req, res, { page: "link-expired", ...ask }, 410);
}

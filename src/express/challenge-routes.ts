/** The challenge's page, its code, and its end: before a login, or before an action. */
import type { NextFunction, Request, Response, Router } from "express";
import type { Refusal } from "../core/attempt.js";
import { renewChallenge } from "../core/challenge.js";
import type { FactorKind } from "../core/model.js";
import { type Asking, askingOf } from "./asking.js";
import { challengeView } from "./challenge-views.js";
import { answerOwed } from "./gate-answer.js";
import { bodies, bodyOf } from "./input.js";
import { mountOf } from "./middleware-state.js";
import { loginUrlOf, seeOther, sendJson, sendPage, sendProblem, wantsPage } from "./negotiate.js";
import { forgetPending, livePending } from "./pending-login.js";
import { refuse } from "./refusal.js";
import { route, visitorOf } from "./route.js";
import type { Runtime } from "./runtime.js";
import { pendingOf } from "./session.js";
import { verifyAction, verifyLogin } from "./verify.js";

type Shown = (req: Request, res: Response, asking: Asking, next: NextFunction) => Promise<void> | void;

export function challengeRoutes(runtime: Runtime, router: Router): void {
  /** Runs a handler with what is asked; where nothing is, says so. */
  const asked = (actionOf: (req: Request) => string | undefined, handler: Shown) =>
    route(runtime, (req, res, next) => {
      const visitor = visitorOf(runtime, req);
      const action = actionOf(req);
      // A form sent twice, or the way back in the browser's history: the login is complete by now.
      const isDone = visitor.state === "signed-in" && action === undefined;
      if (isDone && wantsPage(req)) return seeOther(res, `${mountOf(req)}/`);
      const asking = askingOf(runtime, req, visitor, action);
      return asking ? handler(req, res, asking, next) : nothingAsked(runtime, req, res);
    });

  const inQuery = (req: Request) => bodyOf({ body: req.query }, bodies.send).action;
  router.get(
    "/challenge",
    asked(inQuery, (req, res, asking) => show(runtime, req, res, asking)),
  );
  router.get(
    "/challenge/choose",
    asked(inQuery, (req, res, asking) => choose(runtime, req, res, asking)),
  );

  const inBody = (req: Request) => bodyOf(req, bodies.send).action;
  router.post(
    "/challenge/send",
    asked(inBody, (req, res, asking) => send(runtime, req, res, asking)),
  );
  router.post(
    "/challenge/verify",
    asked(
      (req) => bodyOf(req, bodies.verify).action,
      (req, res, asking, next) =>
        asking.key.purpose === "login"
          ? verifyLogin(runtime, req, res, next, asking)
          : verifyAction(runtime, req, res, asking),
    ),
  );
  router.post(
    "/challenge/cancel",
    route(runtime, (req, res) => cancel(runtime, req, res)),
  );
}

function show(runtime: Runtime, req: Request, res: Response, asking: Asking): Promise<void> | void {
  if (!wantsPage(req)) return sendJson(res, 200, describe(asking));
  const now = runtime.tools.clock.now().getTime();
  const view = challengeView(asking, textOf(req.query["factor"]), now);
  return sendPage(runtime, req, res, view);
}

function choose(runtime: Runtime, req: Request, res: Response, asking: Asking): Promise<void> | void {
  if (!wantsPage(req)) return sendJson(res, 200, describe(asking));
  const { action, cancelUrl, factors } = asking;
  const rows = factors.map((kind) => ({ kind }));
  const stepUp = action && cancelUrl ? { action, cancelUrl } : {};
  return sendPage(runtime, req, res, { page: "choose", factors: rows, ...stepUp });
}

function describe({ key, account, action, factors, expiresAt }: Asking) {
  return {
    purpose: key.purpose,
    ...(action ? { action: action.name, description: action.description } : {}),
    ...(account ? { account } : {}),
    factors: factors.map((kind) => ({ kind })),
    preferred: factors[0],
    ...(expiresAt ? { expiresAt: new Date(expiresAt).toISOString() } : {}),
  };
}

/** Starts the challenge afresh: its attempts, not the person's. */
async function send(runtime: Runtime, req: Request, res: Response, asking: Asking): Promise<void> {
  const kind = (bodyOf(req, bodies.send).factor ?? asking.factors[0]) as FactorKind;
  const factor = asking.factors.includes(kind) ? runtime.factors.get(kind) : undefined;
  const outcome: { ok: true } | ({ ok: false } & Refusal) = factor
    ? await renewChallenge(runtime, asking.ref, asking.key, { guessable: factor.guessable })
    : { ok: false, reason: "not-allowed" };
  if (!outcome.ok) return refuse(runtime, req, res, asking, outcome, { kind });
  asking.note(undefined);
  if (wantsPage(req)) return seeOther(res, asking.url(kind));
  sendJson(res, 202, {
    kind,
    ...(asking.expiresAt ? { expiresAt: new Date(asking.expiresAt).toISOString() } : {}),
  });
}

/** Ends a pending login, and whatever its session held. */
async function cancel(runtime: Runtime, req: Request, res: Response): Promise<void> {
  await forgetPending(runtime, req);
  const loginUrl = loginUrlOf(runtime, req);
  if (wantsPage(req)) seeOther(res, loginUrl);
  else sendJson(res, 200, { state: "anonymous", loginUrl });
}

/** No login is open here, or what it owes is no code. */
function nothingAsked(runtime: Runtime, req: Request, res: Response): Promise<void> | void {
  const live = livePending(runtime, req);
  if (live) return answerOwed(runtime, req, res, live);
  const over = pendingOf(req) !== undefined;
  const loginUrl = loginUrlOf(runtime, req);
  if (!wantsPage(req))
    return sendProblem(res, { code: over ? "challenge_expired" : "no_challenge", loginUrl });
  return over ? sendPage(runtime, req, res, { page: "expired", over }, 410) : seeOther(res, loginUrl);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

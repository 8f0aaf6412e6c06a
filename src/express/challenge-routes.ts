/** The challenge's page, its code, and its end: before a login, or before an action. */
import type { NextFunction, Request, Response, Router } from "express";
import { renewChallenge } from "../core/challenge.js";
import type { FactorKind } from "../core/model.js";
import { type Sent, sendCode } from "../core/sent-code.js";
import { type About, type Asking, askingOf, isSuperseded } from "./asking.js";
import { challengeView, defaultOf, factorView } from "./challenge-views.js";
import { answerOwed } from "./gate-answer.js";
import { bodies, bodyOf } from "./input.js";
import { mountOf } from "./middleware-state.js";
import { loginUrlOf, seeOther, sendJson, sendPage, sendProblem, wantsPage } from "./negotiate.js";
import { forgetPending, livePending } from "./pending-login.js";
import { SUPERSEDED } from "./problem-words.js";
import { refuse } from "./refusal.js";
import { route, visitorOf } from "./route.js";
import type { Runtime } from "./runtime.js";
import { isoOf, sendingJson } from "./sending.js";
import { pendingOf } from "./session.js";
import { verifyAction, verifyLogin } from "./verify.js";

type Shown = (req: Request, res: Response, asking: Asking, next: NextFunction) => Promise<void> | void;

export function challengeRoutes(runtime: Runtime, router: Router): void {
  /** Runs a handler with what is asked; where nothing is, says so. */
  const asked = (aboutOf: (req: Request) => About, handler: Shown) =>
    route(runtime, async (req, res, next) => {
      const visitor = visitorOf(runtime, req);
      const about = aboutOf(req);
      // A form sent twice, or the way back in the browser's history: the login is complete by now.
      const isDone = visitor.state === "signed-in" && about.action === undefined;
      if (isDone && wantsPage(req)) return seeOther(res, `${mountOf(req)}/`);
      const asking = await askingOf(runtime, req, visitor, about);
      if (!asking) return nothingAsked(runtime, req, res);
      return isSuperseded(asking, about) ? superseded(runtime, req, res) : handler(req, res, asking, next);
    });

  const inQuery = (req: Request) => bodyOf({ body: req.query }, bodies.send);
  router.get(
    "/challenge",
    asked(inQuery, (req, res, asking) => show(runtime, req, res, asking)),
  );
  router.get(
    "/challenge/choose",
    asked(inQuery, (req, res, asking) => choose(runtime, req, res, asking)),
  );

  const inBody = (schema: typeof bodies.send | typeof bodies.verify) => (req: Request) => {
    const { action, target } = bodyOf(req, schema);
    // A page sends along what it says: without a target it said none.
    return { action, target: wantsPage(req) ? (target ?? "") : target };
  };
  router.post(
    "/challenge/send",
    asked(inBody(bodies.send), (req, res, asking) => send(runtime, req, res, asking)),
  );
  router.post(
    "/challenge/verify",
    asked(inBody(bodies.verify), (req, res, asking, next) =>
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
  const senderOf = (kind: FactorKind) => runtime.factors.get(kind)?.sends?.sender;
  const view = challengeView(asking, textOf(req.query["factor"]), runtime.tools.clock.now(), senderOf);
  return sendPage(runtime, req, res, view);
}

function choose(runtime: Runtime, req: Request, res: Response, asking: Asking): Promise<void> | void {
  if (!wantsPage(req)) return sendJson(res, 200, describe(asking));
  const { action, cancelUrl, factors } = asking;
  const rows = factors.map((kind) => factorView(asking, kind));
  const stepUp = action && cancelUrl ? { action, cancelUrl } : {};
  return sendPage(runtime, req, res, { page: "choose", factors: rows, ...stepUp });
}

function describe(asking: Asking) {
  const { key, account, action, factors, expiresAt, sent, trusts = [], trustBrowserDays } = asking;
  return {
    purpose: key.purpose,
    ...(action ? describedAction(action) : {}),
    ...(account ? { account } : {}),
    factors: factors.map((kind) => factorView(asking, kind)),
    preferred: factors[0],
    ...(sent ? { sent: sendingJson(sent) } : {}),
    ...(expiresAt ? { expiresAt: isoOf(expiresAt) } : {}),
    ...(trustBrowserDays && trusts.length > 0 ? { trustBrowserDays } : {}),
  };
}

function describedAction({ name, description, target }: NonNullable<Asking["action"]>) {
  return { action: name, description, ...(target === undefined ? {} : { target }) };
}

/** Sends a code; a factor that has none to send starts its challenge afresh, where its attempts are used up. */
async function send(runtime: Runtime, req: Request, res: Response, asking: Asking): Promise<void> {
  const kind = (bodyOf(req, bodies.send).factor ?? defaultOf(asking)) as FactorKind;
  const factor = asking.factors.includes(kind) ? runtime.factors.get(kind) : undefined;
  if (factor?.sends) return sendFresh(runtime, req, res, asking, kind);
  const { ref, key, expiresAt } = asking;
  const outcome = factor
    ? await renewChallenge(runtime, ref, key, { guessable: factor.guessable })
    : ({ ok: false, reason: "not-allowed" } as const);
  if (!outcome.ok) return refuse(runtime, req, res, asking, outcome, { kind });
  asking.note(undefined);
  if (wantsPage(req)) return seeOther(res, asking.url(kind));
  sendJson(res, 202, { kind, ...(expiresAt ? { expiresAt: isoOf(expiresAt) } : {}) });
}

async function sendFresh(
  runtime: Runtime,
  req: Request,
  res: Response,
  asking: Asking,
  kind: FactorKind,
): Promise<void> {
  const sent = await sendFor(runtime, asking, kind);
  if (!sent.ok) return refuse(runtime, req, res, asking, sent, { kind });
  asking.note(undefined);
  asking.noteSent(sent);
  if (wantsPage(req)) return seeOther(res, asking.url(kind));
  sendJson(res, 202, sendingJson(sent));
}

/** A login's challenge is open; an action's opens with the first code that is asked for. */
function sendFor(runtime: Runtime, asking: Asking, factor: FactorKind): Promise<Sent> {
  const { ref, key, factors, owner, action, told } = asking;
  return sendCode(runtime, ref, {
    ...key,
    allowed: factors,
    factor,
    account: owner,
    ...(action ? { description: told ?? action.description, opensFor: runtime.pendingSeconds } : {}),
  });
}

/** Ends a pending login, and whatever its session held. */
async function cancel(runtime: Runtime, req: Request, res: Response): Promise<void> {
  await forgetPending(runtime, req);
  const loginUrl = loginUrlOf(runtime, req);
  if (wantsPage(req)) seeOther(res, loginUrl);
  else sendJson(res, 200, { state: "anonymous", loginUrl });
}

/** Another tab, or another request, asked about something else since: nothing was compared, and nothing done. */
function superseded(runtime: Runtime, req: Request, res: Response): Promise<void> | void {
  const { title, text: detail } = SUPERSEDED;
  if (!wantsPage(req)) return sendProblem(res, { code: "conflict", detail });
  const next = { label: "Go on", url: `${mountOf(req)}/` };
  return sendPage(runtime, req, res, { page: "problem", title, text: detail, next }, 409);
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

/** Setting a factor up: choose, pair, confirm. For somebody signed in, and for a login that must enrol. */
import type { NextFunction, Request, Response, Router } from "express";
import { beginEnrolment, type Confirmed, confirmEnrolment, showEnrolment } from "../core/enrolment.js";
import type { Offer } from "../core/factor.js";
import { CHANGE_FACTORS, type FactorKind } from "../core/model.js";
import { mayChangeFactors } from "../core/own-factors.js";
import { SecondFactorError } from "../errors.js";
import { deserialize } from "../passport/internals.js";
import { challengeView, problemOf } from "./challenge-views.js";
import { type Enroller, enrollerOf } from "./enroller.js";
import { confirmed } from "./enrolment-done.js";
import { bodies, bodyOf } from "./input.js";
import { baseOf, loginUrlOf, seeOther, sendJson, sendPage, sendProblem, wantsPage } from "./negotiate.js";
import { forgetPending } from "./pending-login.js";
import { noticeOf, sendRefusal } from "./refusal.js";
import { askStepUp, route } from "./route.js";
import type { Runtime } from "./runtime.js";

interface Visit {
  runtime: Runtime;
  req: Request;
  res: Response;
  enroller: Enroller;
  next: NextFunction;
}

export function enrolmentRoutes(runtime: Runtime, router: Router): void {
  const enrolling = (handler: (visit: Visit) => Promise<void> | void) =>
    route(runtime, (req, res, next) =>
      handler({ runtime, req, res, next, enroller: enrollerOf(runtime, req) }),
    );
  router.get("/enrol", enrolling(choose));
  router.get("/enrol/:factor", enrolling(show));
  router.post("/enrol/:factor", enrolling(begin));
  router.post("/enrol/:factor/confirm", enrolling(confirm));
}

/** Asks for the fresh code before the form is filled in. */
async function choose({ runtime, req, res, enroller }: Visit): Promise<void> {
  const { kinds, pending, enrolled, actor, ref } = enroller;
  const required = pending !== undefined;
  if (!wantsPage(req)) return sendJson(res, 200, { factors: kinds.map((kind) => ({ kind })), required });
  if (enrolled && !(await mayChangeFactors(runtime, ref, actor.login))) return stepUpFirst(runtime, req, res);
  await sendPage(runtime, req, res, { page: "enrol-choose", factors: [...kinds], required });
}

async function show(visit: Visit): Promise<void> {
  const { runtime, req, res, enroller } = visit;
  const kind = kindOf(visit);
  const offer = await showEnrolment(runtime, enroller.ref, kind, enroller.actor);
  if (!offer && wantsPage(req)) return seeOther(res, `${baseOf(runtime, req)}/enrol`);
  if (!offer) throw new SecondFactorError("not_found", "no enrolment has begun");
  if (!wantsPage(req)) return sendJson(res, 200, await offerJson(offer));
  await showPage(visit, offer);
}

async function showPage({ runtime, req, res, enroller }: Visit, offer: Offer): Promise<void> {
  const { notice, pending } = enroller;
  const now = runtime.tools.clock.now().getTime();
  if (notice?.reason === "locked") {
    const view = challengeView({ factors: ["totp"], notice }, undefined, now);
    if (view.page === "locked") return sendPage(runtime, req, res, { ...view, retryUrl: req.originalUrl });
  }
  const problem = notice && problemOf(notice);
  const { qrPath } = await import("../pages/qr.js");
  await sendPage(runtime, req, res, {
    page: "enrol-totp",
    secret: offer.secret,
    uri: offer.uri,
    qr: await qrPath(offer.uri),
    required: pending !== undefined,
    ...(problem ? { problem } : {}),
  });
}

async function begin(visit: Visit): Promise<void> {
  const { runtime, req, res, enroller } = visit;
  const kind = kindOf(visit);
  const restart = bodyOf(req, bodies.enrol).restart === true;
  const begun = await beginEnrolment(runtime, enroller.ref, kind, enroller.actor, { restart });
  if (!begun.ok && begun.reason === "step-up-required") return proveFirst(visit);
  if (!begun.ok)
    throw new SecondFactorError(begun.reason === "conflict" ? "conflict" : "factor_not_allowed", "");
  enroller.note(undefined);
  if (wantsPage(req)) return seeOther(res, `${baseOf(runtime, req)}/enrol/${kind}`);
  sendJson(res, 200, await offerJson(begun));
}

async function confirm(visit: Visit): Promise<void> {
  const { runtime, req, res, next, enroller } = visit;
  const kind = kindOf(visit);
  const { code } = bodyOf(req, bodies.confirm);
  const { login } = enroller.actor;
  const { pending } = enroller;
  // Asked before the codes are made as well: whom the app refuses would never see them.
  if (pending && !(await deserialize(runtime.passport, req, pending.serialized))) {
    return startOver(visit, "the app no longer knows the user");
  }
  const answer = await confirmEnrolment(runtime, enroller.ref, {
    kind,
    login,
    code,
    budget: enroller.budget,
    closesLogin: pending !== undefined,
  });
  if (!answer.ok) return refuse(visit, kind, answer, code);
  enroller.note(undefined);
  await confirmed({ runtime, req, res, next }, enroller, answer);
}

async function refuse(
  visit: Visit,
  kind: FactorKind,
  refusal: Extract<Confirmed, { ok: false }>,
  code: unknown,
): Promise<void> {
  const { runtime, req, res, enroller } = visit;
  const url = `${baseOf(runtime, req)}/enrol`;
  if (refusal.reason === "nothing-pending") {
    if (wantsPage(req)) return seeOther(res, url);
    return sendProblem(res, { code: "challenge_expired", enrolUrl: url });
  }
  if (refusal.reason === "no-challenge") throw challengeGone();
  const now = runtime.tools.clock.now().getTime();
  if (!wantsPage(req)) return sendRefusal(res, refusal, { now, loginUrl: loginUrlOf(runtime, req) });
  // A page starts the attempts afresh with the same key; what limits guessing is the person's own budget.
  const isDead = refusal.reason === "challenge-expired";
  if (isDead) await beginEnrolment(runtime, enroller.ref, kind, enroller.actor);
  enroller.note(isDead ? { reason: "malformed" } : noticeOf(refusal, code));
  seeOther(res, `${url}/${kind}`);
}

/** The session is left alone: another request may have just won with the same code, and its cookie must stay. */
function challengeGone(): SecondFactorError {
  return new SecondFactorError("no_challenge", "the sign-in's challenge is gone");
}

/** A login that must enrol cannot step up: a factor was set up elsewhere meanwhile, so it starts over. */
async function proveFirst(visit: Visit): Promise<void> {
  const { runtime, req, res, enroller } = visit;
  if (!enroller.pending) return stepUpFirst(runtime, req, res);
  await startOver(visit, "a factor was enrolled meanwhile: sign in with it");
}

async function startOver({ runtime, req }: Visit, why: string): Promise<never> {
  await forgetPending(runtime, req);
  throw new SecondFactorError("no_challenge", why);
}

function stepUpFirst(runtime: Runtime, req: Request, res: Response): void {
  askStepUp(runtime, req, res, { action: CHANGE_FACTORS, returnTo: `${baseOf(runtime, req)}/enrol` });
}

function kindOf({ req, enroller }: Visit): FactorKind {
  const kind = enroller.kinds.find((known) => known === req.params["factor"]);
  if (kind) return kind;
  throw new SecondFactorError("factor_not_allowed", "this factor cannot be set up here");
}

async function offerJson({ secret, uri }: Offer): Promise<{ secret: string; uri: string; qr: string }> {
  const { qrPath } = await import("../pages/qr.js");
  const { size, path } = await qrPath(uri);
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`;
  return {
    secret,
    uri,
    qr: `${open}<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`,
  };
}

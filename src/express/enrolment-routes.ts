/** Setting a factor up: choose, pair or give an address, confirm. For somebody signed in, and for a login that must. */
import type { NextFunction, Request, Response, Router } from "express";
import { type Confirmed, confirmEnrolment } from "../core/confirmation.js";
import { type Begun, beginEnrolment, type Shown, showEnrolment } from "../core/enrolment.js";
import { CHANGE_FACTORS, type FactorKind } from "../core/model.js";
import { mayChangeFactors } from "../core/own-factors.js";
import { type SendRefusal, sendCode } from "../core/sent-code.js";
import { type FieldError, SecondFactorError } from "../errors.js";
import { deserialize } from "../passport/internals.js";
import { askForChange, tellOfChange } from "./address-change.js";
import { type Enroller, enrollerOf } from "./enroller.js";
import { choose } from "./enrolment-choice.js";
import { confirmed, skipEnrolment } from "./enrolment-done.js";
import { enrolmentJson, showEnrolmentPage } from "./enrolment-pages.js";
import { bodies, bodyOf } from "./input.js";
import { baseOf, loginUrlOf, seeOther, sendJson, sendProblem, wantsPage } from "./negotiate.js";
import { noticeOf, reasonFor } from "./notice.js";
import { forgetPending } from "./pending-login.js";
import { sendRefusal } from "./refusal.js";
import { askStepUp, route } from "./route.js";
import type { Runtime } from "./runtime.js";
import type { TypedAddress } from "./session.js";

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
  router.get(
    "/enrol",
    enrolling(async (visit) => {
      if (wantsPage(visit.req) && (await mustProveFirst(visit))) return stepUpFirst(visit, "/enrol");
      await choose(visit);
    }),
  );
  router.post("/enrol/skip", enrolling(skip));
  router.get("/enrol/:factor", enrolling(show));
  router.post("/enrol/:factor", enrolling(begin));
  router.post("/enrol/:factor/confirm", enrolling(confirm));
}

/** "Remind me later": only somebody who must enrol, and only until their time is over. */
async function skip({ runtime, req, res, next, enroller }: Visit): Promise<void> {
  const { pending } = enroller;
  const isEarly = (pending?.graceUntil ?? 0) > runtime.tools.clock.now().getTime();
  if (!pending || !isEarly) throw new SecondFactorError("forbidden", "this enrolment cannot be put off");
  await skipEnrolment({ runtime, req, res, next }, pending);
}

async function mustProveFirst({ runtime, enroller }: Visit): Promise<boolean> {
  const { enrolled, actor, ref } = enroller;
  return enrolled.length > 0 && !(await mayChangeFactors(runtime, ref, actor.login));
}

/** What is pending; where nothing is, the form for an address, or the way back to choose. */
async function show(visit: Visit): Promise<void> {
  const { runtime, req, res, enroller } = visit;
  const kind = kindOf(visit);
  const { pending, suggested } = await showEnrolment(runtime, enroller.ref, kind, enroller.actor);
  if (!wantsPage(req)) {
    if (!pending) throw new SecondFactorError("not_found", "no enrolment has begun");
    return sendJson(res, 200, await enrolmentJson(pending));
  }
  if (!pending && !takesAddress(runtime, kind)) return seeOther(res, `${baseOf(runtime, req)}/enrol`);
  // What another address is proven for is only known once it was typed.
  const isChange = enroller.enrolled.includes(kind);
  if (!pending && !isChange && (await mustProveFirst(visit))) return stepUpFirst(visit, `/enrol/${kind}`);
  const isChanging = req.query["change"] !== undefined;
  await showEnrolmentPage(visit, {
    kind,
    ...(pending ? { pending: isChanging ? withoutCode(pending) : pending } : {}),
    ...(suggested === undefined ? {} : { suggested }),
  });
}

/** The form for the address again, while the code that went there still works. */
function withoutCode({ sending: _sending, ...pending }: Shown): Shown {
  return pending;
}

function takesAddress(runtime: Runtime, kind: FactorKind): boolean {
  return runtime.factors.get(kind)?.sends !== undefined;
}

async function begin(visit: Visit): Promise<void> {
  const { runtime, req, res, enroller } = visit;
  const kind = kindOf(visit);
  const { restart = false, resend, ...given } = bodyOf(req, bodies.enrol);
  const fields = takesAddress(runtime, kind) && resend !== true ? { given } : {};
  const begun = await beginEnrolment(runtime, enroller.ref, kind, enroller.actor, { restart, ...fields });
  if (!begun.ok) return refuseBeginning(visit, kind, begun, given);
  const { ok: _ok, ...pending } = begun;
  const shown = takesAddress(runtime, kind) ? await send(visit, kind, pending) : pending;
  if (!shown) return;
  enroller.note(undefined);
  if (wantsPage(req)) return seeOther(res, `${baseOf(runtime, req)}/enrol/${kind}`);
  sendJson(res, 200, await enrolmentJson(shown));
}

/** Sends the code to the address; undefined where it was refused and answered. */
async function send(visit: Visit, kind: FactorKind, pending: Shown): Promise<Shown | undefined> {
  const { runtime, enroller } = visit;
  const { login, account } = enroller.actor;
  const purpose = `enrol:${kind}` as const;
  const request = { login, purpose, allowed: [kind], factor: kind, account };
  const sent = await sendCode(runtime, enroller.ref, request);
  if (sent.ok) return { ...pending, sending: sent };
  refuseSending(visit, kind, sent);
  return undefined;
}

/** An address that no message reaches is a mistake in the form; everything else can be tried again. */
function refuseSending(visit: Visit, kind: FactorKind, refusal: SendRefusal): void {
  const { runtime, req, res, enroller } = visit;
  const reason = refusal.reason === "delivery-failed" ? reasonFor(refusal.error) : undefined;
  const message = reason && UNREACHABLE[reason];
  if (message) return refuseAddress(visit, kind, {}, [{ field: fieldOf(kind), message }]);
  const now = runtime.tools.clock.now().getTime();
  if (!wantsPage(req)) return sendRefusal(res, refusal, { now, loginUrl: loginUrlOf(runtime, req) });
  enroller.note(noticeOf(refusal, undefined, kind));
  seeOther(res, `${baseOf(runtime, req)}/enrol/${kind}`);
}

const UNREACHABLE: Record<string, string> = {
  "invalid-recipient": "We can't reach this one. Check it, or give another.",
  "unsupported-region": "We can't text numbers in this country.",
  "opted-out": "This number has opted out of our messages. Text START to us first, or give another.",
};

const fieldOf = (kind: FactorKind) => (kind === "sms" ? "number" : "address");

type Given = { address?: string | undefined; country?: string | undefined; number?: string | undefined };

function refuseBeginning(
  visit: Visit,
  kind: FactorKind,
  refusal: Extract<Begun, { ok: false }>,
  given: Given,
): Promise<void> | void {
  switch (refusal.reason) {
    case "step-up-required":
      return refusal.address === undefined
        ? proveFirst(visit, kind)
        : askForChange(visit, { kind, address: refusal.address, given: typedIn(given) });
    case "invalid":
      return refuseAddress(visit, kind, given, refusal.errors);
    case "none-on-file":
      return refuseUnnumbered(visit, kind);
    case "resend-too-soon":
      return refuseSending(visit, kind, refusal);
    default:
      throw new SecondFactorError(refusal.reason === "conflict" ? "conflict" : "factor_not_allowed", "");
  }
}

/** The page says the same by itself, for as long as it is so. */
function refuseUnnumbered({ runtime, req, res }: Visit, kind: FactorKind): void {
  if (wantsPage(req)) return seeOther(res, `${baseOf(runtime, req)}/enrol/${kind}`);
  const message = "Save your mobile number in your account first.";
  sendProblem(res, { code: "invalid_input", errors: [{ field: fieldOf(kind), message }] });
}

/** The page keeps what was typed, and says what to write instead. */
function refuseAddress(
  { runtime, req, res, enroller }: Visit,
  kind: FactorKind,
  given: Given,
  errors: readonly FieldError[],
): void {
  if (!wantsPage(req)) return sendProblem(res, { code: "invalid_input", errors });
  const message = errors[0]?.message ?? "";
  enroller.note({ reason: "invalid", given: typedIn(given), message, factor: kind });
  seeOther(res, `${baseOf(runtime, req)}/enrol/${kind}`);
}

function typedIn(given: Given): TypedAddress {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
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
  if (answer.change) tellOfChange(runtime, enroller.ref, answer.change);
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
  const isDead = refusal.reason === "challenge-expired" && !takesAddress(runtime, kind);
  if (isDead) await beginEnrolment(runtime, enroller.ref, kind, enroller.actor);
  enroller.note(isDead ? { reason: "malformed", factor: kind } : noticeOf(refusal, code, kind));
  seeOther(res, `${url}/${kind}`);
}

/** The session is left alone: another request may have just won with the same code, and its cookie must stay. */
function challengeGone(): SecondFactorError {
  return new SecondFactorError("no_challenge", "the sign-in's challenge is gone");
}

/** A login that must enrol cannot step up: a factor was set up elsewhere meanwhile, so it starts over. */
async function proveFirst(visit: Visit, kind: FactorKind): Promise<void> {
  const isAddress = takesAddress(visit.runtime, kind);
  if (!visit.enroller.pending) return stepUpFirst(visit, isAddress ? `/enrol/${kind}` : "/enrol");
  await startOver(visit, "a factor was enrolled meanwhile: sign in with it");
}

async function startOver({ runtime, req }: Visit, why: string): Promise<never> {
  await forgetPending(runtime, req);
  throw new SecondFactorError("no_challenge", why);
}

function stepUpFirst({ runtime, req, res }: Visit, form: string): void {
  askStepUp(runtime, req, res, { action: CHANGE_FACTORS, returnTo: baseOf(runtime, req) + form });
}

function kindOf({ req, enroller }: Visit): FactorKind {
  const kind = enroller.kinds.find((known) => known === req.params["factor"]);
  if (kind) return kind;
  throw new SecondFactorError("factor_not_allowed", "this factor cannot be set up here");
}

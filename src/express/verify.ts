/** A code comes in: what a right one leads to. */
import type { NextFunction, Request, Response } from "express";
import { type Answer, answerChallenge, openChallenge, type Question } from "../core/challenge.js";
import type { FactorKind } from "../core/model.js";
import { type Failure, STRATEGY } from "../passport/strategy.js";
import type { Asking } from "./asking.js";
import { defaultOf } from "./challenge-views.js";
import { bodies, bodyOf } from "./input.js";
import { mountOf } from "./middleware-state.js";
import { baseOf, seeOther, sendJson, wantsPage } from "./negotiate.js";
import { forgetPending } from "./pending-login.js";
import { refuse } from "./refusal.js";
import type { Runtime } from "./runtime.js";
import { noteProof, type PendingLogin, pendingOf, signedInOf } from "./session.js";

/** Hands the code to the strategy; a right one completes the login. */
export async function verifyLogin(
  runtime: Runtime,
  req: Request,
  res: Response,
  next: NextFunction,
  asking: Asking,
): Promise<void> {
  const pending = pendingOf(req);
  const { code, factor = defaultOf(asking) } = bodyOf(req, bodies.verify);
  const result = await authenticate(runtime, req, res);
  if (!pending || "reason" in result) {
    const failure: Failure = "reason" in result ? result : { reason: "no-challenge" };
    return refuseLogin(runtime, req, res, asking, failure, { code, kind: factor as FactorKind });
  }
  const address = addressAfter(req, pending);
  logInAgain(req, result.user, pending, (error) => (error ? next(error) : goOn(req, res, address)));
}

/** Runs the login for good, with the options that it began with. */
export function logInAgain(
  req: Request,
  user: unknown,
  { keepSessionInfo }: PendingLogin,
  done: (error?: unknown) => void,
): void {
  const options = { keepSessionInfo } as Parameters<Request["logIn"]>[1];
  req.logIn(user as Express.User, options, done);
}

/**
 * Where a completed login goes: where it said itself, else the page that was asked for. A `session.returnTo` that is
 * followed is used up, as Passport does it: the next login does not go there again.
 */
export function addressAfter(req: Request, { target, returnTo }: PendingLogin): string {
  if (target !== undefined && req.session.returnTo === target) delete req.session.returnTo;
  return target ?? returnTo ?? `${mountOf(req)}/`;
}

export function goOn(req: Request, res: Response, returnTo: string): void {
  // A hook, or a time-out of the app's, may have answered meanwhile.
  if (res.headersSent) return;
  if (wantsPage(req)) seeOther(res, returnTo);
  else sendJson(res, 200, { state: "satisfied", returnTo });
}

/**
 * Where the app no longer knows the user, the session ends. Where the challenge is gone it is left alone: another
 * request may have just won with the same code, and its cookie must not be overwritten.
 */
async function refuseLogin(
  runtime: Runtime,
  req: Request,
  res: Response,
  asking: Asking,
  failure: Failure,
  typed: { kind?: FactorKind; code?: unknown },
): Promise<void> {
  if (failure.reason === "no-user") await forgetPending(runtime, req);
  const refusal = failure.reason === "no-user" ? ({ reason: "no-challenge" } as const) : failure;
  refuse(runtime, req, res, asking, refusal, typed);
}

function authenticate(
  { passport }: Runtime,
  req: Request,
  res: Response,
): Promise<{ user: Express.User } | Failure> {
  return new Promise((resolve, reject) => {
    const answered = (error: unknown, user: Express.User | false, failure: Failure) => {
      if (error) reject(error);
      else resolve(user ? { user } : failure);
    };
    passport.authenticate(STRATEGY, answered)(req, res, reject);
  });
}

/** A right code earns the action's grant, and is on the record as a fresh proof. */
export async function verifyAction(
  runtime: Runtime,
  req: Request,
  res: Response,
  asking: Asking,
): Promise<void> {
  const { code, factor } = bodyOf(req, bodies.verify);
  const kind = (factor ?? defaultOf(asking)) as FactorKind;
  const answer = await answerAction(runtime, asking, { factor: kind, code });
  if (!answer.ok) return refuse(runtime, req, res, asking, answer, { kind, code });
  const stepUp = signedInOf(req)?.stepUp;
  const isAsked = stepUp?.action === asking.action?.name;
  await noteStepUp(runtime, req, { user: asking.ref.id, action: asking.action?.name ?? "" }, answer);
  goOn(req, res, (isAsked ? stepUp?.returnTo : undefined) ?? baseOf(runtime, req));
}

/** Puts the proof on the record; what was asked about is answered. */
export async function noteStepUp(
  runtime: Runtime,
  req: Request,
  { user, action }: { user: string; action: string },
  { kind, amr, at }: Extract<Answer, { ok: true }>,
): Promise<void> {
  const record = await noteProof(req, { kind, amr, at: at.getTime(), stepUp: true });
  if (record?.stepUp?.action === action) delete record.stepUp;
  runtime.events.emit("step-up", { user, action, factor: kind });
}

/** The challenge of an action begins with the first code for it: nothing has to be sent before. */
export async function answerAction(
  runtime: Runtime,
  { ref, key, factors }: Pick<Asking, "ref" | "key" | "factors">,
  { factor, ...given }: Pick<Question, "factor" | "code" | "isSpentAtOnce">,
): Promise<Answer> {
  const question = { ...key, allowed: factors, factor, ...given };
  const answer = await answerChallenge(runtime, ref, question);
  const isUnopened = !answer.ok && (answer.reason === "no-challenge" || isOver(answer));
  if (!isUnopened) return answer;
  await openChallenge(runtime, ref, { ...key, seconds: runtime.pendingSeconds });
  return answerChallenge(runtime, ref, question);
}

function isOver(answer: Extract<Answer, { ok: false }>): boolean {
  return answer.reason === "challenge-expired" && answer.over;
}

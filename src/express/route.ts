/** What every route of ours shares: errors become answers, and who is asking is known. */
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { SecondFactorError } from "../errors.js";
import { gatedPerson } from "./middleware-state.js";
import { baseOf, seeOther, sendError, sendProblem, wantsPage } from "./negotiate.js";
import { livePending } from "./pending-login.js";
import type { Person } from "./person.js";
import type { Runtime } from "./runtime.js";
import { type PendingLogin, type SignedIn, signedInOf } from "./session.js";

export type Handler = (req: Request, res: Response, next: NextFunction) => Promise<void> | void;

/** Runs a handler; what it throws is answered here, or by the app where it is not ours. */
export function route(runtime: Runtime, handler: Handler): RequestHandler {
  return async function secondFactorRoute(req, res, next) {
    try {
      await handler(req, res, next);
    } catch (error) {
      if (!(await sendError(runtime, req, res, error))) next(error || new Error("a route failed"));
    }
  };
}

/** Who is at the door: somebody signed in, somebody pending, or nobody. */
export type Visitor =
  | { state: "signed-in"; person: Person; record: SignedIn }
  | { state: "pending"; pending: PendingLogin }
  | { state: "nobody" };

export function visitorOf(runtime: Runtime, req: Request): Visitor {
  const person = gatedPerson(req);
  const record = signedInOf(req);
  if (person && record) return { state: "signed-in", person, record };
  const pending = livePending(runtime, req);
  return pending ? { state: "pending", pending } : { state: "nobody" };
}

/** Refuses everybody but somebody signed in. */
export function requireSignedIn(runtime: Runtime, req: Request): { person: Person; record: SignedIn } {
  const visitor = visitorOf(runtime, req);
  if (visitor.state === "signed-in") return visitor;
  if (visitor.state === "nobody") throw new SecondFactorError("no_challenge", "nobody is signed in");
  const enrol = visitor.pending.owes === "enrolment";
  throw new SecondFactorError(
    enrol ? "enrolment_required" : "second_factor_required",
    "a second factor is owed",
  );
}

/** Asks for a fresh code, then comes back to `returnTo`. */
export function askStepUp(
  runtime: Runtime,
  req: Request,
  res: Response,
  { action, returnTo }: { action: string; returnTo: string },
): void {
  const url = `${baseOf(runtime, req)}/challenge?action=${encodeURIComponent(action)}`;
  const record = signedInOf(req);
  if (!wantsPage(req)) return sendProblem(res, { code: "step_up_required", action, challengeUrl: url });
  if (record) record.stepUp = { action, returnTo };
  seeOther(res, url);
}

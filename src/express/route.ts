/** What every route of ours shares: errors become answers, and who is asking is known. */
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { boundTo } from "../core/actions.js";
import { SecondFactorError } from "../errors.js";
import { gatedPerson } from "./middleware-state.js";
import { baseOf, OWED, seeOther, sendError, sendProblem, wantsPage } from "./negotiate.js";
import { livePending } from "./pending-login.js";
import type { Person } from "./person.js";
import type { Runtime } from "./runtime.js";
import { type AskedStepUp, type PendingLogin, type SignedIn, signedInOf } from "./session.js";

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

export interface SignedInVisitor {
  state: "signed-in";
  person: Person;
  record: SignedIn;
}

/** Who is at the door: somebody signed in, somebody pending, or nobody. */
export type Visitor = SignedInVisitor | { state: "pending"; pending: PendingLogin } | { state: "nobody" };

export function visitorOf(runtime: Runtime, req: Request): Visitor {
  const person = gatedPerson(req);
  const record = signedInOf(req);
  if (person && record) return { state: "signed-in", person, record };
  const pending = livePending(runtime, req);
  return pending ? { state: "pending", pending } : { state: "nobody" };
}

/** Refuses everybody but somebody signed in. */
export function requireSignedIn(runtime: Runtime, req: Request): SignedInVisitor {
  const visitor = visitorOf(runtime, req);
  if (visitor.state === "signed-in") return visitor;
  if (visitor.state === "nobody") throw new SecondFactorError("no_challenge", "nobody is signed in");
  throw new SecondFactorError(OWED[visitor.pending.owes].code, "the login is not complete");
}

export interface StepUp {
  action: string;
  /** Where a page goes on after the code. */
  returnTo: string;
  /** What the code is to be good for alone, in clear: it is kept as a digest. */
  target?: string;
  /** What the code allows, as words after "to". Default: the action's own, for the target. */
  words?: string;
  /** The same in a message, where those who carry it are not to read whom it is about. Default: the words. */
  told?: string;
}

/**
 * Asks for a fresh code, then comes back to `returnTo`. The newest request counts: one for another target makes the
 * code for the one before void.
 */
export function askStepUp(runtime: Runtime, req: Request, res: Response, stepUp: StepUp): void {
  const { action, target } = noteAsked(runtime, req, stepUp);
  const challengeUrl = `${baseOf(runtime, req)}/challenge?action=${encodeURIComponent(action)}`;
  if (wantsPage(req)) return seeOther(res, challengeUrl);
  const bound = target === undefined ? {} : { target };
  sendProblem(res, { code: "step_up_required", action, ...bound, challengeUrl });
}

/** Keeps in the session what a code is asked for, and what it is bound to, as a digest. */
export function noteAsked(
  runtime: Runtime,
  req: Request,
  { action, returnTo, target, words, told }: StepUp,
): AskedStepUp {
  const record = signedInOf(req);
  if (!record) return { action };
  const bound = boundTo(runtime.tools, { user: record.user, action, target });
  const said = words ?? (target === undefined ? undefined : runtime.actions.get(action)?.words(target));
  const asked = {
    action,
    ...bound,
    ...(said === undefined ? {} : { words: said }),
    ...(told === undefined ? {} : { told }),
  };
  if (wantsPage(req)) record.stepUp = { ...asked, returnTo };
  else if (!isSameStepUp(record.stepUp, asked)) record.stepUp = asked;
  return asked;
}

/** A page that waits for this very code keeps its way back. */
function isSameStepUp(before: AskedStepUp | undefined, { action, target }: AskedStepUp): boolean {
  return before?.action === action && before.target === target;
}

/** Guards that an app puts before its own routes, and the question it can ask anywhere. */
import type { Request, RequestHandler, Response } from "express";
import { countedKinds, isFresh, provenKinds } from "../core/assurance.js";
import { CONFIRM, type FactorKind } from "../core/model.js";
import { misconfigured } from "../errors.js";
import { userOf } from "../passport/internals.js";
import { isGated, mountOf } from "./middleware-state.js";
import { baseOf, loginUrlOf, seeOther, sendProblem, wantsPage } from "./negotiate.js";
import { livePending } from "./pending-login.js";
import {
  type Debt,
  debtOf,
  hasEnded,
  isSettled,
  loginDebtOf,
  noteGrace,
  type Person,
  personOf,
} from "./person.js";
import { localPath } from "./return-address.js";
import { askStepUp, route } from "./route.js";
import type { Runtime } from "./runtime.js";
import { type SignedIn, signedInOf } from "./session.js";

export interface RequireOptions {
  /**
   * One of these must have been proven in this login. Default: whatever the policy asks, and with `maxAgeSeconds` any
   * but a recovery code.
   */
  factors?: readonly FactorKind[];
  /** How long ago at most, seconds. Default: any time in this login. */
  maxAgeSeconds?: number;
  /** Whom it is about, where the app did not sign them in (`assignProperty`, a custom callback). */
  user?: (req: Request) => unknown;
}

export type CheckResult =
  | { state: "anonymous" }
  | { state: "pending"; owes: "challenge" | "password" | "enrolment" }
  /** `factors`: proven in this login. `enrolled`: all that the user has. */
  | { state: "satisfied"; user: unknown; factors: FactorKind[]; enrolled: FactorKind[] };

/**
 * Where a request stands. For sockets and the like: needs `req.session` and, where signed in, the user that Passport
 * deserialised; the gate need not have run.
 */
export async function check(runtime: Runtime, req: Request): Promise<CheckResult> {
  const current = userOf(req);
  if (!current) {
    const pending = livePending(runtime, req);
    return pending ? { state: "pending", owes: pending.owes } : ANONYMOUS;
  }
  const person = await personOf(runtime, req, current);
  const record = signedInOf(req);
  return judged(runtime, { ...person, user: current }, record?.user === person.ref.id ? record : undefined);
}

/** What a user who has proven nothing yet would owe; nobody, such as after a wrong password, is anonymous. */
export async function checkUser(runtime: Runtime, req: Request, user: unknown): Promise<CheckResult> {
  if (!user) return ANONYMOUS;
  const person = await personOf(runtime, req, user);
  await noteGrace(runtime, person, debtOf(runtime, person, []));
  return judged(runtime, person, undefined);
}

const ANONYMOUS: CheckResult = { state: "anonymous" };

function judged(runtime: Runtime, person: Person, record: SignedIn | undefined): CheckResult {
  const { user, standing } = person;
  if (record && hasEnded(person, record)) return ANONYMOUS;
  const factors = record ? provenKinds(record) : [];
  const debt = debtBy(runtime, person, record);
  if (debt.owes !== "nothing" && !isSettled(debt, record ?? { skipped: true }))
    return { state: "pending", owes: debt.owes };
  return { state: "satisfied", user, factors, enrolled: [...standing.factors] };
}

/** A login that is complete owes no new password; one that is not does. */
function debtBy(runtime: Runtime, person: Person, record: SignedIn | undefined): Debt {
  if (!record) return loginDebtOf(runtime, person, []);
  return record.exempt ? { owes: "nothing" } : debtOf(runtime, person, countedKinds(record));
}

/** Lets through whoever is signed in and has proven enough; 401 for everybody else. */
export function createRequire(runtime: Runtime, options: RequireOptions): RequestHandler {
  const { user } = options;
  return route(runtime, async (req, res, next) => {
    if (!isGated(req))
      throw misconfigured("require() runs before app.use(secondFactor.middleware()): move it after");
    const standing = await (user ? checkUser(runtime, req, user(req)) : check(runtime, req));
    if (standing.state !== "satisfied") return refuseUnsigned(runtime, req, res);
    if (isProvenLately(runtime, req, options)) return next();
    // Only what was navigated to can be gone back to: a form that was posted has to be sent again.
    const returnTo = req.method === "GET" ? localPath(req.originalUrl) : `${mountOf(req)}/`;
    askStepUp(runtime, req, res, { action: CONFIRM, returnTo });
  });
}

/** The answer to whoever is not, or not quite, signed in. */
export function refuseUnsigned(runtime: Runtime, req: Request, res: Response): void {
  const loginUrl = loginUrlOf(runtime, req);
  if (wantsPage(req)) return seeOther(res, loginUrl);
  const challengeUrl = `${baseOf(runtime, req)}/challenge`;
  sendProblem(res, { code: "second_factor_required", challengeUrl, loginUrl });
}

/** Whether the wanted factors were proven in time; what the session proved says nothing of a user named beside it. */
function isProvenLately(runtime: Runtime, req: Request, options: RequireOptions): boolean {
  const { factors, maxAgeSeconds, user } = options;
  if (factors === undefined && maxAgeSeconds === undefined) return true;
  const record = (user ? undefined : signedInOf(req)) ?? { proven: [] };
  return isFresh(record, {
    kinds: factors ?? runtime.configured.filter((kind) => runtime.factors.get(kind)?.primary),
    maxAgeSeconds: maxAgeSeconds ?? Number.POSITIVE_INFINITY,
    at: runtime.tools.clock.now(),
  });
}

/** Guards that an app puts before its own routes, and the question it can ask anywhere. */
import type { Request, RequestHandler } from "express";
import { isEnded, isFresh, provenKinds } from "../core/assurance.js";
import type { FactorKind } from "../core/model.js";
import type { Owed } from "../core/policy.js";
import { misconfigured } from "../errors.js";
import { userOf } from "../passport/internals.js";
import { isGated } from "./middleware-state.js";
import { baseOf, loginUrlOf, seeOther, sendProblem, wantsPage } from "./negotiate.js";
import { livePending } from "./pending-login.js";
import { debtOf, personOf } from "./person.js";
import { localPath } from "./return-address.js";
import { askStepUp, route } from "./route.js";
import type { Runtime } from "./runtime.js";
import { signedInOf } from "./session.js";

export interface RequireOptions {
  /** One of these must have been proven in this login. Default: whatever the policy asks. */
  factors?: readonly FactorKind[];
  /** How long ago at most, seconds. Default: any time in this login. */
  maxAgeSeconds?: number;
  /** Whom it is about, where the app did not sign them in (`assignProperty`, a custom callback). */
  user?: (req: Request) => unknown;
}

export type CheckResult =
  | { state: "anonymous" }
  | { state: "pending"; owes: "challenge" | "enrolment" }
  | { state: "satisfied"; user: unknown; factors: FactorKind[] };

/** The action a fresh proof is asked for where a router wants one. */
export const CONFIRM = "confirm";

/**
 * Where a request stands. For sockets and the like: needs `req.session` and, where signed in, the user that Passport
 * deserialised; the gate need not have run. With `user` it says what that user would owe who has proven nothing yet.
 */
export async function check(runtime: Runtime, req: Request, user?: unknown): Promise<CheckResult> {
  if (user) return standingOf(debtOf(runtime, await personOf(runtime, user), []), user, []);
  const current = userOf(req);
  if (!current) {
    const pending = req.session && livePending(runtime, req);
    return pending ? { state: "pending", owes: pending.owes } : { state: "anonymous" };
  }
  const person = await personOf(runtime, current);
  const record = req.session && signedInOf(req);
  const own = record?.user === person.ref.id ? record : undefined;
  if (own && isEnded(own, person.standing)) return { state: "anonymous" };
  const proven = own ? provenKinds(own) : [];
  const debt: Owed = own?.exempt ? { owes: "nothing" } : debtOf(runtime, person, proven);
  return standingOf(debt, current, proven);
}

function standingOf(debt: Owed, user: unknown, factors: FactorKind[]): CheckResult {
  if (debt.owes === "nothing") return { state: "satisfied", user, factors };
  return { state: "pending", owes: debt.owes };
}

const ANONYMOUS: CheckResult = { state: "anonymous" };

/** Lets through whoever is signed in and has proven enough; 401 for everybody else. */
export function createRequire(runtime: Runtime, options: RequireOptions): RequestHandler {
  const { factors, maxAgeSeconds, user } = options;
  return route(runtime, async (req, res, next) => {
    if (!isGated(req))
      throw misconfigured("require() runs before app.use(secondFactor.middleware()): move it after");
    const named = user?.(req);
    const isNobody = user !== undefined && !named;
    const standing = isNobody ? ANONYMOUS : await check(runtime, req, named);
    if (standing.state !== "satisfied") {
      const loginUrl = loginUrlOf(runtime, req);
      if (wantsPage(req)) return seeOther(res, loginUrl);
      return sendProblem(res, {
        code: "second_factor_required",
        challengeUrl: `${baseOf(runtime, req)}/challenge`,
        loginUrl,
      });
    }
    const wanted = factors ?? runtime.configured;
    const seconds = maxAgeSeconds ?? Number.POSITIVE_INFINITY;
    // What the session has proven says nothing about a user who is named beside it.
    const record = (user ? undefined : signedInOf(req)) ?? { proven: [] };
    const isStrict = factors !== undefined || maxAgeSeconds !== undefined;
    const at = runtime.tools.clock.now();
    if (!isStrict || isFresh(record, { kinds: wanted, maxAgeSeconds: seconds, at })) return next();
    askStepUp(runtime, req, res, { action: CONFIRM, returnTo: localPath(req.originalUrl) });
  });
}

/** The Passport strategy `second-factor`: answers the challenge of a pending login. */
import type { Request } from "express";
import passport, { type Strategy, type StrategyCreated } from "passport";
import type { Proof } from "../core/assurance.js";
import type { Parts, Refusal } from "../core/attempt.js";
import { answerChallenge } from "../core/challenge.js";
import type { FactorKind, UserRef } from "../core/model.js";
import type { NewBrowser, Trust } from "../core/trusted-browser.js";

export const STRATEGY = "second-factor";

/** A pending login, as far as answering its challenge goes. */
export interface Challenged {
  login: string;
  user: UserRef;
  /** The kinds that may answer. */
  factors: readonly FactorKind[];
  /** The one that is meant where the request names none. */
  usual: FactorKind;
  /** The person wants this browser to be trusted. */
  trust?: Trust;
  /** The kinds whose proof is all that the login takes: with another more is owed, and nothing is trusted yet. */
  trusts: readonly FactorKind[];
}

/** Where pending logins are kept, and who is told that one was proven. */
export interface PendingLogins {
  of(req: Request): Promise<Challenged | undefined>;
  /** The user behind the pending login, fresh; false where the app refuses them by now. */
  userOf(req: Request, pending: Challenged): Promise<unknown>;
  proven(req: Request, proof: Proof, trusted?: NewBrowser): void;
}

/** What `fail` says: a {@link Refusal}, or that the app no longer knows the user. */
export type Failure = Refusal | { reason: "no-user" };

/**
 * Takes `factor`, `code` and `trustBrowser` from the body. Right code → `success` with the user, deserialised again; wrong, late,
 * used or locked → `fail` with a {@link Failure}; broken store → `error`.
 *
 * Use it by name, `passport.authenticate("second-factor")`: Passport shares an instance that is passed between
 * concurrent requests. `req.logIn` then completes the login; without it nobody is signed in.
 */
export function secondFactorStrategy(parts: Parts, logins: PendingLogins): Strategy {
  const strategy = new passport.Strategy();
  strategy.name = STRATEGY;
  // Passport calls this on an object derived from ours for each request, which is what carries the actions.
  strategy.authenticate = function authenticate(this: StrategyCreated<Strategy>, req: Request): void {
    prove(parts, logins, req).then(
      (result) => ("user" in result ? this.success(result.user as Express.User) : this.fail(result, 401)),
      (error) => this.error(error),
    );
  };
  return strategy;
}

async function prove(
  parts: Parts,
  logins: PendingLogins,
  req: Request,
): Promise<{ user: unknown } | Failure> {
  const pending = await logins.of(req);
  if (!pending) return { reason: "no-challenge" };
  const { user: ref, login, factors, usual, trust, trusts } = pending;
  const { factor, code } = bodyOf(req);
  const kind = (factor ?? usual) as FactorKind;
  const wanted = { login, purpose: "login", allowed: factors, factor: kind, code } as const;
  const question = trust && trusts.includes(kind) ? { ...wanted, trust } : wanted;
  const answer = await answerChallenge(parts, ref, question);
  if (!answer.ok) return answer;
  const user = await logins.userOf(req, pending);
  if (!user) return { reason: "no-user" };
  logins.proven(req, { kind: answer.kind, amr: answer.amr, at: answer.at.getTime() }, answer.trusted);
  return { user };
}

function bodyOf(req: Request): { factor?: unknown; code?: unknown } {
  const body: unknown = req.body;
  return body !== null && typeof body === "object" ? body : {};
}

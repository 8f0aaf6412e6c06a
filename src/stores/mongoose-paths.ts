/** The words the commands are made of: paths into `secondFactor`, and the guards that several of them share. */
import type { LockRule } from "../core/lockout.js";
import type { Budget, FactorKind } from "../core/model.js";
import type { ChallengeKey } from "../core/store.js";

/** One guarded write: it happens where the guard matches the user's document, and nowhere else. */
export interface Command {
  guard: Record<string, unknown>;
  update: Record<string, unknown>;
  arrayFilters?: Record<string, unknown>[];
}

export const FACTORS = "secondFactor.factors";
export const GENERATION = "secondFactor.sessionGeneration";
export const RAISED_BY = "secondFactor.raisedBy";
export const REQUIRED_SINCE = "secondFactor.requiredSince";
export const MUST_CHANGE = "secondFactor.mustChangePassword";
export const ENDED_LOGINS = "secondFactor.endedLogins";
export const CHALLENGES = "secondFactor.vault.challenges";
export const GRANTS = "secondFactor.vault.grants";
export const BROWSERS = "secondFactor.vault.browsers";
/** Times, newest first. */
export const SENDS = "secondFactor.vault.sends";
/** A list of one kind, see `state.ts`. */
export const PREFERRED = "secondFactor.vault.preferred";
export const RECOVERY = "secondFactor.vault.recoveryCodes";

export const TEMPORARY = "secondFactor.vault.temporaryPassword";
export const LINKS = "secondFactor.vault.links";

/** Matches a user for whom no factor is active. */
export const NO_FACTOR = { [`${FACTORS}.0`]: { $exists: false } };

export const FAILURES = "secondFactor.vault.failures";

export const budgetPath = (budget: Budget) => `${FAILURES}.${budget}`;

export const slotPath = (kind: FactorKind) => `secondFactor.vault.enrolments.${kind}`;

/** The challenge that the array filter of a command names. */
export const THIS = `${CHALLENGES}.$[mine]`;

/** Not the positional `$`: not every MongoDB dialect finds it in a nested array. */
export const thisOne = ({ login, purpose }: ChallengeKey) => [
  { "mine.login": login, "mine.purpose": purpose },
];

/** Of a challenge or a grant: bound to this target, or to none where there is none. */
export const boundTo = (target: string | undefined) => ({ target: target ?? { $exists: false } });

/** Matches a user with this challenge, in force at the moment given, of which also `more` holds. */
export function liveChallenge(
  { login, purpose, target }: ChallengeKey,
  at: Date,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    [CHALLENGES]: { $elemMatch: { login, purpose, ...boundTo(target), expiresAt: { $gt: at }, ...more } },
  };
}

/** Of a challenge: this is the code that was sent last for it, and its time is not up. */
export function withCode(hash: string, at: Date): Record<string, unknown> {
  return { "code.hash": hash, "code.expiresAt": { $gt: at } };
}

/** Each of them matches a user of whom this budget is closed; see `closedStates`. */
export function closedGuards(budget: Budget, { closed, blockAt }: LockRule): Record<string, object>[] {
  const [count, lastAt] = [`${budgetPath(budget)}.count`, `${budgetPath(budget)}.lastAt`];
  const pauses = closed.map(({ failures, andEvery, since }) => ({
    [count]: andEvery ? { $gte: failures, $mod: [andEvery, 0] } : { $eq: failures },
    [lastAt]: { $gt: since },
  }));
  return [...pauses, { [count]: { $gte: blockAt } }];
}

/** `$push` of an item at the end of a list that keeps the last so many. */
export function newest(item: unknown, limit: number): Record<string, unknown> {
  return { $each: [item], $slice: -limit };
}

/** `$unset` of the budgets that a success puts back to zero; nothing where there is none. */
export function resetOf(budgets: readonly Budget[]): Record<string, ""> {
  return Object.fromEntries(budgets.map((budget) => [budgetPath(budget), ""]));
}

/** An update without the operators that have nothing to do, which older servers refuse. */
export function operators(update: Record<string, object>): Record<string, object> {
  return Object.fromEntries(Object.entries(update).filter(([, fields]) => Object.keys(fields).length > 0));
}

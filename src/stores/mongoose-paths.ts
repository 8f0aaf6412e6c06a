/** The words the commands are made of: paths into `secondFactor`, and the guards that several of them share. */
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
export const ENDED_LOGINS = "secondFactor.endedLogins";
export const CHALLENGES = "secondFactor.vault.challenges";
export const GRANTS = "secondFactor.vault.grants";
export const RECOVERY = "secondFactor.vault.recoveryCodes";

/** Matches a user for whom no factor is active. */
export const NO_FACTOR = { [`${FACTORS}.0`]: { $exists: false } };

export const budgetPath = (budget: Budget) => `secondFactor.vault.failures.${budget}`;

export const slotPath = (kind: FactorKind) => `secondFactor.vault.enrolments.${kind}`;

/** Matches a user with this challenge, in force at the moment given. */
export function liveChallenge({ login, purpose }: ChallengeKey, at: Date): Record<string, unknown> {
  return { [CHALLENGES]: { $elemMatch: { login, purpose, expiresAt: { $gt: at } } } };
}

/** `$unset` of the budgets that a success puts back to zero; nothing where there is none. */
export function resetOf(budgets: readonly Budget[]): Record<string, ""> {
  return Object.fromEntries(budgets.map((budget) => [budgetPath(budget), ""]));
}

/** An update without the operators that have nothing to do, which older servers refuse. */
export function operators(update: Record<string, object>): Record<string, object> {
  return Object.fromEntries(Object.entries(update).filter(([, fields]) => Object.keys(fields).length > 0));
}

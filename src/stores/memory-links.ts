/** What a mailed link does, on the memory store's state. */
import type { BudgetReopening, FactorStop } from "../core/link-store.js";
import { spendLink } from "./memory-account.js";
import { raiseGeneration } from "./memory-enrolments.js";
import type { State } from "./memory-state.js";

export function stopFactors(state: State, stop: FactorStop): boolean {
  const { hash, at, enrolments, recovery, generation } = stop;
  const { vault } = state;
  const active = enrolments.map(({ kind, enrolment }) => {
    const found = vault.enrolments[kind]?.active;
    return found?.id === enrolment ? found : undefined;
  });
  const isAsRead = state.sessionGeneration === generation && !active.includes(undefined);
  if (!isAsRead || (recovery !== undefined && vault.recoveryCodes?.id !== recovery)) return false;
  if (!spendLink(state, { hash, use: "stop", at })) return false;
  for (const enrolment of active) if (enrolment) enrolment.blockedAt = at;
  if (recovery !== undefined) {
    delete vault.recoveryCodes;
    state.factors = state.factors.filter((kind) => kind !== "recovery-code");
  }
  raiseGeneration(state);
  return true;
}

export function reopenBudgets(state: State, reopening: BudgetReopening): boolean {
  const { hash, at, budgets, blockedAt, count } = reopening;
  const failures = budgets.map((budget) => state.vault.failures[budget]);
  if (failures.some((failed) => (failed?.count ?? 0) < blockedAt)) return false;
  if (!spendLink(state, { hash, use: "unlock", at })) return false;
  for (const failed of failures) if (failed) failed.count = count;
  return true;
}

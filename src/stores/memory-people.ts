/** Whom a question about many users means, in the memory store. */
import { MAX_SEARCHED, type PeopleQuery } from "../core/store.js";
import { isLocked } from "./memory-challenges.js";
import type { State } from "./memory-state.js";

/** Fields by which people are known, where they hold text. */
const NAMES = ["email", "username", "name"];

export function matches(
  { user, state }: { user: { id: string }; state: State },
  { text, after, only, locked }: PeopleQuery,
): boolean {
  if (after !== undefined && user.id <= after) return false;
  if (text !== undefined && !isCalled(user, text)) return false;
  const budgets = Object.values(state.vault.failures);
  if (locked && !budgets.some((failures) => isLocked(failures, locked))) return false;
  return only === undefined || state.factors.length === 0;
}

function isCalled(user: object, text: string): boolean {
  if (text.length > MAX_SEARCHED) return false;
  const wanted = text.toLowerCase();
  return NAMES.some((name) => {
    const value = (user as Record<string, unknown>)[name];
    return typeof value === "string" && value.toLowerCase().includes(wanted);
  });
}

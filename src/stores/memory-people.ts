/** Whom a question about many users means, in the memory store. */
import type { PeopleQuery } from "../core/store.js";
import type { State } from "./memory-state.js";

/** Fields by which people are known, where they hold text. */
const NAMES = ["email", "username", "name"];

export function matches(
  { user, state }: { user: { id: string }; state: State },
  { text, after, only }: PeopleQuery,
): boolean {
  if (after !== undefined && user.id <= after) return false;
  if (text !== undefined && !isCalled(user, text)) return false;
  return only === undefined || KEPT[only](state);
}

const KEPT: Record<NonNullable<PeopleQuery["only"]>, (state: State) => boolean> = {
  "without-factor": ({ factors }) => factors.length === 0,
  "with-failures": ({ vault }) => Object.keys(vault.failures).length > 0,
};

function isCalled(user: object, text: string): boolean {
  const wanted = text.toLowerCase();
  return NAMES.some((name) => {
    const value = (user as Record<string, unknown>)[name];
    return typeof value === "string" && value.toLowerCase().includes(wanted);
  });
}

/** The memory store's own copy of the state: the model's shape, made writable. */
import type { UserState, Vault } from "../core/model.js";
import { toState } from "./state.js";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export type State = Writable<Omit<UserState, "vault" | "passwordDigest">> & { vault: Writable<Vault> };

export function emptyState(): State {
  return toState(undefined);
}

/** The last so many of a list with an item added. */
export function newest<T>(list: readonly T[], item: T, limit: number): T[] {
  return [...list, item].slice(-limit);
}

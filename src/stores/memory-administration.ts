/** What an administrator does to a person, on the memory store's state. */
import { raiseGeneration } from "./memory-enrolments.js";
import type { State } from "./memory-state.js";

export function endSessions(state: State): boolean {
  raiseGeneration(state);
  return true;
}

export function switchOff(state: State): boolean {
  if (state.factors.length === 0) return false;
  state.factors = [];
  const suggested = Object.entries(state.vault.enrolments).flatMap(([kind, slot]) =>
    slot.suggested === undefined ? [] : [[kind, { suggested: slot.suggested }]],
  );
  state.vault.enrolments = Object.fromEntries(suggested);
  state.vault.failures = {};
  state.vault.links = state.vault.links.filter(({ use }) => use !== "stop");
  delete state.vault.recoveryCodes;
  delete state.vault.preferred;
  raiseGeneration(state);
  return true;
}

export function unlock({ vault }: State): boolean {
  const wasThere = Object.keys(vault.failures).length > 0;
  vault.failures = {};
  return wasThere;
}

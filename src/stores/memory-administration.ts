/** What an administrator does to a person, and a change of keys, on the memory store's state. */
import type { FactorKind } from "../core/model.js";
import type { Resealing } from "../core/store.js";
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

export function reseal({ vault }: State, { secrets, recovery, dropped }: Resealing): boolean {
  const slotOf = (kind: FactorKind, of: "active" | "pending") => vault.enrolments[kind]?.[of];
  const kept = vault.recoveryCodes?.id === recovery?.set ? vault.recoveryCodes?.codes : undefined;
  const codes = recovery?.codes.map(({ id, from, to }) => ({
    to,
    code: kept?.find((it) => it.id === id && it.hash === from),
  }));
  const isAsRead = secrets.every(({ kind, of, from }) => slotOf(kind, of)?.secret === from);
  if (!isAsRead || codes?.some(({ code }) => !code)) return false;
  for (const { kind, of, to } of secrets) Object.assign(slotOf(kind, of) ?? {}, { secret: to });
  for (const { code, to } of codes ?? []) Object.assign(code ?? {}, { hash: to });
  for (const challenge of vault.challenges) {
    if (challenge.code && dropped.includes(challenge.code.hash)) delete challenge.code;
  }
  return true;
}

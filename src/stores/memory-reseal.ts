/** A change of keys, on the memory store's state. */
import type { Resealed, Resealing } from "../core/store.js";
import type { State } from "./memory-state.js";

/** Where a sealed value is kept: nowhere, where what it belongs to is gone. */
type Place = Resealed & { holder: object | undefined; field: "secret" | "hash" };

export function reseal({ vault }: State, resealing: Resealing): boolean {
  const places = placesIn(vault, resealing);
  const hasEnded = resealing.ended.every((it) => vault.enrolments[it.kind]?.pending?.id === it.enrolment);
  if (!hasEnded || !places.every(isAsRead)) return false;
  for (const { holder, field, to } of places) Object.assign(holder ?? {}, { [field]: to });
  for (const { kind } of resealing.ended) delete vault.enrolments[kind]?.pending;
  for (const challenge of vault.challenges) {
    if (challenge.code && resealing.dropped.includes(challenge.code.hash)) delete challenge.code;
  }
  return true;
}

function placesIn(vault: State["vault"], { secrets, recovery, temporary }: Resealing): Place[] {
  const set = vault.recoveryCodes?.id === recovery?.set ? vault.recoveryCodes : undefined;
  return [
    ...secrets.map(({ kind, of, from, to }) => {
      return { holder: vault.enrolments[kind]?.[of], field: "secret", from, to } as const;
    }),
    ...(recovery?.codes ?? []).map(({ id, from, to }) => {
      return { holder: set?.codes.find((code) => code.id === id), field: "hash", from, to } as const;
    }),
    ...(temporary ? [{ holder: vault.temporaryPassword, field: "hash", ...temporary } as const] : []),
  ];
}

function isAsRead({ holder, field, from }: Place): boolean {
  return (holder as Record<string, unknown> | undefined)?.[field] === from;
}

/** Codes being sent, on the memory store's state. */
import { isOf } from "../core/attempt.js";
import { MAX_SENDS, type SendReservation } from "../core/store.js";
import { live } from "./memory-challenges.js";
import type { State } from "./memory-state.js";

export function reserveSend({ vault }: State, reservation: SendReservation): boolean {
  const { challenge, renewedAs, code, expiresAt, maxAttempts, quotas } = reservation;
  const now = live(vault.challenges, reservation, code.sentAt);
  const isUsedUp = now !== undefined && now.attempts >= maxAttempts;
  if (now?.id !== challenge.id || isUsedUp !== (renewedAs !== undefined)) return false;
  const isFull = quotas.some(({ count, since }) => {
    const last = vault.sends[count - 1];
    return last !== undefined && last > since;
  });
  if (isFull) return false;
  vault.sends = [code.sentAt, ...vault.sends].slice(0, MAX_SENDS);
  Object.assign(now, { code, expiresAt, ...(renewedAs === undefined ? {} : { id: renewedAs, attempts: 0 }) });
  return true;
}

export function undoSend({ vault }: State, reservation: SendReservation): boolean {
  const { challenge, renewedAs, code } = reservation;
  if (vault.sends[0]?.getTime() !== code.sentAt.getTime()) return false;
  vault.sends = vault.sends.slice(1);
  const now = vault.challenges.find(isOf(reservation));
  if (now?.code?.hash !== code.hash) return true;
  delete now.code;
  now.expiresAt = challenge.expiresAt;
  // A code from before a renewal was bound to the challenge's old id: it could answer nothing.
  if (challenge.code && renewedAs === undefined) now.code = challenge.code;
  return true;
}

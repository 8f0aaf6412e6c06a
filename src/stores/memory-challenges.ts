/** Challenges, attempts and grants on the memory store's state; each function checks, then changes, in one go. */
import { isOf } from "../core/attempt.js";
import { isClosed, type LockRule } from "../core/lockout.js";
import type { Challenge, Failures, Grant, UserState } from "../core/model.js";
import {
  type ChallengeKey,
  type Completion,
  type GrantKey,
  MAX_BROWSERS,
  MAX_CHALLENGES,
  type Reservation,
} from "../core/store.js";
import { spendCode } from "./memory-spends.js";
import { newest, type State } from "./memory-state.js";

export function openChallenge({ vault }: State, challenge: Challenge): boolean {
  const isInPlace = (other: Challenge) =>
    other.login === challenge.login && other.purpose === challenge.purpose;
  vault.challenges = vault.challenges.some(isInPlace)
    ? vault.challenges.map((other) => (isInPlace(other) ? challenge : other))
    : newest(vault.challenges, challenge, MAX_CHALLENGES);
  return true;
}

export function renewChallenge(
  { vault }: State,
  key: ChallengeKey,
  { id, at, maxAttempts }: { id: string; at: Date; maxAttempts: number },
): boolean {
  const challenge = live(vault.challenges, key, at);
  if (!challenge || challenge.attempts < maxAttempts) return false;
  Object.assign(challenge, { id, attempts: 0 });
  delete challenge.code;
  return true;
}

export function closeChallenge({ vault }: State, key: ChallengeKey): boolean {
  const others = vault.challenges.filter((challenge) => !isOf(key)(challenge));
  const wasThere = others.length < vault.challenges.length;
  vault.challenges = others;
  return wasThere;
}

export function reserveAttempt({ vault }: State, reservation: Reservation): boolean {
  const { at, maxAttempts, budget, lock } = reservation;
  const { challenges, failures } = vault;
  const challenge = live(challenges, reservation, at);
  const isShut = lock !== undefined && isLocked(failures[budget], lock);
  if (!challenge || challenge.attempts >= maxAttempts || isShut) return false;
  challenge.attempts += 1;
  if (lock) failures[budget] = { count: (failures[budget]?.count ?? 0) + 1, lastAt: at };
  return true;
}

/** Whether a budget takes no more attempts. */
export function isLocked(failures: Failures | undefined, { closed, blockAt }: LockRule): boolean {
  return (failures?.count ?? 0) >= blockAt || isClosed(failures, closed);
}

export function refundAttempt({ vault }: State, reservation: Reservation, before: UserState): boolean {
  const { at, budget, lock } = reservation;
  const was = before.vault.challenges.find(isOf(reservation));
  const now = vault.challenges.find(isOf(reservation));
  if (!was || now?.id !== was.id || now.attempts !== was.attempts + 1) return false;
  if (lock) {
    const failures = vault.failures[budget];
    const previous = before.vault.failures[budget];
    const isLast =
      failures?.count === (previous?.count ?? 0) + 1 && failures.lastAt.getTime() === at.getTime();
    if (!isLast) return false;
    delete vault.failures[budget];
    if (previous) vault.failures[budget] = previous;
  }
  now.attempts -= 1;
  return true;
}

export function completeChallenge(state: State, completion: Completion): boolean {
  const { at, spend, reset, grant, trust } = completion;
  const { vault } = state;
  const challenge = live(vault.challenges, completion, at);
  if (!challenge || !spendCode(state, challenge, spend, at)) return false;
  closeChallenge(state, completion);
  for (const budget of reset) delete vault.failures[budget];
  if (grant) vault.grants = newest(vault.grants, grant, MAX_CHALLENGES);
  if (trust) vault.browsers = newest(vault.browsers, trust, MAX_BROWSERS);
  return true;
}

export function spendGrant(
  { vault }: State,
  { login, action, target, at }: GrantKey & { at: Date },
): boolean {
  const isMeant = (grant: Grant) =>
    grant.login === login && grant.action === action && grant.target === target && grant.expiresAt > at;
  const others = vault.grants.filter((grant) => !isMeant(grant));
  const wasThere = others.length < vault.grants.length;
  vault.grants = others;
  return wasThere;
}

/** The challenge with this key, in force at the moment given. */
export function live(challenges: readonly Challenge[], key: ChallengeKey, at: Date): Challenge | undefined {
  return challenges.find((challenge) => isOf(key)(challenge) && challenge.expiresAt > at);
}

/** One attempt at a code: reserved before anything is compared, taken back where it cost nothing, told where it failed. */
import type { EventSource } from "./events.js";
import type { Factor, Hint, Tools, Wrong } from "./factor.js";
import type { Limiter } from "./limiter.js";
import { failuresUntilPause, isBlocked, lockedUntil, lockRule, MAX_ATTEMPTS } from "./lockout.js";
import type { Budget, Challenge, FactorKind, Failures, UserRef, UserState } from "./model.js";
import type { ChallengeKey, Reservation, Reserved, SecondFactorStore } from "./store.js";

export interface Parts {
  store: SecondFactorStore;
  factors: ReadonlyMap<FactorKind, Factor>;
  tools: Tools;
  events: EventSource;
  limiter: Limiter;
}

/** Why an attempt was not even compared, or was wrong. */
export type Refusal =
  | { reason: "malformed" }
  | { reason: "not-allowed" }
  | { reason: "no-challenge" }
  /** `over`: the time is up; else the attempts are, and it can be renewed. */
  | { reason: "challenge-expired"; over: boolean }
  /** `until` is absent where the budget is blocked, or, with `isStopped`, this one factor. */
  | { reason: "locked"; until?: Date; isStopped?: true }
  /** `paused` where this failure was the one that closed the budget. */
  | { reason: "wrong-code"; attemptsLeft: number; hint?: Hint; paused?: { until?: Date } };

export type Refused = { ok: false } & Refusal;

type Won = Extract<Reserved, { won: true }>;

/** Attempts are reserved alike for every purpose; codes that cannot be guessed stand outside the lock. */
export function reservationFor(key: ChallengeKey, at: Date, budget: Budget, guessable: boolean): Reservation {
  const lock = lockRule(at);
  return { ...keyIn(key), at, maxAttempts: MAX_ATTEMPTS, budget, ...(guessable ? { lock } : {}) };
}

/** Says why a reservation was lost: while locked nothing else is told. */
export function refused(state: UserState, reservation: Reservation): Refused {
  const { at, budget, lock } = reservation;
  const locked = lockOf(lock && state.vault.failures[budget], at);
  if (locked) return { ok: false, reason: "locked", ...locked };
  const challenge = state.vault.challenges.find(isOf(reservation));
  if (!challenge) return { ok: false, reason: "no-challenge" };
  return { ok: false, reason: "challenge-expired", over: challenge.expiresAt <= at };
}

/** What is answered to codes of a factor that a mailed link has stopped, and to who wants one sent. */
export const STOPPED: Refused & { reason: "locked" } = { ok: false, reason: "locked", isStopped: true };

/** Whether a mailed link has stopped the factor. */
export function isStopped({ vault }: UserState, kind: FactorKind): boolean {
  return vault.enrolments[kind]?.active?.blockedAt !== undefined;
}

/** Until when codes are paused, with no end where they are blocked; undefined where they are neither. */
export function lockOf(failures: Failures | undefined, at: Date): { until?: Date } | undefined {
  if (isBlocked(failures)) return {};
  const until = lockedUntil(failures, at);
  return until && { until };
}

/** What is left is what the challenge allows, or what the user's budget does before it pauses. */
function wrongCode(
  { events }: Parts,
  ref: UserRef,
  { before, challenge }: Won,
  { budget, lock, maxAttempts, at, purpose }: Reservation,
  counted: 0 | 1,
  hint?: Hint,
): Refused {
  const failures = before.vault.failures[budget];
  const ofChallenge = maxAttempts - challenge.attempts;
  const ofBudget = lock ? failuresUntilPause(failures) : ofChallenge;
  const attemptsLeft = Math.min(ofChallenge, ofBudget) - counted;
  const count = (failures?.count ?? 0) + 1;
  const paused = lock && counted ? lockOf({ count, lastAt: at }, at) : undefined;
  if (paused) events.emit("locked", { user: ref.id, purpose, blocked: !paused.until, ...paused });
  return {
    ok: false,
    reason: "wrong-code",
    attemptsLeft,
    ...(hint ? { hint } : {}),
    ...(paused ? { paused } : {}),
  };
}

/** Compares a code; where that breaks, the attempt is taken back, and costs the person nothing. */
export async function compared<T>(
  { store }: Parts,
  ref: UserRef,
  reservation: Reservation,
  before: UserState,
  compare: () => Promise<T>,
): Promise<T> {
  try {
    return await compare();
  } catch (error) {
    await store.refundAttempt(ref, reservation, before);
    throw error;
  }
}

/** What an attempt comes to whose code was not right; where there was none to compare with, it costs nothing. */
export async function missed(
  parts: Parts,
  ref: UserRef,
  reserved: Won,
  reservation: Reservation,
  wrong: Wrong,
): Promise<Refused> {
  const isFree = "expired" in wrong || wrong.hint === "used";
  const isRefunded = isFree && (await parts.store.refundAttempt(ref, reservation, reserved.before));
  if ("expired" in wrong) return { ok: false, reason: "challenge-expired", over: false };
  return wrongCode(parts, ref, reserved, reservation, isRefunded ? 0 : 1, wrong.hint);
}

/** The budgets that a success puts back to zero: a blocked one stays blocked. */
export function resetBy({ vault }: UserState, budget: Budget): Budget[] {
  return isBlocked(vault.failures[budget]) ? [] : [budget];
}

/** The key alone, of whatever holds one. */
export function keyIn({ login, purpose, target }: ChallengeKey): ChallengeKey {
  return { login, purpose, ...(target === undefined ? {} : { target }) };
}

/** Finds the challenge with this key, bound to the same target or, like the key, to none. */
export function isOf(key: ChallengeKey): (challenge: Challenge) => boolean {
  return ({ login, purpose, target }) =>
    login === key.login && purpose === key.purpose && target === key.target;
}

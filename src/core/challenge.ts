/** A demand for a code: opened for one login and purpose, answered at most once. */
import { later, newId } from "./clock.js";
import type { Events } from "./events.js";
import type { Factor, Tools } from "./factor.js";
import { BLOCK_AT, closedStates, isBlocked, lockedUntil, MAX_ATTEMPTS } from "./lockout.js";
import type { Budget, Challenge, FactorKind, Grant, Purpose, UserRef, UserState } from "./model.js";
import type { ChallengeKey, Reservation, SecondFactorStore } from "./store.js";

/** A step-up grant's life, seconds. */
const GRANT_SECONDS = 5 * 60;

export interface Parts {
  store: SecondFactorStore;
  factors: ReadonlyMap<FactorKind, Factor>;
  tools: Tools;
  events: Events;
}

export interface Question extends ChallengeKey {
  /** The kinds that may answer. */
  allowed: readonly FactorKind[];
  factor: FactorKind;
  /** What the person typed, untrusted. */
  code: unknown;
}

/** Why an attempt was not even compared, or was wrong. */
export type Refusal =
  | { reason: "malformed" | "not-allowed" | "no-challenge" }
  /** `over`: the time is up; else the attempts are, and it can be renewed. */
  | { reason: "challenge-expired"; over: boolean }
  /** `until` is absent where the budget is blocked. */
  | { reason: "locked"; until?: Date }
  | { reason: "wrong-code"; attemptsLeft: number; hint?: "clock" | "used" };

export type Answer = { ok: true; kind: FactorKind; amr: string; at: Date } | ({ ok: false } & Refusal);

export function budgetOf(purpose: Purpose): Budget {
  return purpose === "login" ? "login" : "signedIn";
}

/** Opens a challenge. Says nothing of whether the person has a factor that could answer it. */
export async function openChallenge(
  { store, tools, events }: Parts,
  ref: UserRef,
  { login, purpose, seconds }: ChallengeKey & { seconds: number },
): Promise<Challenge | undefined> {
  const createdAt = tools.clock.now();
  const challenge: Challenge = {
    id: newId(tools.random),
    login,
    purpose,
    createdAt,
    expiresAt: later(createdAt, seconds),
    attempts: 0,
  };
  if (!(await store.openChallenge(ref, challenge))) return undefined;
  events.emit("challenge-started", { user: ref.id, purpose });
  return challenge;
}

/**
 * Gives a pending login whose challenge ran out of attempts a new one, with no new password. The user's own budget
 * goes on, so this buys nothing to somebody who guesses.
 */
export async function renewChallenge(
  { store, tools }: Parts,
  ref: UserRef,
  key: ChallengeKey,
  { guessable }: { guessable: boolean },
): Promise<{ ok: true } | ({ ok: false } & Refusal)> {
  const at = tools.clock.now();
  const state = await store.read(ref);
  const failures = guessable ? state?.vault.failures[budgetOf(key.purpose)] : undefined;
  if (isBlocked(failures)) return { ok: false, reason: "locked" };
  const until = lockedUntil(failures, at);
  if (until) return { ok: false, reason: "locked", until };
  if (await store.renewChallenge(ref, key, { id: newId(tools.random), at })) return { ok: true };
  const known = state?.vault.challenges.some(isOf(key));
  return known
    ? { ok: false, reason: "challenge-expired", over: true }
    : { ok: false, reason: "no-challenge" };
}

/**
 * Compares a code and spends it. The attempt is reserved first, so parallel guesses cannot outrun the budget; the
 * code and the challenge are then spent by one guarded update, so of two racers one wins.
 */
export async function answerChallenge(parts: Parts, ref: UserRef, question: Question): Promise<Answer> {
  const { store, tools, events } = parts;
  const factor = parts.factors.get(question.factor);
  if (!factor || !question.allowed.includes(factor.kind)) return { ok: false, reason: "not-allowed" };
  const code = factor.parse(question.code);
  if (code === undefined) return { ok: false, reason: "malformed" };

  const at = tools.clock.now();
  const reservation = reservationFor(question, at, budgetOf(question.purpose), factor.guessable);
  const reserved = await store.reserveAttempt(ref, reservation);
  if (!reserved.won) return refused(parts, ref, reserved.state, reservation);

  const { before } = reserved;
  const verdict = await factor
    .verify({ user: ref.id, state: before, code, at }, tools)
    .catch(async (error) => {
      await store.refundAttempt(ref, reservation, before);
      throw error;
    });
  const spent = verdict.ok && (await store.completeChallenge(ref, completionOf(verdict.spend)));
  if (spent) return { ok: true, kind: factor.kind, amr: factor.amr, at };

  const hint = verdict.ok ? "used" : verdict.hint;
  events.emit("code-refused", refusalEvent(ref, question, hint));
  const refunded = hint === "used" && (await store.refundAttempt(ref, reservation, before));
  if (verdict.ok && !refunded && !(await isOpen(parts, ref, question))) {
    return { ok: false, reason: "no-challenge" };
  }
  return wrongCode(before, reservation, refunded ? 0 : 1, hint);

  function completionOf(spend: Parameters<SecondFactorStore["completeChallenge"]>[1]["spend"]) {
    const { login, purpose } = question;
    const grant = grantFor(parts, question, factor?.kind, at);
    const blocked = isBlocked(before.vault.failures[reservation.budget]);
    const reset = blocked ? [] : [reservation.budget];
    return { login, purpose, at, spend, reset, ...(grant ? { grant } : {}) };
  }
}

/** Attempts are reserved alike for every purpose; codes that cannot be guessed stand outside the lock. */
export function reservationFor(
  { login, purpose }: ChallengeKey,
  at: Date,
  budget: Budget,
  guessable: boolean,
): Reservation {
  const lock = { closed: closedStates(at), blockAt: BLOCK_AT };
  return { login, purpose, at, maxAttempts: MAX_ATTEMPTS, budget, ...(guessable ? { lock } : {}) };
}

/** Says why a reservation was lost: while locked nothing else is told. */
export function refused(parts: Parts, ref: UserRef, state: UserState, reservation: Reservation): Answer {
  const { at, budget, lock, purpose } = reservation;
  const failures = lock && state.vault.failures[budget];
  const blocked = isBlocked(failures);
  const until = lockedUntil(failures, at);
  if (blocked || until) {
    parts.events.emit("locked", { user: ref.id, purpose, blocked });
    return { ok: false, reason: "locked", ...(until && !blocked ? { until } : {}) };
  }
  const challenge = state.vault.challenges.find(isOf(reservation));
  if (!challenge) return { ok: false, reason: "no-challenge" };
  return { ok: false, reason: "challenge-expired", over: challenge.expiresAt <= at };
}

/** What is left is what the challenge allows, or what the user's budget does before it pauses. */
export function wrongCode(
  before: UserState,
  reservation: Reservation,
  counted: 0 | 1,
  hint?: "clock" | "used",
): Answer {
  const challenge = before.vault.challenges.find(isOf(reservation));
  const ofChallenge = reservation.maxAttempts - (challenge?.attempts ?? 0) - counted;
  const failures = before.vault.failures[reservation.budget]?.count ?? 0;
  const ofBudget = reservation.lock ? MAX_ATTEMPTS - (failures % MAX_ATTEMPTS) - counted : ofChallenge;
  const attemptsLeft = Math.min(ofChallenge, ofBudget);
  return { ok: false, reason: "wrong-code", attemptsLeft, ...(hint ? { hint } : {}) };
}

/** Asked by the loser of a race: whoever won has closed the challenge. */
async function isOpen({ store }: Parts, ref: UserRef, key: ChallengeKey): Promise<boolean> {
  const state = await store.read(ref);
  return state?.vault.challenges.some(isOf(key)) ?? false;
}

function isOf(key: ChallengeKey): (challenge: Challenge) => boolean {
  return ({ login, purpose }) => login === key.login && purpose === key.purpose;
}

function refusalEvent(ref: UserRef, { purpose, factor }: Question, hint?: string) {
  return { user: ref.id, purpose, factor, ...(hint ? { hint } : {}) };
}

/**
 * What a right code earns: the named action after a step-up; after a recovery code, one change of factors, so that
 * somebody who lost a phone can enrol anew.
 */
function grantFor(
  { tools }: Parts,
  { login, purpose }: ChallengeKey,
  kind: FactorKind | undefined,
  at: Date,
): Grant | undefined {
  const action = purpose.startsWith("action:")
    ? purpose.slice("action:".length)
    : purpose === "login" && kind === "recovery-code"
      ? "change-factors"
      : undefined;
  if (!action) return undefined;
  return { id: newId(tools.random), login, action, expiresAt: later(at, GRANT_SECONDS) };
}

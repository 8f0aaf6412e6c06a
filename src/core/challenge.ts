/** A demand for a code: opened for one login and purpose, answered at most once. */
import {
  compared,
  isOf,
  lockOf,
  type Parts,
  type Refused,
  refused,
  reservationFor,
  resetBy,
  wrongCode,
} from "./attempt.js";
import { later, newId } from "./clock.js";
import {
  type Budget,
  CHANGE_FACTORS,
  type Challenge,
  CONFIRM,
  type FactorKind,
  type Grant,
  type Purpose,
  type UserRef,
  type UserState,
} from "./model.js";
import type { ChallengeKey, Completion, Reservation, Spend } from "./store.js";

/** A step-up grant's life, seconds. */
const GRANT_SECONDS = 5 * 60;
const ACTION = "action:";

export interface Question extends ChallengeKey {
  /** The kinds that may answer. */
  allowed: readonly FactorKind[];
  factor: FactorKind;
  /** What the person typed, untrusted. */
  code: unknown;
}

export type Answer = { ok: true; kind: FactorKind; amr: string; at: Date } | Refused;

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
): Promise<{ ok: true } | Refused> {
  const at = tools.clock.now();
  const state = await store.read(ref);
  const failures = guessable ? state?.vault.failures[budgetOf(key.purpose)] : undefined;
  const locked = lockOf(failures, at);
  if (locked) return { ok: false, reason: "locked", ...locked };
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
  if (!reserved.won) return refused(reserved.state, reservation);

  const { before } = reserved;
  const verdict = await compared(parts, ref, reservation, before, () =>
    factor.verify({ user: ref.id, state: before, code, at }, tools),
  );
  const spent =
    verdict.ok &&
    (await store.completeChallenge(
      ref,
      completionOf(parts, reservation, before, factor.kind, verdict.spend),
    ));
  if (spent) {
    const { spend } = verdict;
    if (spend.kind === "recovery-code") events.emit("recovery-code-used", { user: ref.id, left: spend.left });
    return { ok: true, kind: factor.kind, amr: factor.amr, at };
  }

  const hint = verdict.ok ? "used" : verdict.hint;
  events.emit("code-refused", refusalEvent(ref, question, hint));
  const refunded = hint === "used" && (await store.refundAttempt(ref, reservation, before));
  if (verdict.ok && !refunded && !(await isOpen(parts, ref, question))) {
    return { ok: false, reason: "no-challenge" };
  }
  return wrongCode(parts, ref, reserved, reservation, refunded ? 0 : 1, hint);
}

function completionOf(
  parts: Parts,
  { login, purpose, at, budget }: Reservation,
  before: UserState,
  kind: FactorKind,
  spend: Spend,
): Completion {
  const grant = grantFor(parts, { login, purpose }, kind, at);
  return { login, purpose, at, spend, reset: resetBy(before, budget), ...(grant ? { grant } : {}) };
}

/** Asked by the loser of a race: whoever won has closed the challenge. */
async function isOpen({ store }: Parts, ref: UserRef, key: ChallengeKey): Promise<boolean> {
  const state = await store.read(ref);
  return state?.vault.challenges.some(isOf(key)) ?? false;
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
  kind: FactorKind,
  at: Date,
): Grant | undefined {
  const action = actionEarned(purpose, kind);
  return action ? { id: newId(tools.random), login, action, expiresAt: later(at, GRANT_SECONDS) } : undefined;
}

function actionEarned(purpose: Purpose, kind: FactorKind): string | undefined {
  if (purpose === `${ACTION}${CONFIRM}`) return undefined;
  if (purpose.startsWith(ACTION)) return purpose.slice(ACTION.length);
  return purpose === "login" && kind === "recovery-code" ? CHANGE_FACTORS : undefined;
}

/** A demand for a code: opened for one login and purpose, answered at most once. */
import {
  compared,
  isOf,
  isStopped,
  keyIn,
  lockOf,
  missed,
  type Parts,
  type Refused,
  refused,
  reservationFor,
  resetBy,
  STOPPED,
} from "./attempt.js";
import { later, newId } from "./clock.js";
import type { Factor, Wrong } from "./factor.js";
import { MAX_ATTEMPTS } from "./lockout.js";
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
import type { ChallengeKey, Completion, Reservation, Reserved, Spend } from "./store.js";
import { type NewBrowser, newBrowser, type Trust } from "./trusted-browser.js";

/** A step-up grant's life, seconds. */
export const GRANT_SECONDS = 5 * 60;
const ACTION = "action:";

export interface Question extends ChallengeKey {
  /** The kinds that may answer. */
  allowed: readonly FactorKind[];
  factor: FactorKind;
  /** The action runs in this very request: a right code leaves no grant behind. */
  isSpentAtOnce?: boolean;
  /** What the person typed, untrusted. */
  code: unknown;
  /** Trust the browser that a right code comes from: at login, and never for a recovery code. */
  trust?: Trust;
}

export type Answer = { ok: true; kind: FactorKind; amr: string; at: Date; trusted?: NewBrowser } | Refused;

export function budgetOf(purpose: Purpose): Budget {
  return purpose === "login" ? "login" : "signedIn";
}

/** Opens a challenge; returns the record as it was before. Says nothing of whether a factor could answer it. */
export async function openChallenge(
  { store, tools, events }: Parts,
  ref: UserRef,
  { seconds, ...key }: ChallengeKey & { seconds: number },
): Promise<{ challenge: Challenge; before: UserState } | undefined> {
  const createdAt = tools.clock.now();
  const challenge: Challenge = {
    id: newId(tools.random),
    ...keyIn(key),
    createdAt,
    expiresAt: later(createdAt, seconds),
    attempts: 0,
  };
  const before = await store.openChallenge(ref, challenge);
  if (!before) return undefined;
  events.emit("challenge-started", { user: ref.id, purpose: key.purpose });
  return { challenge, before };
}

/**
 * Gives a pending login whose challenge ran out of attempts a new one, with no new password; one that has attempts
 * left stays as it is. The user's own budget goes on, so this buys nothing to somebody who guesses.
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
  const challenge = state?.vault.challenges.find(isOf(key));
  if (!challenge) return { ok: false, reason: "no-challenge" };
  if (challenge.expiresAt <= at) return { ok: false, reason: "challenge-expired", over: true };
  // Where a parallel request was faster there is nothing left to renew.
  if (challenge.attempts >= MAX_ATTEMPTS) {
    await store.renewChallenge(ref, key, { id: newId(tools.random), at, maxAttempts: MAX_ATTEMPTS });
  }
  return { ok: true };
}

/**
 * Compares a code and spends it. The attempt is reserved first, so parallel guesses cannot outrun the budget; the
 * code and the challenge are then spent by one guarded update, so of two racers one wins.
 */
export async function answerChallenge(parts: Parts, ref: UserRef, question: Question): Promise<Answer> {
  const { store, tools } = parts;
  const factor = parts.factors.get(question.factor);
  if (!factor || !question.allowed.includes(factor.kind)) return { ok: false, reason: "not-allowed" };
  const code = factor.parse(question.code);
  if (code === undefined) return { ok: false, reason: "malformed" };

  const at = tools.clock.now();
  const reservation = reservationFor(question, at, budgetOf(question.purpose), factor.guessable);
  const reserved = await store.reserveAttempt(ref, reservation);
  if (!reserved.won) return refused(reserved.state, reservation);

  const { before, challenge } = reserved;
  if (isStopped(before, factor.kind)) {
    await store.refundAttempt(ref, reservation, before);
    return STOPPED;
  }
  const verdict = await compared(parts, ref, reservation, before, () =>
    factor.verify({ user: ref.id, state: before, challenge, code, at }, tools),
  );
  if (!verdict.ok) return wrong(parts, ref, question, reserved, reservation, verdict);
  const trusted = trustedBy(parts, ref, question, factor, before, at);
  const completion = completionOf(parts, question, reservation, before, verdict.spend);
  const trust = trusted ? { trust: trusted.browser } : {};
  const won = await store.completeChallenge(ref, { ...completion, ...trust });
  if (!won) return late(parts, ref, question, reserved, reservation);
  told(parts, ref, verdict.spend, trusted);
  return { ok: true, kind: factor.kind, amr: factor.amr, at, ...(trusted ? { trusted } : {}) };
}

type Won = Extract<Reserved, { won: true }>;

function wrong(
  parts: Parts,
  ref: UserRef,
  question: Question,
  reserved: Won,
  reservation: Reservation,
  verdict: Wrong,
): Promise<Refused> {
  const hint = "expired" in verdict ? undefined : verdict.hint;
  parts.events.emit("code-refused", refusalEvent(ref, question, hint));
  return missed(parts, ref, reserved, reservation, verdict);
}

/** The code was right, and another request was faster: with the same code, or with one that closed the challenge. */
async function late(
  parts: Parts,
  ref: UserRef,
  question: Question,
  reserved: Won,
  reservation: Reservation,
): Promise<Refused> {
  const refusal = await wrong(parts, ref, question, reserved, reservation, { ok: false, hint: "used" });
  return (await isOpen(parts, ref, question)) ? refusal : { ok: false, reason: "no-challenge" };
}

/** A recovery code, or an action, makes no later login easier. */
function trustedBy(
  { tools }: Parts,
  ref: UserRef,
  { trust, purpose }: Question,
  factor: Factor,
  before: UserState,
  at: Date,
): NewBrowser | undefined {
  if (!trust || !factor.primary || purpose !== "login") return undefined;
  return newBrowser(tools, ref, before, { factor: factor.kind, at, trust });
}

function told({ events }: Parts, { id: user }: UserRef, spend: Spend, trusted?: NewBrowser): void {
  if (spend.kind === "recovery-code") events.emit("recovery-code-used", { user, left: spend.left });
  if (trusted) {
    const { name: browser, expiresAt: until } = trusted.browser;
    events.emit("browser-trusted", { user, browser, until });
  }
}

function completionOf(
  parts: Parts,
  { factor, isSpentAtOnce }: Question,
  reservation: Reservation,
  before: UserState,
  spend: Spend,
): Completion {
  const { at, budget } = reservation;
  const key = keyIn(reservation);
  const grant = isSpentAtOnce ? undefined : grantFor(parts, key, factor, at);
  return { ...key, at, spend, reset: resetBy(before, budget), ...(grant ? { grant } : {}) };
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
  { login, purpose, target }: ChallengeKey,
  kind: FactorKind,
  at: Date,
): Grant | undefined {
  const action = actionEarned(purpose, kind);
  if (!action) return undefined;
  const bound = target === undefined ? {} : { target };
  return { id: newId(tools.random), login, action, ...bound, expiresAt: later(at, GRANT_SECONDS) };
}

function actionEarned(purpose: Purpose, kind: FactorKind): string | undefined {
  if (purpose === `${ACTION}${CONFIRM}`) return undefined;
  if (purpose.startsWith(ACTION)) return purpose.slice(ACTION.length);
  return purpose === "login" && kind === "recovery-code" ? CHANGE_FACTORS : undefined;
}

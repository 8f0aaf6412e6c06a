/** A person's own factors: begin → confirm → remove, and their recovery codes. */
import { compared, type Parts, type Refused, refused, reservationFor, wrongCode } from "./attempt.js";
import { type Answer, openChallenge } from "./challenge.js";
import { later, newId } from "./clock.js";
import type { EnrolmentSteps, Offer, Tools } from "./factor.js";
import {
  type Budget,
  CHANGE_FACTORS,
  type FactorKind,
  type PendingEnrolment,
  type RecoverySet,
  type UserRef,
  type UserState,
} from "./model.js";
import type { Confirmation } from "./store.js";

/** Life of a pending secret and of a sign-in that must enrol, seconds. */
export const ENROL_SECONDS = 30 * 60;

/** Makes recovery codes; the factor of that name implements it. */
export interface RecoveryCodeMaker {
  readonly count: number;
  generate(user: string, tools: Tools): Promise<{ set: RecoverySet; codes: string[] }>;
}

export interface EnrolmentParts extends Parts {
  recovery?: RecoveryCodeMaker;
}

/** Whose hand it is: one login, which may have proven a factor just now instead of holding a grant. */
export interface Actor {
  login: string;
  /** What the authenticator app shows beside the issuer. */
  account: string;
  /** A sign-in that is still pending, and has already proven a factor it has. */
  proven?: boolean;
}

export type Begun =
  | ({ ok: true; expiresAt: Date } & Offer)
  | { ok: false; reason: "not-allowed" | "step-up-required" | "conflict" };

export type Confirmed =
  | (Extract<Answer, { ok: true }> & { first: boolean; recoveryCodes?: string[] })
  | Refused
  | { ok: false; reason: "nothing-pending" };

const isPrimary = (kind: FactorKind) => kind !== "recovery-code";

/**
 * Begins an enrolment, or shows again the one this login has begun: a reload or a typo keeps the key.
 *
 * With a factor active it takes a grant for `change-factors`, once; a first factor takes none, and is over when another
 * becomes active. Nothing that is active changes before the confirmation.
 */
export async function beginEnrolment(
  parts: EnrolmentParts,
  ref: UserRef,
  kind: FactorKind,
  actor: Actor,
  { restart = false } = {},
): Promise<Begun> {
  const steps = parts.factors.get(kind)?.enrol;
  if (!steps) return { ok: false, reason: "not-allowed" };
  const at = parts.tools.clock.now();
  const state = await parts.store.read(ref);
  const live = livePending(state, kind, actor.login, at);
  if (live && !restart) return offered(parts, ref, kind, actor, steps, live);

  const first = !state?.factors.some(isPrimary);
  const allowed =
    first || actor.proven || live !== undefined || (await spendGrant(parts, ref, actor.login, at));
  if (!allowed) return { ok: false, reason: "step-up-required" };

  // A grant bought one life of a pending key: starting again with a new key does not prolong it.
  const expiresAt = live && !live.first ? live.expiresAt : later(at, ENROL_SECONDS);
  const pending = newPending(parts, ref, kind, actor.login, steps, { at, first, expiresAt });
  const replaces = state?.vault.enrolments[kind]?.pending?.id;
  const won = await parts.store.beginEnrolment(ref, kind, pending, { at, ...(replaces ? { replaces } : {}) });
  return won ? offered(parts, ref, kind, actor, steps, pending) : { ok: false, reason: "conflict" };
}

/** The enrolment this login has begun, to be shown again; undefined where there is none. Changes nothing. */
export async function showEnrolment(
  parts: EnrolmentParts,
  ref: UserRef,
  kind: FactorKind,
  actor: Actor,
): Promise<(Offer & { expiresAt: Date }) | undefined> {
  const steps = parts.factors.get(kind)?.enrol;
  if (!steps) return undefined;
  const live = livePending(await parts.store.read(ref), kind, actor.login, parts.tools.clock.now());
  return live && offer(parts, ref, kind, actor, steps, live);
}

export interface FirstCode {
  kind: FactorKind;
  login: string;
  /** What the person typed, untrusted. */
  code: unknown;
  budget: Budget;
  /** The login waits for this enrolment. */
  closesLogin: boolean;
}

/**
 * Makes the pending enrolment active with its first code, in one guarded update that also ends the person's other
 * sessions, challenges and grants, and closes the pending login it was part of.
 */
export async function confirmEnrolment(
  parts: EnrolmentParts,
  ref: UserRef,
  question: FirstCode,
): Promise<Confirmed> {
  const { store, tools, events } = parts;
  const { kind, login, budget, closesLogin } = question;
  const factor = parts.factors.get(kind);
  const steps = factor?.enrol;
  if (!factor || !steps) return { ok: false, reason: "not-allowed" };
  const code = factor.parse(question.code);
  if (code === undefined) return { ok: false, reason: "malformed" };

  const at = tools.clock.now();
  const reservation = reservationFor({ login, purpose: `enrol:${kind}` }, at, budget, true);
  const reserved = await store.reserveAttempt(ref, reservation);
  if (!reserved.won) {
    const refusal = refused(reserved.state, reservation);
    return refusal.reason === "no-challenge" ? gone(reserved.state, question) : refusal;
  }
  const { before } = reserved;
  const pending = livePending(before, kind, login, at);
  if (!pending) {
    await store.refundAttempt(ref, reservation, before);
    return { ok: false, reason: "nothing-pending" };
  }

  const match = await compared(parts, ref, reservation, before, async () =>
    steps.confirm(openSecret(tools, ref, kind, pending), code, at),
  );
  if (!("step" in match)) return wrongCode(parts, ref, reserved, reservation, 1, match.hint);
  const made = before.vault.recoveryCodes ? undefined : await parts.recovery?.generate(ref.id, tools);
  const confirmation = { kind, enrolment: pending, login, at, step: match.step, closesLogin };
  const codes = made ? { recoveryCodes: made.set } : {};
  const won = await store.confirmEnrolment(ref, {
    ...confirmation,
    ...codes,
    restores: restored(before, budget),
  });
  if (!won) {
    // A right code that came too late is no failure.
    await store.refundAttempt(ref, reservation, before);
    return gone(await store.read(ref), question);
  }
  const first = !before.factors.some(isPrimary);
  events.emit("enrolled", { user: ref.id, factor: kind, first });
  return { ok: true, kind, amr: factor.amr, at, first, ...(made ? { recoveryCodes: made.codes } : {}) };
}

function restored({ vault }: UserState, budget: Budget): Confirmation["restores"] {
  const failures = vault.failures[budget];
  return { budget, ...(failures ? { failures } : {}) };
}

/**
 * An enrolment that is gone. Where newer logins pushed its login out, with nothing set up yet, that is gone as well and
 * has to start over.
 */
function gone(state: UserState | undefined, { kind, login, closesLogin }: FirstCode): Confirmed {
  const isOpen = state?.vault.challenges.some((it) => it.login === login && it.purpose === "login");
  const isPushedOut = closesLogin && !isOpen && !state?.factors.includes(kind);
  return { ok: false, reason: isPushedOut ? "no-challenge" : "nothing-pending" };
}

/** A first enrolment was begun without a proof: it ends when a factor becomes active elsewhere. */
function livePending(
  state: UserState | undefined,
  kind: FactorKind,
  login: string,
  at: Date,
): PendingEnrolment | undefined {
  const pending = state?.vault.enrolments[kind]?.pending;
  if (!pending || pending.login !== login || pending.expiresAt <= at) return undefined;
  return pending.first && state.factors.some(isPrimary) ? undefined : pending;
}

function newPending(
  { tools }: EnrolmentParts,
  ref: UserRef,
  kind: FactorKind,
  login: string,
  steps: EnrolmentSteps,
  { at, first, expiresAt }: { at: Date; first: boolean; expiresAt: Date },
): PendingEnrolment {
  const id = newId(tools.random);
  const secret = tools.sealer.seal(steps.newSecret(tools.random), { user: ref.id, kind, record: id });
  return { id, secret, createdAt: at, expiresAt, login, first };
}

/** Shows a pending enrolment and puts the challenge in force that its first code answers. */
async function offered(
  parts: EnrolmentParts,
  ref: UserRef,
  kind: FactorKind,
  actor: Actor,
  steps: EnrolmentSteps,
  pending: PendingEnrolment,
): Promise<Begun> {
  const left = (pending.expiresAt.getTime() - parts.tools.clock.now().getTime()) / 1000;
  await openChallenge(parts, ref, { login: actor.login, purpose: `enrol:${kind}`, seconds: left });
  return { ok: true, ...offer(parts, ref, kind, actor, steps, pending) };
}

function offer(
  { tools }: EnrolmentParts,
  ref: UserRef,
  kind: FactorKind,
  { account }: Actor,
  steps: EnrolmentSteps,
  pending: PendingEnrolment,
): Offer & { expiresAt: Date } {
  const since = pending.first ? {} : { since: pending.createdAt };
  const secret = openSecret(tools, ref, kind, pending);
  return {
    ...steps.offer(secret, { issuer: tools.issuer, account, ...since }),
    expiresAt: pending.expiresAt,
  };
}

function openSecret({ sealer }: Tools, ref: UserRef, kind: FactorKind, { id, secret }: PendingEnrolment) {
  return sealer.open(secret, { user: ref.id, kind, record: id }).plain;
}

export function spendGrant(parts: Parts, ref: UserRef, login: string, at: Date): Promise<boolean> {
  return parts.store.spendGrant(ref, { login, action: CHANGE_FACTORS, at });
}

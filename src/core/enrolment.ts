/** Beginning an enrolment, and showing again the one that was begun. What confirms it is in `confirmation.ts`. */
import type { FieldError } from "../errors.js";
import { boundTo } from "./actions.js";
import { changeTarget } from "./address-change.js";
import { isOf, type Parts } from "./attempt.js";
import { openChallenge } from "./challenge.js";
import { later, newId } from "./clock.js";
import type { EnrolmentSteps, Factor, Given, Offer, Tools } from "./factor.js";
import { MAX_ATTEMPTS } from "./lockout.js";
import {
  CHANGE_ADDRESS,
  CHANGE_FACTORS,
  type FactorKind,
  isPrimary,
  type PendingEnrolment,
  type RecoverySet,
  type UserRef,
  type UserState,
} from "./model.js";
import { nextSendAt } from "./send-quotas.js";
import { type Sending, sendingOf } from "./sent-code.js";

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
  /** They signed in with a recovery code: its grant is good for another address as well, since the old one may be lost. */
  recovered?: boolean;
}

/** A pending enrolment as it is shown. */
export interface Shown {
  expiresAt: Date;
  offer: Offer;
  /** A code is under way to its address. */
  sending?: Sending;
}

export type Begun =
  | ({ ok: true } & Shown)
  | { ok: false; reason: "not-allowed" | "none-on-file" | "conflict" }
  /** `address`: the new one, where codes go to another so far and the proof is to be for this change alone. */
  | { ok: false; reason: "step-up-required"; address?: string }
  | { ok: false; reason: "invalid"; errors: readonly FieldError[] }
  /** Another address would need another code, and what is pending stays. */
  | { ok: false; reason: "resend-too-soon"; until: Date };

export interface Beginning {
  /** What the person filled in; not heard where the app keeps the number itself. */
  given?: Given;
  /** A new key in place of the one this login has begun with. */
  restart?: boolean;
}

/**
 * Begins an enrolment, or shows again the one this login has begun: a reload or a typo keeps the key, the same address
 * keeps its code. Another address takes the place of the one before.
 *
 * With a factor active it takes a grant for `change-factors`, once; where codes go elsewhere by it, one for
 * `change-address` that is bound to the new address. A first factor takes none, and is over when another becomes active. Nothing that is active changes before the confirmation. Sends nothing: see `sendCode`.
 */
export async function beginEnrolment(
  parts: EnrolmentParts,
  ref: UserRef,
  kind: FactorKind,
  actor: Actor,
  { given: filledIn = {}, restart = false }: Beginning = {},
): Promise<Begun> {
  const factor = parts.factors.get(kind);
  if (!factor?.enrol) return { ok: false, reason: "not-allowed" };
  const person = { parts, ref, kind, actor, steps: factor.enrol };
  const at = parts.tools.clock.now();
  const state = await parts.store.read(ref);
  const live = livePending(state, kind, actor.login, at);
  const given = givenTo(factor, state, filledIn);
  if (!given) return { ok: false, reason: "none-on-file" };
  const isGiven = Object.values(given).some((value) => value !== undefined);
  if (state && live && !restart && !isGiven) return shownAgain(person, live, state);

  const id = newId(parts.tools.random);
  const prepared = await person.steps.prepare(given, { user: ref.id, enrolment: id }, parts.tools);
  if (!prepared.ok) return { ok: false, reason: "invalid", errors: prepared.errors };
  const { material } = prepared;
  const isSame = material.address !== undefined && material.address === live?.address;
  if (state && live && isSame) return shownAgain(person, live, state);
  const until = factor.sends && nextSendAt(state?.vault.sends ?? [], at);
  if (until) return { ok: false, reason: "resend-too-soon", until };
  return begin(person, { id, ...material }, { at, state, live });
}

/** What is to be set up: where the app itself keeps the number, the one on file, whatever was filled in. */
function givenTo({ kind, sends }: Factor, state: UserState | undefined, filledIn: Given): Given | undefined {
  if (sends?.numberUrl === undefined) return filledIn;
  const number = onFile(state, kind);
  return number === undefined ? undefined : { number };
}

/** What the person gave elsewhere, else where their codes go. */
export function onFile(state: UserState | undefined, kind: FactorKind): string | undefined {
  const slot = state?.vault.enrolments[kind];
  return slot?.suggested ?? slot?.active?.address;
}

interface Before {
  at: Date;
  state: UserState | undefined;
  live: PendingEnrolment | undefined;
}

async function begin(
  person: Person,
  made: Pick<PendingEnrolment, "id" | "secret" | "address">,
  { at, state, live }: Before,
): Promise<Begun> {
  const { parts, ref, kind, actor } = person;
  const first = !state?.factors.some(isPrimary);
  const isChange = state?.vault.enrolments[kind]?.active?.address !== undefined;
  const { address } = made;
  if (isChange && address !== undefined) {
    if (!(await spendChange(person, address, at))) return { ok: false, reason: "step-up-required", address };
  } else if (!(first || actor.proven || live || (await spendGrant(parts, ref, actor.login, at)))) {
    return { ok: false, reason: "step-up-required" };
  }
  // A grant bought one life of a pending key: starting again with a new key does not prolong it.
  const expiresAt = live && !live.first && !isChange ? live.expiresAt : later(at, ENROL_SECONDS);
  const pending = { ...made, createdAt: at, expiresAt, login: actor.login, first };
  const replaces = state?.vault.enrolments[kind]?.pending?.id;
  const options = { at, ...(replaces ? { replaces } : {}) };
  const won = await parts.store.beginEnrolment(ref, kind, pending, options);
  return won ? opened(person, pending) : { ok: false, reason: "conflict" };
}

/**
 * What this login has begun, to be shown again, and an address that is on file: one that is unproven, or, where the app
 * keeps the number itself, the one that can be set up. Changes nothing.
 */
export async function showEnrolment(
  parts: EnrolmentParts,
  ref: UserRef,
  kind: FactorKind,
  actor: Actor,
): Promise<{ pending?: Shown; suggested?: string }> {
  const { enrol: steps, sends } = parts.factors.get(kind) ?? {};
  const state = steps && (await parts.store.read(ref));
  if (!steps || !state) return {};
  const live = livePending(state, kind, actor.login, parts.tools.clock.now());
  const isKept = sends?.numberUrl !== undefined;
  const suggested = isKept ? onFile(state, kind) : state.vault.enrolments[kind]?.suggested;
  return {
    ...(live ? { pending: shown({ parts, ref, kind, actor, steps }, live, state) } : {}),
    ...(suggested === undefined ? {} : { suggested }),
  };
}

/** A first enrolment was begun without a proof: it ends when a factor becomes active elsewhere. */
export function livePending(
  state: UserState | undefined,
  kind: FactorKind,
  login: string,
  at: Date,
): PendingEnrolment | undefined {
  const pending = state?.vault.enrolments[kind]?.pending;
  if (!pending || pending.login !== login || pending.expiresAt <= at) return undefined;
  return pending.first && state.factors.some(isPrimary) ? undefined : pending;
}

export function spendGrant(parts: Parts, ref: UserRef, login: string, at: Date): Promise<boolean> {
  return parts.store.spendGrant(ref, { login, action: CHANGE_FACTORS, at });
}

/** Uses up the proof for this very address, or the one that a recovery code earned. */
async function spendChange({ parts, ref, kind, actor }: Person, address: string, at: Date): Promise<boolean> {
  const { login, recovered } = actor;
  const target = changeTarget(kind, address);
  const bound = boundTo(parts.tools, { user: ref.id, action: CHANGE_ADDRESS, target });
  if (await parts.store.spendGrant(ref, { login, action: CHANGE_ADDRESS, ...bound, at })) return true;
  return recovered === true && spendGrant(parts, ref, login, at);
}

interface Person {
  parts: EnrolmentParts;
  ref: UserRef;
  kind: FactorKind;
  actor: Actor;
  steps: EnrolmentSteps;
}

/** Its challenge goes on with the attempts that are left, and with the code that was sent. */
async function shownAgain(person: Person, pending: PendingEnrolment, state: UserState): Promise<Begun> {
  const challenge = state.vault.challenges.find(isOf(keyOf(person)));
  if (!challenge || challenge.attempts >= MAX_ATTEMPTS) return opened(person, pending);
  return { ok: true, ...shown(person, pending, state) };
}

/** Puts the challenge in force that the first code answers. */
async function opened(person: Person, pending: PendingEnrolment): Promise<Begun> {
  const { parts, ref } = person;
  const seconds = (pending.expiresAt.getTime() - parts.tools.clock.now().getTime()) / 1000;
  await openChallenge(parts, ref, { ...keyOf(person), seconds });
  return { ok: true, ...shown(person, pending) };
}

/** `state` tells what is under way; without it the challenge is new, and nothing is. */
function shown({ parts, ref, ...person }: Person, pending: PendingEnrolment, state?: UserState): Shown {
  const { tools } = parts;
  const who = { user: ref.id, account: person.actor.account };
  const sending = state && sendingOf(parts, state, keyOf(person), tools.clock.now());
  return {
    expiresAt: pending.expiresAt,
    offer: person.steps.offer(pending, who, tools),
    ...(sending ? { sending } : {}),
  };
}

function keyOf({ kind, actor }: Pick<Person, "kind" | "actor">) {
  return { login: actor.login, purpose: `enrol:${kind}` } as const;
}

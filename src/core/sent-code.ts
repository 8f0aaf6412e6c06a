/** Sending a code: reserved first, so that of twenty requests one sends; taken back where nothing went out. */
import { isOf, isStopped, keyIn, lockOf, type Parts, type Refusal, STOPPED } from "./attempt.js";
import { budgetOf, openChallenge } from "./challenge.js";
import { earliest, later, latest, newId } from "./clock.js";
import { type DeliveryError, deliveryErrorOf } from "./delivery.js";
import type { CodeSender } from "./factor.js";
import { MAX_ATTEMPTS } from "./lockout.js";
import type { Challenge, FactorKind, Purpose, SentCode, UserRef, UserState } from "./model.js";
import { type Allowance, takeAllowance } from "./send-allowance.js";
import { nextSendAt, sendQuotas } from "./send-quotas.js";
import type { ChallengeKey, SendReservation } from "./store.js";

export interface SendRequest extends ChallengeKey {
  /** The kinds that may answer. */
  allowed: readonly FactorKind[];
  factor: FactorKind;
  /** Whose sign-in or account it is about, as the message says it. */
  account: string;
  /** Of an action: what the code allows. */
  description?: string;
  /** Opens the challenge where none is in force, for so many seconds. Absent: it must be there. */
  opensFor?: number;
}

/** A code that is on its way. */
export interface Sending {
  kind: FactorKind;
  /** Where it went, covered. */
  hint: string;
  expiresAt: Date;
  /** From when on another one may be asked for. */
  resendAt: Date;
}

export type SendRefusal =
  | Extract<Refusal, { reason: "not-allowed" | "no-challenge" | "challenge-expired" | "locked" }>
  | { reason: "resend-too-soon"; until: Date }
  | { reason: "delivery-failed"; error: DeliveryError }
  /** Never tried: the installation has sent enough to new addresses today. */
  | { reason: "delivery-failed"; error?: never; until: Date };

export type Sent = ({ ok: true } & Sending) | ({ ok: false } & SendRefusal);

/**
 * Sends a code for a challenge, in place of any before it. Attempts at the challenge are not given back; where they
 * are used up they begin afresh, while the person's own budget goes on.
 *
 * A failed delivery costs nothing: it is not counted, and the code before it works again.
 */
export async function sendCode(parts: Parts, ref: UserRef, request: SendRequest): Promise<Sent> {
  const sender = parts.factors.get(request.factor)?.sends;
  if (!sender || !request.allowed.includes(request.factor)) return { ok: false, reason: "not-allowed" };
  const at = parts.tools.clock.now();
  const state = await stateFor(parts, ref, request, at);
  if (state && request.purpose !== `enrol:${request.factor}` && isStopped(state, request.factor))
    return STOPPED;
  const open = openFor(state, request, at);
  if (!open.ok) return open;
  const { challenge, sends } = open;
  const destination = state && destinationFor(state, request);
  if (!destination) return { ok: false, reason: "not-allowed" };

  const letter = written(parts, ref, request, { sender, challenge, ...destination, at });
  if (!(await parts.store.reserveSend(ref, letter.reservation))) {
    const now = openFor(await parts.store.read(ref), request, at);
    return now.ok ? { ok: false, reason: "no-challenge" } : now;
  }
  const failed = await handOver(parts, ref, request, letter);
  if (failed) return { ok: false, ...failed };
  const { factor, expiresAt } = letter.reservation.code;
  const hint = sender.hintOf(letter.address);
  return { ok: true, kind: factor, hint, expiresAt, resendAt: resendAt([at, ...sends], at) };
}

/** From when on another code may be asked for. */
function resendAt(sends: readonly Date[], at: Date): Date {
  return nextSendAt(sends, at) ?? at;
}

/** What is under way for a challenge, as the record tells; undefined where no code works. */
export function sendingOf(
  { factors }: Parts,
  state: UserState,
  key: ChallengeKey,
  at: Date,
): Sending | undefined {
  const code = state.vault.challenges.find(isOf(key))?.code;
  const sender = code && factors.get(code.factor)?.sends;
  const destination = code && destinationFor(state, { ...key, factor: code.factor });
  if (!sender || !destination || code.expiresAt <= at) return undefined;
  const { factor: kind, expiresAt } = code;
  const hint = sender.hintOf(destination.address);
  return { kind, hint, expiresAt, resendAt: resendAt(state.vault.sends, at) };
}

/** Where a person's codes go, covered, by kind of factor. */
export function hintsOf({ factors }: Parts, { vault }: UserState): Partial<Record<FactorKind, string>> {
  const hints = Object.entries(vault.enrolments).flatMap(([kind, slot]) => {
    const address = slot.active?.address;
    const sender = factors.get(kind as FactorKind)?.sends;
    return address && sender ? [[kind, sender.hintOf(address)] as const] : [];
  });
  return Object.fromEntries(hints);
}

/** The record, with the challenge in force where the request may open it. */
async function stateFor(
  parts: Parts,
  ref: UserRef,
  request: SendRequest,
  at: Date,
): Promise<UserState | undefined> {
  const { opensFor: seconds } = request;
  const state = await parts.store.read(ref);
  const isLive = state?.vault.challenges.some((it) => isOf(request)(it) && it.expiresAt > at);
  if (!state || isLive || seconds === undefined) return state;
  const opened = await openChallenge(parts, ref, { ...request, seconds });
  return opened && parts.store.read(ref);
}

/** Where the code goes: to the address being enrolled, or to the one that counts. */
function destinationFor(
  { vault }: UserState,
  { factor, purpose, login }: ChallengeKey & { factor: FactorKind },
): Destination | undefined {
  const slot = vault.enrolments[factor];
  const pending = slot?.pending?.login === login ? slot.pending : undefined;
  const { id: enrolment, address } = (purpose === `enrol:${factor}` ? pending : slot?.active) ?? {};
  return enrolment && address ? { enrolment, address } : undefined;
}

interface Destination {
  enrolment: string;
  address: string;
}

type Open =
  | { ok: true; challenge: Challenge; sends: readonly Date[] }
  | ({ ok: false } & Exclude<SendRefusal, { reason: "delivery-failed" }>);

/** The challenge that a code may be sent for now; while codes are locked nothing else is told. */
function openFor(state: UserState | undefined, request: SendRequest, at: Date): Open {
  if (!state) return { ok: false, reason: "no-challenge" };
  const { failures, challenges, sends } = state.vault;
  const locked = lockOf(failures[budgetOf(request.purpose)], at);
  if (locked) return { ok: false, reason: "locked", ...locked };
  const challenge = challenges.find(isOf(request));
  if (!challenge) return { ok: false, reason: "no-challenge" };
  if (challenge.expiresAt <= at) return { ok: false, reason: "challenge-expired", over: true };
  const until = nextSendAt(sends, at);
  return until ? { ok: false, reason: "resend-too-soon", until } : { ok: true, challenge, sends };
}

interface Letter extends Destination {
  sender: CodeSender;
  code: string;
  at: Date;
  reservation: SendReservation;
}

type Draft = Omit<Letter, "code" | "reservation"> & { challenge: Challenge };

/** The code, and all that is kept of it. */
function written(
  { tools }: Parts,
  ref: UserRef,
  request: SendRequest,
  { sender, challenge, at, ...destination }: Draft,
): Letter {
  const { purpose, factor } = request;
  const code = sender.newCode(tools.random);
  const renewed = challenge.attempts >= MAX_ATTEMPTS ? { renewedAs: newId(tools.random) } : {};
  const { enrolment } = destination;
  const ends = endsOf(purpose, challenge, later(at, sender.lifeSeconds));
  const good = { user: ref.id, purpose, challenge: renewed.renewedAs ?? challenge.id, factor, enrolment };
  const sent: SentCode = {
    factor,
    hash: tools.codes.hash({ ...good, code }),
    sentAt: at,
    expiresAt: ends.code,
    resent: challenge.code !== undefined,
  };
  const limits = { expiresAt: ends.challenge, maxAttempts: MAX_ATTEMPTS, quotas: sendQuotas(at) };
  const reservation = { ...keyIn(request), challenge, ...renewed, code: sent, ...limits };
  return { sender, ...destination, code, at, reservation };
}

/**
 * A code works for its whole life, and the login or the action that it is for waits as long. An enrolment does not: its
 * time was bought with one grant.
 */
function endsOf(purpose: Purpose, { expiresAt }: Challenge, lifeEnd: Date): { code: Date; challenge: Date } {
  if (purpose.startsWith("enrol:")) return { code: earliest(lifeEnd, expiresAt), challenge: expiresAt };
  return { code: lifeEnd, challenge: latest(lifeEnd, expiresAt) };
}

/** One message leaves, or everything is as it was before and the reason is told. */
async function handOver(
  parts: Parts,
  ref: UserRef,
  request: SendRequest,
  letter: Letter,
): Promise<SendRefusal | undefined> {
  const { reservation } = letter;
  const undo = () => parts.store.undoSend(ref, reservation);
  const allowance = await allowanceFor(parts, request, letter).catch(async (error: unknown) => {
    await undo();
    throw error;
  });
  if (!allowance.ok) {
    await undo();
    const { reason, until } = allowance;
    return reason === "address" ? { reason: "resend-too-soon", until } : { reason: "delivery-failed", until };
  }
  const event = { user: ref.id, purpose: request.purpose, factor: request.factor };
  const error = await failureOf(parts, request, letter);
  if (!error) {
    parts.events.emit("code-sent", event);
    return undefined;
  }
  await undo();
  parts.events.emit("delivery-failed", { ...event, error });
  if (error.isDefinite) await allowance.giveBack();
  return { reason: "delivery-failed", error };
}

function allowanceFor(
  parts: Parts,
  { factor, purpose }: SendRequest,
  { sender, address, at }: Letter,
): Promise<Allowance> {
  return takeAllowance(parts, { factor, sender, address, isNew: purpose === `enrol:${factor}`, at });
}

async function failureOf(
  { tools }: Parts,
  { purpose, account, description }: SendRequest,
  { sender, address, code, at, reservation }: Letter,
): Promise<DeliveryError | undefined> {
  const minutes = minutesUntil(reservation.code.expiresAt, at);
  const about = { purpose, account, ...(description === undefined ? {} : { description }) };
  const note = { to: address, code, ...about, minutes, reference: newId(tools.random), at };
  try {
    await sender.send(note, tools);
    return undefined;
  } catch (thrown) {
    return deliveryErrorOf(thrown);
  }
}

/** The nearest whole minutes, as people are told them; at least one. */
export function minutesUntil(end: Date, at: Date): number {
  return Math.max(1, Math.round((end.getTime() - at.getTime()) / 60_000));
}

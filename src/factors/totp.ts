/** Codes from an authenticator app (RFC 6238), each accepted once. */
import { generateURI, ScureBase32Plugin, verify } from "otplib";
import { later } from "../core/clock.js";
import type { Attempt, EnrolmentSteps, Factor, Offer, Tools, Verdict } from "../core/factor.js";
import type { Enrolment } from "../core/model.js";
import { secretContext } from "../core/sealing.js";
import { misconfigured, SecondFactorError } from "../errors.js";
import { parseDigits } from "./digits.js";

export interface TotpOptions {
  /** How far back a wrong code is looked up to say "set your clock"; 0 switches it off. Default 10 minutes. */
  clockHintMinutes?: number;
}

/** RFC 6238 §4, and what every authenticator app supports. */
const STEP_SECONDS = 30;
const DIGITS = 6;
/** RFC 6238 §5.2 recommends at most one step of delay; one step ahead serves a phone whose clock is fast. */
const DRIFT_STEPS = 1;
/** RFC 4226 §4 R6 recommends 160 bits, and requires 128. */
const SECRET_BYTES = 20;
const MIN_SECRET_BYTES = 16;
const MAX_HINT_MINUTES = 30;
/** Of an issuer or an account, percent-encoded: a QR code holds 2,331 bytes, the issuer twice. */
const MAX_NAME_LENGTH = 400;

const base32 = new ScureBase32Plugin();

/** A factor for authenticator apps: SHA-1, 6 digits, 30 seconds, one step of drift each way. */
export function totp({ clockHintMinutes = 10 }: TotpOptions = {}): Factor {
  if (!Number.isInteger(clockHintMinutes) || clockHintMinutes < 0 || clockHintMinutes > MAX_HINT_MINUTES) {
    throw misconfigured(`totp({ clockHintMinutes }) is a whole number from 0 to ${MAX_HINT_MINUTES}`);
  }
  const check: Check = (secret, code, at) => match(secret, code, at, clockHintMinutes);
  return {
    kind: "totp",
    amr: "otp",
    guessable: true,
    primary: true,
    parse: (input) => parseDigits(input, DIGITS),
    verify: (attempt, tools) => verifyTotp(attempt, tools, check),
    enrol: pairing(check),
  };
}

type Check = (secret: Uint8Array, code: string, at: Date) => Promise<Match>;

/** A new secret that an app is paired with, or one that it was paired with elsewhere. */
function pairing(check: Check): EnrolmentSteps {
  return {
    async prepare(_given, { user, enrolment }, { random, sealer }) {
      const secret = sealer.seal(random.bytes(SECRET_BYTES), contextOf(user, enrolment));
      return { ok: true, material: { secret } };
    },
    offer(pending, { user, account }, tools) {
      const since = pending.first ? {} : { since: pending.createdAt };
      return offer(opened(pending, user, tools).plain, { issuer: tools.issuer, account, ...since });
    },
    async confirm({ user, enrolment, code, at }, tools) {
      const found = await check(opened(enrolment, user, tools).plain, code, at);
      if ("step" in found) return { ok: true, step: found.step };
      return { ok: false, ...("earlier" in found ? { hint: "clock" } : {}) };
    },
    async bring(text, { user, enrolment }, { sealer }) {
      return { secret: sealer.seal(importedSecret(text), contextOf(user, enrolment)) };
    },
  };
}

function opened({ id, secret = "" }: Enrolment, user: string, { sealer }: Tools) {
  return sealer.open(secret, contextOf(user, id));
}

const contextOf = (user: string, enrolment: string) => secretContext(user, "totp", enrolment);

/** A replacement's label carries its date: apps overwrite an entry of the same name, and the old key still works. */
function offer(
  secret: Uint8Array,
  { issuer, account, since }: { issuer: string; account: string; since?: Date },
): Offer {
  const text = base32.encode(secret);
  const label = plain(account) + (since ? ` (${since.toISOString().slice(0, 10)})` : "");
  return { secret: text, uri: generateURI({ issuer: plain(issuer), label, secret: text }) };
}

/** A colon parts issuer and account in a label; controls and half a surrogate pair belong in no name. */
const UNFIT = /[:\p{Cc}\p{Cs}]/gu;

/** Fits a label: what would not be a name is a blank, and what a QR code has no room for is cut off. */
function plain(name: string): string {
  let room = MAX_NAME_LENGTH;
  const fits = (letter: string) => {
    room -= encodeURIComponent(letter).length;
    return room >= 0;
  };
  return Array.from(name.replace(UNFIT, " ")).filter(fits).join("");
}

/** The step a code is right for; an `earlier` one is past accepting; neither, where it is simply wrong. */
type Match = { step: number } | { earlier: number } | Record<never, never>;

/**
 * Accepts a TOTP code once (RFC 6238 §5.2). Does not count attempts, and does not spend the code: callers reserve an
 * attempt first and let the store's guard decide, see `completeChallenge`.
 */
async function verifyTotp({ user, state, code, at }: Attempt, tools: Tools, check: Check): Promise<Verdict> {
  const enrolment = state.vault.enrolments.totp?.active;
  if (!enrolment) return { ok: false };
  const { plain, stale } = opened(enrolment, user, tools);
  const found = await check(plain, code, at);
  if ("earlier" in found) return { ok: false, hint: found.earlier === enrolment.lastStep ? "used" : "clock" };
  if (!("step" in found)) return { ok: false };
  if (isUsed(enrolment, found.step)) return { ok: false, hint: "used" };
  const spend = { kind: "totp", enrolment: enrolment.id, step: found.step } as const;
  if (!stale) return { ok: true, spend };
  return { ok: true, spend: { ...spend, reseal: tools.sealer.seal(plain, contextOf(user, enrolment.id)) } };
}

function isUsed(enrolment: Enrolment, step: number): boolean {
  return enrolment.lastStep !== undefined && step <= enrolment.lastStep;
}

/**
 * The time step a code belongs to, within the drift; else whether it was right some minutes ago. Only the past is
 * looked at: to confirm a code of the future would be to hand it out.
 */
async function match(secret: Uint8Array, code: string, at: Date, hintMinutes: number): Promise<Match> {
  const step = await stepOf(secret, code, at, [DRIFT_STEPS, DRIFT_STEPS]);
  if (step !== undefined) return { step };
  const stepsBack = Math.floor((hintMinutes * 60) / STEP_SECONDS);
  const past = later(at, -(DRIFT_STEPS + 1) * STEP_SECONDS);
  if (stepsBack <= DRIFT_STEPS) return {};
  const earlier = await stepOf(secret, code, past, [stepsBack - DRIFT_STEPS - 1, 0]);
  return earlier === undefined ? {} : { earlier };
}

async function stepOf(
  secret: Uint8Array,
  token: string,
  at: Date,
  [back, ahead]: [number, number],
): Promise<number | undefined> {
  const epoch = Math.floor(at.getTime() / 1000);
  if (epoch < 0) return undefined;
  const epochTolerance: [number, number] = [back * STEP_SECONDS, ahead * STEP_SECONDS];
  const result = await verify({ secret, token, epoch, epochTolerance });
  return result.valid && "timeStep" in result ? result.timeStep : undefined;
}

function importedSecret(text: string): Uint8Array {
  const secret = fromBase32(text.replace(/[\s-]/g, "").replace(/=+$/, ""));
  if (secret && secret.length >= MIN_SECRET_BYTES) return secret;
  throw new SecondFactorError("invalid_input", "a TOTP secret is base32 text of at least 16 bytes", {
    errors: [{ field: "secret", message: "Write base32 of at least 16 bytes." }],
  });
}

/** Undefined for what is no base32; so is text of a length that no bytes have, such as one cut short in a copy. */
function fromBase32(text: string): Uint8Array | undefined {
  try {
    return base32.decode(text);
  } catch {
    return undefined;
  }
}

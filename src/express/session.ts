/** Our part of the session: a login that is pending, or the assurance record of one that is complete. */
import type { Request } from "express";
import type {} from "express-session";
import type { AssuranceRecord, Proof } from "../core/assurance.js";
import type { DeliveryReason } from "../core/delivery.js";
import type { Hint } from "../core/factor.js";
import type { FactorKind, UserRef } from "../core/model.js";
import type { KeptProviders } from "../core/provider.js";
import type { Sending } from "../core/sent-code.js";
import { SecondFactorError } from "../errors.js";

/** Why the last try did not go through, with which factor; kept until the next one, so that a reload shows it again. */
export type Notice =
  | { reason: "empty" | "malformed"; factor?: FactorKind }
  | { reason: "wrong-code"; attemptsLeft: number; hint?: Hint; factor?: FactorKind }
  | { reason: "challenge-expired"; over: boolean; factor?: FactorKind }
  /** Milliseconds since the epoch; absent where codes are blocked, or those of this one factor. */
  | { reason: "locked"; until?: number; factor?: FactorKind }
  | { reason: "resend-too-soon"; until: number; factor?: FactorKind }
  | { reason: "delivery-failed"; why?: DeliveryReason; factor?: FactorKind }
  /** An address that cannot be one, as it was typed. */
  | { reason: "invalid"; given: TypedAddress; message: string; factor: FactorKind }
  /** One that waits for a proof, sealed: a session keeps nobody's address. */
  | { reason: "unproven"; sealed: string; factor: FactorKind };

/** Why a new password was not taken, ready to show; kept until the next try. */
export interface PasswordProblem {
  field: "currentPassword" | "newPassword";
  message: string;
}

export interface TypedAddress {
  address?: string;
  country?: string;
  number?: string;
}

/** A code that is on its way, as a session holds it; times in milliseconds since the epoch. */
export interface KeptSending {
  kind: FactorKind;
  hint: string;
  expiresAt: number;
  resendAt: number;
}

/** Notes what is under way for a pending login, which lasts as long as its code. */
export function noteSending(pending: PendingLogin, sending: Sending | undefined): void {
  if (!sending) {
    delete pending.sent;
    return;
  }
  pending.sent = keptSending(sending);
  pending.expiresAt = Math.max(pending.expiresAt, pending.sent.expiresAt);
}

export function keptSending({ kind, hint, expiresAt, resendAt }: Sending): KeptSending {
  return { kind, hint, expiresAt: expiresAt.getTime(), resendAt: resendAt.getTime() };
}

/** The password was right; a second factor is owed. Nothing in it lets anybody in. */
export interface PendingLogin {
  state: "pending";
  login: string;
  user: UserRef;
  /** Passport's own serialised user: deserialised again when the proof is in. */
  serialized: unknown;
  account: string;
  owes: "challenge" | "password" | "enrolment";
  /** The kinds that may answer, or that may be enrolled. */
  factors: FactorKind[];
  /** Where codes go, covered: so that the challenge's page has nothing to read. */
  hints: Partial<Record<FactorKind, string>>;
  sent?: KeptSending;
  /** The kinds whose proof would complete it: only with those can the browser be trusted. */
  trusts: FactorKind[];
  proven: Proof[];
  /** Until when the enrolment may be put off, milliseconds since the epoch. */
  graceUntil?: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  /** Where the login said to go; wins over `returnTo`. */
  target?: string;
  /** The last page asked for meanwhile. */
  returnTo?: string;
  keepSessionInfo: boolean;
  notice?: Notice;
  problem?: PasswordProblem;
}

/** A complete login. */
export interface SignedIn extends AssuranceRecord {
  state: "signed-in";
  ref: UserRef;
  account: string;
  /** The name under which the app exempted this login, such as "sso". */
  exempt?: string;
  /** They must enrol, and put it off: good for as long as they may. */
  skipped?: boolean;
  /** Where to go once the recovery codes are saved. */
  afterCodes?: string;
  /** Where an enrolment goes on that an action asked for. */
  afterEnrolment?: string;
  /** Of the enrolment that is under way. */
  notice?: Notice;
  problem?: PasswordProblem;
  stepUp?: AskedStepUp;
  /** Providers as an administrator has just reviewed them, secrets sealed: no page carries them to the save. */
  settingsDraft?: { id: string; providers: KeptProviders };
}

/** The action that a fresh code was asked for last: no other target of it can be confirmed. */
export interface AskedStepUp {
  action: string;
  /** What it is bound to, as its challenge has it. */
  target?: string;
  /** What a code allows, where that depends on the target. */
  words?: string;
  /** The same as messages say it. */
  told?: string;
  /** Where a page goes on. */
  returnTo?: string;
  notice?: Notice;
}

declare module "express-session" {
  interface SessionData {
    secondFactor?: PendingLogin | SignedIn;
    /** Kept by Passport and by apps that use `successReturnToOrRedirect`. */
    returnTo?: string;
  }
}

export function pendingOf(req: Request): PendingLogin | undefined {
  const record = recordOf(req);
  return record?.state === "pending" ? record : undefined;
}

export function signedInOf(req: Request): SignedIn | undefined {
  const record = recordOf(req);
  return record?.state === "signed-in" ? record : undefined;
}

/** Also asked where the session store was away and left the request without a session. */
function recordOf(req: Partial<Request>): PendingLogin | SignedIn | undefined {
  return req.session?.secondFactor;
}

/**
 * Gives the session a new id, so that the old one is nobody. What the app kept moves along only where it asked for
 * that; who is signed in never does.
 */
export async function rotate(
  req: Request,
  { keep, passportKey }: { keep: boolean; passportKey: string },
): Promise<void> {
  const { cookie: _cookie, secondFactor: _ours, [passportKey]: _theirs, ...kept } = dataOf(req);
  await promised((done) => req.session.regenerate(done));
  if (keep) Object.assign(req.session, kept);
}

/** Gives a session a new id and keeps all it holds: after a re-authentication (ASVS 5.0, 7.2.4). */
export async function renewId(req: Request): Promise<void> {
  const { cookie: _cookie, ...all } = dataOf(req);
  await promised((done) => req.session.regenerate(done));
  Object.assign(req.session, all);
}

/** Puts a fresh proof on the record of whoever is signed in, in place of an older one of its kind, under a new id. */
export async function noteProof(req: Request, proof: Proof): Promise<SignedIn | undefined> {
  await renewId(req);
  const record = signedInOf(req);
  if (record) record.proven = [...record.proven.filter(({ kind }) => kind !== proof.kind), proof];
  return record;
}

/** Writes the session now, so that what follows may rely on it. */
export function save(req: Request): Promise<void> {
  return promised((done) => req.session.save(done));
}

function dataOf(req: Request): Record<string, unknown> {
  return { ...req.session };
}

/** A step of the session store; its failure is ours to answer. */
function promised(step: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    step((error) => (error ? reject(sessionDown(error)) : resolve()));
  });
}

function sessionDown(cause: unknown): SecondFactorError {
  return new SecondFactorError("store_unavailable", "the session store did not answer", { cause });
}

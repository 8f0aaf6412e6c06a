/** The nouns: what is kept about a person. Dates are absolute; everything marked sealed is ciphertext. */

/** A kind of factor. `recovery-code` is the way back in; it is never a person's only factor. */
export type FactorKind = "totp" | "email" | "sms" | "passkey" | "recovery-code";

/** What a challenge is for. A code or grant for one purpose is worth nothing for another. */
export type Purpose = "login" | `enrol:${FactorKind}` | `action:${string}`;

/** The action every change of a person's own factors asks a fresh code for. */
export const CHANGE_FACTORS = "change-factors";

/** The action that sends codes elsewhere: each code for it is good for one new address alone. */
export const CHANGE_ADDRESS = "change-address";

/** The action that is only a fresh proof, on the assurance record: it earns no grant, since nothing would spend it. */
export const CONFIRM = "confirm";

/** The action that an administrator gives a fresh code for, once for each change. */
export const ADMINISTER = "administer";

/** What an administrator can do to somebody. Nothing in it switches a factor on. */
export type AdminAct =
  | "disable"
  | "unlock"
  | "forget-browsers"
  | "end-sessions"
  | "set-phone"
  | "require-password-change"
  | "temporary-password"
  | "reset";

/**
 * Names one user document: the id as a string, plus the app's shard key where it has one. Comes from the app's
 * own user object or the server-side session, never from a request.
 */
export interface UserRef {
  readonly id: string;
  readonly key?: Readonly<Record<string, string>>;
}

/** One person's factor of one kind; a `pending` one waits beside the `active` one until a code confirms it. */
export interface Enrolment {
  id: string;
  /** Sealed; of a factor that the person pairs with. */
  secret?: string;
  /** Where codes go: an e-mail address, or a number in E.164. */
  address?: string;
  createdAt: Date;
  confirmedAt?: Date;
  lastUsedAt?: Date;
  /** The newest time step a code was accepted for (TOTP only): every later code must be newer. */
  lastStep?: number;
  /** Stopped by somebody with a mailed link: it answers nothing, and stays, so that nobody enrols in its place. */
  blockedAt?: Date;
}

export interface PendingEnrolment extends Enrolment {
  expiresAt: Date;
  /** The login that began it: nobody else's session may confirm it. */
  login: string;
  /** True where it was begun with no factor active: it may then be confirmed only while that still holds. */
  first: boolean;
}

export interface EnrolmentSlot {
  active?: Enrolment;
  pending?: PendingEnrolment;
  /** An address that was given and never proven: a form may show it, and it counts for nothing. */
  suggested?: string;
}

export interface RecoveryCode {
  id: string;
  /** Sealed scrypt output. */
  hash: string;
  usedAt?: Date;
}

export interface RecoverySet {
  id: string;
  /** base64url, one a set. */
  salt: string;
  createdAt: Date;
  /** When the person said that they kept the codes. */
  savedAt?: Date;
  codes: RecoveryCode[];
}

/** A demand for a code; it belongs to one login and one purpose, and is closed by the code that answers it. */
export interface Challenge {
  id: string;
  login: string;
  purpose: Purpose;
  /** Of an action: what a code for it authorises, as a keyed digest. Absent: the action alone. */
  target?: string;
  createdAt: Date;
  expiresAt: Date;
  /** Attempts reserved, right or wrong, not counting refunds. */
  attempts: number;
  /** The newest code that was sent for it; every other one is void. */
  code?: SentCode;
}

/** A code on its way, or there. */
export interface SentCode {
  factor: FactorKind;
  /** See `code-hash.ts`. */
  hash: string;
  sentAt: Date;
  expiresAt: Date;
  /** Another code was sent for the same challenge before. */
  resent: boolean;
}

/** A browser that skips the login challenge for a while. It never stands in for the password, nor for a step-up. */
export interface TrustedBrowser {
  id: string;
  /** SHA-256 of the cookie's 256 random bits, base64url. */
  hash: string;
  /** Over the password and the factors as they were: unequal to what they are now, and it is trusted no more. */
  fingerprint: string;
  /** The factor that was proven when it was trusted. */
  factor: FactorKind;
  /** As a person would know it: "Firefox on Windows". */
  name: string;
  createdAt: Date;
  lastUsedAt: Date;
  /** Counted from the proof, and never moved. */
  expiresAt: Date;
}

/** What a step-up earned: one use, by one login, for one action and what it is bound to. */
export interface Grant {
  id: string;
  login: string;
  action: string;
  /** As of the challenge that was answered. */
  target?: string;
  expiresAt: Date;
}

/** A password that an administrator made. It stands in the old one's place until the person has chosen their own. */
export interface TemporaryPassword {
  id: string;
  /** base64url. */
  salt: string;
  /** Sealed scrypt output. */
  hash: string;
  /** The digest of the app's password as it was, if any: unequal to what it is now, and the app has set another since. */
  replaces: string;
  expiresAt: Date;
  /** It opens one login. */
  spentAt?: Date;
}

/** What a mailed link is for. Like a code, it is worth nothing for another use. */
export type LinkUse = "welcome" | "reset" | "stop" | "unlock";

/** A link that was mailed: it works once. */
export interface Link {
  id: string;
  /** SHA-256 of its 256 random bits, base64url. */
  hash: string;
  use: LinkUse;
  expiresAt: Date;
  /** The factor it can stop. */
  about?: { kind: FactorKind; enrolment: string };
  /** Of a reset: the second factor goes off with it. */
  disables?: true;
}

/** Which count of wrong codes an attempt goes on: logins, or sessions that are already proven. */
export type Budget = "login" | "signedIn";

/** Wrong codes in a row. The lock is a function of these two, see `lockout.ts`. */
export interface Failures {
  count: number;
  lastAt: Date;
}

/** What the gate needs on every request; carried by a loaded user document, nothing in it is secret. */
export interface Standing {
  /** Kinds that are active (or blocked), `recovery-code` among them where a set exists. */
  factors: readonly FactorKind[];
  /** Raised to end every session but the one that raised it. */
  sessionGeneration: number;
  /** The login that raised it last. */
  raisedBy?: string;
  /** Logins that were ended by a log-out or a newer login, the last 20. */
  endedLogins: readonly string[];
  /** The first login at which they had to enrol and had not. */
  requiredSince?: Date;
  /** Their next login ends with a new password. */
  mustChangePassword?: true;
}

/** What is kept out of every ordinary query. */
export interface Vault {
  enrolments: Partial<Record<FactorKind, EnrolmentSlot>>;
  recoveryCodes?: RecoverySet;
  challenges: readonly Challenge[];
  grants: readonly Grant[];
  failures: Partial<Record<Budget, Failures>>;
  browsers: readonly TrustedBrowser[];
  /** When codes were sent, newest first, the last ten. */
  sends: readonly Date[];
  /** The factor the person wants to be asked for first. */
  preferred?: FactorKind;
  temporaryPassword?: TemporaryPassword;
  links: readonly Link[];
}

export interface UserState extends Standing {
  vault: Vault;
  /** A digest of what the app keeps of the password, where the store knows: unequal means that it was changed. */
  passwordDigest?: string;
}

/** Every kind but the way back in: one of these is what having a second factor means. */
export function isPrimary(kind: FactorKind): kind is Exclude<FactorKind, "recovery-code"> {
  return kind !== "recovery-code";
}

export const NO_STANDING: Standing = { factors: [], sessionGeneration: 0, endedLogins: [] };

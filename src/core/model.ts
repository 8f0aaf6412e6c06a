/** The nouns: what is kept about a person. Dates are absolute; everything marked sealed is ciphertext. */

/** A kind of factor. `recovery-code` is the way back in; it is never a person's only factor. */
export type FactorKind = "totp" | "email" | "sms" | "passkey" | "recovery-code";

/** What a challenge is for. A code or grant for one purpose is worth nothing for another. */
export type Purpose = "login" | `enrol:${FactorKind}` | `action:${string}`;

/** The action every change of a person's own factors asks a fresh code for. */
export const CHANGE_FACTORS = "change-factors";

/** The action that is only a fresh proof, on the assurance record: it earns no grant, since nothing would spend it. */
export const CONFIRM = "confirm";

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
  /** Sealed. */
  secret: string;
  createdAt: Date;
  confirmedAt?: Date;
  lastUsedAt?: Date;
  /** The newest time step a code was accepted for (TOTP only): every later code must be newer. */
  lastStep?: number;
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
  createdAt: Date;
  expiresAt: Date;
  /** Attempts reserved, right or wrong, not counting refunds. */
  attempts: number;
}

/** What a step-up earned: one use, by one login, for one action. */
export interface Grant {
  id: string;
  login: string;
  action: string;
  expiresAt: Date;
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
}

/** What is kept out of every ordinary query. */
export interface Vault {
  enrolments: Partial<Record<FactorKind, EnrolmentSlot>>;
  recoveryCodes?: RecoverySet;
  challenges: readonly Challenge[];
  grants: readonly Grant[];
  failures: Partial<Record<Budget, Failures>>;
}

export interface UserState extends Standing {
  vault: Vault;
}

export const NO_STANDING: Standing = { factors: [], sessionGeneration: 0, endedLogins: [] };

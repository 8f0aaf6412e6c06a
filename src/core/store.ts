/**
 * The port to wherever state lives. Every verb is one atomic, guarded step on one user's record that tells whether
 * *this* caller won. A store that cannot answer within its deadline throws `store_unavailable`; it never guesses.
 */
import type { AccountStore } from "./account-store.js";
import type { Limiter } from "./limiter.js";
import type { LinkStore } from "./link-store.js";
import type { LockRule } from "./lockout.js";
import type {
  Budget,
  Challenge,
  FactorKind,
  Failures,
  Grant,
  Link,
  PendingEnrolment,
  Purpose,
  RecoveryCode,
  RecoverySet,
  SentCode,
  Standing,
  TrustedBrowser,
  UserRef,
  UserState,
  Vault,
} from "./model.js";

/** At most this many live challenges and grants a user; the oldest give way. */
export const MAX_CHALLENGES = 5;
/** At most this many trusted browsers a user; the oldest give way. */
export const MAX_BROWSERS = 10;
/** Times of sent codes that are remembered a user: as many as may be sent in the longest while. */
export const MAX_SENDS = 10;
/** Ended logins that are remembered a user. */
export const MAX_ENDED_LOGINS = 20;

/**
 * Which challenge: one login has at most one for a purpose. It answers to its own target alone, so that a code for one
 * thing opens no other.
 */
export interface ChallengeKey {
  login: string;
  purpose: Purpose;
  /** See `Challenge`; absent means one that is bound to none, never any. */
  target?: string;
}

/** Which grant: bound to a target, or to none, as its challenge was. */
export type GrantKey = Pick<Grant, "login" | "action" | "target">;

export interface Reservation extends ChallengeKey {
  at: Date;
  /** Refused when the challenge has this many attempts already. */
  maxAttempts: number;
  budget: Budget;
  /**
   * Absent: the attempt is neither refused nor counted by the budget (codes that cannot be guessed).
   * Present: refused while the budget is closed, or at `blockAt`; counted on it otherwise.
   */
  lock?: LockRule;
}

export type Reserved =
  /** `before` is the record as it was the moment before this attempt was counted. */
  | { won: true; before: UserState; challenge: Challenge }
  /** `state` is the record as read afterwards, to say why. */
  | { won: false; state: UserState };

/** What a right code uses up. */
export type Spend =
  | { kind: "totp"; enrolment: string; step: number /** Sealed anew under the first key. */; reseal?: string }
  | { kind: "sent-code"; factor: FactorKind; enrolment: string; hash: string }
  | RecoverySpend;

/** A code about to be sent: it is counted, and is the one that works, before anything leaves. */
export interface SendReservation extends ChallengeKey {
  /** The challenge as it was read. */
  challenge: Challenge;
  /** Its new id, where its attempts were used up: they begin afresh. */
  renewedAs?: string;
  code: SentCode;
  /** The challenge's end from now on: no earlier than it was. */
  expiresAt: Date;
  maxAttempts: number;
  /** Refused where so many codes were sent after `since`. */
  quotas: readonly { count: number; since: Date }[];
}

export interface RecoverySpend {
  kind: "recovery-code";
  set: string;
  code: string;
  /** Unused codes that remain. */
  left: number;
  /** Hashes sealed anew under the first key. */
  reseal?: readonly Pick<RecoveryCode, "id" | "hash">[];
}

export interface Completion extends ChallengeKey {
  at: Date;
  spend: Spend;
  /** Failure budgets that this success puts back to zero. */
  reset: readonly Budget[];
  /** What the person earns with it. */
  grant?: Grant;
  /** The browser that need not be asked again for a while. */
  trust?: TrustedBrowser;
}

export interface Confirmation {
  /** The pending enrolment, as it was read; it becomes active. */
  kind: FactorKind;
  enrolment: PendingEnrolment;
  login: string;
  at: Date;
  /** The time step of the code that confirmed it (TOTP). */
  step?: number;
  /** The hash of the code that confirmed it, where one was sent: it must still be the newest, and unexpired. */
  code?: string;
  /** Also closes the pending login's challenge, which must still be there. */
  closesLogin: boolean;
  /** Stored only where the person has no set yet. */
  recoveryCodes?: RecoverySet;
  /** How the person stops it, where it sends their codes elsewhere: kept in the same write. */
  link?: Link;
  /** The right code was no failure, and resets nothing: this budget goes back to what it was before the attempt. */
  restores: { budget: Budget; failures?: Failures };
}

export interface Removal {
  kind: FactorKind;
  login: string;
  /** The factors as the caller saw them: unequal by now → lost. */
  factors: readonly FactorKind[];
  /** What remains; recovery codes go with the last factor. */
  remaining: readonly FactorKind[];
}

/** Letters of a text that people are searched by; a pattern of tens of thousands is refused by databases. */
export const MAX_SEARCHED = 1000;

/** Whom to go through; in the order of their ids. */
export interface PeopleQuery {
  /** Only those whose address or name holds this text, in upper or lower case. A NUL, or more than 1000 letters: nobody. */
  text?: string;
  /** Only those whose id comes after this one. */
  after?: string;
  /** Only those without a factor. */
  only?: "without-factor";
  /** Only those of whom a budget is closed at this moment. */
  locked?: LockRule;
}

/** A user as the app would load it. */
export interface KnownUser {
  user: unknown;
  ref: UserRef;
  standing: Standing;
}

/** What is kept of a user. */
export interface KeptVault {
  ref: UserRef;
  vault: Vault;
}

/** One sealed value in place of another. */
export interface Resealed {
  from: string;
  to: string;
}

/** The same secrets under another key: whatever is not as it was read any more makes it lose. */
export interface Resealing {
  secrets: readonly (Resealed & { kind: FactorKind; of: "active" | "pending" })[];
  recovery?: { set: string; codes: readonly (Resealed & { id: string })[] };
  temporary?: Resealed;
  /** Pending enrolments that ran out: they go. */
  ended: readonly { kind: FactorKind; enrolment: string }[];
  /** Hashes of codes on their way, which cannot be made anew: they stop working. */
  dropped: readonly string[];
}

export interface SecondFactorStore extends AccountStore, LinkStore {
  /** Counters that are shared by every process, for what is limited over more than one user. */
  readonly limiter: Limiter;
  /** Whether `passwordDigest` is told, or there are no passwords: trusted browsers end with a change of it. */
  readonly knowsPassword: boolean;
  /** @throws `misconfigured` where the value is not a user of this store. */
  refOf(user: unknown): UserRef;
  /**
   * What a user object carries, with no database operation; undefined where it carries too little to be trusted
   * (another projection, a plain object, unsaved changes): callers then `load`.
   */
  standingOf(user: unknown): Standing | undefined;
  /** The user as the app would load it, and its standing, fresh; undefined where there is none. */
  load(ref: UserRef): Promise<KnownUser | undefined>;
  /** The user with this id, fresh, by the id alone: for administrators and notices. Undefined where there is none. */
  find(id: string): Promise<KnownUser | undefined>;
  /** Users one after the other, however many: for reports. Reads as the app does; each is as it was when read. */
  people(query?: PeopleQuery): AsyncIterable<KnownUser>;
  /** How many those are. */
  countPeople(query?: PeopleQuery): Promise<number>;
  /**
   * Everybody of whom anything secret may be kept, however many, each as it was when read: for a change of keys. Past
   * the app's own hooks and filters, so that nobody is left out whom the app hides.
   */
  vaults(): AsyncGenerator<KeptVault, void>;
  /** How many those are. */
  countVaults(): Promise<number>;
  /** Everything, fresh; undefined where the user does not exist. */
  read(ref: UserRef): Promise<UserState | undefined>;

  /**
   * Puts a challenge in force, in place of one with the same login and purpose, whatever its target. Resets no budget of the user. Returns the record as
   * it was before; undefined where the user does not exist.
   */
  openChallenge(ref: UserRef, challenge: Challenge): Promise<UserState | undefined>;
  /**
   * Gives an unexpired challenge whose attempts are used up a new id, fresh attempts and no code; its expiry stays.
   * The user's own budgets go on, so this buys no guesses.
   */
  renewChallenge(
    ref: UserRef,
    key: ChallengeKey,
    renewal: { id: string; at: Date; maxAttempts: number },
  ): Promise<boolean>;
  /** Takes a challenge out of force. False: it was not there. */
  closeChallenge(ref: UserRef, key: ChallengeKey): Promise<boolean>;
  /** Counts an attempt on the challenge and on the budget *before* anything is compared. */
  reserveAttempt(ref: UserRef, reservation: Reservation): Promise<Reserved>;
  /** Takes one's own attempt back, only where nobody has attempted since; a lost refund stays counted. */
  refundAttempt(ref: UserRef, reservation: Reservation, before: UserState): Promise<boolean>;
  /** Spends a code and closes the challenge it answers, both or neither. False: spent, closed or expired by now. */
  completeChallenge(ref: UserRef, completion: Completion): Promise<boolean>;

  /** Counts a code as sent, makes it the one that works, and sets the challenge's end. Of parallel callers one wins. */
  reserveSend(ref: UserRef, reservation: SendReservation): Promise<boolean>;
  /** The message was not sent: it is not counted, and the code before it works again, until when it did. */
  undoSend(ref: UserRef, reservation: SendReservation): Promise<boolean>;

  /** Notes that a trusted browser was used, where it is one and its time is not up. Returns the record as it was. */
  useBrowser(ref: UserRef, use: { hash: string; at: Date }): Promise<UserState | undefined>;
  /** Forgets one trusted browser, or all. False: there was none. */
  forgetBrowsers(ref: UserRef, which: { id: string } | "all"): Promise<boolean>;

  /**
   * Keeps a new pending enrolment. With `first`: only where no factor is active. Replaces one that expired, that
   * belongs to another login, or whose id is `replaces`; loses to any other that is live.
   */
  beginEnrolment(
    ref: UserRef,
    kind: FactorKind,
    enrolment: PendingEnrolment,
    options: { at: Date; replaces?: string },
  ): Promise<boolean>;
  /**
   * Makes the pending enrolment active, raises the session generation in the name of `login`, and drops every live
   * challenge, grant and trusted browser. Guarded by: the same pending enrolment with the same secret, unexpired, begun
   * by `login`; its `enrol:` challenge; with `first`, no active factor; with `closesLogin`, the login's challenge.
   */
  confirmEnrolment(ref: UserRef, confirmation: Confirmation): Promise<boolean>;
  /** Removes an active factor, raises the session generation, drops live challenges, grants and trusted browsers. */
  removeFactor(ref: UserRef, removal: Removal): Promise<boolean>;
  /** Stores an enrolment as active at once: imports and seeds, never a person's request. False where one is active. */
  importEnrolment(ref: UserRef, kind: FactorKind, enrolment: PendingEnrolment): Promise<boolean>;

  /** Which factor the person is asked for first; only one that they have. */
  preferFactor(ref: UserRef, kind: FactorKind): Promise<boolean>;
  /** Keeps an address that somebody gave for a factor and nobody has proven; undefined takes it away. */
  suggestAddress(ref: UserRef, kind: FactorKind, address: string | undefined): Promise<boolean>;

  /** Replaces the recovery codes and adds `recovery-code` to the factors; only where another factor is active. */
  replaceRecoveryCodes(ref: UserRef, set: RecoverySet): Promise<boolean>;
  /** Notes that the person kept the codes of this set. */
  markRecoveryCodesSaved(ref: UserRef, set: string, at: Date): Promise<boolean>;

  /** Spends a grant for an action and its target, by its login, unexpired. */
  spendGrant(ref: UserRef, grant: GrantKey & { at: Date }): Promise<boolean>;
  /** Notes the first login at which somebody had to enrol; a time that is there already stays. */
  noteRequired(ref: UserRef, at: Date): Promise<boolean>;
  /** Raises the session generation in the name of a login: every other session of the person ends. */
  endOtherSessions(ref: UserRef, login: string): Promise<boolean>;
  /** Ends every session, and every login that is under way. */
  endSessions(ref: UserRef): Promise<boolean>;
  /** Takes every factor and what belongs to it away, wrong codes and stop links included, and ends every session. False: there is none. */
  switchOff(ref: UserRef): Promise<boolean>;
  /** Forgets wrong codes, and with them every lock. False: there were none. */
  unlock(ref: UserRef): Promise<boolean>;
  /** Exchanges sealed values for the same under another key. */
  reseal(ref: UserRef, resealing: Resealing): Promise<boolean>;
  /** Records that a login has ended, whatever copy of its session turns up later. */
  endLogin(ref: UserRef, login: string): Promise<boolean>;
}

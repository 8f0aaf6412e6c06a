// What the store's contract is told with: records as they may be kept, changed where a test says so.
import { later } from "../../src/core/clock.js";
import { closedStates } from "../../src/core/lockout.js";
import type {
  Challenge,
  Grant,
  Link,
  PendingEnrolment,
  RecoverySet,
  SentCode,
  TemporaryPassword,
  TrustedBrowser,
  UserRef,
  UserState,
  Vault,
} from "../../src/core/model.js";
import type {
  Completion,
  Confirmation,
  Reservation,
  SecondFactorStore,
  SendReservation,
} from "../../src/core/store.js";

export interface StoreFixture {
  store: SecondFactorStore;
  /** A new user without a second factor; `called`: a text that people are searched by. */
  newUser(called?: string): Promise<UserRef>;
  /** What the app keeps of the user's password from now on; undefined: nothing. */
  setPassword(ref: UserRef, kept: string | undefined): Promise<unknown>;
  /** A reference that is well formed and nobody's. */
  nobody: UserRef;
  close(): Promise<void>;
}

export const NOW = new Date("2026-11-22T12:00:00.000Z");
export const inMinutes = (minutes: number) => later(NOW, minutes * 60);
export const LOGIN = { login: "login-1", purpose: "login" } as const;
export const ENROL = { login: "login-1", purpose: "enrol:totp" } as const;

export function challenge(changes: Partial<Challenge> = {}): Challenge {
  return { id: "c1", ...LOGIN, createdAt: NOW, expiresAt: inMinutes(10), attempts: 0, ...changes };
}

export function pending(changes: Partial<PendingEnrolment> = {}): PendingEnrolment {
  return {
    id: "e1",
    secret: "sealed-1",
    createdAt: NOW,
    expiresAt: inMinutes(30),
    login: "login-1",
    first: true,
    ...changes,
  };
}

export function recoverySet(changes: Partial<RecoverySet> = {}): RecoverySet {
  const codes = ["r1", "r2", "r3"].map((id) => ({ id, hash: `sealed-${id}` }));
  return { id: "set-1", salt: "salt", createdAt: NOW, codes, ...changes };
}

export function grant(changes: Partial<Grant> = {}): Grant {
  return { id: "g1", login: "login-1", action: "payout", expiresAt: inMinutes(5), ...changes };
}

export function reservation(changes: Partial<Reservation> = {}): Reservation {
  const lock = { closed: closedStates(changes.at ?? NOW), blockAt: 100 };
  return { ...LOGIN, at: NOW, maxAttempts: 5, budget: "login", lock, ...changes };
}

export const unlocked = ({ lock: _, ...rest }: Reservation): Reservation => rest;

export function totpCompletion(changes: Partial<Completion> = {}): Completion {
  return { ...LOGIN, at: NOW, spend: { kind: "totp", enrolment: "e1", step: 100 }, reset: [], ...changes };
}

export function codeCompletion(changes: Partial<Completion> = {}): Completion {
  return {
    ...LOGIN,
    at: NOW,
    spend: { kind: "recovery-code", set: "set-1", code: "r2", left: 0 },
    reset: [],
    ...changes,
  };
}

export function confirmation(changes: Partial<Confirmation> = {}): Confirmation {
  return {
    kind: "totp",
    enrolment: pending(),
    login: "login-1",
    at: NOW,
    step: 90,
    closesLogin: false,
    restores: { budget: "login" },
    ...changes,
  };
}

export const racers = <T>(count: number, run: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)));

export const wins = (results: (boolean | { won: boolean })[]) =>
  results.filter((result) => (typeof result === "boolean" ? result : result.won)).length;

/** Of the contract's parts: the store, and the user of the test that runs. */
export interface Subject {
  fixture(): StoreFixture;
  store(): SecondFactorStore;
  ref(): UserRef;
  state(): Promise<UserState>;
  vault(): Promise<Vault>;
  /** Opens challenges, one after the other. */
  open(...list: Partial<Challenge>[]): Promise<unknown>;
}

export function sentCode(changes: Partial<SentCode> = {}): SentCode {
  return {
    factor: "email",
    hash: "hash-1",
    sentAt: NOW,
    expiresAt: inMinutes(10),
    resent: false,
    ...changes,
  };
}

/** One code in a minute, three in ten. */
export function sendReservation(changes: Partial<SendReservation> = {}): SendReservation {
  const code = changes.code ?? sentCode();
  const asked = changes.challenge ?? challenge();
  return {
    ...LOGIN,
    challenge: asked,
    expiresAt: asked.expiresAt,
    maxAttempts: 5,
    quotas: [
      { count: 1, since: later(code.sentAt, -60) },
      { count: 3, since: later(code.sentAt, -600) },
    ],
    ...changes,
    code,
  };
}

export function browser(changes: Partial<TrustedBrowser> = {}): TrustedBrowser {
  return {
    id: "b1",
    hash: "hash-b1",
    fingerprint: "fingerprint",
    factor: "totp",
    name: "Firefox on Windows",
    createdAt: NOW,
    lastUsedAt: NOW,
    expiresAt: inMinutes(60),
    ...changes,
  };
}

export function temporaryPassword(changes: Partial<TemporaryPassword> = {}): TemporaryPassword {
  return {
    id: "t1",
    salt: "salt",
    hash: "sealed-t1",
    replaces: "digest",
    expiresAt: inMinutes(60),
    ...changes,
  };
}

export function link(changes: Partial<Link> = {}): Link {
  return { id: "l1", hash: "hash-l1", use: "reset", expiresAt: inMinutes(60), ...changes };
}

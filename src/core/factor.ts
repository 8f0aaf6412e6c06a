/** The port to a kind of factor: how its codes look, what proves one, and what enrolling it takes. */
import type { Clock, Random } from "./clock.js";
import type { FactorKind, UserState } from "./model.js";
import type { Sealer } from "./sealing.js";
import type { Spend } from "./store.js";

/** What every factor is given to work with. */
export interface Tools {
  clock: Clock;
  random: Random;
  sealer: Sealer;
  /** The product's name, for labels. */
  issuer: string;
}

export type Hint = "clock" | "used";

/** Whether a code is right. `used`: it was, once; it is not counted as a failure. */
export type Verdict = { ok: true; spend: Spend } | { ok: false; hint?: Hint };

export interface Attempt {
  user: string;
  /** The record as it was when the attempt was reserved. */
  state: UserState;
  /** As {@link Factor.parse} returned it. */
  code: string;
  at: Date;
}

export interface Factor {
  readonly kind: FactorKind;
  /** Authentication method reference (RFC 8176). */
  readonly amr: string;
  /** Codes short enough to guess: they are refused and counted by the lock. */
  readonly guessable: boolean;
  /** Counts for a step-up, and as somebody's only factor. */
  readonly primary: boolean;
  /** The code without spaces and hyphens; undefined where it cannot be one. */
  parse(input: unknown): string | undefined;
  verify(attempt: Attempt, tools: Tools): Promise<Verdict>;
  /** Present where the person enrols it themselves. */
  readonly enrol?: EnrolmentSteps;
}

/** A secret that a person pairs with, and the first code that shows they did. */
export interface EnrolmentSteps {
  /** A new secret, in the clear; the caller seals it. */
  newSecret(random: Random): Uint8Array;
  /** What to show for a secret, once. */
  offer(secret: Uint8Array, options: { issuer: string; account: string; since?: Date }): Offer;
  /** Reads a secret brought from elsewhere. @throws `invalid_input` where it is malformed or too short. */
  importSecret(text: string): Uint8Array;
  /** The time step of a right first code; undefined where it is wrong. */
  confirm(secret: Uint8Array, code: string, at: Date): Promise<{ step: number } | { hint?: Hint }>;
}

export interface Offer {
  /** Base32. */
  secret: string;
  /** `otpauth:` URI. */
  uri: string;
}

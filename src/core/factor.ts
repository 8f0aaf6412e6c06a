/** The port to a kind of factor: how its codes look, what proves one, what enrolling it takes, how codes are sent. */
import type { FieldError } from "../errors.js";
import type { Clock, Random } from "./clock.js";
import type { CodeHasher } from "./code-hash.js";
import type { Channel, Delivery, Message } from "./delivery.js";
import type { Challenge, Enrolment, FactorKind, PendingEnrolment, Purpose, UserState } from "./model.js";
import type { Sealer } from "./sealing.js";
import type { Spend } from "./store.js";

/** What every factor is given to work with. */
export interface Tools {
  clock: Clock;
  random: Random;
  sealer: Sealer;
  codes: CodeHasher;
  /** The product's name, for labels and messages. */
  issuer: string;
  /** The site's first origin, such as `https://acme.test`. */
  origin: string;
}

export type Hint = "clock" | "used" | "superseded";

/** Why a code is not right. `used`: it was, once; not counted as a failure. `expired`: there is none to compare with. */
export type Wrong = { ok: false; hint?: Hint } | { ok: false; expired: true };

/** Whether a code is right. */
export type Verdict = { ok: true; spend: Spend } | Wrong;

export interface Attempt {
  user: string;
  /** The record as it was when the attempt was reserved. */
  state: UserState;
  challenge: Challenge;
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
  /** Present where the code has to be sent first. */
  readonly sends?: CodeSender;
}

/** What the person filled in, untrusted: an address, or a country and a number. */
export interface Given {
  address?: unknown;
  country?: unknown;
  number?: unknown;
}

/** What an enrolment is made of: a sealed secret, or the address codes go to. */
export type Material = Pick<Enrolment, "secret" | "address">;

/** The enrolment that material is for: sealed values open nowhere else. */
export interface EnrolmentContext {
  user: string;
  enrolment: string;
}

/** How somebody sets a factor up: what is kept, what they are shown, and the first code that shows it works. */
export interface EnrolmentSteps {
  /** Reads what was given, and makes what is kept. */
  prepare(
    given: Given,
    context: EnrolmentContext,
    tools: Tools,
  ): Promise<{ ok: true; material: Material } | { ok: false; errors: readonly FieldError[] }>;
  /** What to show of an enrolment that is pending. */
  offer(enrolment: PendingEnrolment, who: { user: string; account: string }, tools: Tools): Offer;
  /** Whether a first code is right; `step` is its time step, `code` the hash of the one that was sent. */
  confirm(
    attempt: Attempt & { enrolment: PendingEnrolment },
    tools: Tools,
  ): Promise<{ ok: true; step?: number; code?: string } | Wrong>;
  /** Reads what another system kept: a secret, an address. @throws `invalid_input` */
  bring(text: string, context: EnrolmentContext, tools: Tools): Promise<Material>;
}

/** A secret to pair with (base32, and as an `otpauth:` URI), or the address a code went to. */
export type Offer = { secret: string; uri: string } | { address: string };

/** What a message with a code says. */
export interface CodeNote {
  to: string;
  code: string;
  purpose: Purpose;
  /** Of an action: what the code allows, as words after "to". */
  description?: string;
  /** Whose sign-in or account it is about. */
  account: string;
  /** Whole minutes that the code works for. */
  minutes: number;
  reference: string;
  at: Date;
}

/** The fields of a form for an address, as they are filled in at first. */
export type AddressForm =
  | { address?: string }
  | { countries: readonly Country[]; country?: string; number?: string };

export interface Country {
  /** ISO 3166-1 alpha-2. */
  code: string;
  name: string;
  /** "+44". */
  callingCode: string;
}

export interface CodeSender {
  readonly channel: Channel;
  readonly lifeSeconds: number;
  /** The longest that an administrator may make it. */
  readonly maxLifeSeconds: number;
  /** Messages a day to addresses nobody has proven yet, over the whole installation. */
  readonly newAddressesPerDay: number;
  /** Whom messages come from, where there is such a thing. */
  readonly sender?: string | undefined;
  /** The app's own page where people keep their number: it is the one on file that is set up, and no other. */
  readonly numberUrl?: string;
  /** Messages are kept, not sent. */
  readonly isTest: boolean;
  /** There is somebody to carry messages; else nobody can enrol it. */
  readonly isReady: boolean;
  newCode(random: Random): string;
  /** The address with all but a little of it covered. */
  hintOf(address: string): string;
  /** The address as people write it. */
  display(address: string): Promise<string>;
  /** What a form for the address starts with, `address` being one that is known already. */
  form(address?: string): Promise<AddressForm>;
  /** `by`: in place of the factor's own delivery. @throws {DeliveryError} */
  send(note: CodeNote, tools: Tools, by?: Delivery): Promise<void>;
  /** Carries anything else to an address that codes went to. @throws {DeliveryError} */
  tell(message: Message, by?: Delivery): Promise<void>;
}

/** Codes that are sent to the person, by e-mail or text message: six digits, good for one challenge. */
import type { Random } from "../core/clock.js";
import { type Channel, type Delivery, DeliveryError, type Message } from "../core/delivery.js";
import type {
  AddressForm,
  Attempt,
  CodeNote,
  CodeSender,
  EnrolmentSteps,
  Factor,
  Given,
  Material,
  Tools,
  Verdict,
} from "../core/factor.js";
import type { Enrolment, SentCode } from "../core/model.js";
import { type FieldError, misconfigured, SecondFactorError } from "../errors.js";
import { parseDigits } from "./digits.js";

const DIGITS = 6;
const CODES = 10 ** DIGITS;
/** Numbers at or above this would favour the lower codes. */
const FAIR = Math.floor(2 ** 32 / CODES) * CODES;

export interface SentCodeOptions {
  /**
   * Where messages go. Of several, the next is tried only after a definite refusal. Default: the provider that an
   * administrator sets up, of those in `providers`.
   */
  delivery?: Delivery | readonly Delivery[];
  /** How long a code works, minutes. */
  lifeMinutes?: number;
  /** Messages a day to addresses that nobody has proven, over the whole installation. Default 500. */
  newAddressesPerDay?: number;
}

/** What mail and text messages do differently. */
export interface Way {
  kind: Channel;
  /** RFC 8176. */
  amr: string;
  life: { default: number; max: number };
  messageOf(note: CodeNote, tools: Pick<Tools, "issuer" | "origin">): Message;
  /** Reads an address that somebody gave. */
  read(given: Given): Promise<{ ok: true; address: string } | { ok: false; errors: readonly FieldError[] }>;
  hintOf(address: string): string;
  /** What a form for the address starts with, `address` being one that is known already. */
  form(address?: string): Promise<AddressForm>;
  /** The address as people write it. */
  display(address: string): Promise<string>;
  /** Where the app itself keeps the address. */
  numberUrl?: string;
}

/** A factor whose codes are sent. Neither counts attempts nor spends a code: callers do, see `answerChallenge`. */
export function sentCodeFactor(way: Way, options: SentCodeOptions): Factor {
  return {
    kind: way.kind,
    amr: way.amr,
    guessable: true,
    primary: true,
    parse: (input) => parseDigits(input, DIGITS),
    verify: async (attempt, tools) => verify(way, attempt, tools),
    enrol: enrolment(way),
    sends: senderOf(way, options),
  };
}

/** ASVS 5.0, 6.5.4 and 6.5.5: random, at least 20 bits, and short-lived. */
function newCode(random: Random): string {
  for (;;) {
    const number = Buffer.from(random.bytes(4)).readUInt32BE();
    if (number < FAIR) return String(number % CODES).padStart(DIGITS, "0");
  }
}

function verify({ kind }: Way, attempt: Attempt, tools: Tools): Verdict {
  const enrolment = attempt.state.vault.enrolments[kind]?.active;
  if (!enrolment) return { ok: false };
  const matched = match(kind, enrolment, attempt, tools);
  if (!matched.ok) return matched;
  return {
    ok: true,
    spend: { kind: "sent-code", factor: kind, enrolment: enrolment.id, hash: matched.hash },
  };
}

/** Compares with the newest code of this very challenge. A challenge without one that works has nothing to compare. */
function match(
  kind: Channel,
  enrolment: Enrolment,
  { user, challenge, code, at }: Attempt,
  { codes }: Tools,
) {
  const sent: SentCode | undefined = challenge.code?.factor === kind ? challenge.code : undefined;
  if (!sent || sent.expiresAt <= at) return { ok: false, expired: true } as const;
  const { purpose, id } = challenge;
  if (
    codes.matches(sent.hash, { user, purpose, challenge: id, factor: kind, enrolment: enrolment.id, code })
  ) {
    return { ok: true, hash: sent.hash } as const;
  }
  return sent.resent ? ({ ok: false, hint: "superseded" } as const) : ({ ok: false } as const);
}

function enrolment(way: Way): EnrolmentSteps {
  const materialOf = async (given: Given) => {
    const read = await way.read(given);
    return read.ok ? { ok: true as const, material: { address: read.address } satisfies Material } : read;
  };
  return {
    prepare: (given) => materialOf(given),
    offer: ({ address = "" }) => ({ address }),
    async confirm(attempt, tools) {
      const matched = match(way.kind, attempt.enrolment, attempt, tools);
      return matched.ok ? { ok: true, code: matched.hash } : matched;
    },
    async bring(text) {
      const read = await materialOf({ address: text, number: text });
      if (read.ok) return read.material;
      throw new SecondFactorError("invalid_input", "this is no address that codes can go to", {
        errors: read.errors,
      });
    },
  };
}

const NEW_ADDRESSES_PER_DAY = 500;

function senderOf(way: Way, options: SentCodeOptions): CodeSender {
  const name = `${way.kind}Code`;
  const deliveries = options.delivery === undefined ? [] : deliveriesOf(way, options.delivery);
  const life = wholeNumber(`${name}({ lifeMinutes })`, options.lifeMinutes ?? way.life.default, way.life.max);
  const perDay = options.newAddressesPerDay ?? NEW_ADDRESSES_PER_DAY;
  const sender = deliveries.find((delivery) => delivery.sender !== undefined)?.sender;
  return {
    channel: way.kind,
    lifeSeconds: life * 60,
    maxLifeSeconds: way.life.max * 60,
    newAddressesPerDay: wholeNumber(`${name}({ newAddressesPerDay })`, perDay, Number.MAX_SAFE_INTEGER),
    ...(sender === undefined ? {} : { sender }),
    isTest: deliveries.some((delivery) => delivery.isTest === true),
    isReady: deliveries.length > 0,
    ...(way.numberUrl === undefined ? {} : { numberUrl: way.numberUrl }),
    newCode,
    hintOf: way.hintOf,
    form: way.form,
    display: way.display,
    send: (note, tools, by) => sendInOrder(by ? [by] : deliveries, way.messageOf(note, tools)),
    tell: (message, by) => sendInOrder(by ? [by] : deliveries, message),
  };
}

function wholeNumber(what: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw misconfigured(`${what} is a whole number from 1 to ${max}`);
}

function deliveriesOf({ kind }: Way, given: NonNullable<SentCodeOptions["delivery"]>): readonly Delivery[] {
  const deliveries = [given].flat() as readonly Delivery[];
  const fits = (delivery: Partial<Delivery> | undefined) =>
    delivery?.channel === kind && typeof delivery.send === "function";
  if (deliveries.length > 0 && deliveries.every(fits)) return deliveries;
  const example =
    kind === "email" ? "nodemailerDelivery(transport, { from })" : "twilioDelivery(client, { from })";
  throw misconfigured(
    `\`delivery\` is empty or carries something else: write ${kind}Code({ delivery: ${example} })`,
  );
}

/** A refusal that took longer leaves no time to ask anybody else: people are answered within ten seconds. */
const PATIENCE_MS = 2000;

/** The next one is tried only where the one before has certainly not sent. */
async function sendInOrder(deliveries: readonly Delivery[], message: Message): Promise<void> {
  const began = performance.now();
  for (const [i, delivery] of deliveries.entries()) {
    try {
      return await delivery.send(message);
    } catch (error) {
      const isLast = i === deliveries.length - 1 || performance.now() - began > PATIENCE_MS;
      if (isLast || !(error instanceof DeliveryError) || !error.isDefinite) throw error;
    }
  }
}

// One person on real parts: the memory store, the real sealer and chance, and a clock moved by hand.
import { randomBytes } from "node:crypto";
import { boundTo } from "../../src/core/actions.js";
import { openChallenge } from "../../src/core/challenge.js";
import { createCodeHasher } from "../../src/core/code-hash.js";
import type { EnrolmentParts } from "../../src/core/enrolment.js";
import { createEvents, type EventName, type SecurityEvents } from "../../src/core/events.js";
import type { Factor } from "../../src/core/factor.js";
import { importFactor } from "../../src/core/import.js";
import { BLOCK_AT } from "../../src/core/lockout.js";
import type { Budget, FactorKind, Purpose, UserState } from "../../src/core/model.js";
import { createSealer, type Key } from "../../src/core/sealing.js";
import { recoveryCodes } from "../../src/factors/recovery-codes.js";
import { totp } from "../../src/factors/totp.js";
import { memoryStore } from "../../src/stores/memory-store.js";
import { authenticator, manualClock } from "../../src/testing/index.js";
import { newPost, type PostOptions } from "./post.js";

export const KEY: Key = { id: "2026-11", secret: "a secret of at least thirty-two characters" };
export const OTHER_KEY: Key = { id: "2027-01", secret: "another secret of at least thirty-two chars" };
export const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
export const NOBODY = { id: "nobody" };
export const random = { bytes: (length: number) => randomBytes(length) };

const EVENTS: EventName[] = ["challenge-started", "code-refused", "locked", "enrolled", "removed"];
const MORE_EVENTS: EventName[] = ["recovery-codes-renewed", "recovery-code-used", "browser-trusted"];
const SENDING: EventName[] = ["code-sent", "delivery-failed", "send-cap-reached"];

export interface Setup {
  factors?: readonly Factor[];
  /** Factors beside the authenticator app and the recovery codes. */
  more?: readonly Factor[];
  keys?: readonly Key[];
}

/** Anna, who has no second factor yet. */
export function newPerson({ factors, more = [], keys = [KEY] }: Setup = {}) {
  const clock = manualClock();
  const store = memoryStore([{ id: "anna", passwordHash: "$argon2id$first" }]);
  const ref = store.refOf({ id: "anna" });
  const recovery = recoveryCodes({ count: 2 });
  const events = createEvents(clock.now);
  const heard: [EventName, Partial<SecurityEvents[EventName]> & { at: Date }][] = [];
  for (const name of [...EVENTS, ...MORE_EVENTS, ...SENDING])
    events.on(name, (detail) => heard.push([name, detail]));
  const kinds = factors ?? [totp(), ...more, recovery];
  const parts: EnrolmentParts = {
    store,
    factors: new Map(kinds.map((factor) => [factor.kind, factor])),
    tools: {
      clock,
      random,
      sealer: createSealer(keys, random),
      codes: createCodeHasher(keys),
      issuer: "Acme",
      origin: "https://acme.test",
    },
    events,
    limiter: store.limiter,
    ...(kinds.includes(recovery) ? { recovery } : {}),
  };
  const state = async (): Promise<UserState> => {
    const found = await store.read(ref);
    if (!found) throw new Error("Anna is gone");
    return found;
  };

  return {
    clock,
    store,
    ref,
    parts,
    recovery,
    state,
    vault: async () => (await state()).vault,
    failures: async (budget: Budget = "login") => (await state()).vault.failures[budget]?.count ?? 0,
    /** What was told, by name, with its details; forgotten once asked for. */
    heard: () => heard.splice(0),
    open: async (purpose: Purpose = "login", login = "login-1", seconds = 600) => {
      const opened = await openChallenge(parts, ref, { login, purpose, seconds });
      if (!opened) throw new Error("Anna is gone");
      return opened.challenge;
    },
    grant: async (action = "change-factors", login = "login-1", target?: string) => {
      const key = { login, purpose: "action:a-step-up" } as const;
      const at = clock.now();
      await store.openChallenge(ref, {
        id: "step-up",
        ...key,
        createdAt: at,
        expiresAt: after(at),
        attempts: 0,
      });
      const { enrolments } = (await state()).vault;
      const { id: enrolment, lastStep = 0 } = enrolments.totp?.active ?? (await seed("totp"));
      const bound = boundTo(parts.tools, { user: ref.id, action, target });
      const grant = { id: "g1", login, action, ...bound, expiresAt: new Date(at.getTime() + 300_000) };
      const spend = { kind: "totp", enrolment, step: lastStep + 1 } as const;
      if (!(await store.completeChallenge(ref, { ...key, at, spend, reset: [], grant }))) {
        throw new Error("no grant");
      }
    },
    /** Brings failures in a row about without a guess, the last of them now. */
    fail: async (times: number, budget: Budget = "login") => {
      for (let i = 0; i < times; i++) {
        const key = { login: "a guesser's", purpose: "login" } as const;
        const at = clock.now();
        await store.openChallenge(ref, {
          id: "guess",
          ...key,
          createdAt: at,
          expiresAt: after(at),
          attempts: 0,
        });
        const lock = { closed: [], blockAt: BLOCK_AT + 1 };
        await store.reserveAttempt(ref, { ...key, at, maxAttempts: 5, budget, lock });
        await store.closeChallenge(ref, key);
      }
    },
    seed,
  };

  /** A factor of a kind, as if it had been there for long. */
  async function seed(kind: FactorKind) {
    const at = clock.now();
    const enrolment = {
      id: `seeded-${kind}`,
      secret: "sealed",
      createdAt: at,
      expiresAt: at,
      login: "",
      first: false,
    };
    await store.importEnrolment(ref, kind, enrolment);
    return { ...enrolment, lastStep: undefined };
  }
}

export type Person = ReturnType<typeof newPerson>;

const after = (at: Date) => new Date(at.getTime() + 60_000);

/** Anna, with an authenticator app that she paired long ago. */
export async function personWithTotp(setup: Setup = {}) {
  const person = newPerson(setup);
  await importFactor(person.parts, person.ref, "totp", SECRET);
  person.heard();
  return { ...person, app: authenticator(SECRET, person.clock) };
}

/** Anna, with an authenticator app and printed recovery codes. */
export async function personWithRecoveryCodes(setup: Setup = {}) {
  const person = await personWithTotp(setup);
  const { set, codes } = await person.recovery.generate(person.ref.id, person.parts.tools);
  await person.store.replaceRecoveryCodes(person.ref, set);
  return { ...person, codes: codes as [string, string] };
}

/** Where Anna's codes go, as she proved long ago. */
export const MAIL_ADDRESS = "anna@acme.test";
export const NUMBER = "+14155550123";

/** Anna, to whom codes are sent by mail and by text message. */
export async function personWithPost({ post: options, ...setup }: Setup & { post?: PostOptions } = {}) {
  const post = newPost(options);
  const person = newPerson({ ...setup, more: post.factors });
  await importFactor(person.parts, person.ref, "email", MAIL_ADDRESS);
  await importFactor(person.parts, person.ref, "sms", NUMBER);
  person.heard();
  return { ...person, post };
}

/** A factor of the tests' own, for what the real ones do only when something is broken or slow. */
export function factorOf(verify: Factor["verify"]): Factor {
  return {
    kind: "email",
    amr: "otp",
    guessable: true,
    primary: true,
    parse: (input) => (typeof input === "string" ? input : undefined),
    verify,
  };
}

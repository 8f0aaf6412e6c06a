import { describe, expect, test } from "vitest";
import { answerChallenge } from "../../src/core/challenge.js";
import { confirmEnrolment } from "../../src/core/confirmation.js";
import { type Actor, beginEnrolment, ENROL_SECONDS, showEnrolment } from "../../src/core/enrolment.js";
import type { EnrolmentSteps } from "../../src/core/factor.js";
import { importFactor } from "../../src/core/import.js";
import type { FactorKind, UserState } from "../../src/core/model.js";
import { createSealer } from "../../src/core/sealing.js";
import type { SecondFactorStore } from "../../src/core/store.js";
import { totp } from "../../src/factors/totp.js";
import { authenticator } from "../../src/testing/index.js";
import {
  factorOf,
  NOBODY,
  newPerson,
  OTHER_KEY,
  type Person,
  personWithRecoveryCodes,
  personWithTotp,
  random,
  SECRET,
} from "./person.js";

const ACTOR: Actor = { login: "login-1", account: "anna@acme.test" };
const OTHER = { ...ACTOR, login: "login-2" };
const STEP_UP_REQUIRED = { ok: false, reason: "step-up-required" };
const CONFLICT = { ok: false, reason: "conflict" };
const NOTHING_PENDING = { ok: false, reason: "nothing-pending" };

const begin = (person: Person, actor = ACTOR, options?: { restart?: boolean }) =>
  beginEnrolment(person.parts, person.ref, "totp", actor, options);

const show = (person: Person, actor = ACTOR) => showEnrolment(person.parts, person.ref, "totp", actor);

interface Confirming {
  kind?: FactorKind;
  login?: string;
  budget?: "login" | "signedIn";
  closesLogin?: boolean;
}

const confirm = (person: Person, code: unknown, changes: Confirming = {}) =>
  confirmEnrolment(person.parts, person.ref, {
    kind: "totp",
    login: "login-1",
    budget: "signedIn",
    closesLogin: false,
    code,
    ...changes,
  });

/** Begins an enrolment and pairs an app with it. */
async function pairing(person: Person, actor = ACTOR, options?: { restart?: boolean }) {
  const begun = await begin(person, actor, options);
  if (!begun.ok) throw new Error(`not begun: ${begun.reason}`);
  const { offer, expiresAt } = begun;
  if (!("uri" in offer)) throw new Error("this is no key to pair with");
  return { ...offer, offer, expiresAt, app: authenticator(offer.uri, person.clock) };
}

/** Six digits that are neither right nor were lately. */
async function wrong(app: { code(offset?: { seconds: number }): Promise<string> }): Promise<string> {
  const near = await Promise.all(Array.from({ length: 30 }, (_, i) => app.code({ seconds: (i - 25) * 30 })));
  return ["111111", "222222", "333333"].find((code) => !near.includes(code)) ?? "";
}

/** A factor of another kind that is enrolled as an authenticator app is. */
const emailLikeTotp = () => ({
  ...factorOf(async () => ({ ok: false })),
  enrol: totp().enrol as EnrolmentSteps,
});

describe("somebody without a factor begins an enrolment", () => {
  test("with no proof, and is shown a key and its URI for half an hour", async () => {
    const person = newPerson();
    const begun = await pairing(person);
    const expiresAt = new Date(person.clock.now().getTime() + ENROL_SECONDS * 1000);
    expect(begun).toMatchObject({ expiresAt, secret: expect.stringMatching(/^[A-Z2-7]{32}$/) });
    expect(decodeURIComponent(begun.uri)).toContain("/Acme:anna@acme.test?");
  });

  test("which is kept sealed beside a challenge of the same life, and changes nothing that is active", async () => {
    const person = newPerson();
    const { secret, expiresAt } = await pairing(person);
    const { factors, vault } = await person.state();
    expect(factors).toEqual([]);
    expect(JSON.stringify(vault)).not.toContain(secret);
    expect(vault.enrolments.totp).toMatchObject({ pending: { login: "login-1", first: true, expiresAt } });
    expect(vault.challenges).toMatchObject([{ login: "login-1", purpose: "enrol:totp", expiresAt }]);
  });

  test("but not of a kind that is not configured, or that nobody enrols by themselves", async () => {
    const { parts, ref } = newPerson();
    const refused = { ok: false, reason: "not-allowed" };
    expect(await beginEnrolment(parts, ref, "passkey", ACTOR)).toEqual(refused);
    expect(await beginEnrolment(parts, ref, "recovery-code", ACTOR)).toEqual(refused);
  });

  test("but not where there is no such user", async () => {
    const { parts } = newPerson();
    expect(await beginEnrolment(parts, NOBODY, "totp", ACTOR)).toEqual(CONFLICT);
  });

  test("and of two requests at once, one wins", async () => {
    const person = newPerson();
    const begun = await Promise.all([begin(person), begin(person)]);
    expect(begun.filter(({ ok }) => ok)).toHaveLength(1);
    expect(begun.filter(({ ok }) => !ok)).toEqual([CONFLICT]);
  });
});

describe("an enrolment that has begun", () => {
  test("is shown again with the same key, and ends when it would have", async () => {
    const person = newPerson();
    const { offer, expiresAt } = await pairing(person);
    person.clock.advance({ minutes: 20 });
    expect(await begin(person)).toEqual({ ok: true, offer, expiresAt });
    expect((await person.vault()).challenges).toMatchObject([{ expiresAt }]);
    expect(await show(person)).toEqual({ pending: { offer, expiresAt } });
  });

  test("is shown without a change of anything", async () => {
    const person = newPerson();
    await begin(person);
    const before = await person.state();
    await show(person);
    expect(await person.state()).toEqual(before);
  });

  test("gives way to a new key on request", async () => {
    const person = newPerson();
    const { secret, app } = await pairing(person);
    const again = await pairing(person, ACTOR, { restart: true });
    expect(again.secret).not.toBe(secret);
    expect(await confirm(person, await app.code())).toMatchObject({ ok: false, reason: "wrong-code" });
    expect(await confirm(person, await again.app.code())).toMatchObject({ ok: true });
  });

  test("is over after its time: a new key, and nothing to show", async () => {
    const person = newPerson();
    const { secret } = await pairing(person);
    person.clock.advance({ seconds: ENROL_SECONDS });
    expect(await show(person)).toEqual({});
    expect((await pairing(person)).secret).not.toBe(secret);
  });

  test("is its own login's: another sees nothing of it, and takes its place", async () => {
    const person = newPerson();
    const { secret, app } = await pairing(person);
    expect(await show(person, OTHER)).toEqual({});
    expect((await pairing(person, OTHER)).secret).not.toBe(secret);
    expect(await show(person)).toEqual({});
    expect(await confirm(person, await app.code())).toEqual(NOTHING_PENDING);
  });

  test("is nothing to show where none has begun, of a kind unknown, or for nobody", async () => {
    const { parts, ref } = newPerson();
    expect(await showEnrolment(parts, ref, "totp", ACTOR)).toEqual({});
    expect(await showEnrolment(parts, ref, "passkey", ACTOR)).toEqual({});
    expect(await showEnrolment(parts, NOBODY, "totp", ACTOR)).toEqual({});
  });
});

describe("somebody with a factor", () => {
  test("needs a grant of this login to begin, which is spent by it", async () => {
    const person = await personWithTotp();
    expect(await begin(person)).toEqual(STEP_UP_REQUIRED);
    await person.grant();
    expect(await begin(person, OTHER)).toEqual(STEP_UP_REQUIRED);
    expect(await begin(person)).toMatchObject({ ok: true });
    expect((await person.vault()).grants).toEqual([]);
  });

  test("needs one for this, not for another action", async () => {
    const person = await personWithTotp();
    await person.grant("payout");
    expect(await begin(person)).toEqual(STEP_UP_REQUIRED);
  });

  test("needs it within five minutes", async () => {
    const person = await personWithTotp();
    await person.grant();
    person.clock.advance({ minutes: 5 });
    expect(await begin(person)).toEqual(STEP_UP_REQUIRED);
  });

  test("may start over with the same grant", async () => {
    const person = await personWithTotp();
    await person.grant();
    await begin(person);
    expect(await begin(person, ACTOR, { restart: true })).toMatchObject({ ok: true });
  });

  test("needs none in a sign-in that has just proven one", async () => {
    const person = await personWithTotp();
    expect(await begin(person, { ...ACTOR, proven: true })).toMatchObject({ ok: true });
  });

  test("is shown a label with the date, and keeps the old factor until the new one is confirmed", async () => {
    const person = await personWithTotp();
    await person.grant();
    const { uri } = await pairing(person);
    expect(decodeURIComponent(uri)).toContain("anna@acme.test (2026-01-01)");
    await person.open();
    const question = { login: "login-1", purpose: "login", allowed: ["totp"], factor: "totp" } as const;
    person.clock.advance({ seconds: 60 });
    const code = await person.app.code();
    expect(await answerChallenge(person.parts, person.ref, { ...question, code })).toMatchObject({
      ok: true,
    });
  });
});

describe("a first enrolment that was begun without a proof ends when a factor becomes active elsewhere", () => {
  async function overtaken() {
    const person = newPerson({ factors: [totp(), emailLikeTotp()] });
    const begun = await pairing(person);
    await person.seed("email");
    return { person, ...begun };
  }

  test("it is confirmed no more", async () => {
    const { person, app } = await overtaken();
    expect(await confirm(person, await app.code())).toEqual(NOTHING_PENDING);
    expect((await person.state()).factors).toEqual(["email"]);
  });

  test("it is not shown, and not started over without a proof", async () => {
    const { person } = await overtaken();
    expect(await show(person)).toEqual({});
    expect(await begin(person)).toEqual(STEP_UP_REQUIRED);
    expect(await begin(person, ACTOR, { restart: true })).toEqual(STEP_UP_REQUIRED);
  });

  test("also where the factor is of the same kind and was imported", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    await importFactor(person.parts, person.ref, "totp", SECRET);
    expect(await begin(person, ACTOR, { restart: true })).toEqual(STEP_UP_REQUIRED);
    expect(await confirm(person, await app.code())).toEqual(NOTHING_PENDING);
  });

  test("with a proof it begins anew", async () => {
    const { person, secret } = await overtaken();
    const again = await pairing(person, { ...ACTOR, proven: true });
    expect(again.secret).not.toBe(secret);
    expect(await confirm(person, await again.app.code())).toMatchObject({ ok: true, first: false });
  });
});

describe("the first code", () => {
  test("makes the factor active, with recovery codes shown once, and tells of it", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    person.heard();
    const at = person.clock.now();
    const confirmed = await confirm(person, await app.code());
    expect(confirmed).toEqual({
      ok: true,
      kind: "totp",
      amr: "otp",
      at,
      first: true,
      recoveryCodes: [
        expect.stringMatching(/^(\w{4}-){3}\w{4}$/),
        expect.stringMatching(/^(\w{4}-){3}\w{4}$/),
      ],
      recoverySet: (await person.vault()).recoveryCodes?.id,
    });
    expect((await person.state()).factors).toEqual(["totp", "recovery-code"]);
    expect((await person.vault()).enrolments.totp?.pending).toBeUndefined();
    expect(person.heard()).toEqual([["enrolled", { user: "anna", factor: "totp", first: true, at }]]);
  });

  test("ends every other session, challenge and grant in the name of this login", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    await person.open("login", "login-2");
    await confirm(person, await app.code());
    const { sessionGeneration, raisedBy, vault } = await person.state();
    expect({ sessionGeneration, raisedBy }).toEqual({ sessionGeneration: 1, raisedBy: "login-1" });
    expect([vault.challenges, vault.grants]).toEqual([[], []]);
  });

  test("is worth nothing at the next sign-in", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    const code = await app.code();
    await confirm(person, code);
    await person.open("login", "login-2");
    const question = { login: "login-2", purpose: "login", allowed: ["totp"], factor: "totp", code } as const;
    expect(await answerChallenge(person.parts, person.ref, question)).toMatchObject({
      ok: false,
      hint: "used",
    });
  });

  test("closes the sign-in that it was part of", async () => {
    const person = newPerson();
    await person.open();
    const { app } = await pairing(person);
    const confirmed = await confirm(person, await app.code(), { budget: "login", closesLogin: true });
    expect(confirmed).toMatchObject({ ok: true });
  });

  test("is too late where that sign-in is gone", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    const code = await app.code();
    const gone = { ok: false, reason: "no-challenge" };
    expect(await confirm(person, code, { budget: "login", closesLogin: true })).toEqual(gone);
    expect((await person.state()).factors).toEqual([]);
    expect(await person.failures()).toBe(0);
  });

  test.each([
    ["is still there", true, "nothing-pending"],
    ["went with its user", false, "no-challenge"],
  ] as const)("that lost to another is told so where the sign-in %s", async (_, isThere, reason) => {
    const person = newPerson();
    const { app } = await pairing(person);
    await person.open("login");
    const store: SecondFactorStore = {
      ...person.store,
      confirmEnrolment: async () => false,
      read: async (): Promise<UserState | undefined> => (isThere ? person.state() : undefined),
    };
    const question = { kind: "totp", login: "login-1", budget: "login", closesLogin: true } as const;
    const code = await app.code();
    const parts = { ...person.parts, store };
    expect(await confirmEnrolment(parts, person.ref, { ...question, code })).toEqual({ ok: false, reason });
  });

  test("makes no recovery codes where the person has some, or where none are configured", async () => {
    const person = await personWithRecoveryCodes();
    await person.grant();
    const { app } = await pairing(person);
    const { recoveryCodes: before } = await person.vault();
    const confirmed = await confirm(person, await app.code());
    expect(confirmed).toMatchObject({ ok: true });
    expect(confirmed).not.toHaveProperty("recoveryCodes");
    expect((await person.vault()).recoveryCodes).toEqual(before);

    const without = newPerson({ factors: [totp()] });
    const other = await pairing(without);
    expect(await confirm(without, await other.app.code())).not.toHaveProperty("recoveryCodes");
    expect((await without.state()).factors).toEqual(["totp"]);
  });

  test("of another app replaces the first, whose codes then are wrong", async () => {
    const person = await personWithTotp();
    await person.grant();
    const { app } = await pairing(person);
    expect(await confirm(person, await app.code())).toMatchObject({ ok: true, first: false });
    await person.open();
    const question = { login: "login-1", purpose: "login", allowed: ["totp"], factor: "totp" } as const;
    const old = await person.app.code();
    const refused = { ok: false, reason: "wrong-code", attemptsLeft: 4 };
    expect(await answerChallenge(person.parts, person.ref, { ...question, code: old })).toEqual(refused);
  });

  test("counts as no failure, and resets none", async () => {
    const person = newPerson();
    await person.fail(3, "signedIn");
    const { app } = await pairing(person);
    const { signedIn } = (await person.vault()).failures;
    person.clock.advance({ seconds: 10 });
    await confirm(person, await app.code());
    expect((await person.vault()).failures).toEqual({ signedIn });
  });

  test("sent twice at once counts once", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    const code = await app.code();
    const confirmed = await Promise.all([confirm(person, code), confirm(person, code)]);
    expect(confirmed.filter(({ ok }) => ok)).toHaveLength(1);
    expect(confirmed.filter(({ ok }) => !ok)).toEqual([NOTHING_PENDING]);
    expect((await person.state()).sessionGeneration).toBe(1);
  });
});

describe("a confirmation is refused", () => {
  test.each(["passkey", "recovery-code"] as const)("for %s, which nobody enrols this way", async (kind) => {
    expect(await confirm(newPerson(), "123456", { kind })).toEqual({ ok: false, reason: "not-allowed" });
  });

  test("where it cannot be a code, which counts nothing", async () => {
    const person = newPerson();
    await begin(person);
    expect(await confirm(person, "12345")).toEqual({ ok: false, reason: "malformed" });
    expect(await person.failures("signedIn")).toBe(0);
  });

  test("where nothing has begun, or another login began it", async () => {
    const person = newPerson();
    expect(await confirm(person, "123456")).toEqual(NOTHING_PENDING);
    const { app } = await pairing(person);
    expect(await confirm(person, await app.code(), { login: "login-2" })).toEqual(NOTHING_PENDING);
  });

  test("where its time is up", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    person.clock.advance({ seconds: ENROL_SECONDS });
    const over = { ok: false, reason: "challenge-expired", over: true };
    expect(await confirm(person, await app.code())).toEqual(over);
  });

  test("where the code is wrong, with how many are left and the clock's hint", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    expect(await confirm(person, await wrong(app))).toEqual({
      ok: false,
      reason: "wrong-code",
      attemptsLeft: 4,
    });
    const late = await app.code({ seconds: -120 });
    const refused = { ok: false, reason: "wrong-code", attemptsLeft: 3, hint: "clock" };
    expect(await confirm(person, late)).toEqual(refused);
    expect(await person.failures("signedIn")).toBe(2);
  });

  test("while codes are paused, and when the attempts are used up; shown again, it takes the right one", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    const code = await wrong(app);
    for (let i = 0; i < 5; i++) await confirm(person, code);
    const until = new Date(person.clock.now().getTime() + 30_000);
    expect(await confirm(person, await app.code())).toEqual({ ok: false, reason: "locked", until });
    person.clock.advance({ seconds: 30 });
    const dead = { ok: false, reason: "challenge-expired", over: false };
    expect(await confirm(person, await app.code())).toEqual(dead);
    await begin(person);
    expect(await confirm(person, await app.code())).toMatchObject({ ok: true });
  });

  test("where the stored secret does not open; that costs no attempt, and the error is the caller's", async () => {
    const person = newPerson();
    const { app } = await pairing(person);
    const sealer = createSealer([OTHER_KEY], random);
    const moved = { ...person, parts: { ...person.parts, tools: { ...person.parts.tools, sealer } } };
    await expect(confirm(moved, await app.code())).rejects.toMatchObject({ code: "misconfigured" });
    expect(await person.failures("signedIn")).toBe(0);
    expect((await person.vault()).challenges).toMatchObject([{ attempts: 0 }]);
    expect(await confirm(person, await app.code())).toMatchObject({ ok: true });
  });
});

import { describe, expect, test } from "vitest";
import { answerChallenge, type Question } from "../../src/core/challenge.js";
import type { UserState } from "../../src/core/model.js";
import type { SecondFactorStore } from "../../src/core/store.js";
import { browsersIn, hashOf, trustedBrowsers, useTrustedBrowser } from "../../src/core/trusted-browser.js";
import { NOBODY, type Person, personWithRecoveryCodes, personWithTotp } from "./person.js";

const TRUST = { days: 90, name: "Firefox on Windows" };

async function answered(person: Person, code: string, changes: Partial<Question> = {}) {
  const { login = "login-1", purpose = "login" } = changes;
  await person.open(purpose, login);
  const question = { login, purpose, allowed: ["totp", "recovery-code"], factor: "totp", code } as const;
  return answerChallenge(person.parts, person.ref, { ...question, ...changes });
}

/** Anna, and the secret of a browser that she trusted as she proved her factor. */
async function trusting(name = TRUST.name, person?: Awaited<ReturnType<typeof personWithTotp>>) {
  const anna = person ?? (await personWithTotp());
  const answer = await answered(anna, await anna.app.code(), { trust: { ...TRUST, name } });
  if (!answer.ok || !answer.trusted) throw new Error("not trusted");
  return { person: anna, ...answer.trusted };
}

const use = (person: Person, secret: unknown) => useTrustedBrowser(person.parts, person.ref, secret);

describe("a browser is trusted", () => {
  test("with a right code at login: its secret is handed out once, and only its hash is kept", async () => {
    const { person, browser, secret } = await trusting();
    const at = person.clock.now();
    expect(browser).toEqual({
      id: expect.stringMatching(/^.{22}$/),
      hash: hashOf(secret),
      fingerprint: expect.stringMatching(/^.{43}$/),
      factor: "totp",
      name: TRUST.name,
      createdAt: at,
      lastUsedAt: at,
      expiresAt: new Date(at.getTime() + 90 * 86_400_000),
    });
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    expect((await person.vault()).browsers).toEqual([browser]);
    expect(JSON.stringify(await person.state())).not.toContain(secret);
  });

  test("and that is told, without the secret", async () => {
    const { person, browser, secret } = await trusting();
    const told = person.heard();
    expect(told.map(([name]) => name)).toEqual(["challenge-started", "browser-trusted"]);
    const { expiresAt: until } = browser;
    expect(told[1]?.[1]).toEqual({ user: "anna", browser: TRUST.name, until, at: person.clock.now() });
    expect(JSON.stringify(told)).not.toContain(secret);
  });

  test("for as long as is asked for, counted from the proof: use does not prolong it", async () => {
    const { person, secret } = await trusting();
    person.clock.advance({ days: 89 });
    const at = person.clock.now();
    expect(await use(person, secret)).toBeDefined();
    expect((await person.vault()).browsers).toMatchObject([{ lastUsedAt: at }]);
    person.clock.advance({ seconds: 86_399 });
    expect(await use(person, secret)).toBeDefined();
    person.clock.advance({ seconds: 1 });
    expect(await use(person, secret)).toBeUndefined();
  });

  test("never unasked, nor by a wrong code", async () => {
    const person = await personWithTotp();
    expect(await answered(person, await person.app.code())).not.toHaveProperty("trusted");
    const wrong = await answered(person, await person.app.code({ seconds: -120 }), { trust: TRUST });
    expect(wrong).toMatchObject({ ok: false });
    expect((await person.vault()).browsers).toEqual([]);
  });

  test("never by a recovery code", async () => {
    const person = await personWithRecoveryCodes();
    const factor = "recovery-code";
    const answer = await answered(person, person.codes[0], { factor, trust: TRUST });
    expect(answer).toMatchObject({ ok: true });
    expect(answer).not.toHaveProperty("trusted");
    expect((await person.vault()).browsers).toEqual([]);
  });

  test.each(["action:payout", "action:confirm", "enrol:totp"] as const)("never by %s", async (purpose) => {
    const person = await personWithTotp();
    const answer = await answered(person, await person.app.code(), { purpose, trust: TRUST });
    expect(answer).toMatchObject({ ok: true });
    expect(answer).not.toHaveProperty("trusted");
    expect((await person.vault()).browsers).toEqual([]);
  });

  test("by one of two answers at once", async () => {
    const person = await personWithTotp();
    const code = await person.app.code();
    await person.open();
    const question = { login: "login-1", purpose: "login", allowed: ["totp"], factor: "totp" } as const;
    const both = await Promise.all(
      [1, 2].map(() => answerChallenge(person.parts, person.ref, { ...question, code, trust: TRUST })),
    );
    expect(both.filter((it) => it.ok && it.trusted)).toHaveLength(1);
    expect((await person.vault()).browsers).toHaveLength(1);
  });
});

describe("a trusted browser", () => {
  test("is known by its secret, which names the factor that was proven", async () => {
    const { person, browser, secret } = await trusting();
    person.clock.advance({ days: 1 });
    expect(await use(person, secret)).toEqual(browser);
  });

  test("is one of several, each known by its own", async () => {
    const first = await trusting("Firefox on Windows");
    first.person.clock.advance({ minutes: 5 });
    const second = await trusting("Safari on iPhone", first.person);
    expect(await use(first.person, first.secret)).toMatchObject({ name: "Firefox on Windows" });
    expect(await use(first.person, second.secret)).toMatchObject({ name: "Safari on iPhone" });
  });

  test("is trusted no more once it is forgotten", async () => {
    const { person, browser, secret } = await trusting();
    await person.store.forgetBrowsers(person.ref, { id: browser.id });
    expect(await use(person, secret)).toBeUndefined();
  });

  test("is trusted no more once the password is another, or none, and again when it is the old one", async () => {
    const { person, secret } = await trusting();
    person.store.add({ id: "anna", passwordHash: "$argon2id$second" });
    expect(await use(person, secret)).toBeUndefined();
    expect(await trustedBrowsers(person.parts, person.ref)).toEqual([]);
    person.store.add({ id: "anna" });
    expect(await use(person, secret)).toBeUndefined();
    person.store.add({ id: "anna", passwordHash: "$argon2id$first" });
    expect(await use(person, secret)).toBeDefined();
  });

  test("of somebody without a password is one until they have one", async () => {
    const person = await personWithTotp();
    person.store.add({ id: "anna" });
    const { secret } = await trusting("Firefox", person);
    expect(await use(person, secret)).toBeDefined();
    person.store.add({ id: "anna", passwordHash: "$argon2id$first" });
    expect(await use(person, secret)).toBeUndefined();
  });

  test("is trusted no more once a factor was added, though nobody forgot it", async () => {
    const { person, secret } = await trusting();
    await person.seed("email");
    expect((await person.vault()).browsers).toHaveLength(1);
    expect(await use(person, secret)).toBeUndefined();
    expect(await trustedBrowsers(person.parts, person.ref)).toEqual([]);
  });

  test.each<[string, (state: UserState) => void]>([
    ["a factor was removed", ({ vault }) => delete vault.enrolments.email],
    [
      "a factor was replaced by another of its kind",
      ({ vault }) => Object.assign(vault.enrolments.email?.active ?? {}, { id: "e2" }),
    ],
  ])("is trusted no more once %s, whatever the record of it says", async (_, change) => {
    const person = await personWithTotp();
    await person.seed("email");
    const { secret } = await trusting("Firefox", person);
    const store: SecondFactorStore = {
      ...person.store,
      async useBrowser(ref, used) {
        const state = await person.store.useBrowser(ref, used);
        if (state) change(state);
        return state;
      },
    };
    expect(await useTrustedBrowser(person.parts, person.ref, secret)).toBeDefined();
    expect(await useTrustedBrowser({ ...person.parts, store }, person.ref, secret)).toBeUndefined();
  });

  test("stays one when an enrolment begins, an address is suggested, or a factor is preferred", async () => {
    const person = await personWithTotp();
    const { secret } = await trusting("Firefox", person);
    const at = person.clock.now();
    const pending = { id: "p1", createdAt: at, expiresAt: new Date(at.getTime() + 1000), login: "l" };
    await person.store.beginEnrolment(person.ref, "email", { ...pending, first: false }, { at });
    await person.store.suggestAddress(person.ref, "sms", "+14155550123");
    await person.store.preferFactor(person.ref, "totp");
    expect(await use(person, secret)).toBeDefined();
  });

  test("does not depend on the order in which factors are kept", async () => {
    const person = await personWithTotp();
    await person.seed("email");
    await trusting("Firefox", person);
    const state = await person.state();
    const enrolments = Object.fromEntries(Object.entries(state.vault.enrolments).reverse());
    const reversed = { ...state, vault: { ...state.vault, enrolments } };
    expect(Object.keys(enrolments)).toEqual(["email", "totp"]);
    expect(browsersIn(person.parts.tools, person.ref, reversed)).toHaveLength(1);
  });

  test("is nobody else's: neither for who does not have it, nor where its record was copied to", async () => {
    const { person, secret } = await trusting();
    person.store.add({ id: "ben", passwordHash: "$argon2id$first" });
    const ben = person.store.refOf({ id: "ben" });
    expect(await useTrustedBrowser(person.parts, ben, secret)).toBeUndefined();
    const copied = { ...person.store, useBrowser: async () => person.state() };
    const parts = { ...person.parts, store: copied };
    expect(await useTrustedBrowser(parts, ben, secret)).toBeUndefined();
    expect(await useTrustedBrowser(parts, person.ref, secret)).toBeDefined();
    expect(await useTrustedBrowser(person.parts, NOBODY, secret)).toBeUndefined();
  });
});

describe("what is no secret of a browser is none, and no store is asked", () => {
  const fits = "A".repeat(43);
  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 43],
    ["a list that reads like one", [fits]],
    ["an object of a query", { $ne: null }],
    ["an object that turns into one", { toString: () => fits, length: 43 }],
    ["empty", ""],
    ["a letter short", fits.slice(1)],
    ["a letter more", `${fits}A`],
    ["a line's end more", `${fits}\n`],
    ["other letters", `${fits.slice(1)}+`],
    ["very long", "A".repeat(1_000_000)],
  ])("%s", async (_, secret) => {
    const { person } = await trusting();
    const useBrowser = () => Promise.reject(new Error("the store was asked"));
    const parts = { ...person.parts, store: { ...person.store, useBrowser } };
    expect(await useTrustedBrowser(parts, person.ref, secret)).toBeUndefined();
    await expect(useTrustedBrowser(parts, person.ref, fits)).rejects.toThrow("the store was asked");
  });

  test("nor is one that nobody handed out, or a browser's hash", async () => {
    const { person, browser } = await trusting();
    expect(await use(person, fits)).toBeUndefined();
    expect(await use(person, browser.hash)).toBeUndefined();
  });
});

describe("the browsers that are trusted", () => {
  test("are those that would be let through now, the one used last first", async () => {
    const { person, secret } = await trusting("Firefox");
    for (const name of ["Safari", "Chrome"]) {
      person.clock.advance({ days: 30 });
      await trusting(name, person);
    }
    const names = async () => (await trustedBrowsers(person.parts, person.ref)).map(({ name }) => name);
    expect(await names()).toEqual(["Chrome", "Safari", "Firefox"]);
    person.clock.advance({ seconds: 1 });
    await use(person, secret);
    expect(await names()).toEqual(["Firefox", "Chrome", "Safari"]);
    person.clock.advance({ days: 30, seconds: -2 });
    expect(await names()).toEqual(["Firefox", "Chrome", "Safari"]);
    person.clock.advance({ seconds: 1 });
    expect(await names()).toEqual(["Chrome", "Safari"]);
  });

  test("are none of nobody", async () => {
    const { person } = await trusting();
    expect(await trustedBrowsers(person.parts, NOBODY)).toEqual([]);
  });
});

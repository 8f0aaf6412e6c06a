// The first code of an address: it came back from there, and nothing else makes the address count.
import { describe, expect, test } from "vitest";
import { confirmEnrolment, type FirstCode } from "../../src/core/confirmation.js";
import { type Actor, beginEnrolment } from "../../src/core/enrolment.js";
import { sendCode } from "../../src/core/sent-code.js";
import type { SecondFactorStore } from "../../src/core/store.js";
import { MAIL_ADDRESS, NUMBER, newPerson, personWithPost } from "./person.js";
import { newPost, type PostOptions } from "./post.js";

const ACTOR: Actor = { login: "login-1", account: "anna" };
const EXPIRED = { ok: false, reason: "challenge-expired", over: false };
const NOTHING_PENDING = { ok: false, reason: "nothing-pending" };

const otherThan = (...codes: string[]) =>
  ["111111", "222222", "333333"].find((code) => !codes.includes(code)) ?? "";

function onPost<P extends ReturnType<typeof newPerson> & { post: ReturnType<typeof newPost> }>(person: P) {
  const send = async () => {
    const request = { login: "login-1", purpose: "enrol:email", factor: "email", account: "anna" } as const;
    const sent = await sendCode(person.parts, person.ref, { ...request, allowed: ["email"] });
    if (!sent.ok) throw new Error(`not sent: ${sent.reason}`);
    return person.post.code();
  };
  return {
    ...person,
    send,
    begin: async (address: string) => {
      const given = { address };
      const begun = await beginEnrolment(person.parts, person.ref, "email", ACTOR, { given });
      if (!begun.ok) throw new Error(`not begun: ${begun.reason}`);
    },
    confirm: (code: unknown, changes: Partial<FirstCode> = {}, store: SecondFactorStore = person.store) =>
      confirmEnrolment({ ...person.parts, store }, person.ref, {
        kind: "email",
        login: "login-1",
        budget: "signedIn",
        closesLogin: false,
        code,
        ...changes,
      }),
  };
}

/** Anna, without a factor, to whose address a code went. */
async function codeSent(options?: PostOptions) {
  const post = newPost(options);
  const person = onPost({ ...newPerson({ more: post.factors }), post });
  await person.begin(MAIL_ADDRESS);
  const code = await person.send();
  person.heard();
  return { ...person, code };
}

describe("the code that went to one address never makes another count", () => {
  const VICTIM = "victim@acme.test";
  const anotherBegun = (person: Awaited<ReturnType<typeof codeSent>>, store: SecondFactorStore) => {
    person.clock.advance({ seconds: 61 });
    const parts = { ...person.parts, store };
    return beginEnrolment(parts, person.ref, "email", ACTOR, { given: { address: VICTIM } });
  };

  test("where the new challenge could not be opened", async () => {
    const person = await codeSent();
    const store = { ...person.store, openChallenge: () => Promise.reject(new Error("away")) };
    await expect(anotherBegun(person, store)).rejects.toThrow("away");
    expect(await person.confirm(person.code)).toMatchObject({ ok: false, reason: "wrong-code" });
    expect((await person.vault()).enrolments.email?.active).toBeUndefined();
  });

  test("in the moment before the new challenge is opened", async () => {
    const person = await codeSent();
    let answer: unknown;
    const store: SecondFactorStore = {
      ...person.store,
      async openChallenge(...given) {
        answer = await person.confirm(person.code);
        return person.store.openChallenge(...given);
      },
    };
    await anotherBegun(person, store);
    expect(answer).toMatchObject({ ok: false });
    expect((await person.state()).factors).toEqual([]);
  });
});

describe("the code that went to an address", () => {
  test("makes it count, in its first proof, with recovery codes for a first factor", async () => {
    const { confirm, code, state, clock, heard } = await codeSent();
    const at = clock.now();
    expect(await confirm(code)).toEqual({
      ok: true,
      kind: "email",
      amr: "otp",
      at,
      first: true,
      recoveryCodes: [expect.any(String), expect.any(String)],
      recoverySet: expect.any(String),
    });
    const { factors, vault } = await state();
    expect(factors).toEqual(["email", "recovery-code"]);
    expect(vault.enrolments.email).toEqual({
      active: {
        id: expect.any(String),
        address: MAIL_ADDRESS,
        createdAt: at,
        confirmedAt: at,
        lastUsedAt: at,
      },
    });
    expect([vault.challenges, vault.failures]).toEqual([[], {}]);
    expect(heard()).toEqual([["enrolled", { user: "anna", factor: "email", first: true, at }]]);
  });

  test("puts a new address in the place of the old one", async () => {
    const person = onPost(await personWithPost());
    await person.grant("change-address", "login-1", "email new@acme.test");
    await person.begin("new@acme.test");
    expect(await person.confirm(await person.send())).toMatchObject({ ok: true, first: false });
    expect((await person.vault()).enrolments.email?.active).toMatchObject({ address: "new@acme.test" });
    expect((await person.vault()).enrolments.sms?.active).toMatchObject({ address: NUMBER });
  });

  test("takes the suggestion away that it was", async () => {
    const { confirm, code, store, ref, vault } = await codeSent();
    await store.suggestAddress(ref, "email", "other@acme.test");
    await confirm(code);
    expect((await vault()).enrolments.email).not.toHaveProperty("suggested");
  });

  test("counts once, of two at a time", async () => {
    const { confirm, code, state } = await codeSent();
    const confirmed = await Promise.all([confirm(code), confirm(code)]);
    expect(confirmed.filter(({ ok }) => ok)).toHaveLength(1);
    expect(confirmed.filter(({ ok }) => !ok)).toEqual([NOTHING_PENDING]);
    expect((await state()).sessionGeneration).toBe(1);
  });
});

describe("no address counts", () => {
  async function stillPending({ state }: { state: ReturnType<typeof newPerson>["state"] }) {
    const { factors, vault } = await state();
    expect(factors).toEqual([]);
    expect(vault.enrolments.email?.active).toBeUndefined();
  }

  test("by a wrong code, which is counted", async () => {
    const person = await codeSent();
    const wrong = { ok: false, reason: "wrong-code", attemptsLeft: 4 };
    expect(await person.confirm(otherThan(person.code))).toEqual(wrong);
    expect(await person.failures("signedIn")).toBe(1);
    await stillPending(person);
  });

  test("before a code went there, and that costs nothing", async () => {
    const post = newPost();
    const person = onPost({ ...newPerson({ more: post.factors }), post });
    await person.begin(MAIL_ADDRESS);
    const before = await person.state();
    expect(await person.confirm("123456")).toEqual(EXPIRED);
    expect(await person.state()).toEqual(before);
  });

  test("by the code before the newest, which is called superseded", async () => {
    const person = await codeSent();
    person.clock.advance({ seconds: 60 });
    const second = await person.send();
    const first = person.code === second ? otherThan(second) : person.code;
    expect(await person.confirm(first)).toEqual({
      ok: false,
      reason: "wrong-code",
      attemptsLeft: 4,
      hint: "superseded",
    });
    await stillPending(person);
    expect(await person.confirm(second)).toMatchObject({ ok: true });
  });

  test("by a code whose time is up, to the second, which costs no attempt", async () => {
    const person = await codeSent({ lifeMinutes: 1 });
    person.clock.advance({ seconds: 60 });
    const before = await person.state();
    expect(await person.confirm(person.code)).toEqual(EXPIRED);
    expect(await person.state()).toEqual(before);
    person.clock.advance({ seconds: -1 });
    expect(await person.confirm(person.code)).toMatchObject({ ok: true });
  });

  test("by the code of another address, before and after the new one's went out", async () => {
    const person = await codeSent();
    person.clock.advance({ seconds: 60 });
    await person.begin("new@acme.test");
    expect(await person.confirm(person.code)).toEqual(EXPIRED);
    const second = await person.send();
    const first = person.code === second ? otherThan(second) : person.code;
    const wrong = { ok: false, reason: "wrong-code", attemptsLeft: 4 };
    expect(await person.confirm(first)).toEqual(wrong);
    await stillPending(person);
    await person.confirm(second);
    const { active } = (await person.vault()).enrolments.email ?? {};
    expect(active).toMatchObject({ address: "new@acme.test" });
  });

  test("by a code for a sign-in, though it went to the person", async () => {
    const person = onPost(await personWithPost());
    await person.grant("change-address", "login-1", "email new@acme.test");
    await person.begin("new@acme.test");
    await person.open();
    const request = { login: "login-1", purpose: "login", factor: "email", account: "anna" } as const;
    await sendCode(person.parts, person.ref, { ...request, allowed: ["email"] });
    expect(await person.confirm(person.post.code())).toEqual(EXPIRED);
    expect((await person.vault()).enrolments.email?.active).toMatchObject({ address: MAIL_ADDRESS });
  });

  test("in another login", async () => {
    const person = await codeSent();
    expect(await person.confirm(person.code, { login: "login-2" })).toEqual(NOTHING_PENDING);
    await stillPending(person);
  });

  test("by a right code that another one overtook in between; that is no failure", async () => {
    const person = await codeSent();
    const store: SecondFactorStore = {
      ...person.store,
      async confirmEnrolment(...args) {
        person.clock.advance({ seconds: 60 });
        await person.send();
        return person.store.confirmEnrolment(...args);
      },
    };
    expect(await person.confirm(person.code, {}, store)).toEqual(NOTHING_PENDING);
    await stillPending(person);
    expect(await person.failures("signedIn")).toBe(0);
    expect((await person.vault()).challenges).toMatchObject([{ attempts: 0 }]);
    expect(await person.confirm(person.post.code())).toMatchObject({ ok: true });
  });
});

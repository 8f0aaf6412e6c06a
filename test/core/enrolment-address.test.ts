// Enrolling an address that codes go to: what is begun, kept, shown and replaced before a code comes back.
import { describe, expect, test } from "vitest";
import { type Actor, type Beginning, beginEnrolment, showEnrolment } from "../../src/core/enrolment.js";
import { sendCode } from "../../src/core/sent-code.js";
import {
  MAIL_ADDRESS,
  NOBODY,
  NUMBER,
  newPerson,
  type Person,
  personWithPost,
  personWithTotp,
} from "./person.js";
import { newPost } from "./post.js";

const ACTOR: Actor = { login: "login-1", account: "anna" };
const PURPOSE = "enrol:email";

/** Anna, who has no factor yet and may enrol one of those. */
function newcomer() {
  const post = newPost();
  return { ...newPerson({ more: post.factors }), post };
}

/** Anna with an app, who has just proven it for a change of her factors. */
async function changing() {
  const post = newPost();
  const person = { ...(await personWithTotp({ more: post.factors })), post };
  await person.grant();
  return person;
}

const begin = (person: Person, given: Beginning["given"] = {}, more: Beginning = {}) =>
  beginEnrolment(person.parts, person.ref, "email", ACTOR, { given, ...more });

const to = (address: unknown) => ({ address });

const send = ({ parts, ref }: Person) =>
  sendCode(parts, ref, {
    login: "login-1",
    purpose: PURPOSE,
    allowed: ["email"],
    factor: "email",
    account: "anna",
  });

const show = (person: Person, actor = ACTOR) => showEnrolment(person.parts, person.ref, "email", actor);
const pendingOf = async (person: Person) => (await person.vault()).enrolments.email?.pending;

describe("an address that is given", () => {
  test("waits for its first code, and nothing is sent or counts yet", async () => {
    const person = newcomer();
    const expiresAt = new Date(person.clock.now().getTime() + 1_800_000);
    const begun = { expiresAt, offer: { address: MAIL_ADDRESS } };
    expect(await begin(person, to(" anna@ACME.test "))).toEqual({ ok: true, ...begun });
    expect(await pendingOf(person)).toMatchObject({ address: MAIL_ADDRESS, login: "login-1", first: true });
    expect(person.post.messages()).toEqual([]);
    expect((await person.state()).factors).toEqual([]);
    expect(await show(person)).toEqual({ pending: begun });
  });

  test("is a number as well, by its country", async () => {
    const person = newcomer();
    const given = { country: "US", number: "(415) 555-0123" };
    const begun = await beginEnrolment(person.parts, person.ref, "sms", ACTOR, { given });
    expect(begun).toMatchObject({ ok: true, offer: { address: NUMBER } });
  });

  test("is nobody's where nobody is known", async () => {
    const { parts } = newcomer();
    const begun = await beginEnrolment(parts, NOBODY, "email", ACTOR, { given: to(MAIL_ADDRESS) });
    expect(begun).toEqual({ ok: false, reason: "conflict" });
  });

  test("is where the code goes, with what is told of it when it is shown again", async () => {
    const person = newcomer();
    await begin(person, to(MAIL_ADDRESS));
    const { ok: _, ...sending } = await send(person);
    expect(person.post.messages()).toMatchObject([{ to: MAIL_ADDRESS }]);
    expect(await show(person)).toMatchObject({ pending: { sending } });
    expect(await begin(person)).toMatchObject({ ok: true, sending });
  });

  test("goes with its grant", async () => {
    const person = await changing();
    expect(await begin(person, to(MAIL_ADDRESS))).toMatchObject({ ok: true });
    expect((await person.vault()).grants).toEqual([]);
    expect(await pendingOf(person)).toMatchObject({ first: false });
  });

  test("replaces nothing that is active before its code came back", async () => {
    const person = await personWithPost();
    await person.grant();
    await begin(person, to("new@acme.test"));
    expect((await person.vault()).enrolments.email?.active).toMatchObject({ address: MAIL_ADDRESS });
  });
});

describe("an address that is none", () => {
  const ERRORS = [{ field: "address", message: expect.stringContaining("name@example.com") }];

  test.each([[""], ["anna"], [["anna@acme.test"]], [{ $ne: null }], [42], [null], ["a@b.test,c@d.test"]])(
    "%j begins nothing and spends no grant",
    async (address) => {
      const person = await changing();
      const before = await person.state();
      const invalid = { ok: false, reason: "invalid", errors: ERRORS };
      expect(await begin(person, to(address))).toEqual(invalid);
      expect(await person.state()).toEqual(before);
    },
  );

  test("nor does none at all, where nothing has begun", async () => {
    const person = await changing();
    expect(await begin(person)).toEqual({ ok: false, reason: "invalid", errors: ERRORS });
    expect((await person.vault()).grants).toHaveLength(1);
  });

  test("leaves the one before it, with its code", async () => {
    const person = newcomer();
    await begin(person, to(MAIL_ADDRESS));
    await send(person);
    const before = await person.state();
    expect(await begin(person, to("anna"))).toMatchObject({ reason: "invalid" });
    expect(await begin(person, {}, { restart: true })).toMatchObject({ reason: "invalid" });
    expect(await person.state()).toEqual(before);
  });

  test("without a grant is told before the grant is asked for", async () => {
    const person = await personWithPost();
    expect(await begin(person, to("anna"))).toMatchObject({ reason: "invalid" });
    const address = "new@acme.test";
    expect(await begin(person, to(address))).toEqual({ ok: false, reason: "step-up-required", address });
  });
});

describe("the same address again", () => {
  test("however it is written, keeps its code, its end and its attempts", async () => {
    const person = newcomer();
    const { ok: _, ...begun } = await begin(person, to(MAIL_ADDRESS));
    const { ok: __, ...sending } = await send(person);
    person.clock.advance({ seconds: 30 });
    const before = await person.state();
    expect(await begin(person, to("anna@Acme.Test"))).toEqual({ ok: true, ...begun, sending });
    expect(await person.state()).toEqual(before);
  });

  test("also where a new one was asked for expressly: it is no secret that a new one would replace", async () => {
    const person = newcomer();
    await begin(person, to(MAIL_ADDRESS));
    await send(person);
    const before = await person.state();
    expect(await begin(person, to(MAIL_ADDRESS), { restart: true })).toMatchObject({ ok: true });
    expect(await person.state()).toEqual(before);
  });

  test("begins its challenge anew where that is gone, or its attempts are used up", async () => {
    const person = newcomer();
    const begun = await begin(person, to(MAIL_ADDRESS));
    await person.store.closeChallenge(person.ref, { login: "login-1", purpose: PURPOSE });
    expect(await begin(person, to(MAIL_ADDRESS))).toEqual(begun);
    const [first] = (await person.vault()).challenges;
    expect(first).toMatchObject({ purpose: PURPOSE, attempts: 0 });
    const at = person.clock.now();
    for (let i = 0; i < 5; i++) {
      const key = { login: "login-1", purpose: PURPOSE } as const;
      await person.store.reserveAttempt(person.ref, { ...key, at, maxAttempts: 5, budget: "signedIn" });
    }
    expect(await begin(person, to(MAIL_ADDRESS))).toEqual(begun);
    const [second] = (await person.vault()).challenges;
    expect(second).toMatchObject({ purpose: PURPOSE, attempts: 0 });
    expect(second?.id).not.toBe(first?.id);
  });

  test("of another login is that login's own enrolment, and takes the place of the first", async () => {
    const person = newcomer();
    await begin(person, to(MAIL_ADDRESS));
    const other = { ...ACTOR, login: "login-2" };
    const given = to(MAIL_ADDRESS);
    const begun = await beginEnrolment(person.parts, person.ref, "email", other, { given });
    expect(begun).toMatchObject({ ok: true });
    expect(await show(person)).toEqual({});
    expect(await pendingOf(person)).toMatchObject({ login: "login-2" });
  });
});

describe("another address", () => {
  test("takes the place of the one before, whose code is on no challenge any more", async () => {
    const person = newcomer();
    await begin(person, to("old@acme.test"));
    await send(person);
    person.clock.advance({ seconds: 60 });
    const begun = await begin(person, to(MAIL_ADDRESS));
    expect(begun).toMatchObject({ ok: true, offer: { address: MAIL_ADDRESS } });
    expect(begun).not.toHaveProperty("sending");
    expect((await person.vault()).challenges).toEqual([
      expect.not.objectContaining({ code: expect.anything() }),
    ]);
    await send(person);
    expect(person.post.messages()[0]).toMatchObject({ to: MAIL_ADDRESS });
  });

  test("ends when the first would have: one grant buys one half hour", async () => {
    const person = await changing();
    const first = await begin(person, to("old@acme.test"));
    person.clock.advance({ minutes: 20 });
    const second = await begin(person, to(MAIL_ADDRESS));
    expect(second).toMatchObject({ ok: true, expiresAt: first.ok && first.expiresAt });
  });

  test("too soon after a code keeps the one before, and its code, and spends no grant", async () => {
    const person = await changing();
    await begin(person, to("old@acme.test"));
    const sent = await send(person);
    await person.grant();
    const before = await person.state();
    person.clock.advance({ seconds: 59 });
    const until = new Date(person.clock.now().getTime() + 1000);
    const tooSoon = { ok: false, reason: "resend-too-soon", until };
    expect(await begin(person, to(MAIL_ADDRESS))).toEqual(tooSoon);
    expect(await person.state()).toEqual(before);
    expect(sent).toMatchObject({ ok: true });
    expect(await show(person)).toMatchObject({ pending: { offer: { address: "old@acme.test" } } });
    person.clock.advance({ seconds: 1 });
    expect(await begin(person, to(MAIL_ADDRESS))).toMatchObject({ ok: true });
  });

  test("that is the first is too soon as well after a code for something else, and spends no grant", async () => {
    const person = await personWithPost();
    await person.open("action:payout");
    const request = { login: "login-1", purpose: "action:payout", factor: "sms" } as const;
    await sendCode(person.parts, person.ref, { ...request, allowed: ["sms"], account: "anna" });
    await person.grant();
    const grants = async () => (await person.vault()).grants;
    const before = await grants();
    expect(await begin(person, to("new@acme.test"))).toMatchObject({ reason: "resend-too-soon" });
    expect(await grants()).toEqual(before);
    expect(before).toHaveLength(1);
  });

  test("of two at once one wins", async () => {
    const person = newcomer();
    const begun = await Promise.all([begin(person, to("a@acme.test")), begin(person, to("b@acme.test"))]);
    expect(begun.filter(({ ok }) => ok)).toHaveLength(1);
    expect(begun.filter(({ ok }) => !ok)).toEqual([{ ok: false, reason: "conflict" }]);
  });
});

describe("an address that was suggested", () => {
  test("is shown, counts for nothing, and is not begun by itself", async () => {
    const person = newcomer();
    await person.store.suggestAddress(person.ref, "email", MAIL_ADDRESS);
    expect(await show(person)).toEqual({ suggested: MAIL_ADDRESS });
    expect(await begin(person)).toMatchObject({ ok: false, reason: "invalid" });
  });

  test("is shown beside the one that was begun", async () => {
    const person = newcomer();
    await person.store.suggestAddress(person.ref, "email", "suggested@acme.test");
    await begin(person, to(MAIL_ADDRESS));
    expect(await show(person)).toMatchObject({
      suggested: "suggested@acme.test",
      pending: { offer: { address: MAIL_ADDRESS } },
    });
  });
});

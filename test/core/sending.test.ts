// What is told of codes: the one that is under way, and where a person's codes go.
import { describe, expect, test } from "vitest";
import { answerChallenge } from "../../src/core/challenge.js";
import { importFactor } from "../../src/core/import.js";
import { hintsOf, type SendRequest, sendCode, sendingOf } from "../../src/core/sent-code.js";
import { totp } from "../../src/factors/totp.js";
import { newPerson, personWithPost, SECRET } from "./person.js";
import { newPost } from "./post.js";

const LOGIN = { login: "login-1", purpose: "login" } as const;
const REQUEST: SendRequest = { ...LOGIN, allowed: ["email", "sms"], factor: "email", account: "anna" };

async function asked() {
  const person = await personWithPost();
  await person.open();
  const send = (changes: Partial<SendRequest> = {}) =>
    sendCode(person.parts, person.ref, { ...REQUEST, ...changes });
  const sending = async (key: Parameters<typeof sendingOf>[2] = LOGIN, parts = person.parts) =>
    sendingOf(parts, await person.state(), key, person.clock.now());
  return { ...person, send, sending };
}

describe("a code that is under way", () => {
  test("is told as it was when it was sent", async () => {
    const { send, sending, clock } = await asked();
    const { ok: _, ...sent } = await send();
    expect(await sending()).toEqual(sent);
    clock.advance({ seconds: 59 });
    expect(await sending()).toEqual(sent);
  });

  test("may be asked for again from now on, where the minute is over", async () => {
    const { send, sending, clock } = await asked();
    await send();
    clock.advance({ seconds: 90 });
    expect(await sending()).toMatchObject({ kind: "email", resendAt: clock.now() });
  });

  test("is none before one was sent, nor for another login or purpose", async () => {
    const { send, sending } = await asked();
    expect(await sending()).toBeUndefined();
    await send();
    expect(await sending({ ...LOGIN, login: "login-2" })).toBeUndefined();
    expect(await sending({ ...LOGIN, purpose: "action:payout" })).toBeUndefined();
  });

  test("is none once its time is up, to the second, or it was used", async () => {
    const { send, sending, clock, post, parts, ref } = await asked();
    await send({ factor: "sms" });
    clock.advance({ seconds: 299 });
    expect(await sending()).toMatchObject({ kind: "sms", hint: "+1********23" });
    clock.advance({ seconds: 1 });
    expect(await sending()).toBeUndefined();
    await send();
    await answerChallenge(parts, ref, { ...REQUEST, code: post.code() });
    expect(await sending()).toBeUndefined();
  });

  test("is none of a factor that is not configured any more, or whose address is gone", async () => {
    const { send, sending, parts, state, clock } = await asked();
    await send();
    const factors = new Map([["totp", totp()] as const]);
    expect(await sending(LOGIN, { ...parts, factors })).toBeUndefined();
    const { email: _, ...others } = (await state()).vault.enrolments;
    const without = { ...(await state()), vault: { ...(await state()).vault, enrolments: others } };
    expect(sendingOf(parts, without, LOGIN, clock.now())).toBeUndefined();
  });
});

describe("where a person's codes go", () => {
  test("is told covered, of every factor with an address that counts", async () => {
    const person = await personWithPost();
    await importFactor(person.parts, person.ref, "totp", SECRET);
    const hints = hintsOf(person.parts, await person.state());
    expect(hints).toEqual({ email: "a***@acme.test", sms: "+1********23" });
  });

  test("is not told of an address that is pending or suggested, nor of a factor that is not configured", async () => {
    const { parts, state, store, ref, clock } = newPerson({ more: newPost().factors });
    const at = clock.now();
    const pending = { id: "p1", address: "a@b.test", createdAt: at, expiresAt: at, login: "l", first: true };
    await store.beginEnrolment(ref, "email", pending, { at });
    await store.suggestAddress(ref, "sms", "+14155550123");
    expect(hintsOf(parts, await state())).toEqual({});
    const others = new Map([["totp", totp()] as const]);
    expect(hintsOf({ ...parts, factors: others }, await (await personWithPost()).state())).toEqual({});
  });
});

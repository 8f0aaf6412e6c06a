// What an action is bound to: a code and a grant for one target are worth nothing for another, or for none.
import { describe, expect, test } from "vitest";
import { boundTo } from "../../src/core/actions.js";
import { answerChallenge, openChallenge, type Question } from "../../src/core/challenge.js";
import { createCodeHasher } from "../../src/core/code-hash.js";
import { importFactor } from "../../src/core/import.js";
import type { FactorKind } from "../../src/core/model.js";
import { mayDo } from "../../src/core/own-factors.js";
import { sendCode, sendingOf } from "../../src/core/sent-code.js";
import { authenticator } from "../../src/testing/index.js";
import { KEY, OTHER_KEY, personWithPost, SECRET } from "./person.js";

const ALL: FactorKind[] = ["totp", "email", "sms"];
const PAYOUT = { login: "login-1", purpose: "action:payout" } as const;
const A = { ...PAYOUT, target: "digest-a" };
const B = { ...PAYOUT, target: "digest-b" };
const NO_CHALLENGE = { ok: false, reason: "no-challenge" };

/** Anna, who has every factor, and a code of each on request. */
async function anna() {
  const person = await personWithPost();
  const { parts } = person;
  await importFactor(parts, person.ref, "totp", SECRET);
  const app = authenticator(SECRET, person.clock);
  const send = (factor: FactorKind, key: typeof PAYOUT) =>
    sendCode(parts, person.ref, { ...key, allowed: ALL, factor, account: "anna", opensFor: 600 });
  return {
    ...person,
    send,
    open: (key: typeof PAYOUT) => openChallenge(parts, person.ref, { ...key, seconds: 600 }),
    /** A code that was asked for with this key. */
    async codeFor(factor: FactorKind, key: typeof PAYOUT): Promise<string> {
      if (factor === "totp") return app.code();
      expect(await send(factor, key)).toMatchObject({ ok: true });
      return person.post.code();
    },
    answer: (factor: FactorKind, code: string, key: typeof PAYOUT, more: Partial<Question> = {}) =>
      answerChallenge(parts, person.ref, { ...key, allowed: ALL, factor, code, ...more }),
  };
}

describe.each(ALL)("a code of %s for one target", (factor) => {
  test.each([
    ["another target", B],
    ["no target", PAYOUT],
  ])("is compared with nothing that was asked about %s", async (_what, other) => {
    const person = await anna();
    await person.open(A);
    const code = await person.codeFor(factor, A);
    expect(await person.answer(factor, code, other)).toEqual(NO_CHALLENGE);
    expect(await person.failures("signedIn")).toBe(0);
    expect(await person.answer(factor, code, A)).toMatchObject({ ok: true });
  });

  test("earns a grant for that target, and no other", async () => {
    const person = await anna();
    await person.open(A);
    await person.answer(factor, await person.codeFor(factor, A), A);
    const expiresAt = new Date(person.clock.now().getTime() + 300_000);
    const grant = { login: "login-1", action: "payout" };
    const id = expect.any(String);
    expect((await person.vault()).grants).toEqual([{ id, ...grant, target: "digest-a", expiresAt }]);
    const may = (target?: string) =>
      mayDo(person.parts, person.ref, { ...grant, ...(target ? { target } : {}) });
    expect([await may("digest-a"), await may("digest-b"), await may()]).toEqual([true, false, false]);
  });

  test("leaves no grant where the action runs at once, and is spent", async () => {
    const person = await anna();
    await person.open(A);
    const code = await person.codeFor(factor, A);
    expect(await person.answer(factor, code, A, { isSpentAtOnce: true })).toMatchObject({ ok: true });
    expect((await person.vault()).grants).toEqual([]);
    expect(await person.answer(factor, code, A, { isSpentAtOnce: true })).toEqual(NO_CHALLENGE);
  });
});

describe.each(["email", "sms"] as const)("a code sent by %s for one target", (factor) => {
  test("is void once another is asked about, also where the first is asked about again", async () => {
    const person = await anna();
    const code = await person.codeFor(factor, A);
    person.clock.advance({ seconds: 60 });
    const other = await person.codeFor(factor, B);
    expect(await person.answer(factor, code, B)).toMatchObject({ ok: false, reason: "wrong-code" });
    expect(await person.answer(factor, code, A)).toEqual(NO_CHALLENGE);
    await person.open(A);
    expect(await person.answer(factor, code, A)).toMatchObject({ ok: false, reason: "challenge-expired" });
    expect(await person.answer(factor, other, A)).toMatchObject({ ok: false, reason: "challenge-expired" });
  });

  test("is told as under way for that target alone", async () => {
    const person = await anna();
    await person.codeFor(factor, A);
    const told = async (key: typeof PAYOUT) =>
      sendingOf(person.parts, await person.state(), key, person.clock.now());
    expect(await told(A)).toMatchObject({ kind: factor });
    expect([await told(B), await told(PAYOUT)]).toEqual([undefined, undefined]);
  });
});

test("asking about another target gives back no guess of the person's own", async () => {
  const person = await anna();
  for (let i = 0; i < 5; i += 1) {
    const key = { ...PAYOUT, target: `digest-${i}` };
    await person.open(key);
    expect(await person.answer("totp", "000000", key)).toMatchObject({ reason: "wrong-code" });
  }
  await person.open(A);
  expect(await person.answer("totp", await person.codeFor("totp", A), A)).toMatchObject({ reason: "locked" });
});

describe("what stands for a target", () => {
  const codes = createCodeHasher([KEY]);
  const asked = { user: "anna", action: "payout", target: "100 to NL00" };
  const digest = (changes: object = {}, hasher = codes) =>
    boundTo({ codes: hasher }, { ...asked, ...changes }).target;

  test("says nothing of it, and is the same each time", () => {
    expect(digest()).toMatch(/^[\w-]{43}$/);
    expect(digest()).toBe(digest());
  });

  test.each([
    { user: "bob" },
    { action: "refund" },
    { target: "100 to NL01" },
    { action: "payout100", target: " to NL00" },
  ])("is another for %j", (changes) => {
    expect(digest(changes)).not.toBe(digest());
  });

  test("is another under another key", () =>
    expect(digest({}, createCodeHasher([OTHER_KEY]))).not.toBe(digest()));

  test("is nothing where there is none", () => {
    expect(boundTo({ codes }, { ...asked, target: undefined })).toEqual({});
  });
});

// What an administrator does for somebody: who and why are said, it is told once it is done, and only then.
import { beforeEach, describe, expect, test } from "vitest";
import {
  administer,
  type Because,
  checkedBecause,
  isUseful,
  type PlainAct,
  problemsWith,
  setPhone,
  temporaryPassword,
} from "../../src/core/administration.js";
import { SecondFactorError } from "../../src/errors.js";
import { NOBODY, NUMBER, newPerson, personWithPost, personWithRecoveryCodes } from "./person.js";

const BECAUSE = { by: "root@acme.test", reason: "Lost the phone" };
const ACTS: PlainAct[] = ["disable", "unlock", "forget-browsers", "end-sessions"];

type Told = Partial<Because> & { user: string; act: string };

/** Somebody with everything there is to take away, and what is told of it. */
async function somebody() {
  const person = await personWithRecoveryCodes();
  await person.grant();
  await person.fail(2);
  const told: Told[] = [];
  person.parts.events.on("administered", (event) => told.push(event));
  const trust = {
    id: "b1",
    hash: "hash",
    fingerprint: "f",
    factor: "totp" as const,
    name: "Firefox",
    createdAt: person.clock.now(),
    lastUsedAt: person.clock.now(),
    expiresAt: new Date(person.clock.now().getTime() + 60_000),
  };
  await person.open();
  const { enrolments } = await person.vault();
  const { id: enrolment = "", lastStep = 0 } = enrolments.totp?.active ?? {};
  const spend = { kind: "totp", enrolment, step: lastStep + 1 } as const;
  const key = { login: "login-1", purpose: "login" } as const;
  await person.store.completeChallenge(person.ref, {
    ...key,
    at: person.clock.now(),
    spend,
    reset: [],
    trust,
  });
  return { ...person, told };
}

let anna: Awaited<ReturnType<typeof somebody>>;
beforeEach(async () => {
  anna = await somebody();
});

describe.each(ACTS)("%s", (act) => {
  test("is done, and told with who, whom, when and why", async () => {
    expect(await isUseful(anna.parts, anna.ref, act)).toBe(true);
    expect(await administer(anna.parts, anna.ref, act, BECAUSE)).toBe(true);
    expect(anna.told).toEqual([{ user: "anna", act, ...BECAUSE, at: anna.clock.now() }]);
    expect((await anna.vault()).browsers).toEqual(act === "unlock" ? [expect.anything()] : []);
  });

  test("of nobody is nothing, and nothing is told", async () => {
    expect(await isUseful(anna.parts, NOBODY, act)).toBe(false);
    expect(await administer(anna.parts, NOBODY, act, BECAUSE)).toBe(false);
    expect(anna.told).toEqual([]);
  });

  test.each([
    { ...BECAUSE, reason: "" },
    { ...BECAUSE, by: " " },
  ])("without somebody or a reason changes nothing: %j", async (because) => {
    const before = await anna.state();
    await expect(administer(anna.parts, anna.ref, act, because)).rejects.toThrow(SecondFactorError);
    expect(await anna.state()).toEqual(before);
    expect(anna.told).toEqual([]);
  });

  test("is told once where twenty do it at once, but the end of sessions, which each of them is", async () => {
    const all = Array.from({ length: 20 }, () => administer(anna.parts, anna.ref, act, BECAUSE));
    const done = (await Promise.all(all)).filter(Boolean).length;
    expect(done).toBe(act === "end-sessions" ? 20 : 1);
    expect(anna.told).toHaveLength(done);
  });

  test("that has nothing to do is nothing, and nothing is told", async () => {
    const { parts, ref } = newPerson();
    const told: unknown[] = [];
    parts.events.on("administered", (event) => told.push(event));
    const isDone = act === "end-sessions";
    expect(await isUseful(parts, ref, act)).toBe(isDone);
    expect(await administer(parts, ref, act, BECAUSE)).toBe(isDone);
    expect(told).toHaveLength(isDone ? 1 : 0);
  });

  test("that the store cannot do is told to nobody", async () => {
    const away = new SecondFactorError("store_unavailable", "away");
    const fails = () => Promise.reject(away);
    const verbs = { switchOff: fails, unlock: fails, forgetBrowsers: fails, endSessions: fails };
    const parts = { ...anna.parts, store: { ...anna.store, ...verbs } };
    await expect(administer(parts, anna.ref, act, BECAUSE)).rejects.toBe(away);
    expect(anna.told).toEqual([]);
  });

  test("is done whatever a listener does", async () => {
    anna.parts.events.on("administered", () => {
      throw new Error("the log is full");
    });
    expect(await administer(anna.parts, anna.ref, act, BECAUSE)).toBe(true);
  });
});

describe("somebody's number", () => {
  const given = { country: "US", number: "(415) 555-0199" };

  test("is kept as it will be shown in the form, and told without it", async () => {
    const person = await personWithPost();
    const told: object[] = [];
    person.parts.events.on("administered", (event) => told.push(event));
    expect(await setPhone(person.parts, person.ref, given, BECAUSE)).toEqual({
      ok: true,
      address: "+14155550199",
    });
    expect((await person.vault()).enrolments.sms).toMatchObject({
      suggested: "+14155550199",
      active: { address: NUMBER },
    });
    expect((await person.state()).factors).toEqual(["email", "sms"]);
    expect(told).toEqual([{ user: "anna", act: "set-phone", ...BECAUSE, at: person.clock.now() }]);
    expect(JSON.stringify(told)).not.toMatch(/0199|555/);
  });

  test.each([
    { number: "" },
    { number: "12" },
    { country: "US", number: "+44 20 7946 0958 x" },
    { number: "900" },
  ])("that is none (%j) changes nothing, and is told to nobody", async (wrong) => {
    const person = await personWithPost();
    const told: object[] = [];
    person.parts.events.on("administered", (event) => told.push(event));
    const before = await person.state();
    const answer = await setPhone(person.parts, person.ref, wrong, BECAUSE);
    expect(answer).toMatchObject({ ok: false, errors: [{ field: expect.stringMatching(/number|country/) }] });
    expect(await person.state()).toEqual(before);
    expect(told).toEqual([]);
  });

  test("needs a reason, and text messages that are configured", async () => {
    const person = await personWithPost();
    await expect(setPhone(person.parts, person.ref, given, { ...BECAUSE, reason: "" })).rejects.toMatchObject(
      {
        code: "invalid_input",
      },
    );
    expect((await person.vault()).enrolments.sms).not.toHaveProperty("suggested");
    await expect(setPhone(anna.parts, anna.ref, given, BECAUSE)).rejects.toMatchObject({
      code: "factor_not_allowed",
    });
  });
});

describe("who and why", () => {
  const fields = (because: Partial<Record<keyof Because, unknown>>) =>
    problemsWith({ ...BECAUSE, ...because } as Because).map(({ field }) => field);

  test.each<[string, unknown]>([
    ["empty", ""],
    ["blank", " \t\n\u00a0\u3000"],
    ["of controls", "\0\u0007\u001b\u0085"],
    ["of marks nobody sees", "\u200b\u200d\ufeff\u202e\u2066"],
    ["missing", undefined],
    ["null", null],
    ["a number", 7],
    ["a list", ["because"]],
    ["an operator", { $ne: "" }],
    ["an object that reads as text", { toString: () => "because" }],
  ])("%s: invalid_input, by its field", (_, text) => {
    expect(fields({ reason: text })).toEqual(["reason"]);
    expect(fields({ by: text })).toEqual(["by"]);
    expect(fields({ by: text, reason: text })).toEqual(["by", "reason"]);
    expect(() => checkedBecause({ ...BECAUSE, reason: text as string })).toThrow(
      expect.objectContaining({
        code: "invalid_input",
        status: 400,
        errors: [expect.objectContaining({ field: "reason" })],
      }),
    );
  });

  test.each(["x", "!", "7", "遗失手机", "فقدت هاتفي", "📱", "  Lost it. "])("%j is a reason", (reason) => {
    expect(checkedBecause({ ...BECAUSE, reason })).toEqual({ ...BECAUSE, reason: reason.trim() });
  });

  test("may be of 500 and of 254 letters, and no more", () => {
    const [reason, by] = ["r".repeat(500), "b".repeat(254)];
    expect(checkedBecause({ reason: ` ${reason} `, by })).toEqual({ reason, by });
    expect(fields({ reason: `${reason}r` })).toEqual(["reason"]);
    expect(fields({ by: `${by}b` })).toEqual(["by"]);
  });

  test.each([
    ["line breaks", "one\r\nBcc: eve@evil.test", "one Bcc: eve@evil.test"],
    ["other line breaks", "one\u2028two\u2029three\u0085four\vfive", "one two three four five"],
    ["controls and escapes", "red\u001b[31m\0 alert\u0007", "red [31m alert"],
    ["what turns the direction", "abc\u202efdp.exe", "abc fdp.exe"],
    ["half a letter", "a\ud800b", "a b"],
  ])("stand on one line, without %s", (_, typed, kept) => {
    expect(checkedBecause({ by: typed, reason: typed })).toEqual({ by: kept, reason: kept });
  });

  test("are kept as they are otherwise: markup is text", async () => {
    const reason = '<script>alert(1)</script> & "quotes" {{7*7}} %s';
    await administer(anna.parts, anna.ref, "disable", { ...BECAUSE, reason });
    expect(anna.told).toMatchObject([{ reason }]);
  });
});

test("a temporary password for somebody who has gone is none, and nothing is told", async () => {
  const { parts } = newPerson();
  const told: unknown[] = [];
  parts.events.on("administered", (detail) => told.push(detail));
  expect(await temporaryPassword(parts, NOBODY, { by: "root", reason: "Forgot it" })).toBeUndefined();
  expect(told).toEqual([]);
});

import { describe, expect, test } from "vitest";
import {
  answerChallenge,
  budgetOf,
  openChallenge,
  type Question,
  renewChallenge,
} from "../../src/core/challenge.js";
import { later } from "../../src/core/clock.js";
import type { Purpose } from "../../src/core/model.js";
import { createSealer } from "../../src/core/sealing.js";
import {
  factorOf,
  NOBODY,
  newPerson,
  OTHER_KEY,
  type Person,
  personWithRecoveryCodes,
  personWithTotp,
  random,
} from "./person.js";

const LOGIN = { login: "login-1", purpose: "login" } as const;
/** No code of the next hour, and of the shape of one. */
const WRONG_RECOVERY_CODE = "0000-0000-0000-0000";

const question = (code: unknown, changes: Partial<Question> = {}): Question => ({
  ...LOGIN,
  allowed: ["totp", "recovery-code", "email"],
  factor: "totp",
  code,
  ...changes,
});

const answer = (person: Person, code: unknown, changes?: Partial<Question>) =>
  answerChallenge(person.parts, person.ref, question(code, changes));

/** A code that is right neither now nor in the past that is looked up. */
async function wrongCode(app: { code(offset?: { seconds: number }): Promise<string> }): Promise<string> {
  const near = await Promise.all(Array.from({ length: 30 }, (_, i) => app.code({ seconds: (i - 25) * 30 })));
  return ["111111", "222222", "333333"].find((code) => !near.includes(code)) ?? "";
}

async function wrongAnswers(person: Awaited<ReturnType<typeof personWithTotp>>, times: number) {
  const code = await wrongCode(person.app);
  const answers = [];
  for (let i = 0; i < times; i++) answers.push(await answer(person, code));
  return answers;
}

describe("a challenge that is opened", () => {
  test("belongs to a login and a purpose, ends in time, and is told of", async () => {
    const person = newPerson();
    const opened = await person.open("login", "login-1", 600);
    const createdAt = person.clock.now();
    const expiresAt = new Date(createdAt.getTime() + 600_000);
    expect(opened).toEqual({
      id: expect.stringMatching(/^.{22}$/),
      ...LOGIN,
      createdAt,
      expiresAt,
      attempts: 0,
    });
    expect((await person.vault()).challenges).toEqual([opened]);
    expect(person.heard()).toEqual([
      ["challenge-started", { user: "anna", purpose: "login", at: createdAt }],
    ]);
  });

  test("for a user who is not there is none, and nothing is told", async () => {
    const { parts, heard } = newPerson();
    expect(await openChallenge(parts, NOBODY, { ...LOGIN, seconds: 600 })).toBeUndefined();
    expect(heard()).toEqual([]);
  });

  test.each([
    ["login", "login"],
    ["enrol:totp", "signedIn"],
    ["action:payout", "signedIn"],
  ] as const)("for %s counts on the budget %s", (purpose, budget) => {
    expect(budgetOf(purpose)).toBe(budget);
  });
});

describe("a right code", () => {
  test("answers, says with what and when, and closes the challenge", async () => {
    const person = await personWithTotp();
    await person.open();
    const at = person.clock.now();
    expect(await answer(person, await person.app.code())).toEqual({ ok: true, kind: "totp", amr: "otp", at });
    expect((await person.vault()).challenges).toEqual([]);
    expect((await person.vault()).enrolments.totp?.active).toMatchObject({ lastUsedAt: at });
  });

  test("puts the budget of its purpose back to zero, and no other", async () => {
    const person = await personWithTotp();
    await person.fail(3, "login");
    await person.fail(2, "signedIn");
    await person.open();
    expect(await answer(person, await person.app.code())).toMatchObject({ ok: true });
    expect([await person.failures("login"), await person.failures("signedIn")]).toEqual([0, 2]);
  });

  test("tells of nothing but the challenge: whoever asked tells of the sign-in", async () => {
    const person = await personWithTotp();
    await person.open();
    await answer(person, await person.app.code());
    expect(person.heard().map(([name]) => name)).toEqual(["challenge-started"]);
  });
});

describe("an answer that is not compared counts nothing", () => {
  async function asked() {
    const person = await personWithTotp();
    await person.open();
    const untouched = async () => {
      expect((await person.vault()).challenges).toMatchObject([{ attempts: 0 }]);
      expect(await person.failures()).toBe(0);
    };
    return { person, untouched };
  }

  test("a factor that may not answer here", async () => {
    const { person, untouched } = await asked();
    const changes = { allowed: ["recovery-code"] } as const;
    expect(await answer(person, await person.app.code(), changes)).toEqual({
      ok: false,
      reason: "not-allowed",
    });
    await untouched();
  });

  test("a factor that is not configured", async () => {
    const { person, untouched } = await asked();
    expect(await answer(person, "123456", { factor: "email" })).toEqual({ ok: false, reason: "not-allowed" });
    await untouched();
  });

  test.each([undefined, "", "12345", ["123456"], 123456])("what cannot be a code: %j", async (code) => {
    const { person, untouched } = await asked();
    expect(await answer(person, code)).toEqual({ ok: false, reason: "malformed" });
    await untouched();
  });

  test.each([
    ["another login", { login: "login-2" }],
    ["another purpose", { purpose: "action:payout" as Purpose }],
  ])("a right code, for %s", async (_, changes) => {
    const { person, untouched } = await asked();
    const code = await person.app.code();
    expect(await answer(person, code, changes)).toEqual({ ok: false, reason: "no-challenge" });
    await untouched();
  });

  test("a right code, too late, to the second", async () => {
    const { person, untouched } = await asked();
    person.clock.advance({ seconds: 600 });
    const over = { ok: false, reason: "challenge-expired", over: true };
    expect(await answer(person, await person.app.code())).toEqual(over);
    await untouched();
    person.clock.advance({ seconds: -1 });
    expect(await answer(person, await person.app.code())).toMatchObject({ ok: true });
  });

  test("a code of a user who is not there", async () => {
    const { parts } = newPerson();
    const refused = { ok: false, reason: "no-challenge" };
    expect(await answerChallenge(parts, NOBODY, question("123456"))).toEqual(refused);
  });
});

describe("a wrong code", () => {
  test("says how many are left, and is told of", async () => {
    const person = await personWithTotp();
    await person.open();
    person.heard();
    const answers = await wrongAnswers(person, 5);
    const at = person.clock.now();
    const paused = { until: new Date(at.getTime() + 30_000) };
    expect(answers).toEqual([
      ...[4, 3, 2, 1].map((attemptsLeft) => ({ ok: false, reason: "wrong-code", attemptsLeft })),
      { ok: false, reason: "wrong-code", attemptsLeft: 0, paused },
    ]);
    expect(await person.failures()).toBe(5);
    const refused = { user: "anna", purpose: "login", factor: "totp", at };
    expect(person.heard()).toEqual([
      ...Array.from({ length: 5 }, () => ["code-refused", refused]),
      ["locked", { user: "anna", purpose: "login", blocked: false, until: later(at, 30), at }],
    ]);
  });

  test("of some minutes ago says to set the clock", async () => {
    const person = await personWithTotp();
    await person.open();
    person.heard();
    const code = await person.app.code({ seconds: -120 });
    expect(await answer(person, code)).toMatchObject({
      reason: "wrong-code",
      attemptsLeft: 4,
      hint: "clock",
    });
    expect(person.heard()).toMatchObject([["code-refused", { hint: "clock" }]]);
    expect(await person.failures()).toBe(1);
  });

  test("leaves as many as the person's budget has before it pauses, over all their challenges", async () => {
    const person = await personWithTotp();
    await person.fail(3);
    await person.open();
    expect(await wrongAnswers(person, 2)).toMatchObject([{ attemptsLeft: 1 }, { attemptsLeft: 0 }]);
    expect(await wrongAnswers(person, 1)).toMatchObject([{ reason: "locked" }]);
  });

  test("counts on the challenge after a pause as before it", async () => {
    const person = await personWithTotp();
    await person.open();
    await wrongAnswers(person, 3);
    await person.fail(2);
    person.clock.advance({ seconds: 30 });
    expect(await wrongAnswers(person, 2)).toMatchObject([{ attemptsLeft: 1 }, { attemptsLeft: 0 }]);
  });
});

describe("while codes are paused", () => {
  async function locked() {
    const person = await personWithTotp();
    await person.open();
    await wrongAnswers(person, 5);
    person.heard();
    return person;
  }

  test("nothing is compared, not even a right code, and it is told until when", async () => {
    const person = await locked();
    const until = new Date(person.clock.now().getTime() + 30_000);
    expect(await answer(person, await person.app.code())).toEqual({ ok: false, reason: "locked", until });
    expect(person.heard()).toEqual([]);
  });

  test("that is all that is told, whatever became of the challenge", async () => {
    const person = await locked();
    expect(await wrongAnswers(person, 1)).toMatchObject([{ reason: "locked" }]);
    await person.store.closeChallenge(person.ref, LOGIN);
    expect(await wrongAnswers(person, 1)).toMatchObject([{ reason: "locked" }]);
  });

  test("afterwards the challenge is dead, but not over; renewed, it takes the code", async () => {
    const person = await locked();
    person.clock.advance({ seconds: 30 });
    const dead = { ok: false, reason: "challenge-expired", over: false };
    expect(await answer(person, await person.app.code())).toEqual(dead);
    expect(await renewChallenge(person.parts, person.ref, LOGIN, { guessable: true })).toEqual({ ok: true });
    expect(await answer(person, await person.app.code())).toMatchObject({ ok: true });
    expect(await person.failures()).toBe(0);
  });

  test("a session that is signed in has a budget of its own", async () => {
    const person = await locked();
    await person.open("action:payout");
    const answered = await answer(person, await person.app.code(), { purpose: "action:payout" });
    expect(answered).toMatchObject({ ok: true });
    expect(await person.failures("login")).toBe(5);
  });
});

describe("after a hundred failures in a row", () => {
  async function blocked() {
    const person = await personWithRecoveryCodes();
    await person.fail(100);
    await person.open();
    person.clock.advance({ days: 365 });
    await person.open();
    person.heard();
    return person;
  }

  test("a right code is refused for good, without a time to wait for", async () => {
    const person = await blocked();
    expect(await answer(person, await person.app.code())).toEqual({ ok: false, reason: "locked" });
    expect(person.heard()).toEqual([]);
  });

  test("the hundredth one says so", async () => {
    const person = await personWithTotp();
    await person.fail(99);
    await person.open();
    person.heard();
    expect(await wrongAnswers(person, 1)).toMatchObject([{ attemptsLeft: 0, paused: {} }]);
    expect(person.heard()).toMatchObject([
      ["code-refused", {}],
      ["locked", { blocked: true }],
    ]);
  });

  test("a recovery code still signs in, and unblocks nothing", async () => {
    const person = await blocked();
    const [code] = person.codes;
    expect(await answer(person, code, { factor: "recovery-code" })).toMatchObject({ ok: true });
    expect(person.heard()).toMatchObject([["recovery-code-used", { user: "anna", left: 1 }]]);
    expect(await person.failures()).toBe(100);
  });

  test("no challenge is renewed", async () => {
    const person = await blocked();
    const locked = { ok: false, reason: "locked" };
    expect(await renewChallenge(person.parts, person.ref, LOGIN, { guessable: true })).toEqual(locked);
  });
});

describe("a challenge is renewed", () => {
  const renew = (
    person: Person,
    guessable = true,
    key: typeof LOGIN | { login: string; purpose: Purpose } = LOGIN,
  ) => renewChallenge(person.parts, person.ref, key, { guessable });

  test("once its attempts are used up: fresh ones, its old end, and no fresh budget", async () => {
    const person = await personWithTotp();
    const { id, expiresAt } = await person.open();
    await wrongAnswers(person, 5);
    person.clock.advance({ seconds: 30 });
    expect(await renew(person)).toEqual({ ok: true });
    expect((await person.vault()).challenges).toEqual([expect.objectContaining({ attempts: 0, expiresAt })]);
    expect((await person.vault()).challenges[0]?.id).not.toBe(id);
    expect(await person.failures()).toBe(5);
    await wrongAnswers(person, 5);
    expect(await person.failures()).toBe(10);
    expect(await renew(person)).toMatchObject({ reason: "locked" });
  });

  test("not before: the attempts that are left stay as they are", async () => {
    const person = await personWithTotp();
    await person.open();
    await wrongAnswers(person, 4);
    const before = await person.state();
    expect(await renew(person)).toEqual({ ok: true });
    expect(await person.state()).toEqual(before);
    expect(await wrongAnswers(person, 1)).toMatchObject([{ attemptsLeft: 0 }]);
  });

  test("once, of many requests at a time", async () => {
    const person = await personWithRecoveryCodes();
    await person.open();
    for (let i = 0; i < 5; i++) await answer(person, WRONG_RECOVERY_CODE, { factor: "recovery-code" });
    const renewed = await Promise.all(Array.from({ length: 5 }, () => renew(person)));
    expect(renewed).toEqual(renewed.map(() => ({ ok: true })));
    expect((await person.vault()).challenges).toMatchObject([{ attempts: 0 }]);
  });

  test("not during a pause, but for codes that nobody can guess", async () => {
    const person = await personWithTotp();
    await person.open();
    await person.fail(5);
    const until = new Date(person.clock.now().getTime() + 30_000);
    expect(await renew(person)).toEqual({ ok: false, reason: "locked", until });
    expect(await renew(person, false)).toEqual({ ok: true });
  });

  test("not once it is over", async () => {
    const person = await personWithTotp();
    await person.open();
    person.clock.advance({ seconds: 600 });
    expect(await renew(person)).toEqual({ ok: false, reason: "challenge-expired", over: true });
  });

  test("not where there is none of this login and purpose, or nobody", async () => {
    const person = await personWithTotp();
    await person.open();
    const none = { ok: false, reason: "no-challenge" };
    expect(await renew(person, true, { login: "login-2", purpose: "login" })).toEqual(none);
    expect(await renew(person, true, { login: "login-1", purpose: "action:payout" })).toEqual(none);
    expect(await renewChallenge(person.parts, NOBODY, LOGIN, { guessable: true })).toEqual(none);
  });
});

describe("a code that was right but already used", () => {
  test("is refused with that hint and not counted as a failure", async () => {
    const person = await personWithTotp();
    await person.open();
    const code = await person.app.code();
    await answer(person, code);
    await person.open();
    await wrongAnswers(person, 1);
    person.heard();
    const used = { ok: false, reason: "wrong-code", attemptsLeft: 4, hint: "used" };
    expect([await answer(person, code), await answer(person, code)]).toEqual([used, used]);
    expect(await person.failures()).toBe(1);
    expect((await person.vault()).challenges).toMatchObject([{ attempts: 1 }]);
    expect(person.heard()).toMatchObject([
      ["code-refused", { hint: "used" }],
      ["code-refused", { hint: "used" }],
    ]);
  });

  test("stays counted where somebody attempted meanwhile: a lost refund opens no budget", async () => {
    const person = newPerson({
      factors: [
        factorOf(async () => {
          const lock = { closed: [], blockAt: 100 };
          const meanwhile = {
            ...LOGIN,
            at: person.clock.now(),
            maxAttempts: 5,
            budget: "login",
            lock,
          } as const;
          await person.store.reserveAttempt(person.ref, meanwhile);
          return { ok: false, hint: "used" };
        }),
      ],
    });
    await person.open();
    const refused = await answer(person, "used", { factor: "email" });
    expect(refused).toEqual({ ok: false, reason: "wrong-code", attemptsLeft: 4, hint: "used" });
    expect(await person.failures()).toBe(2);
  });
});

describe("a comparison that breaks", () => {
  test("costs no attempt, and the error is the caller's", async () => {
    const person = await personWithTotp();
    await person.open();
    const code = await person.app.code();
    const before = await person.vault();
    const parts = {
      ...person.parts,
      tools: { ...person.parts.tools, sealer: createSealer([OTHER_KEY], random) },
    };
    const answered = answerChallenge(parts, person.ref, question(code));
    await expect(answered).rejects.toMatchObject({ code: "misconfigured" });
    expect(await person.vault()).toEqual(before);
    expect(await answer(person, code)).toMatchObject({ ok: true });
  });

  test("also where a factor throws at once", async () => {
    const broken = new Error("a factor broke");
    const person = newPerson({
      factors: [
        factorOf(() => {
          throw broken;
        }),
      ],
    });
    await person.open();
    await expect(answer(person, "any", { factor: "email" })).rejects.toBe(broken);
    expect(await person.failures()).toBe(0);
  });
});

describe("recovery codes", () => {
  const withCode = (person: Person, code: string) => answer(person, code, { factor: "recovery-code" });

  test("are the way in while somebody guesses codes, and end the pause", async () => {
    const person = await personWithRecoveryCodes();
    await person.open();
    await person.fail(5);
    const at = person.clock.now();
    expect(await withCode(person, person.codes[0])).toEqual({
      ok: true,
      kind: "recovery-code",
      amr: "otp",
      at,
    });
    expect(await person.failures()).toBe(0);
  });

  test("that are wrong count on the challenge and on no budget", async () => {
    const person = await personWithRecoveryCodes();
    await person.fail(4);
    await person.open();
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(await withCode(person, WRONG_RECOVERY_CODE));
    expect(answers.slice(0, 5)).toEqual(
      [4, 3, 2, 1, 0].map((attemptsLeft) => ({ ok: false, reason: "wrong-code", attemptsLeft })),
    );
    expect(answers[5]).toEqual({ ok: false, reason: "challenge-expired", over: false });
    expect(await person.failures()).toBe(4);
  });

  test("are used once each", async () => {
    const person = await personWithRecoveryCodes();
    const [first, second] = person.codes;
    await person.open();
    expect(await withCode(person, first)).toMatchObject({ ok: true });
    await person.open();
    expect(await withCode(person, first)).toEqual({
      ok: false,
      reason: "wrong-code",
      attemptsLeft: 5,
      hint: "used",
    });
    expect(await withCode(person, second)).toMatchObject({ ok: true });
  });
});

describe("what a right code earns", () => {
  test("for nothing but a fresh proof: no grant", async () => {
    const person = await personWithTotp();
    await person.open("action:confirm");
    const answered = await answer(person, await person.app.code(), { purpose: "action:confirm" });
    expect(answered).toMatchObject({ ok: true });
    expect((await person.vault()).grants).toEqual([]);
  });

  test("for an action: one grant for it, of this login, for five minutes", async () => {
    const person = await personWithTotp();
    await person.open("action:payout");
    await answer(person, await person.app.code(), { purpose: "action:payout" });
    const expiresAt = new Date(person.clock.now().getTime() + 300_000);
    expect((await person.vault()).grants).toEqual([
      { id: expect.stringMatching(/^.{22}$/), login: "login-1", action: "payout", expiresAt },
    ]);
    const grant = { login: "login-1", action: "payout", at: person.clock.now() };
    expect(await person.store.spendGrant(person.ref, { ...grant, action: "change-password" })).toBe(false);
    expect(await person.store.spendGrant(person.ref, { ...grant, login: "login-2" })).toBe(false);
    expect(await person.store.spendGrant(person.ref, grant)).toBe(true);
    expect(await person.store.spendGrant(person.ref, grant)).toBe(false);
  });

  test("at login: nothing", async () => {
    const person = await personWithTotp();
    await person.open();
    await answer(person, await person.app.code());
    expect((await person.vault()).grants).toEqual([]);
  });

  test("at login with a recovery code: one change of factors", async () => {
    const person = await personWithRecoveryCodes();
    await person.open();
    await answer(person, person.codes[0], { factor: "recovery-code" });
    expect((await person.vault()).grants).toMatchObject([{ login: "login-1", action: "change-factors" }]);
  });
});

describe("of many answers at once", () => {
  test("with one right code, one wins; the other finds the challenge answered", async () => {
    const person = await personWithTotp();
    await person.open();
    const code = await person.app.code();
    const answers = await Promise.all([answer(person, code), answer(person, code)]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.filter(({ ok }) => !ok)).toEqual([{ ok: false, reason: "no-challenge" }]);
  });

  test("with one right code in two logins, one wins; the other is told that it is used, and keeps its attempts", async () => {
    const person = await personWithTotp();
    await person.open("login", "login-1");
    await person.open("login", "login-2");
    const code = await person.app.code();
    const answers = await Promise.all(["login-1", "login-2"].map((login) => answer(person, code, { login })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.filter(({ ok }) => !ok)).toMatchObject([{ reason: "wrong-code", hint: "used" }]);
    expect((await person.vault()).challenges).toHaveLength(1);
  });

  test("with guesses, five are compared", async () => {
    const person = await personWithTotp();
    await person.open();
    const code = await wrongCode(person.app);
    const answers = await Promise.all(Array.from({ length: 30 }, () => answer(person, code)));
    const reasons = answers.map((it) => (it.ok ? "right" : it.reason));
    expect(reasons.filter((reason) => reason === "wrong-code")).toHaveLength(5);
    expect(reasons.filter((reason) => reason === "locked")).toHaveLength(25);
  });

  test("the loser of a race for a user who is gone is told that nothing is asked", async () => {
    const person = newPerson({
      factors: [factorOf(async () => ({ ok: true, spend: { kind: "totp", enrolment: "gone", step: 1 } }))],
    });
    await person.open();
    const gone = { ...person.parts.store, read: async () => undefined, refundAttempt: async () => false };
    const parts = { ...person.parts, store: gone };
    const answered = await answerChallenge(parts, person.ref, question("any", { factor: "email" }));
    expect(answered).toEqual({ ok: false, reason: "no-challenge" });
  });
});

import { describe, expect, test } from "vitest";
import { answerChallenge } from "../../src/core/challenge.js";
import type { CodeNote } from "../../src/core/factor.js";
import { type SendRequest, sendCode } from "../../src/core/sent-code.js";
import type { SecondFactorStore } from "../../src/core/store.js";
import { totp } from "../../src/factors/totp.js";
import { MAIL_ADDRESS, NOBODY, NUMBER, newPerson, type Person, personWithPost } from "./person.js";
import { newPost } from "./post.js";

const LOGIN = { login: "login-1", purpose: "login" } as const;
const REQUEST: SendRequest = {
  ...LOGIN,
  allowed: ["totp", "email", "sms"],
  factor: "email",
  account: "anna",
};
const NO_CHALLENGE = { ok: false, reason: "no-challenge" };
const NOT_ALLOWED = { ok: false, reason: "not-allowed" };

const send = (person: Person, changes: Partial<SendRequest> = {}) =>
  sendCode(person.parts, person.ref, { ...REQUEST, ...changes });

const answer = (person: Person, code: string, changes: Partial<SendRequest> = {}) => {
  const { login, purpose, allowed, factor } = { ...REQUEST, ...changes };
  return answerChallenge(person.parts, person.ref, { login, purpose, allowed, factor, code });
};

type PersonWithPost = Awaited<ReturnType<typeof personWithPost>>;

/** Another six digits than these. */
const otherThan = (code: string) => (code === "111111" ? "222222" : "111111");

/** Anna, of whom a code is asked. */
async function asked(...[setup]: Parameters<typeof personWithPost>) {
  const person = await personWithPost(setup);
  const challenge = await person.open();
  person.heard();
  return { person, challenge, post: person.post };
}

/** The person's record of a code being sent, and of attempts. */
const kept = async (person: Person) => {
  const { challenges, sends, failures } = await person.vault();
  return { challenges, sends, failures };
};

describe("a code", () => {
  test("goes to the address that counts, once, and is told of without either", async () => {
    const { person, post } = await asked();
    const at = person.clock.now();
    expect(await send(person)).toEqual({
      ok: true,
      kind: "email",
      hint: "a***@acme.test",
      expiresAt: new Date(at.getTime() + 600_000),
      resendAt: new Date(at.getTime() + 60_000),
    });
    expect(post.messages()).toMatchObject([{ to: MAIL_ADDRESS, channel: "email", sentAt: at }]);
    const about = { user: "anna", purpose: "login", factor: "email", at };
    expect(person.heard()).toEqual([["code-sent", about]]);
  });

  test("goes by text message as well, and lives five minutes", async () => {
    const { person, post } = await asked();
    const expiresAt = new Date(person.clock.now().getTime() + 300_000);
    expect(await send(person, { factor: "sms" })).toMatchObject({
      ok: true,
      hint: "+1********23",
      expiresAt,
    });
    expect(post.messages()).toMatchObject([{ to: NUMBER, channel: "sms" }]);
    expect(await answer(person, post.code(), { factor: "sms" })).toMatchObject({ ok: true, kind: "sms" });
  });

  test("answers its challenge, once", async () => {
    const { person, post } = await asked();
    await send(person);
    expect(await answer(person, post.code())).toMatchObject({ ok: true, kind: "email", amr: "otp" });
    expect(await answer(person, post.code())).toEqual(NO_CHALLENGE);
  });

  test("is kept as a hash alone, beside the time it was sent", async () => {
    const { person, post, challenge } = await asked();
    const at = person.clock.now();
    await send(person);
    expect(await kept(person)).toEqual({
      challenges: [
        {
          ...challenge,
          code: {
            factor: "email",
            hash: expect.stringMatching(/^2026-11\..{43}$/),
            sentAt: at,
            expiresAt: challenge.expiresAt,
            resent: false,
          },
        },
      ],
      sends: [at],
      failures: {},
    });
    expect(JSON.stringify(await person.vault())).not.toContain(post.code());
  });

  test("says what it allows, whose it is and for how long, and has a reference of its own", async () => {
    const { person, post } = await asked({ post: { lifeMinutes: 3 } });
    const notes: CodeNote[] = [];
    const [email] = post.factors;
    if (!email?.sends) throw new Error("mail is sent by nobody");
    const sends = { ...email.sends, send: async (note: CodeNote) => void notes.push(note) };
    const factors = new Map([["email", { ...email, sends }] as const]);
    const sendNote = (request: SendRequest) => sendCode({ ...person.parts, factors }, person.ref, request);
    const first = person.clock.now();
    await sendNote(REQUEST);
    await person.open("action:payout");
    person.clock.advance({ minutes: 1 });
    await sendNote({ ...REQUEST, purpose: "action:payout", description: "pay 40 € to Ben" });
    const common = {
      to: MAIL_ADDRESS,
      code: expect.stringMatching(/^\d{6}$/),
      account: "anna",
      minutes: 3,
      reference: expect.stringMatching(/^.{22}$/),
    };
    expect(notes).toEqual([
      { ...common, purpose: "login", at: first },
      { ...common, purpose: "action:payout", description: "pay 40 € to Ben", at: person.clock.now() },
    ]);
    expect(notes[0]).not.toHaveProperty("description");
    expect(notes[0]?.reference).not.toBe(notes[1]?.reference);
  });

  test("works for its whole life, and the login waits as long; a failed one leaves its end where it was", async () => {
    const { person, post } = await asked();
    const { expiresAt } = await person.open("login", "login-1", 59);
    post.breakWith(() => {
      throw new Error("no post today");
    });
    await send(person);
    expect((await person.vault()).challenges[0]?.expiresAt).toEqual(expiresAt);
    post.breakWith(undefined);
    const end = new Date(person.clock.now().getTime() + 600_000);
    expect(await send(person)).toMatchObject({ ok: true, expiresAt: end });
    expect(post.messages()[0]?.text).toContain(" 10 minutes;");
    expect((await person.vault()).challenges[0]?.expiresAt).toEqual(end);
    person.clock.advance({ seconds: 599 });
    expect(await answer(person, post.code())).toMatchObject({ ok: true });
  });

  test("shortens no login that is open for longer", async () => {
    const { person } = await asked();
    const { expiresAt } = await person.open("login", "login-1", 3600);
    await send(person);
    expect((await person.vault()).challenges[0]?.expiresAt).toEqual(expiresAt);
  });

  test.each([
    [59, "1 minute;"],
    [31, "1 minute;"],
    [149, "2 minutes;"],
    [151, "3 minutes;"],
  ])("of an enrolment never outlives it: %s seconds are told as %s", async (seconds, told) => {
    const { person, post } = await asked();
    const at = person.clock.now();
    const end = new Date(at.getTime() + seconds * 1000);
    const pending = {
      id: "p",
      address: "new@acme.test",
      createdAt: at,
      expiresAt: end,
      login: "login-1",
      first: false,
    };
    await person.store.beginEnrolment(person.ref, "email", pending, { at });
    await person.open("enrol:email", "login-1", seconds);
    expect(await send(person, { purpose: "enrol:email" })).toMatchObject({ ok: true, expiresAt: end });
    expect(post.messages()[0]?.text).toContain(` ${told}`);
  });

  test("is worth nothing once its own time is up, which costs no attempt", async () => {
    const { person, post } = await asked({ post: { lifeMinutes: 1 } });
    await send(person);
    person.clock.advance({ seconds: 60 });
    const before = await kept(person);
    const expired = { ok: false, reason: "challenge-expired", over: false };
    expect(await answer(person, post.code())).toEqual(expired);
    expect(await kept(person)).toEqual(before);
    person.clock.advance({ seconds: -1 });
    expect(await answer(person, post.code())).toMatchObject({ ok: true });
  });

  test("is worth nothing for another purpose, login, factor or person", async () => {
    const { person, post } = await asked();
    await send(person);
    const code = post.code();
    await person.open("action:payout");
    await person.open("login", "login-2");
    const expired = { ok: false, reason: "challenge-expired", over: false };
    expect(await answer(person, code, { purpose: "action:payout" })).toEqual(expired);
    expect(await answer(person, code, { login: "login-2" })).toEqual(expired);
    expect(await answer(person, code, { factor: "sms" })).toEqual(expired);
    expect(await answerChallenge(person.parts, NOBODY, { ...REQUEST, code })).toEqual(NO_CHALLENGE);
    expect(await answer(person, code)).toMatchObject({ ok: true });
  });
});

describe("another code", () => {
  test("takes the place of the one before, which then is wrong and is called superseded", async () => {
    const { person, post } = await asked();
    await send(person);
    const first = post.code();
    person.clock.advance({ seconds: 60 });
    await send(person);
    const second = post.code();
    const wrong = first === second ? otherThan(second) : first;
    expect(await answer(person, wrong)).toEqual({
      ok: false,
      reason: "wrong-code",
      attemptsLeft: 4,
      hint: "superseded",
    });
    expect(await answer(person, second)).toMatchObject({ ok: true });
  });

  test("may go another way, and then the one before is worth nothing either", async () => {
    const { person, post } = await asked();
    await send(person);
    const first = post.code();
    person.clock.advance({ seconds: 60 });
    await send(person, { factor: "sms" });
    expect(await answer(person, first)).toMatchObject({ reason: "challenge-expired" });
    expect(await answer(person, post.code(), { factor: "sms" })).toMatchObject({ ok: true });
  });

  test("gives no attempts back while there are some", async () => {
    const { person, post, challenge } = await asked();
    await send(person);
    for (let i = 0; i < 4; i++) await answer(person, otherThan(post.code()));
    person.clock.advance({ seconds: 60 });
    await send(person);
    expect((await person.vault()).challenges).toMatchObject([{ id: challenge.id, attempts: 4 }]);
    expect(await answer(person, otherThan(post.code()))).toMatchObject({ attemptsLeft: 0 });
  });

  test("begins the attempts afresh where they are used up, not the person's budget", async () => {
    const { person, post, challenge } = await asked();
    await send(person);
    const first = post.code();
    for (let i = 0; i < 5; i++) await answer(person, otherThan(first));
    person.clock.advance({ seconds: 60 });
    expect(await send(person)).toMatchObject({ ok: true });
    const [renewed] = (await person.vault()).challenges;
    expect(renewed).toMatchObject({ attempts: 0 });
    expect(renewed?.id).not.toBe(challenge.id);
    expect(await person.failures()).toBe(5);
    expect(await answer(person, post.code())).toMatchObject({ ok: true });
  });

  test("is told when it may be asked for: in a minute, or once an hour has passed since the fifth last", async () => {
    const { person } = await asked();
    const began = person.clock.now().getTime();
    await person.open("login", "login-1", 7200);
    for (const seconds of [60, 120, 180, 240, 3600]) {
      expect(await send(person)).toMatchObject({ ok: true, resendAt: new Date(began + seconds * 1000) });
      person.clock.advance({ seconds: 60 });
    }
    const until = new Date(began + 3_600_000);
    expect(await send(person)).toEqual({ ok: false, reason: "resend-too-soon", until });
  });

  test("is counted over all that codes are for: a new login buys none", async () => {
    const { person, post } = await asked();
    await send(person);
    await person.open("login", "login-2");
    await person.open("action:payout");
    const tooSoon = { ok: false, reason: "resend-too-soon", until: expect.any(Date) };
    expect(await send(person, { login: "login-2" })).toEqual(tooSoon);
    expect(await send(person, { purpose: "action:payout", factor: "sms" })).toEqual(tooSoon);
    expect(post.messages()).toHaveLength(1);
  });
});

describe("nothing is sent, and nothing changes,", () => {
  async function refused(
    { person, post }: Awaited<ReturnType<typeof asked>>,
    changes: Partial<SendRequest> = {},
  ) {
    const before = await person.state();
    const messages = post.messages();
    const sent = await send(person, changes);
    expect(await person.state()).toEqual(before);
    expect(post.messages()).toEqual(messages);
    expect(person.heard()).toEqual([]);
    return sent;
  }

  test.each<[string, Partial<SendRequest>]>([
    ["by a factor that may not answer", { allowed: ["totp", "sms"] }],
    ["by one that is not configured", { factor: "passkey", allowed: ["passkey"] }],
    ["by one whose codes nobody sends", { factor: "totp" }],
  ])("%s", async (_, changes) => {
    expect(await refused(await asked(), changes)).toEqual(NOT_ALLOWED);
  });

  test("to an address that was never proven: one that is suggested, or that another login enrols", async () => {
    const post = newPost();
    const person = { ...newPerson({ more: post.factors }), post };
    const challenge = await person.open();
    await person.open("enrol:email");
    await person.store.suggestAddress(person.ref, "email", MAIL_ADDRESS);
    const at = person.clock.now();
    const expiresAt = new Date(at.getTime() + 60_000);
    const pending = {
      id: "p1",
      address: MAIL_ADDRESS,
      createdAt: at,
      expiresAt,
      login: "login-2",
      first: true,
    };
    await person.store.beginEnrolment(person.ref, "email", pending, { at });
    person.heard();
    expect(await refused({ person, post, challenge })).toEqual(NOT_ALLOWED);
    expect(await refused({ person, post, challenge }, { purpose: "enrol:email" })).toEqual(NOT_ALLOWED);
  });

  test("without a challenge of this login and purpose", async () => {
    const anna = await asked();
    expect(await refused(anna, { login: "login-2" })).toEqual(NO_CHALLENGE);
    expect(await refused(anna, { purpose: "action:payout" })).toEqual(NO_CHALLENGE);
  });

  test("to nobody", async () => {
    const { person, post } = await asked();
    expect(await sendCode(person.parts, NOBODY, REQUEST)).toEqual(NO_CHALLENGE);
    expect(await sendCode(person.parts, NOBODY, { ...REQUEST, opensFor: 600 })).toEqual(NO_CHALLENGE);
    expect(post.messages()).toEqual([]);
  });

  test("once the challenge is over, to the second", async () => {
    const anna = await asked();
    anna.person.clock.advance({ seconds: 600 });
    const over = { ok: false, reason: "challenge-expired", over: true };
    expect(await refused(anna)).toEqual(over);
    anna.person.clock.advance({ seconds: -1 });
    expect(await send(anna.person)).toMatchObject({ ok: true });
  });

  test("too soon after another, with the time to wait for, to the second", async () => {
    const anna = await asked();
    const until = new Date(anna.person.clock.now().getTime() + 60_000);
    await send(anna.person);
    anna.person.heard();
    anna.person.clock.advance({ seconds: 59 });
    expect(await refused(anna)).toEqual({ ok: false, reason: "resend-too-soon", until });
    anna.person.clock.advance({ seconds: 1 });
    expect(await send(anna.person)).toMatchObject({ ok: true });
  });

  test("while codes are paused, which is all that is told", async () => {
    const anna = await asked();
    await send(anna.person);
    await anna.person.fail(5);
    anna.person.heard();
    const until = new Date(anna.person.clock.now().getTime() + 30_000);
    const locked = { ok: false, reason: "locked", until };
    expect(await refused(anna)).toEqual(locked);
    expect(await refused(anna, { login: "login-2" })).toEqual(locked);
  });

  test("where codes are blocked, and then without a time to wait for", async () => {
    const anna = await asked();
    await anna.person.fail(100);
    anna.person.clock.advance({ days: 365 });
    anna.person.heard();
    expect(await refused(anna)).toEqual({ ok: false, reason: "locked" });
  });

  test("but for a session that is signed in while logins are locked", async () => {
    const { person } = await asked();
    await person.fail(5, "login");
    await person.open("action:payout");
    expect(await send(person, { purpose: "action:payout" })).toMatchObject({ ok: true });
    await person.fail(5, "signedIn");
    expect(await send(person, { purpose: "action:payout" })).toMatchObject({ reason: "locked" });
  });
});

describe("a request that may open the challenge", () => {
  const purpose = "action:payout";

  test("opens it where none is in force, for so long", async () => {
    const { person, post } = await asked();
    const expiresAt = new Date(person.clock.now().getTime() + 600_000);
    expect(await send(person, { purpose, opensFor: 900 })).toMatchObject({ ok: true, expiresAt });
    const end = new Date(person.clock.now().getTime() + 900_000);
    expect((await person.vault()).challenges.at(-1)?.expiresAt).toEqual(end);
    expect(person.heard().map(([name]) => name)).toEqual(["challenge-started", "code-sent"]);
    expect(await answer(person, post.code(), { purpose })).toMatchObject({ ok: true });
  });

  test("opens it anew where the one before is over", async () => {
    const { person } = await asked();
    const { id } = await person.open(purpose);
    person.clock.advance({ seconds: 600 });
    expect(await send(person, { purpose, opensFor: 300 })).toMatchObject({ ok: true });
    const [, challenge] = (await person.vault()).challenges;
    expect(challenge?.id).not.toBe(id);
  });

  test("leaves one alone that is in force, with its attempts, however long it would open one for", async () => {
    const { person, challenge } = await asked();
    await send(person);
    await answer(person, otherThan(person.post.code()));
    person.clock.advance({ seconds: 60 });
    await send(person, { opensFor: 10_000 });
    const expiresAt = new Date(person.clock.now().getTime() + 600_000);
    expect((await person.vault()).challenges).toMatchObject([{ id: challenge.id, expiresAt, attempts: 1 }]);
  });

  test("finds none where the user went meanwhile", async () => {
    const { person, post } = await asked();
    const store = { ...person.store, openChallenge: async () => undefined };
    const request = { ...REQUEST, purpose, opensFor: 300 } as const;
    expect(await sendCode({ ...person.parts, store }, person.ref, request)).toEqual(NO_CHALLENGE);
    expect(post.messages()).toEqual([]);
  });
});

describe("of many requests at once", () => {
  test("one sends, the others are told to wait", async () => {
    const { person, post } = await asked();
    const sent = await Promise.all(Array.from({ length: 20 }, () => send(person)));
    expect(sent.filter(({ ok }) => ok)).toHaveLength(1);
    const until = new Date(person.clock.now().getTime() + 60_000);
    const tooSoon = { ok: false, reason: "resend-too-soon", until };
    expect(sent.filter(({ ok }) => !ok)).toEqual(Array.from({ length: 19 }, () => tooSoon));
    expect(post.messages()).toHaveLength(1);
    expect(await answer(person, post.code())).toMatchObject({ ok: true });
  });

  test("of different logins and factors one sends as well", async () => {
    const { person, post } = await asked();
    await person.open("login", "login-2");
    const sent = await Promise.all([
      send(person),
      send(person, { login: "login-2" }),
      send(person, { factor: "sms" }),
    ]);
    expect(sent.filter(({ ok }) => ok)).toHaveLength(1);
    expect(post.messages()).toHaveLength(1);
  });

  /** What became of a request that something else came before, between its reading and its writing. */
  async function overtakenBy(meanwhile: (person: PersonWithPost) => Promise<unknown>) {
    const { person, post } = await asked();
    await send(person);
    person.clock.advance({ seconds: 60 });
    const messages = post.messages().length;
    const reserveSend: SecondFactorStore["reserveSend"] = async (...args) => {
      await meanwhile(person);
      return person.store.reserveSend(...args);
    };
    const parts = { ...person.parts, store: { ...person.store, reserveSend } };
    const sent = await sendCode(parts, person.ref, REQUEST);
    return { sent, messages: post.messages().length - messages };
  }

  test("the loser is told why, and sends nothing: the challenge was cancelled", async () => {
    const cancel = (person: Person) => person.store.closeChallenge(person.ref, LOGIN);
    expect(await overtakenBy(cancel)).toEqual({ sent: NO_CHALLENGE, messages: 0 });
  });

  test("another one took its place", async () => {
    expect(await overtakenBy((person) => person.open())).toEqual({ sent: NO_CHALLENGE, messages: 0 });
  });

  test("its attempts were used up, and codes are paused", async () => {
    const guess = async (person: PersonWithPost) => {
      for (let i = 0; i < 5; i++) await answer(person, otherThan(person.post.code()));
    };
    expect(await overtakenBy(guess)).toMatchObject({ sent: { reason: "locked" }, messages: 0 });
  });

  test("another code was sent", async () => {
    const { sent, messages } = await overtakenBy((person) => send(person, { factor: "sms" }));
    expect({ sent, messages }).toMatchObject({ sent: { reason: "resend-too-soon" }, messages: 1 });
  });

  test("the user is gone", async () => {
    const { person, post } = await asked();
    let reads = 0;
    const store: SecondFactorStore = {
      ...person.store,
      read: async (ref) => (reads++ === 0 ? person.store.read(ref) : undefined),
      reserveSend: async () => false,
    };
    expect(await sendCode({ ...person.parts, store }, person.ref, REQUEST)).toEqual(NO_CHALLENGE);
    expect(post.messages()).toEqual([]);
  });
});

test("a factor that is not configured any more sends nothing, though somebody has it", async () => {
  const { person } = await asked();
  const factors = new Map([["totp", totp()] as const]);
  expect(await sendCode({ ...person.parts, factors }, person.ref, REQUEST)).toEqual(NOT_ALLOWED);
});

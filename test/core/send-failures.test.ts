// What a message costs that did not go out: nothing.
import { describe, expect, test } from "vitest";
import { answerChallenge } from "../../src/core/challenge.js";
import { DeliveryError } from "../../src/core/delivery.js";
import { type SendRequest, sendCode } from "../../src/core/sent-code.js";
import { MAIL_ADDRESS, NUMBER, personWithPost } from "./person.js";

const REQUEST: SendRequest = {
  login: "login-1",
  purpose: "login",
  allowed: ["email", "sms"],
  factor: "email",
  account: "anna",
};

const REFUSED = new DeliveryError("rejected", "the message was refused", { isDefinite: true });
const LOST = new DeliveryError("timeout", "nobody answered", { isDefinite: false });
const throws = (thrown: unknown) => () => {
  throw thrown;
};

async function asked(setup?: Parameters<typeof personWithPost>[0]) {
  const person = await personWithPost(setup);
  await person.open("login", "login-1", 86_400);
  const send = (changes: Partial<SendRequest> = {}) =>
    sendCode(person.parts, person.ref, { ...REQUEST, ...changes });
  const answer = (code: string) => answerChallenge(person.parts, person.ref, { ...REQUEST, code });
  person.heard();
  return { ...person, send, answer };
}

const FAULTS: [string, unknown, object][] = [
  ["a definite refusal", REFUSED, { reason: "rejected", isDefinite: true }],
  ["a time-out, whose outcome nobody knows", LOST, { reason: "timeout", isDefinite: false }],
  ["any other error", new Error("boom"), { reason: "unreachable", isDefinite: false }],
  ["a text", "boom", { reason: "unreachable", isDefinite: false }],
  ["nothing at all", undefined, { reason: "unreachable", isDefinite: false }],
];

describe.each(FAULTS)("a delivery that throws %s", (_, thrown, error) => {
  test("is told, and leaves everything as it was: another code may be asked for at once", async () => {
    const { post, send, state, heard, clock, answer } = await asked();
    const before = await state();
    post.breakWith(throws(thrown));
    const failed = await send();
    expect(failed).toEqual({ ok: false, reason: "delivery-failed", error: expect.any(DeliveryError) });
    expect(failed).toMatchObject({ error });
    expect(await state()).toEqual(before);
    const about = { user: "anna", purpose: "login", factor: "email" };
    const told = { ...about, error: expect.objectContaining(error), at: clock.now() };
    expect(heard()).toEqual([["delivery-failed", told]]);

    post.breakWith();
    expect(await send()).toMatchObject({ ok: true });
    expect(await answer(post.code())).toMatchObject({ ok: true });
  });

  test("leaves the code before it as the one that works, with the attempts and failures there were", async () => {
    const { post, send, state, clock, answer } = await asked();
    await send();
    const code = post.code();
    await answer(code === "111111" ? "222222" : "111111");
    clock.advance({ seconds: 60 });
    const before = await state();
    post.breakWith(throws(thrown));
    expect(await send()).toMatchObject({ ok: false, reason: "delivery-failed" });
    expect(await state()).toEqual(before);
    expect(await answer(code)).toMatchObject({ ok: true });
  });
});

describe("a message that did not go out", () => {
  test("says nothing of the recipient or the code in what is told", async () => {
    const { post, send, heard } = await asked();
    let written = "";
    post.breakWith(() => {
      written = "tried";
      throw REFUSED;
    });
    const failed = await send({ factor: "sms" });
    const told = JSON.stringify([failed, heard()]);
    expect(written).toBe("tried");
    expect(told).not.toContain(NUMBER);
    expect(told).not.toContain(MAIL_ADDRESS);
    expect(told).not.toMatch(/\d{6}/);
  });

  test("of a challenge whose attempts were used up leaves it with fresh ones, no code, and the old budget", async () => {
    const { post, send, vault, clock, answer, failures } = await asked();
    await send();
    const wrong = post.code() === "111111" ? "222222" : "111111";
    for (let i = 0; i < 5; i++) await answer(wrong);
    clock.advance({ seconds: 60 });
    const { sends } = await vault();
    post.breakWith(throws(LOST));
    expect(await send()).toMatchObject({ reason: "delivery-failed" });
    const { challenges, sends: after } = await vault();
    expect(challenges).toMatchObject([{ attempts: 0 }]);
    expect(challenges[0]).not.toHaveProperty("code");
    expect(after).toEqual(sends);
    expect(await failures()).toBe(5);
  });

  test("brings no older code back where its challenge was opened anew meanwhile", async () => {
    const { post, send, vault, clock, open, parts, ref } = await asked();
    await send();
    clock.advance({ seconds: 60 });
    const [email] = post.factors;
    if (!email?.sends) throw new Error("mail is sent by nobody");
    const opensAnew = async () => {
      await open();
      throw LOST;
    };
    const broken = { ...email, sends: { ...email.sends, send: opensAnew } };
    const factors = new Map([["email", broken] as const]);
    expect(await sendCode({ ...parts, factors }, ref, REQUEST)).toMatchObject({ reason: "delivery-failed" });
    const { challenges, sends } = await vault();
    expect(challenges[0]).not.toHaveProperty("code");
    expect(sends).toHaveLength(1);
  });
});

describe("what is limited for everybody together", () => {
  test("three texts to a number in ten minutes, whoever asks; then it is told when, and nothing is counted", async () => {
    const { post, send, state, clock, heard } = await asked();
    const began = clock.now().getTime();
    for (let i = 0; i < 3; i++) {
      expect(await send({ factor: "sms" })).toMatchObject({ ok: true });
      clock.advance({ seconds: 60 });
    }
    const before = await state();
    heard();
    const until = new Date(began + 600_000);
    expect(await send({ factor: "sms" })).toEqual({ ok: false, reason: "resend-too-soon", until });
    expect(await state()).toEqual(before);
    expect(post.messages()).toHaveLength(3);
    expect(heard()).toEqual([]);
    expect(await send({ factor: "email" })).toMatchObject({ ok: true });
    clock.set(until);
    expect(await send({ factor: "sms" })).toMatchObject({ ok: true });
  });

  test("a definite refusal is not among them", async () => {
    const { post, send } = await asked();
    post.breakWith(throws(REFUSED));
    for (let i = 0; i < 10; i++) {
      expect(await send({ factor: "sms" })).toMatchObject({ reason: "delivery-failed", error: REFUSED });
    }
    post.breakWith();
    expect(await send({ factor: "sms" })).toMatchObject({ ok: true });
  });

  test("one whose outcome nobody knows is: it may have arrived", async () => {
    const { post, send } = await asked();
    post.breakWith(throws(LOST));
    for (let i = 0; i < 3; i++) {
      expect(await send({ factor: "sms" })).toMatchObject({ reason: "delivery-failed" });
    }
    post.breakWith();
    expect(await send({ factor: "sms" })).toMatchObject({ reason: "resend-too-soon" });
    expect(post.messages()).toEqual([]);
  });

  test("mail to an address that is proven is not", async () => {
    const { post, send } = await asked();
    post.breakWith(throws(LOST));
    for (let i = 0; i < 10; i++) expect(await send()).toMatchObject({ reason: "delivery-failed" });
    post.breakWith();
    expect(await send()).toMatchObject({ ok: true });
  });

  test("a limiter that breaks fails the request, and costs nothing", async () => {
    const { post, send, state, parts, ref, heard } = await asked();
    const before = await state();
    const broken = new Error("the limiter is down");
    const limiter = { ...parts.limiter, take: () => Promise.reject(broken) };
    const request = { ...REQUEST, factor: "sms" } as const;
    await expect(sendCode({ ...parts, limiter }, ref, request)).rejects.toBe(broken);
    expect(await state()).toEqual(before);
    expect(post.messages()).toEqual([]);
    expect(heard()).toEqual([]);
    expect(await send({ factor: "sms" })).toMatchObject({ ok: true });
  });
});

describe("a limiter that breaks half-way", () => {
  const enrolling = async () => {
    const person = await asked();
    const at = person.clock.now();
    const expiresAt = new Date(at.getTime() + 1_800_000);
    const pending = {
      id: "p",
      address: "new@acme.test",
      createdAt: at,
      expiresAt,
      login: "login-1",
      first: false,
    };
    await person.store.beginEnrolment(person.ref, "email", pending, { at });
    await person.open("enrol:email");
    person.heard();
    return { ...person, request: { ...REQUEST, purpose: "enrol:email" } as const };
  };

  test("gives back what it had taken for the address", async () => {
    const { parts, ref, request } = await enrolling();
    const broken = new Error("the limiter is down");
    let balance = 0;
    const limiter = {
      take: async (key: string) => {
        if (key.startsWith("new:")) throw broken;
        balance += 1;
        return { ok: true } as const;
      },
      giveBack: async () => {
        balance -= 1;
      },
    };
    await expect(sendCode({ ...parts, limiter }, ref, request)).rejects.toBe(broken);
    expect(balance).toBe(0);
  });

  test("tells of the failed message before it fails to give back", async () => {
    const { parts, ref, request, post, heard, vault } = await enrolling();
    post.breakWith(() => {
      throw new DeliveryError("busy", "later", { isDefinite: true });
    });
    const broken = new Error("the limiter is down");
    const limiter = { ...parts.limiter, giveBack: () => Promise.reject(broken) };
    await expect(sendCode({ ...parts, limiter }, ref, request)).rejects.toBe(broken);
    expect(heard()).toMatchObject([["delivery-failed", { factor: "email" }]]);
    expect((await vault()).sends).toEqual([]);
  });
});

describe("the daily cap on new addresses", () => {
  async function enrolling(newAddressesPerDay: number) {
    const person = await asked({ post: { newAddressesPerDay } });
    /** Begins an enrolment of an address in a login of its own, and asks for the code. */
    const sendTo = async (address: string, login = address) => {
      const at = person.clock.now();
      const expiresAt = new Date(at.getTime() + 1_800_000);
      const pending = { id: address, address, createdAt: at, expiresAt, login, first: false };
      await person.store.beginEnrolment(person.ref, "email", pending, { at });
      await person.open("enrol:email", login);
      person.heard();
      const before = await person.vault();
      const sent = await person.send({ login, purpose: "enrol:email" });
      if (!sent.ok) expect(await person.vault()).toEqual(before);
      person.clock.advance({ seconds: 720 });
      return sent;
    };
    return { ...person, sendTo };
  }

  test("lets so many through, then none, which is told once and is nobody's fault", async () => {
    const person = await enrolling(2);
    for (const address of ["a@acme.test", "b@acme.test"]) {
      expect(await person.sendTo(address)).toMatchObject({ ok: true });
    }
    const at = person.clock.now();
    expect(await person.sendTo("c@acme.test")).toMatchObject({
      reason: "delivery-failed",
      until: expect.any(Date),
    });
    expect(person.heard()).toEqual([["send-cap-reached", { factor: "email", perDay: 2, at }]]);
    expect(await person.sendTo("d@acme.test")).toMatchObject({
      reason: "delivery-failed",
      until: expect.any(Date),
    });
    expect(person.heard()).toEqual([]);
    expect(person.post.messages()).toHaveLength(2);
  });

  test("stops no message to an address that is proven, and is over the next day", async () => {
    const person = await enrolling(1);
    await person.sendTo("a@acme.test");
    expect(await person.sendTo("b@acme.test")).toMatchObject({ ok: false });
    expect(await person.send()).toMatchObject({ ok: true });
    person.clock.set(new Date("2026-01-02T00:00:00Z"));
    expect(await person.sendTo("b@acme.test")).toMatchObject({ ok: true });
  });

  test("gives the address its allowance back: what was not sent does not count against it", async () => {
    const person = await enrolling(1);
    await person.sendTo("a@acme.test");
    person.clock.set(new Date("2026-01-01T23:50:00Z"));
    const takes: string[] = [];
    const backs: string[] = [];
    const { limiter } = person.parts;
    person.parts.limiter = {
      take: async (key, ...rest) => {
        const taken = await limiter.take(key, ...rest);
        if (taken.ok) takes.push(key);
        return taken;
      },
      giveBack: async (key, ...rest) => {
        backs.push(key);
        await limiter.giveBack(key, ...rest);
      },
    };
    expect(await person.sendTo("b@acme.test")).toMatchObject({ reason: "delivery-failed" });
    expect(takes).toEqual([expect.stringMatching(/^address:email:.{43}$/)]);
    expect(backs).toEqual(takes);
    expect(takes.join()).not.toContain("b@acme.test");
  });

  test("counts three codes in ten minutes to one new address, though logins differ", async () => {
    const person = await asked();
    person.post.breakWith(throws(LOST));
    const at = person.clock.now();
    const results = [];
    for (const login of ["l1", "l2", "l3", "l4"]) {
      const expiresAt = new Date(at.getTime() + 1_800_000);
      const pending = { id: login, address: "ben@acme.test", createdAt: at, expiresAt, login, first: false };
      await person.store.beginEnrolment(person.ref, "email", pending, { at });
      await person.open("enrol:email", login);
      results.push(await person.send({ login, purpose: "enrol:email" }));
    }
    expect(results.map((it) => !it.ok && it.reason)).toEqual([
      "delivery-failed",
      "delivery-failed",
      "delivery-failed",
      "resend-too-soon",
    ]);
  });

  test("is given back by a definite refusal, as is the address's own", async () => {
    const person = await enrolling(1);
    person.post.breakWith(throws(REFUSED));
    for (let i = 0; i < 5; i++) {
      expect(await person.sendTo("a@acme.test")).toMatchObject({ error: REFUSED });
    }
    person.post.breakWith();
    expect(await person.sendTo("a@acme.test")).toMatchObject({ ok: true });
  });
});

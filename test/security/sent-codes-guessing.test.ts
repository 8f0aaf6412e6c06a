// Somebody who knows the password, but reads neither the mailbox nor the phone, guesses codes that were sent.
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  everyFactor,
  PHONE,
  SEND,
  sentCode,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
  WRONG_CODE,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const ADDRESS = "tom.private@mail.test";
const ACTION = "change-factors";
const FACTORS = ["email", "sms"] as const;

const app = useApp(() => ({ factors: everyFactor }));
beforeEach(async () => {
  await app.connection.collection("second_factor_limits").deleteMany({});
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: ADDRESS, phone: PHONE });
});

/** Any code but this one. */
const notThe = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");
const messages = () => app.outbox.messages().length;
const waitOf = (reply: Reply) => Number(reply.headers.get("retry-after"));

/** Has a code sent; tells it, since it went to Tom. */
async function send(visitor: Visitor, factor: string, fields: object = {}): Promise<string> {
  expect((await visitor.post(SEND, { factor, ...fields })).status).toBe(202);
  return sentCode(app);
}

async function guess(visitor: Visitor, times: number, fields: object): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let i = 0; i < times; i += 1) replies.push(await visitor.post(VERIFY, fields));
  return replies;
}

const left = (replies: Reply[]) => replies.map(({ json }) => json["attemptsLeft"]);

interface Vault {
  failures?: Record<string, { count: number }>;
  challenges: { attempts: number }[];
}

async function vaultOf(email = TOM): Promise<Vault> {
  const user = (await storedUser(app, email)) as { secondFactor: { vault: Vault } };
  return user.secondFactor.vault;
}

async function failuresOf(budget: "login" | "signedIn" = "login", email = TOM): Promise<number> {
  return (await vaultOf(email)).failures?.[budget]?.count ?? 0;
}

async function expectLocked(reply: Reply, seconds: number): Promise<void> {
  expect([reply.status, reply.json["code"], waitOf(reply)]).toEqual([429, "locked", seconds]);
}

describe.each(FACTORS)("five attempts at a challenge whose code went by %s", (factor) => {
  test("five wrong codes, then the right one: refused, and the challenge is dead", async () => {
    const eve = await afterPassword(app, TOM);
    const code = await send(eve, factor);
    expect(left(await guess(eve, 5, { factor, code: notThe(code) }))).toEqual([4, 3, 2, 1, 0]);
    await expectLocked(await eve.post(VERIFY, { factor, code }), 30);
    app.clock.advance({ seconds: 30 });
    const dead = await eve.post(VERIFY, { factor, code });
    expect([dead.status, dead.json["code"]]).toEqual([410, "challenge_expired"]);
    expect((await eve.get("/account")).status).toBe(401);
  });

  test("a resend gives no attempt back", async () => {
    const eve = await afterPassword(app, TOM);
    const replies: Reply[] = [];
    for (const times of [2, 2, 1]) {
      const code = await send(eve, factor);
      replies.push(...(await guess(eve, times, { factor, code: notThe(code) })));
      app.clock.advance({ seconds: 60 });
    }
    expect(left(replies)).toEqual([4, 3, 2, 1, 0]);
    expect(await failuresOf()).toBe(5);
  });

  test("after the pause a new code begins the challenge afresh, the old one stays dead, and the count goes on", async () => {
    const eve = await afterPassword(app, TOM);
    const old = await send(eve, factor);
    await guess(eve, 5, { factor, code: notThe(old) });
    app.clock.advance({ seconds: 60 });
    const code = await send(eve, factor);
    const [superseded] = await guess(eve, 1, { factor, code: old });
    expect(superseded?.json).toMatchObject({ code: "wrong_code", hint: "superseded", attemptsLeft: 4 });
    expect(left(await guess(eve, 4, { factor, code: notThe(code) }))).toEqual([3, 2, 1, 0]);
    expect(await failuresOf()).toBe(10);
    await expectLocked(await eve.post(VERIFY, { factor, code }), 300);
  });

  test("200 parallel wrong guesses at one challenge: five are compared", async () => {
    const eve = await afterPassword(app, TOM);
    const wrong = notThe(await send(eve, factor));
    const compared: unknown[] = [];
    app.secondFactor.on("code-refused", (event) => compared.push(event));
    const racers = Array.from({ length: 200 }, () => eve.copy());
    const replies = await Promise.all(racers.map((racer) => racer.post(VERIFY, { factor, code: wrong })));
    expect(compared).toHaveLength(5);
    expect(replies.filter(({ json }) => json["code"] === "wrong_code")).toHaveLength(5);
    expect(replies.filter(({ json }) => json["code"] === "locked")).toHaveLength(195);
    expect(await failuresOf()).toBe(5);
    expect((await vaultOf()).challenges.map(({ attempts }) => attempts)).toEqual([5]);
  });

  test("the right code among 100 parallel guesses wins at most once, and never beyond the fifth", async () => {
    const eve = await afterPassword(app, TOM);
    const code = await send(eve, factor);
    await guess(eve, 4, { factor, code: notThe(code) });
    const racers = Array.from({ length: 100 }, () => eve.copy());
    const replies = await Promise.all(
      racers.map((racer, i) => racer.post(VERIFY, { factor, code: i === 50 ? code : notThe(code) })),
    );
    const compared = replies.filter(({ status, json }) => status === 200 || json["code"] === "wrong_code");
    expect(compared.length).toBeLessThanOrEqual(1);
    expect(replies.every(({ status }) => status < 500)).toBe(true);
  });
});

test("200 parallel wrong guesses over five logins, each with a code of its own: five are compared", async () => {
  const logins: Visitor[] = [];
  for (let i = 0; i < 5; i += 1) {
    const eve = await afterPassword(app, TOM);
    await send(eve, "email");
    logins.push(eve);
    app.clock.advance({ seconds: 60 });
  }
  const compared: unknown[] = [];
  app.secondFactor.on("code-refused", (event) => compared.push(event));
  const racers = logins.flatMap((login) => Array.from({ length: 40 }, () => login.copy()));
  const body = { factor: "email", code: WRONG_CODE };
  const replies = await Promise.all(racers.map((racer) => racer.post(VERIFY, body)));
  expect(compared).toHaveLength(5);
  expect(replies.filter(({ status }) => status === 429)).toHaveLength(195);
  expect(await failuresOf()).toBe(5);
});

describe("invariant 5: the count of wrong codes goes on", () => {
  test("over new logins, sessions, addresses and browsers, each with a code of its own", async () => {
    for (let i = 1; i <= 5; i += 1) {
      const eve = await afterPassword(app, TOM);
      const code = notThe(await send(eve, "email"));
      const headers = { "user-agent": `Browser/${i}`, "x-forwarded-for": `203.0.113.${i}` };
      const reply = await eve.ask(VERIFY, { method: "POST", headers, body: { factor: "email", code } });
      expect(reply.json).toMatchObject({ code: "wrong_code", attemptsLeft: 5 - i });
      app.clock.advance({ seconds: i < 5 ? 60 : 0 });
    }
    const eve = await afterPassword(app, TOM);
    await expectLocked(await eve.post(SEND, { factor: "email" }), 30);
    expect(messages()).toBe(5);
  });

  test("over a switch from one factor to the next: app, e-mail, text message", async () => {
    const eve = await afterPassword(app, TOM);
    expect(left(await guess(eve, 2, { factor: "totp", code: WRONG_CODE }))).toEqual([4, 3]);
    const mailed = await send(eve, "email");
    expect(left(await guess(eve, 2, { factor: "email", code: notThe(mailed) }))).toEqual([2, 1]);
    app.clock.advance({ seconds: 60 });
    const texted = await send(eve, "sms");
    expect(left(await guess(eve, 1, { factor: "sms", code: notThe(texted) }))).toEqual([0]);
    await expectLocked(await eve.post(VERIFY, { factor: "sms", code: texted }), 30);
    const right = await codes(app.clock).code();
    await expectLocked(await eve.post(VERIFY, { factor: "totp", code: right }), 30);
  });

  test("where no code was sent there is nothing to guess: nothing is compared, and nothing counted", async () => {
    const eve = await afterPassword(app, TOM);
    for (const factor of FACTORS) {
      for (const reply of await guess(eve, 10, { factor, code: WRONG_CODE })) {
        expect([reply.status, reply.json["code"]]).toEqual([410, "challenge_expired"]);
      }
    }
    expect(await failuresOf()).toBe(0);
    expect((await vaultOf()).challenges.map(({ attempts }) => attempts)).toEqual([0]);
  });
});

describe.each(FACTORS)("while codes are locked, by %s", (factor) => {
  test("the right code is answered like a wrong one, as JSON and as a page, and stays unspent", async () => {
    const eve = await afterPassword(app, TOM);
    const code = await send(eve, factor);
    await guess(await afterPassword(app, TOM), 5, { factor: "totp", code: WRONG_CODE });
    const [wrong] = await guess(eve, 1, { factor, code: notThe(code) });
    const right = await eve.post(VERIFY, { factor, code });
    await expectLocked(right, 30);
    expect(right.text).toBe(wrong?.text);
    expect([...right.headers.keys()].sort()).toEqual([...(wrong?.headers.keys() ?? [])].sort());
    const page = await eve.form(VERIFY, { factor, code });
    const other = await eve.form(VERIFY, { factor, code: notThe(code) });
    expect([page.status, page.location]).toEqual([other.status, other.location]);
    expect(await failuresOf()).toBe(5);
    expect((await eve.get("/account")).status).toBe(401);
    app.clock.advance({ seconds: 30 });
    expect((await eve.post(VERIFY, { factor, code })).status).toBe(200);
  });

  test("nothing is sent, as JSON and as a page, and a new login does not help", async () => {
    const eve = await afterPassword(app, TOM);
    await guess(eve, 5, { factor: "totp", code: WRONG_CODE });
    for (const visitor of [eve, await afterPassword(app, TOM)]) {
      await expectLocked(await visitor.post(SEND, { factor }), 30);
      const page = await visitor.form(SEND, { factor });
      expect(page.status).toBe(303);
      expect((await visitor.page(page.location ?? "")).text).toContain("Too many wrong codes");
    }
    expect(messages()).toBe(0);
  });

  test("for good, after 100 wrong codes: nothing is sent or compared, and nobody enrols in its place", async () => {
    const eve = await afterPassword(app, TOM);
    const code = await send(eve, factor);
    const blocked = { "secondFactor.vault.failures.login": { count: 100, lastAt: app.clock.now() } };
    await app.User.collection.updateOne({ email: TOM }, { $set: blocked });
    const [wrong] = await guess(eve, 1, { factor, code: notThe(code) });
    const right = await eve.post(VERIFY, { factor, code });
    expect([right.status, right.json["blocked"], right.text]).toEqual([429, true, wrong?.text]);
    app.clock.advance({ days: 365 });
    const later = await afterPassword(app, TOM);
    const refused = await later.post(SEND, { factor });
    expect([refused.status, refused.json["blocked"]]).toEqual([429, true]);
    expect(waitOf(refused)).toBeGreaterThan(0);
    const body = { address: "eve@mail.test", country: "US", number: "4155550199" };
    expect((await later.post(`/second-factor/enrol/${factor}`, body)).status).toBe(401);
    expect(messages()).toBe(1);
    expect(await storedUser(app, TOM)).toMatchObject({ secondFactor: { factors: ["totp", "email", "sms"] } });
  });
});

describe("a session that is proven has the same limits, and a count of its own", () => {
  test.each(FACTORS)(
    "a step-up by %s: five wrong codes lock it, and no code is sent meanwhile",
    async (factor) => {
      const thief = await signedIn(app, TOM, TOTP_SECRET);
      const code = await send(thief, factor, { action: ACTION });
      expect(left(await guess(thief, 3, { factor, code: notThe(code), action: ACTION }))).toEqual([4, 3, 2]);
      // Another action has attempts of its own, and shares the count.
      expect(left(await guess(thief, 2, { factor: "totp", code: WRONG_CODE, action: "confirm" }))).toEqual([
        1, 0,
      ]);
      await expectLocked(await thief.post(VERIFY, { factor, code, action: ACTION }), 30);
      await expectLocked(await thief.post(SEND, { factor, action: ACTION }), 30);
      expect(messages()).toBe(1);
      expect((await thief.post("/second-factor/recovery-codes")).json).toMatchObject({
        code: "step_up_required",
      });
      expect(await failuresOf()).toBe(0);
      const tom = await afterPassword(app, TOM);
      expect((await tom.post(VERIFY, { code: await codes(app.clock).code() })).status).toBe(200);
    },
  );

  test("the first code of an enrolment: new codes for the address give no guesses back", async () => {
    const email = "ada@acme.test";
    await app.addUser({ email });
    const ada = await signedIn(app, email);
    const enrol = () => ada.post("/second-factor/enrol/email", { address: "not.hers@mail.test" });
    const confirm = (code: string) => ada.post("/second-factor/enrol/email/confirm", { code });
    expect((await enrol()).status).toBe(200);
    const first = sentCode(app);
    for (const attemptsLeft of [4, 3, 2, 1, 0]) {
      expect((await confirm(notThe(first))).json).toMatchObject({ code: "wrong_code", attemptsLeft });
    }
    await expectLocked(await confirm(first), 30);
    await expectLocked(await enrol(), 30);
    expect(messages()).toBe(1);
    app.clock.advance({ seconds: 60 });
    expect((await confirm(first)).status).toBe(410);
    expect((await enrol()).status).toBe(200);
    const second = sentCode(app);
    for (let i = 0; i < 5; i += 1) expect((await confirm(notThe(second))).status).toBe(401);
    expect(await failuresOf("signedIn", email)).toBe(10);
    await expectLocked(await confirm(second), 300);
    expect(await storedUser(app, email)).not.toHaveProperty("secondFactor.factors.0");
  });
});

// Somebody who knows the password guesses codes: from many sessions, over many logins, at once.
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  nextCode,
  PASSWORD,
  signedIn,
  startApp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
  WRONG_CODE,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const SEND = "/second-factor/challenge/send";
const ACTION = "change-factors";

const app = useApp();
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
});

const rightCode = () => codes(app.clock).code();

async function guess(visitor: Visitor, times: number, fields: object = {}): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let i = 0; i < times; i += 1)
    replies.push(await visitor.post(VERIFY, { code: WRONG_CODE, ...fields }));
  return replies;
}

async function failuresOf(budget: "login" | "signedIn" = "login"): Promise<number> {
  const user = (await storedUser(app, TOM)) as {
    secondFactor: { vault: { failures?: Record<string, { count: number }> } };
  };
  return user.secondFactor.vault.failures?.[budget]?.count ?? 0;
}

const waitOf = (reply: Reply) => Number(reply.headers.get("retry-after"));

describe("five attempts a challenge", () => {
  test("five wrong codes, then the right one: refused, and the challenge is dead", async () => {
    const eve = await afterPassword(app, TOM);
    const replies = await guess(eve, 5);
    expect(replies.map(({ status, json }) => [status, json["attemptsLeft"]])).toEqual([
      [401, 4],
      [401, 3],
      [401, 2],
      [401, 1],
      [401, 0],
    ]);
    expect((await eve.post(VERIFY, { code: await rightCode() })).status).toBe(429);
    app.clock.advance({ seconds: 30 });
    const dead = await eve.post(VERIFY, { code: await rightCode() });
    expect([dead.status, dead.json["code"]]).toEqual([410, "challenge_expired"]);
    expect((await eve.get("/account")).status).toBe(401);
  });

  test("recovery codes are counted on the challenge as well", async () => {
    await app.addUser({ email: "rita@acme.test" });
    const rita = await afterPassword(app, "rita@acme.test");
    const { secret } = (await rita.post("/second-factor/enrol/totp")).json as { secret: string };
    await rita.post("/second-factor/enrol/totp/confirm", { code: await codes(app.clock, secret).code() });
    const eve = await afterPassword(app, "rita@acme.test");
    const wrong = { factor: "recovery-code", code: "0000-0000-0000-0000" };
    expect((await guess(eve, 5, wrong)).map(({ json }) => json["attemptsLeft"])).toEqual([4, 3, 2, 1, 0]);
    const code = await nextCode(app, secret);
    expect((await eve.post(VERIFY, { code })).json).toMatchObject({ code: "challenge_expired" });
    expect((await eve.post(VERIFY, wrong)).status).toBe(410);
  });

  test("malformed codes cost nothing", async () => {
    const eve = await afterPassword(app, TOM);
    const malformed = [
      "",
      " ",
      "12345",
      "1234567",
      "abcdef",
      "12 34",
      "１２３４５",
      "0x1234",
      "+12345",
      "1e5000",
    ];
    for (const code of malformed) {
      const reply = await eve.post(VERIFY, { code });
      expect([code, reply.status, reply.json["code"]]).toEqual([code, 400, "invalid_input"]);
    }
    for (const code of [null, 123456, ["123456"], { $ne: null }, true, "1".repeat(201)]) {
      expect((await eve.post(VERIFY, { code })).status).toBe(400);
    }
    expect(await failuresOf()).toBe(0);
    expect((await eve.post(VERIFY, { code: await rightCode() })).status).toBe(200);
  });
});

describe("invariant 5: the count goes on", () => {
  test("over new logins, sessions, addresses and browsers", async () => {
    for (let i = 1; i <= 5; i += 1) {
      const eve = await afterPassword(app, TOM);
      const headers = {
        "user-agent": `Browser/${i}`,
        "x-forwarded-for": `203.0.113.${i}`,
        "x-real-ip": `203.0.113.${i}`,
      };
      const reply = await eve.ask(VERIFY, { method: "POST", headers, body: { code: WRONG_CODE } });
      expect(reply.json).toMatchObject({ code: "wrong_code", attemptsLeft: 5 - i });
    }
    const eve = await afterPassword(app, TOM);
    expect((await eve.post(VERIFY, { code: await rightCode() })).status).toBe(429);
  });

  test("over renewals of the challenge", async () => {
    const eve = await afterPassword(app, TOM);
    await guess(eve, 4);
    expect((await eve.post(SEND)).status).toBe(202);
    expect((await guess(eve, 1))[0]?.json).toMatchObject({ code: "wrong_code", attemptsLeft: 0 });
    expect((await eve.post(SEND)).status).toBe(429);
    expect((await eve.post(VERIFY, { code: await rightCode() })).status).toBe(429);
  });

  test("over a restart: another process goes on counting", async () => {
    await guess(await afterPassword(app, TOM), 4);
    const other = await startApp({ connection: app.connection, clock: app.clock });
    const eve = await afterPassword(other, TOM);
    await guess(eve, 1);
    expect((await eve.post(VERIFY, { code: await rightCode() })).status).toBe(429);
    await other.close();
  });

  test("over a visit to the recovery codes and back", async () => {
    await app.addUser({ email: "rita@acme.test" });
    const rita = await afterPassword(app, "rita@acme.test");
    const { secret } = (await rita.post("/second-factor/enrol/totp")).json as { secret: string };
    await rita.post("/second-factor/enrol/totp/confirm", { code: await codes(app.clock, secret).code() });
    for (let i = 0; i < 5; i += 1) {
      const eve = await afterPassword(app, "rita@acme.test");
      await guess(eve, 1);
      await guess(eve, 2, { factor: "recovery-code", code: "0000-0000-0000-0000" });
    }
    const eve = await afterPassword(app, "rita@acme.test");
    const code = await codes(app.clock, secret).code({ seconds: 30 });
    expect((await eve.post(VERIFY, { code })).status).toBe(429);
    app.clock.advance({ seconds: 30 });
    expect((await eve.post(VERIFY, { code })).status).toBe(200);
  });

  test("success alone starts it again", async () => {
    const eve = await afterPassword(app, TOM);
    await guess(eve, 4);
    app.clock.advance({ days: 30 });
    await guess(await afterPassword(app, TOM), 1);
    expect(await failuresOf()).toBe(5);
    app.clock.advance({ seconds: 30 });
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(VERIFY, { code: await rightCode() })).status).toBe(200);
    expect(await failuresOf()).toBe(0);
  });
});

describe("while locked nothing is compared", () => {
  test("right and wrong codes have the same answer, and neither is counted", async () => {
    const eve = await afterPassword(app, TOM);
    await guess(eve, 5);
    const [wrong] = await guess(eve, 1);
    const right = await eve.post(VERIFY, { code: await rightCode() });
    expect(right.status).toBe(429);
    expect(right.text).toBe(wrong?.text);
    expect(waitOf(right)).toBe(30);
    expect([...right.headers.keys()].sort()).toEqual([...(wrong?.headers.keys() ?? [])].sort());
    expect(await failuresOf()).toBe(5);
    const page = await eve.form(VERIFY, { code: await rightCode() });
    const other = await eve.form(VERIFY, { code: WRONG_CODE });
    expect([page.status, page.location]).toEqual([other.status, other.location]);
    expect((await eve.get("/account")).status).toBe(401);
  });

  test("the code that was right while locked is still unused afterwards", async () => {
    const eve = await afterPassword(app, TOM);
    await guess(eve, 5);
    app.clock.advance({ seconds: 29 });
    const code = await rightCode();
    expect((await eve.post(VERIFY, { code })).status).toBe(429);
    app.clock.advance({ seconds: 1 });
    expect((await eve.post(SEND)).status).toBe(202);
    expect((await eve.post(VERIFY, { code })).status).toBe(200);
  });

  test("a renewal after the lock needs no password, and buys no guesses", async () => {
    const eve = await afterPassword(app, TOM);
    await guess(eve, 5);
    expect((await eve.post(SEND)).status).toBe(429);
    app.clock.advance({ seconds: 30 });
    expect((await eve.post(SEND)).status).toBe(202);
    await guess(eve, 5);
    expect(await failuresOf()).toBe(10);
    const locked = await eve.post(VERIFY, { code: await rightCode() });
    expect([locked.status, waitOf(locked)]).toEqual([429, 300]);
    app.clock.advance({ minutes: 5 });
    for (let i = 0; i < 20; i += 1) await eve.post(SEND);
    await guess(eve, 10);
    expect(await failuresOf()).toBe(15);
  });
});

describe("the schedule, and its end", () => {
  const SCHEDULE = [30, 300, 900, ...Array.from({ length: 16 }, () => 3600)];

  /** Five wrong codes in a row, `rounds` times, each after the pause before it. */
  async function climb(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      await guess(await afterPassword(app, TOM), 5);
      expect(await failuresOf()).toBe((round + 1) * 5);
      const pause = SCHEDULE[round];
      if (pause === undefined) return;
      const eve = await afterPassword(app, TOM);
      const locked = await eve.post(VERIFY, { code: await rightCode() });
      expect([round, locked.status, waitOf(locked)]).toEqual([round, 429, pause]);
      app.clock.advance({ seconds: pause - 1 });
      const late = await (await afterPassword(app, TOM)).post(VERIFY, { code: await rightCode() });
      expect([round, late.status, waitOf(late)]).toEqual([round, 429, 1]);
      app.clock.advance({ seconds: 1 });
    }
  }

  test("5 → 30 s, 10 → 5 min, 15 → 15 min, then 60 min each, 100 → blocked for good", async () => {
    await climb(20);
    const blocked = await (await afterPassword(app, TOM)).post(VERIFY, { code: await rightCode() });
    expect([blocked.status, blocked.json["blocked"]]).toEqual([429, true]);
    app.clock.advance({ days: 365 });
    const eve = await afterPassword(app, TOM);
    const still = await eve.post(VERIFY, { code: await rightCode() });
    expect([still.status, still.json["blocked"]]).toEqual([429, true]);
    expect(still.text).toBe((await guess(eve, 1))[0]?.text);
    expect(await failuresOf()).toBe(100);
    // Blocked is not gone: nobody can enrol in its place.
    for (const path of ["/enrol/totp", "/enrol/totp/confirm", "/factors/totp/remove", "/recovery-codes"]) {
      expect((await eve.post(`/second-factor${path}`, { code: WRONG_CODE })).status).toBe(401);
    }
    expect((await eve.post(SEND)).status).toBe(429);
    expect(await storedUser(app, TOM)).toMatchObject({ secondFactor: { factors: ["totp"] } });
    expect((await eve.get("/account")).status).toBe(401);
  });

  test("a success after any pause starts it from the beginning", async () => {
    await climb(3);
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(VERIFY, { code: await rightCode() })).status).toBe(200);
    const eve = await afterPassword(app, TOM);
    await guess(eve, 5);
    expect(waitOf(await eve.post(VERIFY, { code: await rightCode() }))).toBe(30);
  });
});

describe("the owner has a way in while somebody guesses", () => {
  async function ritaWithCodes(): Promise<string[]> {
    await app.User.deleteMany({});
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    const { secret } = (await tom.post("/second-factor/enrol/totp")).json as { secret: string };
    const code = await codes(app.clock, secret).code();
    return (await tom.post("/second-factor/enrol/totp/confirm", { code })).json["recoveryCodes"] as string[];
  }

  test("recovery codes work while codes are locked", async () => {
    const [code] = await ritaWithCodes();
    await guess(await afterPassword(app, TOM), 5);
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(VERIFY, { code: WRONG_CODE })).status).toBe(429);
    expect((await tom.post(VERIFY, { factor: "recovery-code", code })).status).toBe(200);
    expect((await tom.get("/account")).status).toBe(200);
  });

  test("recovery codes work while the factor is blocked, and do not unblock it", async () => {
    const [code] = await ritaWithCodes();
    const path = "secondFactor.vault.failures.login";
    await app.User.collection.updateOne(
      { email: TOM },
      { $set: { [path]: { count: 100, lastAt: app.clock.now() } } },
    );
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(VERIFY, { factor: "recovery-code", code })).status).toBe(200);
    expect((await tom.get("/account")).status).toBe(200);
    expect(await failuresOf()).toBe(100);
  });
});

describe("two budgets", () => {
  test("wrong codes at login do not lock the open session", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await guess(await afterPassword(app, TOM), 5);
    expect((await tom.get("/account")).status).toBe(200);
    expect((await tom.post(VERIFY, { code: await nextCode(app), action: ACTION })).status).toBe(200);
    expect(await failuresOf("signedIn")).toBe(0);
    expect(await failuresOf("login")).toBe(5);
  });

  test("wrong codes in a session do not lock the login", async () => {
    const thief = await signedIn(app, TOM, TOTP_SECRET);
    await guess(thief, 5, { action: ACTION });
    expect((await thief.post(VERIFY, { code: await rightCode(), action: ACTION })).status).toBe(429);
    expect(await failuresOf("login")).toBe(0);
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(VERIFY, { code: await nextCode(app) })).status).toBe(200);
    expect(await failuresOf("signedIn")).toBe(5);
  });

  test("a step-up counts on over sessions, actions and renewals, and has the same schedule", async () => {
    const thief = await signedIn(app, TOM, TOTP_SECRET);
    await guess(thief, 3, { action: ACTION });
    await thief.post(SEND, { action: ACTION });
    await guess(thief, 2, { action: "confirm" });
    const locked = await thief.post(VERIFY, { code: await rightCode(), action: ACTION });
    expect([locked.status, locked.json["code"]]).toEqual([429, "locked"]);
    expect((await thief.post("/second-factor/recovery-codes")).status).toBe(401);
  });
});

describe("nobody's factor can be locked without the password", () => {
  test("codes from a session that has none, or a wrong password, count nowhere", async () => {
    const eve = app.visitor();
    for (let i = 0; i < 10; i += 1) {
      await eve.post("/login", { email: TOM, password: "wrong" });
      const reply = await eve.post(VERIFY, { code: WRONG_CODE, email: TOM, account: TOM });
      expect([reply.status, reply.json["code"]]).toEqual([401, "no_challenge"]);
    }
    expect(await failuresOf()).toBe(0);
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(VERIFY, { code: await rightCode() })).status).toBe(200);
  });
});

describe("invariant 3: an attempt is reserved before the code is compared", () => {
  test("200 parallel wrong guesses over five logins: five are compared", async () => {
    const logins = [];
    for (let i = 0; i < 5; i += 1) logins.push(await afterPassword(app, TOM));
    const compared: unknown[] = [];
    app.secondFactor.on("code-refused", (event) => compared.push(event));
    const racers = logins.flatMap((login) => Array.from({ length: 40 }, () => login.copy()));
    const replies = await Promise.all(racers.map((racer) => racer.post(VERIFY, { code: WRONG_CODE })));
    expect(compared).toHaveLength(5);
    expect(replies.filter(({ json }) => json["code"] === "wrong_code")).toHaveLength(5);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(195);
    expect(await failuresOf()).toBe(5);
    const state = await storedUser(app, TOM);
    const { vault } = state["secondFactor"] as { vault: { challenges: { attempts: number }[] } };
    expect(vault.challenges.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(5);
  });

  test("the right code among 100 parallel guesses wins at most once, and never beyond the fifth", async () => {
    const eve = await afterPassword(app, TOM);
    await guess(eve, 4);
    const right = await rightCode();
    const racers = Array.from({ length: 100 }, () => eve.copy());
    const replies = await Promise.all(
      racers.map((racer, i) => racer.post(VERIFY, { code: i === 50 ? right : WRONG_CODE })),
    );
    const compared = replies.filter(({ status, json }) => status === 200 || json["code"] === "wrong_code");
    expect(compared.length).toBeLessThanOrEqual(1);
    expect(replies.every(({ status }) => status < 500)).toBe(true);
  });

  test("parallel logins and renewals buy no guesses either", async () => {
    const eves = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const eve = app.visitor();
        await eve.post("/login", { email: TOM, password: PASSWORD });
        return eve;
      }),
    );
    const compared: unknown[] = [];
    app.secondFactor.on("code-refused", (event) => compared.push(event));
    await Promise.all(
      eves.flatMap((eve) => [
        eve.post(SEND),
        eve.post(VERIFY, { code: WRONG_CODE }),
        eve.post(SEND),
        eve.post(VERIFY, { code: WRONG_CODE }),
      ]),
    );
    expect(compared.length).toBeLessThanOrEqual(5);
    expect(await failuresOf()).toBe(compared.length);
  });
});

// Somebody who saw a code, or who sends it many times at once.
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  nextCode,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
  WRONG_CODE,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const app = useApp();
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
});

const phone = () => codes(app.clock);

/** Somebody who has just enrolled: with the code that confirmed it, and the recovery codes that it gave. */
async function withRecoveryCodes(): Promise<{
  email: string;
  secret: string;
  recoveryCodes: string[];
  code: string;
}> {
  const email = "rita@acme.test";
  await app.addUser({ email });
  const rita = await afterPassword(app, email);
  const { secret } = (await rita.post("/second-factor/enrol/totp")).json as { secret: string };
  const code = await codes(app.clock, secret).code();
  const { json } = await rita.post("/second-factor/enrol/totp/confirm", { code });
  return { email, secret, code, recoveryCodes: json["recoveryCodes"] as string[] };
}

async function failuresOf(email: string, budget: "login" | "signedIn"): Promise<number> {
  const user = (await storedUser(app, email)) as {
    secondFactor: { vault: { failures?: Record<string, { count: number }> } };
  };
  return user.secondFactor.vault.failures?.[budget]?.count ?? 0;
}

function isRefused({ status, json }: Reply): boolean {
  return status === 401 && json["code"] === "wrong_code" && json["hint"] === "used";
}

async function countSignedIn(visitors: Visitor[]): Promise<number> {
  const replies = await Promise.all(visitors.map((visitor) => visitor.get("/account")));
  return replies.filter(({ status }) => status === 200).length;
}

describe("invariant 3: a TOTP code is spent once", () => {
  test.each([
    ["at once", 0],
    ["in the next time step, within the drift", 30],
  ])("it is refused %s, and not counted as a failure", async (_when, seconds) => {
    const code = await nextCode(app);
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(VERIFY, { code })).status).toBe(200);
    const eve = await afterPassword(app, TOM);
    app.clock.advance({ seconds });
    for (let i = 0; i < 10; i += 1) expect(isRefused(await eve.post(VERIFY, { code }))).toBe(true);
    expect((await eve.get("/account")).status).toBe(401);
    expect(await failuresOf(TOM, "login")).toBe(0);
  });

  test("a code that is older than the one that was used is refused as used", async () => {
    const older = await phone().code({ seconds: 0 });
    const newer = await phone().code({ seconds: 30 });
    expect((await (await afterPassword(app, TOM)).post(VERIFY, { code: newer })).status).toBe(200);
    const eve = await afterPassword(app, TOM);
    expect(isRefused(await eve.post(VERIFY, { code: older }))).toBe(true);
  });

  test("a code from outside the drift is refused: a minute late, a minute early", async () => {
    for (const seconds of [-60, 60]) {
      const eve = await afterPassword(app, TOM);
      expect((await eve.post(VERIFY, { code: await phone().code({ seconds }) })).status).toBe(401);
      expect((await eve.get("/account")).status).toBe(401);
    }
    expect(await failuresOf(TOM, "login")).toBe(2);
  });

  test("replays keep nobody else's failures from being counted", async () => {
    const code = await nextCode(app);
    await (await afterPassword(app, TOM)).post(VERIFY, { code });
    const eve = await afterPassword(app, TOM);
    for (let i = 1; i <= 4; i += 1) {
      await eve.post(VERIFY, { code: WRONG_CODE });
      expect(isRefused(await eve.post(VERIFY, { code }))).toBe(true);
      expect(await failuresOf(TOM, "login")).toBe(i);
    }
  });
});

describe("invariant 4: a code that was spent for one purpose is worth nothing for another", () => {
  test("login, then step-up", async () => {
    const tom = await afterPassword(app, TOM);
    const code = await nextCode(app);
    expect((await tom.post(VERIFY, { code })).status).toBe(200);
    expect(isRefused(await tom.post(VERIFY, { code, action: "change-factors" }))).toBe(true);
    expect((await tom.post("/second-factor/recovery-codes")).json).toMatchObject({
      code: "step_up_required",
    });
  });

  test("step-up, then login", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const code = await nextCode(app);
    expect((await tom.post(VERIFY, { code, action: "change-factors" })).status).toBe(200);
    const eve = await afterPassword(app, TOM);
    expect(isRefused(await eve.post(VERIFY, { code }))).toBe(true);
  });

  test("the confirmation of an enrolment, then login", async () => {
    const { email, code } = await withRecoveryCodes();
    const eve = await afterPassword(app, email);
    expect(isRefused(await eve.post(VERIFY, { code }))).toBe(true);
    expect((await eve.get("/account")).status).toBe(401);
  });

  test("a recovery code is for getting in, never for a step-up", async () => {
    const { email, secret, recoveryCodes } = await withRecoveryCodes();
    app.clock.advance({ seconds: 30 });
    const rita = await signedIn(app, email, secret);
    const answer = await rita.post(VERIFY, {
      code: recoveryCodes[0],
      factor: "recovery-code",
      action: "change-factors",
    });
    expect([answer.status, answer.json["code"]]).toEqual([403, "factor_not_allowed"]);
  });

  test("a code answers the challenge of its own user only", async () => {
    await app.addUser({ email: "bob@acme.test", secret: "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU" });
    const eve = await afterPassword(app, "bob@acme.test");
    expect((await eve.post(VERIFY, { code: await phone().code() })).json).toMatchObject({
      code: "wrong_code",
    });
  });
});

describe("invariant 3: a recovery code is spent once", () => {
  test("a used one is refused at the next login, and the others still work", async () => {
    const { email, recoveryCodes } = await withRecoveryCodes();
    const [first, second] = recoveryCodes;
    const use = async (code: string | undefined) =>
      (await afterPassword(app, email)).post(VERIFY, { code, factor: "recovery-code" });
    expect((await use(first)).status).toBe(200);
    expect(isRefused(await use(first))).toBe(true);
    expect(isRefused(await use(first?.toLowerCase().replaceAll("-", " ")))).toBe(true);
    expect((await use(second)).status).toBe(200);
  });
});

describe("invariant 3: of many racers one wins", () => {
  test("50 uses of one TOTP code on one pending login", async () => {
    const tom = await afterPassword(app, TOM);
    const code = await nextCode(app);
    const racers = Array.from({ length: 50 }, () => tom.copy());
    const replies = await Promise.all(racers.map((racer) => racer.post(VERIFY, { code })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.every(({ status }) => status < 500)).toBe(true);
    expect(await countSignedIn(racers)).toBe(1);
  });

  test("50 uses of one TOTP code on five pending logins", async () => {
    const logins = [];
    for (let i = 0; i < 5; i += 1) logins.push(await afterPassword(app, TOM));
    const code = await nextCode(app);
    const racers = logins.flatMap((login) => Array.from({ length: 10 }, () => login.copy()));
    const replies = await Promise.all(racers.map((racer) => racer.post(VERIFY, { code })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await countSignedIn(racers)).toBe(1);
  });

  test("two codes of neighbouring time steps on one pending login", async () => {
    const tom = await afterPassword(app, TOM);
    const both = [await nextCode(app), await phone().code({ seconds: 30 })];
    const racers = both.map(() => tom.copy());
    const replies = await Promise.all(racers.map((racer, i) => racer.post(VERIFY, { code: both[i] })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await countSignedIn(racers)).toBe(1);
  });

  test("50 uses of one recovery code", async () => {
    const { email, recoveryCodes } = await withRecoveryCodes();
    const logins = [];
    for (let i = 0; i < 5; i += 1) logins.push(await afterPassword(app, email));
    const racers = logins.flatMap((login) => Array.from({ length: 10 }, () => login.copy()));
    const answer = { code: recoveryCodes[0], factor: "recovery-code" };
    const replies = await Promise.all(racers.map((racer) => racer.post(VERIFY, answer)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await countSignedIn(racers)).toBe(1);
  });

  test("one code for a login and a step-up at the same time", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const eve = await afterPassword(app, TOM);
    const code = await nextCode(app);
    const replies = await Promise.all([
      eve.post(VERIFY, { code }),
      tom.post(VERIFY, { code, action: "change-factors" }),
    ]);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe("a challenge lives by the clock", () => {
  test("at its last moment the right code passes, at its end it does not", async () => {
    const early = await afterPassword(app, TOM);
    const late = await afterPassword(app, TOM);
    app.clock.advance({ minutes: 10, seconds: -1 });
    expect((await early.post(VERIFY, { code: await phone().code() })).status).toBe(200);
    app.clock.advance({ seconds: 1 });
    const reply = await late.post(VERIFY, { code: await phone().code({ seconds: 30 }) });
    expect([reply.status, reply.json["code"]]).toEqual([410, "challenge_expired"]);
    expect((await late.get("/account")).status).not.toBe(200);
  });

  test("the database says so too, whatever the session claims", async () => {
    const tom = await afterPassword(app, TOM);
    await app.User.collection.updateOne(
      { email: TOM },
      { $set: { "secondFactor.vault.challenges.$[].expiresAt": app.clock.now() } },
    );
    const reply = await tom.post(VERIFY, { code: await phone().code() });
    expect([reply.status, reply.json["code"]]).toEqual([410, "challenge_expired"]);
  });

  test("renewing gives a login no longer life", async () => {
    const tom = await afterPassword(app, TOM);
    app.clock.advance({ minutes: 9 });
    expect((await tom.post("/second-factor/challenge/send")).status).toBe(202);
    app.clock.advance({ minutes: 1 });
    expect((await tom.post(VERIFY, { code: await phone().code() })).status).toBe(410);
    expect((await tom.post("/second-factor/challenge/send")).status).toBe(410);
  });
});

describe("the clock jumps back", () => {
  test("a used code does not come back, and nothing breaks", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const last = await phone().code({ seconds: -30 });
    app.clock.advance({ hours: -1 });
    const eve = await afterPassword(app, TOM);
    const now = await phone().code();
    expect(isRefused(await eve.post(VERIFY, { code: now }))).toBe(true);
    expect((await eve.post(VERIFY, { code: last })).status).toBe(401);
    expect((await eve.get("/account")).status).toBe(401);
    expect((await tom.get("/account")).status).toBe(200);
  });

  test("a lock goes on, and Retry-After is still a number of seconds", async () => {
    const eve = await afterPassword(app, TOM);
    for (let i = 0; i < 5; i += 1) await eve.post(VERIFY, { code: WRONG_CODE });
    app.clock.advance({ minutes: -5 });
    const reply = await eve.post(VERIFY, { code: await phone().code() });
    expect(reply.status).toBe(429);
    expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

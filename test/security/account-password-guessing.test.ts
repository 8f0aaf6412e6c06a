// Guessing at a login by name and password: limits that hold over names and addresses, and nothing but text is looked at.

import { localVerify } from "passport-second-factor/account";
import { beforeEach, describe, expect, test } from "vitest";
import { BECAUSE, LOGIN_URL, localLogin, passwords, withAccount } from "../support/account.js";
import { ADA, PASSWORD, storedUser, TOM } from "../support/app.js";
import { type SuiteApp, useApp, useStartableApp } from "../support/suite.js";

const WRONG = { status: 401, json: { message: "Wrong name or password." } };
const LOCKED = {
  status: 401,
  json: { message: expect.stringMatching(/^Too many tries\. Try again in about/) },
};

/** Counters outlive an app, and each test begins at the same moment. */
const forget = (app: SuiteApp) => app.connection.collection("second_factor_limits").deleteMany({});

describe("guesses at a password", () => {
  const app = useApp(() => withAccount(localLogin()));
  beforeEach(() => forget(app));
  const guess = (email: string, from = "203.0.113.7", password = "a wrong password") =>
    app
      .visitor()
      .ask(LOGIN_URL, { method: "POST", body: { email, password }, headers: { "x-forwarded-for": from } });

  test.each([TOM, "nobody@acme.test"])(
    "of %s: ten from one address, then even the right one waits",
    async (name) => {
      await app.addUser({ email: TOM });
      for (let tries = 0; tries < 10; tries++) expect(await guess(name)).toMatchObject(WRONG);
      expect(await guess(name, "203.0.113.7", PASSWORD)).toMatchObject(LOCKED);
      app.clock.advance({ minutes: 15 });
      expect((await guess(TOM, "203.0.113.7", PASSWORD)).status).toBe(200);
    },
  );

  test("lock nobody out who comes from elsewhere, and the name is the same however it is written", async () => {
    await app.addUser({ email: TOM });
    const spelled = [TOM, TOM.toUpperCase(), ` ${TOM}`, `${TOM} `];
    for (let tries = 0; tries < 10; tries++) await guess(spelled[tries % 4] ?? TOM);
    expect(await guess(TOM, "203.0.113.7", PASSWORD)).toMatchObject(LOCKED);
    expect((await guess(TOM, "198.51.100.1", PASSWORD)).status).toBe(200);
  });

  test("a right one is not counted, and takes back nothing that others lost", async () => {
    await app.addUser({ email: TOM });
    for (let tries = 0; tries < 9; tries++) await guess(TOM);
    for (let tries = 0; tries < 5; tries++) {
      expect((await guess(TOM, "203.0.113.7", PASSWORD)).status).toBe(200);
    }
    expect(await guess(TOM)).toMatchObject(WRONG);
    expect(await guess(TOM)).toMatchObject(LOCKED);
  });

  test("fifty at once: ten are compared", async () => {
    let compared = 0;
    const verify = () => {
      compared += 1;
      return false;
    };
    await app.start(withAccount(localLogin(), { passwords: { ...passwords, verify } }));
    await app.addUser({ email: TOM });
    await Promise.all(Array.from({ length: 50 }, () => guess(TOM)));
    expect(compared).toBe(10);
  });

  test("leave neither a name nor an address in the database in clear", async () => {
    await guess("nobody@acme.test", "203.0.113.77");
    const counters = await app.connection.collection("second_factor_limits").find().toArray();
    expect(counters.length).toBeGreaterThan(0);
    expect(JSON.stringify(counters)).not.toMatch(/nobody|203\.0\.113/);
  });
});

describe("a temporary password", () => {
  const app = useApp(() => withAccount(localLogin()));
  beforeEach(() => forget(app));

  test("opens one login of fifty at once", async () => {
    const { id } = await app.addUser({ email: TOM });
    const { password } = await app.secondFactor.admin.makeTemporaryPassword(String(id), BECAUSE);
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, at) => {
        const headers = { "x-forwarded-for": `198.51.100.${at}` };
        return app.visitor().ask(LOGIN_URL, { method: "POST", body: { email: TOM, password }, headers });
      }),
    );
    expect(replies.filter(({ status }) => status === 403)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(49);
  });

  test("is nobody else's, and is nowhere in the clear", async () => {
    const { id } = await app.addUser({ email: TOM });
    await app.addUser({ email: ADA });
    const { password } = await app.secondFactor.admin.makeTemporaryPassword(String(id), BECAUSE);
    expect(await app.visitor().post(LOGIN_URL, { email: ADA, password })).toMatchObject(WRONG);
    const kept = JSON.stringify(await storedUser(app, TOM));
    for (const text of [password, password.replaceAll("-", "")]) expect(kept).not.toContain(text);
  });

  test("moved to another's document it is broken, never a pass", async () => {
    const { id } = await app.addUser({ email: TOM });
    const { password } = await app.secondFactor.admin.makeTemporaryPassword(String(id), BECAUSE);
    const { secondFactor } = await storedUser(app, TOM);
    await app.addUser({ email: ADA });
    await app.User.collection.updateOne({ email: ADA }, { $set: { secondFactor } });
    expect((await app.visitor().post(LOGIN_URL, { email: ADA, password })).status).toBe(503);
  });
});

describe("whatever is typed", () => {
  const app = useStartableApp();
  beforeEach(() => forget(app));

  /** Asks the function itself, past the parsers. */
  async function verify(name: unknown, password: unknown) {
    const found: unknown[] = [];
    const find = (typed: string) => {
      found.push(typed);
      return app.User.findOne({ email: typed });
    };
    const { secondFactor } = app;
    const answer = await new Promise((resolve) => {
      const req = { ip: "203.0.113.7" } as never;
      localVerify({ secondFactor, find })(req, name as string, password as string, (...args) =>
        resolve(args),
      );
    });
    return { answer, found };
  }

  test.each<[string, unknown]>([
    ["an operator", { $ne: null }],
    ["a list", [TOM]],
    ["a number", 7],
    ["null", null],
    ["nothing", undefined],
    ["no text", ""],
    ["a megabyte", "x".repeat(2 ** 20)],
    ["a hidden end", `${TOM}\u0000`],
  ])("%s is no name and no password: the app's query never sees it", async (_, value) => {
    await app.start(withAccount());
    await app.addUser({ email: TOM });
    const refused = [null, false, expect.objectContaining({ message: "Wrong name or password." })];
    expect(await verify(value, PASSWORD)).toEqual({ answer: refused, found: [] });
    expect(await verify(TOM, value)).toEqual({ answer: refused, found: [] });
  });

  test.each<[string, () => Promise<unknown>]>([
    ["the app's own query", () => Promise.reject(new Error("the database is away"))],
    ["a query that throws nothing", () => Promise.reject(undefined)],
  ])("%s fails: an error, never a pass, and no guess is counted", async (_, find) => {
    await app.start(withAccount(localLogin({ find })));
    for (let tries = 0; tries < 12; tries++) {
      const reply = await app.visitor().post(LOGIN_URL, { email: TOM, password: PASSWORD });
      expect(reply).toMatchObject({ status: 500, json: { failed: true } });
    }
  });

  test("a counter that is away: an error, and nothing is compared", async () => {
    let compared = 0;
    const verify = () => {
      compared += 1;
      return true;
    };
    const limiter = { take: () => Promise.reject(new Error("away")), giveBack: async () => undefined };
    await app.start(
      withAccount({ ...localLogin(), options: { limiter } }, { passwords: { ...passwords, verify } }),
    );
    await app.addUser({ email: TOM });
    expect((await app.visitor().post(LOGIN_URL, { email: TOM, password: PASSWORD })).status).toBe(500);
    expect(compared).toBe(0);
  });
});

// The shop over HTTP: who one is, what comes in at the login, and what a seed leaves behind.
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import argon2 from "argon2";
import { authenticator, manualClock } from "passport-second-factor/testing";
import supertest from "supertest";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type AppOptions, createApp, type Shop } from "../../example-app/app.js";
import { DEMO_ACCOUNTS, DEMO_PASSWORD, DEMO_SECRET, seed } from "../../example-app/seed.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

const ORIGIN = "http://localhost:3000";
const PENDING = { user: null, secondFactor: { state: "pending", owes: "challenge" } };

let database: TestDatabase;
let settings: AppOptions;
let shop: Shop;
const clock = manualClock();

beforeAll(async () => {
  database = await testDatabase();
  settings = {
    connection: await database.connect(),
    origin: ORIGIN,
    sessionSecret: "a session secret for tests only",
    secondFactorKey: "a second factor key for tests only",
    testMode: true,
    clock,
  };
  shop = createApp(settings);
});
afterAll(() => database?.close());
beforeEach(async () => {
  await shop.users.deleteMany();
  await seed(shop);
});

const logIn = (agent: ReturnType<typeof supertest.agent>, email: string) =>
  agent.post("/login").send({ email, password: DEMO_PASSWORD });

test("a request for no path at all is a bad one, not an error of ours", async () => {
  const server = shop.app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const [answer] = await once(
    request({ port, host: "127.0.0.1", method: "OPTIONS", path: "*" }).end(),
    "response",
  );
  expect((answer as IncomingMessage).statusCode).toBe(400);
  server.closeAllConnections();
  server.close();
});

describe("whoami", () => {
  test("knows nobody without a session", async () => {
    const { body } = await supertest(shop.app).get("/whoami").expect(200);
    expect(body).toEqual({ user: null, secondFactor: { state: "anonymous" } });
  });

  test("tells a customer who owes nothing", async () => {
    const agent = supertest.agent(shop.app);
    await logIn(agent, "ada@acme.test").expect(200, { state: "signed-in" });
    const { body, headers } = await agent.get("/whoami");
    expect(body).toEqual({
      user: { email: "ada@acme.test", roles: ["customer"] },
      secondFactor: { state: "satisfied", factors: [] },
    });
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("knows nobody while a code is owed, and who it is once it was given", async () => {
    const agent = supertest.agent(shop.app);
    const { body } = await logIn(agent, "tom@acme.test").expect(401);
    expect(body).toMatchObject({ code: "second_factor_required", challengeUrl: "/second-factor/challenge" });
    expect((await agent.get("/whoami")).body).toEqual(PENDING);

    const code = await authenticator(DEMO_SECRET, clock).code();
    await agent.post("/second-factor/challenge/verify").send({ code }).expect(200);
    expect((await agent.get("/whoami")).body).toEqual({
      user: { email: "tom@acme.test", roles: ["customer"] },
      secondFactor: { state: "satisfied", factors: ["totp"] },
    });
  });

  test("tells an administrator with nothing enrolled that they must", async () => {
    const agent = supertest.agent(shop.app);
    await logIn(agent, "root@acme.test").expect(401);
    expect((await agent.get("/whoami")).body.secondFactor).toEqual({ state: "pending", owes: "enrolment" });
    await agent.get("/admin").expect(401);
  });
});

describe("a login", () => {
  const hostile: [name: string, type: string, body: string][] = [
    ["operators", "application/json", '{"email":{"$ne":null},"password":{"$ne":null}}'],
    ["an operator and a password", "application/json", `{"email":{"$gt":""},"password":"${DEMO_PASSWORD}"}`],
    ["a list", "application/json", `{"email":["ada@acme.test"],"password":["${DEMO_PASSWORD}"]}`],
    ["a number", "application/json", '{"email":1,"password":2}'],
    ["nothing", "application/json", "{}"],
    ["a bare list", "application/json", "[]"],
    ["a prototype", "application/json", '{"__proto__":{"email":"ada@acme.test"},"password":"x"}'],
    ["zero bytes", "application/json", '{"email":"ada@acme.test\\u0000","password":"\\u0000"}'],
    [
      "a very long password",
      "application/json",
      JSON.stringify({ email: "ada@acme.test", password: "x".repeat(9000) }),
    ],
  ];

  test.each(hostile)("with %s is 401", async (_name, type, body) => {
    const reply = await supertest(shop.app).post("/login").set("Content-Type", type).send(body).expect(401);
    expect(reply.body).toEqual({ error: "That e-mail address and password don't match." });
  });

  const unreadable: [name: string, type: string, body: string, status: number][] = [
    ["half a document", "application/json", '{"email":', 400],
    ["a megabyte", "application/json", JSON.stringify({ email: "x".repeat(1_000_000) }), 413],
    ["too many fields", "application/x-www-form-urlencoded", "a=1&".repeat(60), 413],
    ["a character set nobody has", "application/json; charset=klingon", "{}", 415],
  ];

  test.each(unreadable)("with %s is refused unread", async (_name, type, body, status) => {
    await supertest(shop.app).post("/login").set("Content-Type", type).send(body).expect(status);
  });

  test("form fields in brackets are no operators, and go back to the login page", async () => {
    const reply = await supertest(shop.app)
      .post("/login")
      .type("form")
      .send("email[$ne]=x&password[$ne]=x")
      .expect(303);
    expect(reply.headers["location"]).toBe("/login");
  });

  test("by form says once, on the login page, that it failed, and escapes what was typed", async () => {
    const agent = supertest.agent(shop.app);
    const failed = { email: '"><script>alert(1)</script>', password: "wrong" };
    await agent.post("/login").type("form").send(failed).expect(303).expect("Location", "/login");
    const { text } = await agent.get("/login").expect(200);
    expect(text).toContain("That e-mail address and password don't match.");
    expect(text).not.toContain("<script>");
    expect((await agent.get("/login")).text).not.toContain("don't match");
  });

  test("of an unknown address compares one password, as of a known one", async () => {
    const verify = vi.spyOn(argon2, "verify");
    for (const email of ["nobody@acme.test", "ada@acme.test"]) {
      verify.mockClear();
      await supertest(shop.app).post("/login").send({ email, password: "wrong" }).expect(401);
      expect(verify).toHaveBeenCalledTimes(1);
    }
    verify.mockRestore();
  });

  test("from another site is refused", async () => {
    const body = { email: "ada@acme.test", password: DEMO_PASSWORD };
    await supertest(shop.app).post("/login").set("Origin", "https://evil.test").send(body).expect(403);
    await supertest(shop.app).post("/login").set("Sec-Fetch-Site", "cross-site").send(body).expect(403);
    await supertest(shop.app).post("/login").set("Origin", ORIGIN).send(body).expect(200);
  });

  test("follows the page that was asked for once, and not at the next login", async () => {
    const agent = supertest.agent(shop.app);
    const form = { email: "tom@acme.test", password: DEMO_PASSWORD };
    await agent.get("/account?from=mail").set("Accept", "text/html").expect(303).expect("Location", "/login");
    await agent.post("/login").type("form").send(form);
    const code = await authenticator(DEMO_SECRET, clock).code();
    const { body } = await agent.post("/second-factor/challenge/verify").send({ code }).expect(200);
    expect(body.returnTo).toBe("/account?from=mail");
    await agent
      .post("/login")
      .type("form")
      .send({ ...form, email: "ada@acme.test" })
      .expect("Location", "/account");
  });
});

describe("logging out", () => {
  test.each([
    ["by JSON is 200", "application/json", 200],
    ["by form goes to the shop window", "application/x-www-form-urlencoded", 303],
  ])("%s, and nobody is left", async (_name, type, status) => {
    const agent = supertest.agent(shop.app);
    await logIn(agent, "ada@acme.test").expect(200);
    const reply = await agent.post("/logout").set("Content-Type", type).expect(status);
    expect(reply.headers["location"]).toBe(status === 303 ? "/" : undefined);
    expect((await agent.get("/whoami")).body.user).toBeNull();
    await agent.get("/account").expect(401);
  });

  test("ends a login that still owes a code", async () => {
    const agent = supertest.agent(shop.app);
    await logIn(agent, "tom@acme.test");
    await agent.post("/logout").expect(200);
    expect((await agent.get("/whoami")).body.secondFactor).toEqual({ state: "anonymous" });
  });
});

test("the admin side is for administrators only", async () => {
  const agent = supertest.agent(shop.app);
  await agent.get("/admin").expect(401);
  await logIn(agent, "ada@acme.test").expect(200);
  await agent.get("/admin").expect(403);
  await agent.get("/admin").set("Accept", "text/html").expect(403).expect("Content-Type", /html/);
});

test("nobody can buy what there is not, or write into the session's own fields", async () => {
  for (const product of ["__proto__", "constructor", "yacht", { $ne: 1 }]) {
    await supertest(shop.app).post("/cart").send({ product }).expect(400);
  }
});

test("in production the cookie is bound to this host and to https, behind one proxy", async () => {
  const { app } = createApp({
    ...settings,
    origin: "https://shop.example.com",
    production: true,
    testMode: false,
    proxies: 1,
  });
  const body = { email: "ada@acme.test", password: DEMO_PASSWORD };
  const secure = await supertest(app).post("/login").set("X-Forwarded-Proto", "https").send(body).expect(200);
  expect(String(secure.headers["set-cookie"])).toMatch(
    /^__Host-shop=.*Path=\/;.*HttpOnly; Secure; SameSite=Lax/,
  );
  expect(secure.headers["strict-transport-security"]).toBeDefined();
  const plain = await supertest(app).post("/login").send(body);
  expect(plain.headers["set-cookie"]).toBeUndefined();
});

describe("the seed", () => {
  const state = () => shop.users.find().select("+passwordHash").sort({ email: 1 }).lean();

  test("makes what is missing, and changes nothing that is there", async () => {
    const before = await state();
    expect(before).toHaveLength(DEMO_ACCOUNTS.length);
    expect(await seed(shop)).toEqual([]);
    expect(await state()).toEqual(before);
    await shop.users.deleteOne({ email: "ada@acme.test" });
    expect(await seed(shop)).toEqual(["ada@acme.test"]);
  });

  test("run twice at once makes everybody once", async () => {
    await shop.users.deleteMany();
    const made = await Promise.all([1, 2].map(() => seed(shop)));
    expect(made.flat().sort()).toEqual(DEMO_ACCOUNTS.map(({ email }) => email).sort());
    expect(await state()).toHaveLength(DEMO_ACCOUNTS.length);
  });
});

// What test mode keeps instead of sending, as people and tests read it; and that nobody reads it anywhere else.

import { MemoryStore } from "express-session";
import { manualClock } from "passport-second-factor/testing";
import supertest from "supertest";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AppOptions, createApp, type Shop } from "../../example-app/app.js";
import { keptMessages } from "../../example-app/deliveries.js";
import { DEMO_PASSWORD, DEMO_PHONE, seed } from "../../example-app/seed.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

const NAVIGATION = { Accept: "text/html", "Sec-Fetch-Mode": "navigate" };

let database: TestDatabase;
let settings: AppOptions;
let shop: Shop;
const clock = manualClock();

beforeAll(async () => {
  database = await testDatabase();
  settings = {
    connection: await database.connect(),
    origin: "http://localhost:3000",
    sessionSecret: "a session secret for tests only",
    secondFactorKey: "a second factor key for tests only",
    testMode: true,
    clock,
  };
});
afterAll(() => database?.close());
/** Sessions of its own for each. */
const shopWith = (more: Partial<AppOptions> = {}) =>
  createApp({ ...settings, sessionStore: new MemoryStore(), ...more });

beforeEach(async () => {
  shop = shopWith();
  await shop.users.deleteMany();
  await seed(shop);
});

/** Somebody whose password was right, and who has asked for a code. */
async function askedBy(email: string) {
  const agent = supertest.agent(shop.app);
  await agent.post("/login").send({ email, password: DEMO_PASSWORD }).expect(401);
  await agent.post("/second-factor/challenge/send").send({}).expect(202);
  return agent;
}

describe("GET /outbox.json", () => {
  test("is an empty list at first, and never cached", async () => {
    const { body, headers } = await supertest(shop.app).get("/outbox.json").expect(200);
    expect(body).toEqual([]);
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("lists what was kept, newest first, each with these five fields", async () => {
    await askedBy("eve@acme.test");
    clock.advance({ seconds: 5 });
    await askedBy("sam@acme.test");
    const { body } = await supertest(shop.app).get("/outbox.json").expect(200);
    const sentAt = clock.now();
    expect(body).toEqual([
      {
        to: DEMO_PHONE,
        channel: "sms",
        subject: "",
        text: expect.stringMatching(/^\d{6} is your Acme code to sign in, valid 5 minutes/),
        sentAt: sentAt.toISOString(),
      },
      {
        to: "eve@acme.test",
        channel: "email",
        subject: "Your Acme sign-in code, 12:00 UTC",
        text: expect.stringMatching(/^\d{6} is your Acme code to sign in\./),
        sentAt: new Date(sentAt.getTime() - 5000).toISOString(),
      },
    ]);
  });

  test("opens while a code is owed, and its code signs in", async () => {
    const agent = await askedBy("eve@acme.test");
    const { body } = await agent.get("/outbox.json").expect(200);
    const [code] = /^\d{6}/.exec(body[0].text) ?? [];
    await agent.post("/second-factor/challenge/verify").send({ code }).expect(200);
    const { body: who } = await agent.get("/whoami");
    expect(who.user.email).toBe("eve@acme.test");
  });
});

describe("the page", () => {
  const open = async (agent = supertest.agent(shop.app)) => {
    const { text, headers } = await agent.get("/outbox").set(NAVIGATION).expect(200);
    expect(headers["cache-control"]).toBe("no-store");
    return text;
  };

  test("says that nothing is there yet", async () => {
    const html = await open();
    expect(html).toContain("No messages yet.");
    expect(html).not.toContain("Nothing was sent.");
  });

  test("shows what was kept, newest first, also while a code is owed", async () => {
    await askedBy("eve@acme.test");
    const html = await open(await askedBy("sam@acme.test"));
    expect(html).toContain("Nothing was sent. These messages were kept.");
    expect(html.indexOf(DEMO_PHONE)).toBeLessThan(html.indexOf("eve@acme.test"));
    expect(html).toContain("Finish signing in");
  });

  test("escapes what a message says", async () => {
    const deliveries = keptMessages();
    const hostile = { to: "eve@acme.test", subject: "<img>", text: "<script>alert(1)</script>" };
    await deliveries.mail.send({ ...hostile, reference: "1", at: clock.now() });
    const html = await open(supertest.agent(shopWith({ deliveries }).app));
    expect(html).toContain("&lt;script>alert(1)");
    expect(html).not.toMatch(/<script|<img/);
  });
});

test("the challenge leads to it, and says that nothing is sent", async () => {
  const agent = supertest.agent(shop.app);
  await agent.post("/login").send({ email: "eve@acme.test", password: DEMO_PASSWORD }).expect(401);
  const { text } = await agent.get("/second-factor/challenge").set(NAVIGATION).expect(200);
  expect(text).toContain("Nothing is sent.");
  expect(text).toContain('href="/outbox"');
});

describe("outside test mode", () => {
  test.each(["/outbox", "/outbox.json"])("%s is not there", async (path) => {
    const { app } = shopWith({ testMode: false });
    await supertest(app).get(path).expect(404);
    await supertest(app).get(path).set(NAVIGATION).expect(404);
  });

  test("without a delivery no code is offered by mail or text message", async () => {
    const { kinds } = shopWith({ testMode: false });
    expect(kinds).toEqual(["totp", "recovery-code"]);
  });
});

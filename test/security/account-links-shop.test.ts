// Links by mail, on the example shop: somebody asks for other people's, and tries the ones that they are not for.
import { manualClock } from "passport-second-factor/testing";
import supertest from "supertest";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApp, type Shop } from "../../example-app/app.js";
import { keptMessages } from "../../example-app/deliveries.js";
import { lucca } from "../../example-app/profiles/lucca.js";
import type { Profile } from "../../example-app/profiles/profile.js";
import { seed } from "../../example-app/seed.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

/** Somebody without a factor, somebody with one, somebody without a password, and nobody. */
const ADDRESSES = ["ada@acme.test", "tom@acme.test", "ines@acme.test", "nobody@acme.test"];

const clock = manualClock();
const deliveries = keptMessages();
let database: TestDatabase;
let shop: Shop;
let closed: Shop;
beforeAll(async () => {
  database = await testDatabase();
  const connection = await database.connect();
  const open = (changes: { profile?: Profile }) =>
    createApp({
      connection,
      origin: "http://localhost:3000",
      sessionSecret: "a session secret for tests only",
      secondFactorKey: "a second factor key for tests only",
      testMode: true,
      deliveries,
      clock,
      ...changes,
    });
  [shop, closed] = [open({}), open({ profile: lucca })];
});
afterAll(() => database?.close());
beforeEach(async () => {
  await shop.users.deleteMany();
  await seed(shop);
  clock.advance({ minutes: 61 });
});

const post = (path: string, body: object, { app } = shop) =>
  supertest(app).post(`/second-factor${path}`).send(body);

const page = (path: string, body: object) =>
  post(path, body).set("Accept", "text/html").type("form").set("Host", "evil.test");

/** Whoever was mailed since, once everything that was begun is done. */
async function mailedSince(before: number): Promise<string[]> {
  await shop.secondFactor.settled();
  return deliveries.outbox
    .messages()
    .slice(0, deliveries.outbox.messages().length - before)
    .map(({ to }) => to);
}

async function linkFor(path: string, address: string): Promise<string> {
  const before = deliveries.outbox.messages().length;
  await page(path, { address }).expect(200);
  expect(await mailedSince(before)).toEqual([address]);
  const [link = ""] = /http\S+/.exec(deliveries.outbox.messages()[0]?.text ?? "") ?? [];
  expect(link.startsWith("http://localhost:3000/second-factor/")).toBe(true);
  return new URL(link).pathname;
}

describe.each([
  ["/first-login", "ines@acme.test"],
  ["/forgot", "ada@acme.test"],
])("asking at %s", (path, whose) => {
  test("says the same, with the same status, for every address, and mails one of them", async () => {
    const before = deliveries.outbox.messages().length;
    const answers = await Promise.all(ADDRESSES.map((address) => post(path, { address })));
    for (const { status, body } of answers) {
      expect(status).toBe(202);
      expect(body).toEqual(answers[0]?.body);
    }
    const pages = await Promise.all(ADDRESSES.map((address) => page(path, { address })));
    const [first = "", ...others] = pages.map(({ text }, at) => text.replaceAll(ADDRESSES[at] ?? "", "…"));
    expect(first).toContain("Check your e-mail");
    for (const text of others) expect(text).toBe(first);
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await mailedSince(before)).toEqual([whose, whose]);
  });

  test("the link is the site's own, is spent by a POST alone, once, and leads to a new password only", async () => {
    const link = await linkFor(path, whose);
    for (const scan of [supertest(shop.app).get(link), supertest(shop.app).head(link)])
      await scan.expect(200);
    const agent = supertest.agent(shop.app);
    const { body } = await agent.post(link).send({}).expect(403);
    expect(body).toMatchObject({ code: "password_change_required" });
    expect((await agent.get("/whoami")).body).toEqual({
      user: null,
      secondFactor: { state: "pending", owes: "password" },
    });
    await agent.get("/account").expect(403);
    const again = await supertest(shop.app).post(link).send({}).expect(410);
    expect(again.body).toMatchObject({ code: "link_expired" });

    await agent.post("/second-factor/password").send({ newPassword: "nine grey geese at noon" }).expect(200);
    expect((await agent.get("/whoami")).body.user).toMatchObject({ email: whose });
  });
});

test("where an administrator resets passwords, asking says so for every address, and mails nobody", async () => {
  const before = deliveries.outbox.messages().length;
  for (const address of ADDRESSES) {
    const { body } = await post("/forgot", { address }, closed).expect(403);
    expect(body).toMatchObject({ code: "reset_by_admin_only" });
  }
  expect(await mailedSince(before)).toEqual([]);
});

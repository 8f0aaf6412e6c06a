// Signing in by the stand-in for an organisation's identity provider: what it says counts once, in the browser that asked.
import { manualClock } from "passport-second-factor/testing";
import supertest from "supertest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp, type Shop } from "../../example-app/app.js";
import { keptMessages } from "../../example-app/deliveries.js";
import { acme } from "../../example-app/profiles/acme.js";
import { lucca } from "../../example-app/profiles/lucca.js";
import { seed } from "../../example-app/seed.js";
import { assertionKey, signAssertion } from "../../example-app/sso/assertion.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

const ROOT = "root@acme.test";
const SECRET = "a session secret for tests only";

const clock = manualClock();
let database: TestDatabase;
let open: (changes?: object) => Promise<Shop>;
let shop: Shop;
beforeAll(async () => {
  database = await testDatabase();
  const connection = await database.connect();
  open = async (changes = {}) =>
    createApp({
      connection,
      origin: "http://localhost:3000",
      sessionSecret: SECRET,
      secondFactorKey: "a second factor key for tests only",
      testMode: true,
      profile: lucca,
      clock,
      ...changes,
    });
  shop = await open();
  await seed(shop);
});
afterAll(() => database?.close());

type Agent = ReturnType<typeof supertest.agent>;

/** Begins, and is told what the provider is to repeat. */
async function begin(agent: Agent): Promise<string> {
  const { headers } = await agent.get("/sso").expect(303);
  return new URL(headers["location"] as string, "http://localhost").searchParams.get("state") ?? "";
}

async function assertion(agent: Agent, email: string, state: string): Promise<string> {
  const { headers } = await agent.post("/idp").type("form").send({ email, state }).expect(303);
  return headers["location"] as string;
}

const whoami = async (agent: Agent) => (await agent.get("/whoami")).body.user;

test("whoever the provider names is signed in, though a second factor is required of them", async () => {
  const agent = supertest.agent(shop.app);
  const url = await assertion(agent, ROOT, await begin(agent));
  await agent.get(url).expect(302).expect("Location", "/account");
  expect(await whoami(agent)).toEqual({ email: ROOT, roles: ["admin"] });
});

test("an assertion counts once, and in the browser that asked for it", async () => {
  const agent = supertest.agent(shop.app);
  const url = await assertion(agent, ROOT, await begin(agent));
  const thief = supertest.agent(shop.app);
  await begin(thief);
  await thief.get(url).expect(302).expect("Location", "/login");
  expect(await whoami(thief)).toBeNull();
  await agent.get(url).expect(302).expect("Location", "/account");
  await agent.post("/logout").expect(200);
  await agent.get(url).expect(302).expect("Location", "/login");
  expect(await whoami(agent)).toBeNull();
});

test.each<[name: string, spoil: (assertion: string, state: string) => string]>([
  ["none", () => ""],
  ["one without a signature", (text) => text.split(".")[0] ?? ""],
  ["one that another key signed", (_, state) => signAssertion(assertionKey("other"), future(state))],
  ["one that was changed", (text) => `x${text}`],
  ["one with more to it", (text) => `${text}.${text}`],
  ["one of nobody's", (_, state) => signAssertion(assertionKey(SECRET), future(state, "no@acme.test"))],
  ["one for no sign-in", () => signAssertion(assertionKey(SECRET), future(""))],
  [
    "one that is too late",
    (_, state) => signAssertion(assertionKey(SECRET), { ...future(state), expiresAt: 0 }),
  ],
])("of assertions, %s is refused", async (_name, spoil) => {
  const agent = supertest.agent(shop.app);
  const state = await begin(agent);
  const text = (await assertion(agent, ROOT, state)).split("assertion=")[1] ?? "";
  await agent
    .get(`/sso/callback?assertion=${spoil(text, state)}`)
    .expect(302)
    .expect("Location", "/login");
  expect(await whoami(agent)).toBeNull();
});

test("without a sign-in that was begun here no assertion counts", async () => {
  const text = signAssertion(assertionKey(SECRET), future(""));
  await supertest(shop.app).get(`/sso/callback?assertion=${text}`).expect("Location", "/login");
  await supertest(shop.app)
    .get(`/sso/callback?assertion=${text}&assertion=${text}`)
    .expect("Location", "/login");
});

test("there is no stand-in outside test mode, and none where the profile has no SSO", async () => {
  for (const changes of [{ testMode: false, deliveries: keptMessages() }, { profile: acme }]) {
    const { app } = await open(changes);
    await supertest(app).get("/sso").expect(404);
    await supertest(app).post("/idp").type("form").send({ email: ROOT }).expect(404);
    expect((await supertest(app).get("/login")).text).not.toContain("organisation");
  }
});

const future = (state: string, email = ROOT) => ({ email, state, expiresAt: clock.now().getTime() + 1000 });

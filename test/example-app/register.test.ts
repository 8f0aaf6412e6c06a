// Making an account: what is asked, what is refused at its field, and who one is afterwards.
import { manualClock } from "passport-second-factor/testing";
import supertest from "supertest";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApp, type Shop } from "../../example-app/app.js";
import { passwordProblem } from "../../example-app/new-password.js";
import { lucyEmail } from "../../example-app/profiles/lucy-email.js";
import { seed } from "../../example-app/seed.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

const PASSWORD = "three quiet herons";
const NEW = { name: "Nia", email: "Nia@Acme.test ", password: PASSWORD };

let database: TestDatabase;
let shop: Shop;
const settings = {
  origin: "http://localhost:3000",
  sessionSecret: "a session secret for tests only",
  secondFactorKey: "a second factor key for tests only",
  testMode: true,
  clock: manualClock(),
};
beforeAll(async () => {
  database = await testDatabase();
  shop = createApp({ ...settings, connection: await database.connect() });
});
afterAll(() => database?.close());
beforeEach(async () => {
  await shop.users.deleteMany();
});

const nobody = () => supertest.agent(shop.app);
const form = (agent: ReturnType<typeof nobody>, body: Record<string, string>) =>
  agent.post("/register").set("Accept", "text/html").type("form").send(body);
const userOf = (email: string) => shop.users.findOne({ email }).select("+passwordHash");

describe("registering", () => {
  test("makes a customer with a hashed password, and signs them in", async () => {
    const agent = nobody();
    await form(agent, NEW).expect(303).expect("Location", "/account");
    const { body } = await agent.get("/whoami");
    expect(body.user).toEqual({ email: "nia@acme.test", roles: ["customer"] });
    const { passwordHash, name } = (await userOf("nia@acme.test")) ?? {};
    expect(name).toBe("Nia");
    expect(passwordHash).toMatch(/^\$argon2id\$/);
    await supertest(shop.app).post("/login").send({ email: "nia@acme.test", password: PASSWORD }).expect(200);
  });

  test("by JSON is 201, or 400 with what is wrong at which field", async () => {
    await nobody().post("/register").send(NEW).expect(201, { state: "signed-in" });
    const { body } = await nobody().post("/register").send({}).expect(400);
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(["name", "email", "password"]);
  });

  test("keeps a phone number as one that nobody has proven", async () => {
    await form(nobody(), { ...NEW, country: "US", number: "(415) 555-0123" }).expect(303);
    const user = await userOf("nia@acme.test");
    expect(await shop.secondFactor.phoneOf(user)).toBe("+14155550123");
    expect(await shop.secondFactor.importPhone(user, "+14155550199")).toBe(true);
  });

  test("keeps what was typed where something is wrong, but the password", async () => {
    const typed = { name: 'Ni"a', email: "nia@acme.test", country: "GB", number: "12", password: "short" };
    const { text } = await form(nobody(), typed).expect(400);
    expect(text).toContain("<title>Error: Create an account, Acme</title>");
    for (const kept of ['value="Ni&quot;a"', 'value="nia@acme.test"', 'value="12"', '"GB" selected']) {
      expect(text).toContain(kept);
    }
    expect(text).not.toContain("short");
    expect(text).toContain('id="password-error">Use at least 12 characters');
    expect(text).toContain('id="number-error" class="error">Enter a mobile number, like ');
    expect(await shop.users.countDocuments()).toBe(0);
  });

  test("says honestly that there is an account already, however the address is written", async () => {
    await seed(shop);
    const { text } = await form(nobody(), { ...NEW, email: " ADA@acme.test" }).expect(400);
    expect(text).toContain("There is an account with this address already. Sign in instead.");
    const both = await Promise.all([1, 2].map(() => form(nobody(), NEW)));
    expect(both.map(({ status }) => status).sort()).toEqual([303, 400]);
  });

  test.each([
    "",
    "nia",
    "nia@acme",
    "nia@acme.test, eve@acme.test",
    "a b@acme.test",
    "nia@acme.test\r\nBcc: x@y.z",
    `${"n".repeat(250)}@acme.test`,
  ])("the address %j is none", async (email) => {
    const { body } = await nobody()
      .post("/register")
      .send({ ...NEW, email })
      .expect(400);
    expect(body.errors[0].field).toBe("email");
  });

  test.each([{ $ne: null }, ["nia@acme.test"], 7, null])("%j is no text for any field", async (value) => {
    const all = { name: value, email: value, password: value, country: value, number: value };
    const { body } = await nobody().post("/register").send(all).expect(400);
    expect(body.errors).toHaveLength(3);
  });

  test("gives nobody a role they ask for", async () => {
    await form(nobody(), { ...NEW, roles: "admin", "groups[]": "Warehouse" }).expect(303);
    expect(await userOf("nia@acme.test")).toMatchObject({ roles: ["customer"], groups: [] });
  });

  test("is refused from another site, and needless for somebody signed in", async () => {
    await nobody().post("/register").set("Origin", "https://evil.test").send(NEW).expect(403);
    const agent = nobody();
    await form(agent, NEW);
    await agent.get("/register").expect(303).expect("Location", "/account");
  });

  test("asks for no number where no text messages are sent", async () => {
    const other = createApp({
      ...settings,
      connection: await database.connect(),
      deliveries: {},
      profile: { ...lucyEmail, factors: () => [lucyEmail.factors({})[2]] },
    });
    const { text } = await supertest(other.app).get("/register").expect(200);
    expect(text).not.toContain("Mobile number");
    await supertest(other.app)
      .post("/register")
      .send({ ...NEW, country: "US", number: "4155550123" })
      .expect(201);
  });
});

describe("a password", () => {
  const own = ["Nia Jones", "nia@acme.test", "Acme"];
  test.each(["short", "eleven char", "", "x".repeat(201)])("of a wrong length is refused: %j", (password) => {
    expect(passwordProblem(password, own)).toMatch(/^Use at (least 12|most 200) characters/);
  });

  test.each([
    "aaaaaaaaaaaaaa",
    "passwordpassword",
    "password1234",
    "123456789012",
    "qwertyuiop12",
    "acme acme acme",
    "niajones@acme",
    "Iloveyou1234",
  ])("that is guessed first is refused: %s", (password) =>
    expect(passwordProblem(password, own)).toMatch(/^That one is easy to guess/),
  );

  test.each([
    PASSWORD,
    "demo-password-2026",
    "correct horse battery staple",
    "пароль из нескольких слов",
    "🐦🦆🦉🐧🦜🦚🦢🦩🐓🦃🕊️🦅",
  ])("of several words is taken: %s", (password) => expect(passwordProblem(password, own)).toBeUndefined());
});

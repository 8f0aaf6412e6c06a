// The account page, and what groups and roles mean for it and for the admin side.
import { manualClock } from "passport-second-factor/testing";
import supertest from "supertest";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApp, type Shop } from "../../example-app/app.js";
import { DEMO_PASSWORD, seed } from "../../example-app/seed.js";
import { groupsOf } from "../../example-app/users.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

let database: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  database = await testDatabase();
  shop = createApp({
    connection: await database.connect(),
    origin: "http://localhost:3000",
    sessionSecret: "a session secret for tests only",
    secondFactorKey: "a second factor key for tests only",
    testMode: true,
    clock: manualClock(),
  });
});
afterAll(() => database?.close());
beforeEach(async () => {
  await Promise.all([shop.users.deleteMany(), groupsOf(shop.users.db).deleteMany()]);
  await seed(shop);
});

async function signedIn(email: string) {
  const agent = supertest.agent(shop.app);
  await agent.post("/login").send({ email, password: DEMO_PASSWORD });
  return agent;
}
type Agent = Awaited<ReturnType<typeof signedIn>>;
const page = (agent: Agent, path = "/account") => agent.get(path).set("Accept", "text/html");
const save = (agent: Agent, body: Record<string, string>) =>
  agent.post("/account").set("Accept", "text/html").type("form").send(body);

describe("the account page", () => {
  test("is for nobody who is not signed in", async () => {
    await supertest(shop.app).get("/account").expect(401);
    await supertest(shop.app).post("/account").send({ name: "Mallory" }).expect(401);
  });

  test("takes a name and a number, and shows both again with the country", async () => {
    const ada = await signedIn("ada@acme.test");
    const { text: before } = await page(ada).expect(200);
    expect(before).toContain('name="number" type="tel" autocomplete="tel-national" value=""');
    expect(before).toContain("Set up two-factor authentication");
    await save(ada, { name: " Ada L. ", country: "US", number: "415 555 0123" })
      .expect(303)
      .expect("Location", "/account?saved=1");
    const { text } = await page(ada, "/account?saved=1");
    expect(text).toContain("Saved.");
    expect(text).toContain('value="Ada L."');
    expect(text).toContain('value="+14155550123"');
    expect(text).toContain('<option value="US" selected>');
  });

  test("says at the field what is wrong, keeps what was typed, and saves nothing of it", async () => {
    const ada = await signedIn("ada@acme.test");
    const { text } = await save(ada, { name: "Ada Two", country: "GB", number: "12" }).expect(400);
    expect(text).toContain('id="number-error"');
    expect(text).toContain('value="Ada Two"');
    expect(await shop.users.findOne({ email: "ada@acme.test" })).toMatchObject({ name: "Ada" });
    const { body } = await ada.post("/account").send({ name: "" }).expect(400);
    expect(body.errors).toEqual([{ field: "name", message: "Enter your name." }]);
  });

  test("does not take a number away that is there, and changes nobody else and nothing else", async () => {
    const ada = await signedIn("ada@acme.test");
    await ada.post("/account").send({ name: "Ada", country: "US", number: "415 555 0123" }).expect(200);
    const { body } = await ada.post("/account").send({ name: "Ada", number: "" }).expect(400);
    expect(body.errors[0].field).toBe("number");
    await ada.post("/account").send({ name: "Ada", number: "+14155550199", roles: ["admin"], _id: "x" });
    expect(await shop.users.findOne({ email: "ada@acme.test" })).toMatchObject({ roles: ["customer"] });
    expect(await shop.users.countDocuments({ name: "Ada" })).toBe(1);
  });

  test("shows the role as people read it", async () => {
    expect((await page(await signedIn("vic@acme.test"))).text).toContain("<dd>Vendor</dd>");
  });
});

describe("a group's roles", () => {
  test("are its members', as long as they are in it", async () => {
    const gus = await signedIn("gus@acme.test");
    const roles = async () => (await gus.get("/whoami")).body.user.roles;
    expect(await roles()).toEqual(["customer", "staff"]);
    expect((await page(gus)).text).toContain("<dd>Customer, Staff</dd>");
    await groupsOf(shop.users.db).updateOne({ name: "Warehouse" }, { roles: ["staff", "admin"] });
    await gus.get("/account").expect(401);
    await groupsOf(shop.users.db).deleteMany();
    const again = await signedIn("gus@acme.test");
    expect((await again.get("/whoami")).body.user.roles).toEqual(["customer"]);
  });
});

// The real passport-local-mongoose: its passwords compared and kept, through the pages.
import mongoose from "mongoose";
import passportLocalMongoose from "passport-local-mongoose";
import { secondFactorPlugin } from "passport-second-factor";
import { passportLocalMongoosePasswords } from "passport-second-factor/account";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../support/database.js";

interface Plugged {
  email: string;
  note?: string;
}

let database: TestDatabase;
let connection: mongoose.Connection;
// The plugin's own methods are not in the types of a model.
// biome-ignore lint/suspicious/noExplicitAny: as above
let User: any;

beforeAll(async () => {
  database = await testDatabase();
  connection = await database.connect();
  const schema = new mongoose.Schema<Plugged>({ email: String, note: String });
  schema.plugin(secondFactorPlugin);
  (schema.plugin as (plugin: unknown, options: object) => unknown).call(schema, passportLocalMongoose, {
    usernameField: "email",
    // As weak as only a test may have it.
    iterations: 10,
    keylen: 32,
  });
  User = connection.model("User", schema);
});
afterAll(() => database.close());
beforeEach(() => User.deleteMany({}));

const { verify, set } = passportLocalMongoosePasswords() as unknown as {
  verify(user: unknown, password: string): Promise<boolean>;
  set(user: unknown, password: string): Promise<void>;
};

/** As a session's user is loaded: without hash and salt. */
async function registered() {
  const { _id } = await User.register(new User({ email: "tom@acme.test" }), "first password");
  return User.findById(_id);
}

test("compares with what is kept, though the document in hand has no hash", async () => {
  const tom = await registered();
  expect(tom.get("hash")).toBeUndefined();
  expect(await verify(tom, "first password")).toBe(true);
  for (const wrong of ["First password", "", "first password "]) expect(await verify(tom, wrong)).toBe(false);
});

test("keeps a new one, and nothing else of the document in hand", async () => {
  const tom = await registered();
  tom.note = "not to be saved";
  await set(tom, "second password");
  const again = await User.findById(tom._id);
  expect(await verify(again, "second password")).toBe(true);
  expect(await verify(again, "first password")).toBe(false);
  expect(again.note).toBeUndefined();
});

test("somebody without a password has none that is right, and may be given one", async () => {
  const tom = await User.create({ email: "tom@acme.test" });
  expect(await verify(await User.findById(tom._id), "anything")).toBe(false);
  await set(tom, "first password");
  expect(await verify(await User.findById(tom._id), "first password")).toBe(true);
});

test.each([undefined, null, {}, { _id: "1" }])("%j is not a document of such a schema", async (user) => {
  const told = expect.objectContaining({ code: "misconfigured" });
  await expect(async () => verify(user, "x")).rejects.toEqual(told);
  await expect(async () => set(user, "x")).rejects.toEqual(told);
});

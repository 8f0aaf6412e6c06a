// Going through an app's users as the app reads them: its hooks, its groups, its schema's names.
import mongoose, { Schema } from "mongoose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { secondFactorPlugin } from "../../src/stores/mongoose-plugin.js";
import { mongooseStore } from "../../src/stores/mongoose-store.js";
import { pending } from "../contracts/store-records.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

let database: TestDatabase;
let connection: mongoose.Connection;
beforeAll(async () => {
  database = await testDatabase();
  connection = await database.connect();
});
afterAll(() => database.close());
beforeEach(() => connection.collection("users").deleteMany({}));

/** A store of a model of these fields, all of them in one collection. */
function storeOf(
  fields: object,
  options: Parameters<typeof mongooseStore>[1] = {},
  extend: (schema: Schema) => void = () => {},
) {
  const schema = new Schema(fields).plugin(secondFactorPlugin);
  extend(schema);
  const User = connection.model("Person", schema, "users", { overwriteModels: true });
  return { User: User as mongoose.Model<Record<string, unknown>>, store: mongooseStore(User, options) };
}

async function everybody(store: ReturnType<typeof mongooseStore>, query = {}) {
  const found = [];
  for await (const known of store.people(query)) found.push(known);
  return found;
}

describe("people are searched", () => {
  const fields = { email: String, username: String, name: String, profile: { nick: String }, tags: [String] };
  const values = {
    email: "one@a.test",
    username: "two",
    name: "three",
    profile: { nick: "four" },
    tags: ["five"],
  };
  const hits = async (store: ReturnType<typeof mongooseStore>) => {
    const texts = ["one", "two", "three", "four", "five"];
    const counts = await Promise.all(texts.map((text) => store.countPeople({ text })));
    return texts.filter((_, index) => counts[index]);
  };

  test("by email, username and name, and by nothing else", async () => {
    const { User, store } = storeOf(fields);
    await User.create(values);
    expect(await hits(store)).toEqual(["one", "two", "three"]);
  });

  test("by the paths that are given, below others too", async () => {
    const { User, store } = storeOf(fields, { searchPaths: ["name", "profile.nick"] });
    await User.create(values);
    expect(await hits(store)).toEqual(["three", "four"]);
  });

  test.each([
    ["lacks all of those names", { mail: String }, {}],
    ["is told of none", { email: String }, { searchPaths: [] }],
  ])("in vain, and without an error, where the schema %s", async (_, schema, options) => {
    const { User, store } = storeOf(schema, options);
    await User.create({ mail: "one@a.test", email: "one@a.test" });
    expect(await store.countPeople({ text: "one" })).toBe(0);
    expect(await everybody(store, { text: "one" })).toEqual([]);
    expect(await store.countPeople()).toBe(1);
  });

  test.each(["missing", "tags", "profile"])("not by %s, which is no text: misconfigured", (path) => {
    const wanted = expect.objectContaining({ code: "misconfigured", message: expect.stringContaining(path) });
    expect(() => storeOf(fields, { searchPaths: [path] })).toThrow(wanted);
  });

  test("by what a schema lower-cases, as by anything", async () => {
    const { User, store } = storeOf({ email: { type: String, lowercase: true, trim: true } });
    await User.create({ email: "Ann@A.test" });
    expect(await store.countPeople({ text: "ANN@" })).toBe(1);
    expect(await store.countPeople({ text: "a.TEST" })).toBe(1);
    expect(await store.countPeople({ text: "a?test" })).toBe(0);
  });
});

describe("an app's own hooks", () => {
  const HOOKS: [string, (this: mongoose.Query<unknown, unknown>) => void][] = [
    [
      "select other fields",
      function () {
        this.select("email");
      },
    ],
    [
      "leave ours out",
      function () {
        this.select("-secondFactor");
      },
    ],
    [
      "leave a part of ours out",
      function () {
        this.select("-secondFactor.sessionGeneration");
      },
    ],
    [
      "make plain objects",
      function () {
        this.lean();
      },
    ],
  ];

  test.each(HOOKS)("that %s hide no factor: it is read", async (_, hook) => {
    const { User, store } = storeOf({ email: String }, {}, (schema) => {
      schema.pre(["find", "findOne"], hook as never);
    });
    const ref = store.refOf(await User.create({ email: "one@a.test" }));
    await store.importEnrolment(ref, "totp", pending());
    await store.endOtherSessions(ref, "login-1");
    const standing = { factors: ["totp"], sessionGeneration: 1, raisedBy: "login-1" };
    expect(await everybody(store)).toMatchObject([{ ref, standing }]);
    expect(await store.find(ref.id)).toMatchObject({ ref, standing });
  });

  test("that hide people hide them here", async () => {
    const { User, store } = storeOf({ email: String, isDeleted: Boolean }, {}, (schema) => {
      schema.pre(["find", "findOne"], function () {
        this.where({ isDeleted: { $ne: true } });
      });
    });
    const gone = await User.create({ email: "one@a.test", isDeleted: true });
    expect(await everybody(store)).toEqual([]);
    expect(await store.find(String(gone._id))).toBeUndefined();
  });
});

describe("groups", () => {
  const fields = { email: String, groups: [{ type: Schema.Types.ObjectId, ref: "Group" }] };
  const Group = () =>
    connection.model("Group", new Schema({ roles: [String] }), "groups", { overwriteModels: true });
  const rolesIn = ({ user }: { user: unknown }) =>
    (user as { groups: { roles?: string[] }[] }).groups.flatMap(({ roles }) => roles ?? []);

  test.each(["groups", ["groups"]])(
    "are populated where %j says so: one by one, and one by the id",
    async (populate) => {
      const group = await Group().create({ roles: ["admin"] });
      const { User, store } = storeOf(fields, { populate });
      const ref = store.refOf(await User.create({ email: "one@a.test", groups: [group._id] }));
      const found = await store.find(ref.id);
      expect(found && rolesIn(found)).toEqual(["admin"]);
      expect((await everybody(store)).map(rolesIn)).toEqual([["admin"]]);
      const loaded = await store.load(ref);
      expect(loaded && rolesIn(loaded)).toEqual(["admin"]);
    },
  );

  test("are as the app's query has them where nobody says so", async () => {
    const group = await Group().create({ roles: ["admin"] });
    const { User, store } = storeOf(fields);
    await User.create({ email: "one@a.test", groups: [group._id] });
    expect((await everybody(store)).map(rolesIn)).toEqual([[]]);
  });
});

test("a notice, an administrator and a write name somebody of a sharded collection by shard key and id", async () => {
  const { User, store } = storeOf(
    { email: String, tenant: Number },
    { key: ({ tenant }: { tenant: number }) => ({ tenant }) },
  );
  const user = await User.create({ email: "one@a.test", tenant: 7 });
  const found = await store.find(String(user._id));
  expect(found?.ref).toEqual({ id: String(user._id), key: { tenant: "7" } });
  const filters: unknown[] = [];
  const note = ({ command }: mongoose.mongo.CommandStartedEvent) =>
    filters.push(...(command["updates"] ?? []).map(({ q }: { q: unknown }) => q));
  const monitored = await mongoose.createConnection(database.uri, { monitorCommands: true }).asPromise();
  monitored.getClient().on("commandStarted", note);
  const Monitored = monitored.model("Person", User.schema, "users");
  const key = ({ tenant }: { tenant: number }) => ({ tenant });
  await mongooseStore(Monitored, { key }).endSessions(found?.ref ?? { id: "" });
  await monitored.close();
  expect(filters).toEqual([{ _id: user._id, tenant: 7 }]);
});

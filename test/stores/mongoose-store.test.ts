import mongoose, { Schema } from "mongoose";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { UserRef } from "../../src/core/model.js";
import { secondFactorPlugin } from "../../src/stores/mongoose-plugin.js";
import { mongooseStore } from "../../src/stores/mongoose-store.js";
import { describeStore } from "../contracts/store-contract.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

describeStore("the Mongoose store", async () => {
  const database = await testDatabase();
  const connection = await database.connect();
  const schema = new Schema({ email: String, roles: [String], passwordHash: String });
  schema.plugin(secondFactorPlugin);
  const User = connection.model("User", schema);
  const store = mongooseStore(User);
  return {
    store,
    newUser: async (called = "anna@acme.test") => store.refOf(await User.create({ email: called })),
    setPassword: ({ id }, kept) =>
      User.updateOne({ _id: id }, kept ? { passwordHash: kept } : { $unset: { passwordHash: "" } }),
    nobody: { id: new mongoose.Types.ObjectId().toHexString() },
    close: database.close,
  };
});

/** An app that turns on whatever could come between a guard and the database. */
describeStore("the Mongoose store in a strict app with a shard key", async () => {
  const database = await testDatabase();
  const connection = await database.connect();
  const schema = new Schema(
    { _id: String, tenant: Number, name: String, credentials: { hash: { type: String, select: false } } },
    { strict: "throw", strictQuery: "throw", timestamps: true, optimisticConcurrency: true, minimize: false },
  );
  schema.set("typeKey", "type");
  schema.plugin(secondFactorPlugin);
  schema.pre(["updateOne", "findOneAndUpdate"], () => {
    throw new Error("an app's own hook must not run");
  });
  connection.set("sanitizeFilter", true);
  const User = connection.model("StrictUser", schema);
  const store = mongooseStore(User, {
    key: (user: { tenant: number }) => ({ tenant: user.tenant }),
    passwordPath: "credentials.hash",
  });
  let users = 0;
  return {
    store,
    newUser: async (called) =>
      store.refOf(
        await User.create({ _id: `user-${++users}`, tenant: users, ...(called ? { name: called } : {}) }),
      ),
    setPassword: ({ id }, kept) =>
      User.bulkWrite([
        {
          updateOne: {
            filter: { _id: id },
            update: kept ? { $set: { "credentials.hash": kept } } : { $unset: { "credentials.hash": "" } },
          },
        },
      ]),
    nobody: { id: "user-1", key: { tenant: "0" } },
    close: database.close,
  };
});

const NOW = new Date("2026-11-22T12:00:00.000Z");
const SOON = new Date("2026-11-22T12:10:00.000Z");
const KEY = { login: "login-1", purpose: "login" } as const;
const CHALLENGE = { id: "c1", ...KEY, createdAt: NOW, expiresAt: SOON, attempts: 0 };
const CODE = { factor: "email", hash: "hash", sentAt: NOW, expiresAt: SOON, resent: false } as const;
const ENROLMENT = {
  id: "e1",
  secret: "sealed",
  createdAt: NOW,
  expiresAt: SOON,
  login: "login-1",
  first: true,
};
const LOCK = { closed: [{ failures: 5, since: NOW }], blockAt: 100 };
const RESERVATION = { ...KEY, at: NOW, maxAttempts: 5, budget: "login", lock: LOCK } as const;

describe("on a Mongoose model", () => {
  let database: TestDatabase;
  let connection: mongoose.Connection;
  const userSchema = () =>
    new Schema({ email: String, roles: [String], groups: [String] }).plugin(secondFactorPlugin);
  const makeModel = () => connection.model("User", userSchema());
  let User: ReturnType<typeof makeModel>;

  beforeAll(async () => {
    database = await testDatabase();
    connection = await mongoose.createConnection(database.uri, { monitorCommands: true }).asPromise();
    User = makeModel();
  });
  afterAll(async () => {
    await connection.close();
    await database.close();
  });

  async function newUser(): Promise<UserRef> {
    return mongooseStore(User).refOf(await User.create({ email: "anna@acme.test", roles: ["admin"] }));
  }

  /** The commands that reached the user collection meanwhile. */
  async function commandsOf(run: () => Promise<unknown>): Promise<string[]> {
    const seen: string[] = [];
    const note = ({ commandName, command }: mongoose.mongo.CommandStartedEvent) => {
      if (command[commandName] === "users") seen.push(commandName);
    };
    connection.getClient().on("commandStarted", note);
    await run().finally(() => connection.getClient().off("commandStarted", note));
    return seen;
  }

  test("a model without the plugin is refused, with the line to add", () => {
    const Plain = connection.model("Plain", new Schema({ email: String }));
    expect(() => mongooseStore(Plain)).toThrow(
      expect.objectContaining({
        code: "misconfigured",
        message: expect.stringContaining("userSchema.plugin(secondFactorPlugin)"),
      }),
    );
  });

  describe("commands", () => {
    const store = () => mongooseStore(User);
    const spend = { kind: "totp", enrolment: "e1", step: 100 } as const;

    test("a password and TOTP login costs three, the verification two", async () => {
      const ref = await newUser();
      await store().importEnrolment(ref, "totp", ENROLMENT);
      expect(await commandsOf(() => store().openChallenge(ref, CHALLENGE))).toEqual(["findAndModify"]);
      expect(await commandsOf(() => store().reserveAttempt(ref, RESERVATION))).toEqual(["findAndModify"]);
      const complete = () => store().completeChallenge(ref, { ...KEY, at: NOW, spend, reset: ["login"] });
      expect(await commandsOf(complete)).toEqual(["update"]);
    });

    test("a challenge for an action costs one, and two where it replaces one", async () => {
      const ref = await newUser();
      const open = () => store().openChallenge(ref, { ...CHALLENGE, purpose: "action:payout" });
      expect(await commandsOf(open)).toEqual(["findAndModify"]);
      expect(await commandsOf(open)).toEqual(["findAndModify", "findAndModify"]);
    });

    test("a lost reservation costs one more, which reads why", async () => {
      const ref = await newUser();
      const lost = () => store().reserveAttempt(ref, RESERVATION);
      expect(await commandsOf(lost)).toEqual(["findAndModify", "find"]);
    });

    test("every other verb costs one, won or lost", async () => {
      const ref = await newUser();
      const before = { factors: [], sessionGeneration: 0, endedLogins: [] };
      const vault = {
        enrolments: {},
        challenges: [CHALLENGE],
        grants: [],
        failures: {},
        browsers: [],
        sends: [],
        links: [],
      };
      const { expiresAt } = CHALLENGE;
      const send = { ...KEY, challenge: CHALLENGE, code: CODE, expiresAt, maxAttempts: 5, quotas: [] };
      const set = { id: "set", salt: "salt", createdAt: NOW, codes: [] };
      const confirmation = { kind: "totp", enrolment: ENROLMENT, login: "login-1", at: NOW } as const;
      const removal = { kind: "totp", login: "login-1", factors: ["totp"], remaining: [] } as const;
      const verbs = [
        () => store().read(ref),
        () => store().load(ref),
        () => store().renewChallenge(ref, KEY, { id: "c2", at: NOW, maxAttempts: 5 }),
        () => store().closeChallenge(ref, KEY),
        () => store().refundAttempt(ref, RESERVATION, { ...before, vault }),
        () => store().reserveSend(ref, send),
        () => store().undoSend(ref, send),
        () => store().useBrowser(ref, { hash: "hash", at: NOW }),
        () => store().forgetBrowsers(ref, { id: "b1" }),
        () => store().forgetBrowsers(ref, "all"),
        () => store().preferFactor(ref, "totp"),
        () => store().preferFactor(ref, "recovery-code"),
        () => store().suggestAddress(ref, "email", "anna@acme.test"),
        () => store().beginEnrolment(ref, "totp", ENROLMENT, { at: NOW }),
        () =>
          store().confirmEnrolment(ref, {
            ...confirmation,
            closesLogin: false,
            restores: { budget: "login" },
          }),
        () => store().removeFactor(ref, removal),
        () => store().importEnrolment(ref, "totp", ENROLMENT),
        () => store().replaceRecoveryCodes(ref, set),
        () => store().markRecoveryCodesSaved(ref, "set", NOW),
        () => store().spendGrant(ref, { login: "login-1", action: "payout", at: NOW }),
        () => store().endLogin(ref, "login-1"),
      ];
      for (const verb of verbs) expect(await commandsOf(verb)).toHaveLength(1);
    });

    test("an id that is no ObjectId costs none: it is nobody's", async () => {
      expect(await commandsOf(() => store().read({ id: "not-an-id" }))).toEqual([]);
      expect(await store().read({ id: "not-an-id" })).toBeUndefined();
      expect(await store().endLogin({ id: "not-an-id" }, "login-1")).toBe(false);
    });

    test("what a user object carries costs none", async () => {
      const ref = await newUser();
      const user = await User.findById(ref.id);
      expect(await commandsOf(async () => store().standingOf(user))).toEqual([]);
    });

    test("each addresses one user and waits for a majority; reads bring nothing but the second factor", async () => {
      const ref = await newUser();
      const seen: mongoose.mongo.BSON.Document[] = [];
      const note = ({ command }: mongoose.mongo.CommandStartedEvent) => seen.push(command);
      connection.getClient().on("commandStarted", note);
      await store().endLogin(ref, "login-1");
      await store().read(ref);
      connection.getClient().off("commandStarted", note);
      const [update, find] = seen;
      expect(update).toMatchObject({ maxTimeMS: 3000, writeConcern: { w: "majority" } });
      expect(String(update?.updates[0].q._id)).toBe(ref.id);
      expect(find).toMatchObject({ maxTimeMS: 3000, projection: { _id: 0, secondFactor: 1 } });
      expect(String(find?.filter._id)).toBe(ref.id);
    });
  });

  describe("the password's path", () => {
    const storeOf = (fields: object, passwordPath?: string | null) => {
      const schema = new Schema(fields).plugin(secondFactorPlugin);
      const Model = connection.model(`With${Object.keys(fields).join("")}`, schema, "users", {
        overwriteModels: true,
      });
      return mongooseStore(Model, passwordPath === undefined ? {} : { passwordPath });
    };
    /** Whether the store sees what the document holds at this field. */
    const sees = async (store: ReturnType<typeof storeOf>, field: string) => {
      const { insertedId } = await User.collection.insertOne({ [field]: "kept" });
      return (await store.read({ id: insertedId.toString() }))?.passwordDigest !== undefined;
    };

    test.each(["passwordHash", "password", "hash", "hashedPassword", "password_hash"])(
      "is %s where the schema has that as a String",
      async (field) => {
        const store = storeOf({ email: String, [field]: { type: String, select: false } });
        expect(store.knowsPassword).toBe(true);
        expect(await sees(store, field)).toBe(true);
      },
    );

    test("is the first of those names, and another field is not read", async () => {
      const store = storeOf({ hash: String, password: String });
      expect([await sees(store, "password"), await sees(store, "hash")]).toEqual([true, false]);
    });

    test("is the one that is given", async () => {
      const store = storeOf({ password: String, secretDigest: String }, "secretDigest");
      expect([await sees(store, "secretDigest"), await sees(store, "password")]).toEqual([true, false]);
    });

    test.each<[string, object]>([
      ["no such name", { email: String }],
      ["one that is no text", { password: Buffer }],
    ])("is unknown with %s", async (_, fields) => {
      const store = storeOf(fields);
      expect(store.knowsPassword).toBe(false);
      expect(await sees(store, "password")).toBe(false);
    });

    test("is none where the app says that it has no passwords", async () => {
      const store = storeOf({ password: String }, null);
      expect(store.knowsPassword).toBe(true);
      expect(await sees(store, "password")).toBe(false);
    });

    test.each<[string, object]>([
      ["lacks", { email: String }],
      ["has as something else than text", { "login.hash": Buffer }],
    ])("is refused where the schema %s it, with what to write", (_, fields) => {
      expect(() => storeOf(fields, "login.hash")).toThrow(
        expect.objectContaining({
          code: "misconfigured",
          message: expect.stringMatching(/"login\.hash".*`passwordPath: null`/),
        }),
      );
    });

    test("is read for no other purpose: what is not text has no digest", async () => {
      const store = storeOf({ password: String });
      const { insertedId } = await User.collection.insertOne({ password: { $binary: 1 } as never });
      expect(await store.read({ id: insertedId.toString() })).not.toHaveProperty("passwordDigest");
    });
  });

  test("an ordinary query loads nothing of codes, browsers, preferences and suggestions", async () => {
    const store = mongooseStore(User);
    const ref = await newUser();
    await store.importEnrolment(ref, "totp", ENROLMENT);
    await store.openChallenge(ref, CHALLENGE);
    const limits = { expiresAt: CHALLENGE.expiresAt, maxAttempts: 5, quotas: [] };
    await store.reserveSend(ref, { ...KEY, challenge: CHALLENGE, code: CODE, ...limits });
    await store.preferFactor(ref, "totp");
    await store.suggestAddress(ref, "email", "anna@other.test");
    expect(await User.findById(ref.id).lean()).toHaveProperty("secondFactor", { factors: ["totp"] });
    const raw = await User.collection.findOne({ _id: new mongoose.Types.ObjectId(ref.id) });
    expect(Object.keys(raw?.secondFactor).sort()).toEqual(["factors", "vault"]);
  });

  test("its limiter counts on the model's own connection", async () => {
    const [one, other] = [mongooseStore(User).limiter, mongooseStore(User).limiter];
    const quota = { limit: 1, seconds: 60 };
    expect(await one.take("shared", quota, NOW)).toEqual({ ok: true });
    expect(await other.take("shared", quota, NOW)).toMatchObject({ ok: false });
    expect(await connection.collection("second_factor_limits").countDocuments()).toBeGreaterThan(0);
  });

  describe("what a user object carries", () => {
    const store = () => mongooseStore(User);
    const byId = async () => User.findById((await newUser()).id).orFail();

    test("is its standing, as plain values, where a query returned it whole", async () => {
      const ref = await newUser();
      await store().importEnrolment(ref, "totp", ENROLMENT);
      await store().endLogin(ref, "login-0");
      const user = await User.findById(ref.id);
      const standing = store().standingOf(user);
      expect(standing).toEqual({ factors: ["totp"], sessionGeneration: 0, endedLogins: ["login-0"] });
      expect(Array.isArray(standing?.factors) && !mongoose.isObjectIdOrHexString(standing)).toBe(true);
      expect(structuredClone(standing)).toEqual(standing);
    });

    test("is an empty standing where the whole user has no second factor", async () => {
      expect(store().standingOf(await byId())).toEqual({
        factors: [],
        sessionGeneration: 0,
        endedLogins: [],
      });
    });

    test.each<[string, (id: string) => PromiseLike<unknown>]>([
      ["find", async (id) => (await User.find({ _id: id }))[0]],
      ["findOneAndUpdate", (id) => User.findByIdAndUpdate(id, { email: "b@acme.test" })],
      ["a projection that adds the vault", (id) => User.findById(id).select("+secondFactor.vault")],
    ])("is trusted from %s", async (_, query) => {
      const ref = await newUser();
      await store().importEnrolment(ref, "totp", ENROLMENT);
      expect(store().standingOf(await query(ref.id))?.factors).toEqual(["totp"]);
    });

    test.each<[string, (id: string) => PromiseLike<unknown>]>([
      ["a projection of other fields", (id) => User.findById(id).select("email")],
      ["a projection of some, whose absence a policy could read", (id) => User.findById(id).select("-email")],
      ["a projection that names ours alone", (id) => User.findById(id).select("secondFactor roles groups")],
      [
        "a projection without the ended logins",
        (id) => User.findById(id).select("-secondFactor.endedLogins"),
      ],
      ["a projection without roles", (id) => User.findById(id).select("secondFactor groups")],
      ["a projection without groups", (id) => User.findById(id).select("-groups")],
      ["a projection without the second factor", (id) => User.findById(id).select("-secondFactor")],
      ["a lean result", (id) => User.findById(id).lean()],
      ["a plain copy", async (id) => (await User.findById(id))?.toObject()],
      ["a cached copy", async (id) => User.hydrate((await User.findById(id))?.toObject())],
      ["a new document", async (id) => new User({ _id: id })],
      [
        "another model's document",
        async (id) =>
          connection
            .model("Plain")
            .findById(id)
            .then((it) => it ?? {}),
      ],
      ["nothing", async () => null],
    ])("is not trusted from %s", async (_, query) => {
      const ref = await newUser();
      await store().importEnrolment(ref, "totp", ENROLMENT);
      const user = await query(ref.id);
      expect(store().standingOf(user)).toBeUndefined();
      expect((await store().load(ref))?.standing.factors).toEqual(["totp"]);
    });

    test("is not trusted once it was changed in memory", async () => {
      const user = await byId();
      user.set("secondFactor", { factors: ["totp"] });
      expect(store().standingOf(user)).toBeUndefined();
    });

    test("is not trusted once the document is old, as one kept in a cache is", async () => {
      const user = await byId();
      const now = performance.now();
      const later = vi.spyOn(performance, "now").mockReturnValue(now + 5_000);
      expect(store().standingOf(user)).toBeUndefined();
      later.mockRestore();
      expect(store().standingOf(user)).toBeDefined();
    });

    test("includes a discriminator's documents", async () => {
      const Person = connection.model("Person", userSchema());
      const Admin = Person.discriminator("Admin", new Schema({ level: Number }));
      const people = mongooseStore(Person);
      const ref = people.refOf(await Admin.create({ email: "root@acme.test", level: 1 }));
      await people.importEnrolment(ref, "totp", ENROLMENT);
      expect(people.standingOf(await Person.findById(ref.id))?.factors).toEqual(["totp"]);
      expect(mongooseStore(Admin).standingOf(await Admin.findById(ref.id))?.factors).toEqual(["totp"]);
      expect((await mongooseStore(Admin).load(ref))?.standing.factors).toEqual(["totp"]);
    });
  });

  describe("loading", () => {
    test("returns the app's own document, through the app's own hooks", async () => {
      const schema = userSchema();
      const loads: string[] = [];
      schema.post("findOne", (found) => void loads.push(String(found?._id)));
      const Hooked = connection.model("Hooked", schema);
      const store = mongooseStore(Hooked);
      const ref = store.refOf(await Hooked.create({ email: "anna@acme.test" }));
      const loaded = await store.load(ref);
      expect(loaded?.user).toBeInstanceOf(Hooked);
      expect(loads).toEqual([ref.id]);
    });

    test("reads the standing itself where the app's hooks project it away", async () => {
      const schema = userSchema();
      schema.pre("findOne", function () {
        this.select("email");
      });
      const Narrow = connection.model("Narrow", schema);
      const store = mongooseStore(Narrow);
      const ref = store.refOf(await Narrow.create({ email: "anna@acme.test" }));
      await store.importEnrolment(ref, "totp", ENROLMENT);
      expect((await store.load(ref))?.standing.factors).toEqual(["totp"]);
    });
  });

  describe("references", () => {
    test("name a document and a plain object alike", async () => {
      const user = await User.create({ email: "anna@acme.test" });
      const { refOf } = mongooseStore(User);
      const expected = { id: user._id.toHexString() };
      expect([refOf(user), refOf(user.toObject()), refOf({ id: user.id })]).toEqual([
        expected,
        expected,
        expected,
      ]);
      expect(() => refOf({ _id: { $ne: null } })).toThrow(expect.objectContaining({ code: "misconfigured" }));
    });

    test("carry the app's shard key, which every command then names", async () => {
      const schema = new Schema({ tenant: Number }).plugin(secondFactorPlugin);
      const store = mongooseStore(connection.model("Tenant", schema), {
        key: ({ tenant }: { tenant: number }) => ({ tenant }),
      });
      const user = await connection.model("Tenant").create({ tenant: 7 });
      const ref = store.refOf(user);
      expect(ref.key).toEqual({ tenant: "7" });
      expect(await store.endLogin(ref, "login-1")).toBe(true);
      expect(await store.endLogin({ ...ref, key: { tenant: "8" } }, "login-1")).toBe(false);
      expect(await store.endLogin({ ...ref, key: { tenant: "x" } }, "login-1")).toBe(false);
    });
  });

  describe("what comes between Mongoose and the database does not come between a guard and the database", () => {
    test("a connection that drops undefined values widens no guard", async () => {
      const lax = await mongoose.createConnection(database.uri, { ignoreUndefined: true }).asPromise();
      const store = mongooseStore(lax.model("User", userSchema()));
      const ref = await newUser();
      await store.openChallenge(ref, CHALLENGE);
      const key = { login: undefined, purpose: "login" } as unknown as typeof KEY;
      const closed = await store.closeChallenge(ref, key);
      await lax.close();
      expect(closed).toBe(false);
    });

    test("a state without values is stored without nulls", async () => {
      const ref = await newUser();
      const withUndefined = { ...ENROLMENT, lastStep: undefined, confirmedAt: undefined };
      await mongooseStore(User).beginEnrolment(ref, "totp", withUndefined as never, { at: NOW });
      const raw = await User.collection.findOne({ _id: new mongoose.Types.ObjectId(ref.id) });
      expect(raw?.secondFactor.vault.enrolments.totp.pending).toEqual(ENROLMENT);
    });
  });
});

describe("a database that does not answer", () => {
  const ref = { id: new mongoose.Types.ObjectId().toHexString() };
  const schema = () => new Schema({ email: String }).plugin(secondFactorPlugin);
  const unavailable = expect.objectContaining({
    code: "store_unavailable",
    status: 503,
    cause: expect.any(Error),
  });

  test("is store_unavailable while Mongoose still buffers, for every way in", async () => {
    const connection = mongoose.createConnection();
    const store = mongooseStore(connection.model("User", schema()), { operationTimeoutSeconds: 0.02 });
    const verbs = [
      store.read(ref),
      store.load(ref),
      store.openChallenge(ref, CHALLENGE),
      store.reserveAttempt(ref, RESERVATION),
      store.endLogin(ref, "login-1"),
    ];
    for (const verb of verbs) await expect(verb).rejects.toThrow(unavailable);
    await connection.close();
  });

  test("is store_unavailable when the driver gives up, and after the connection was closed", async () => {
    const database = await testDatabase();
    const connection = await mongoose.createConnection(database.uri).asPromise();
    const store = mongooseStore(connection.model("User", schema()), { operationTimeoutSeconds: 1 });
    expect(await store.read(ref)).toBeUndefined();
    await connection.getClient().close();
    await expect(store.read(ref)).rejects.toThrow(unavailable);
    await expect(store.endLogin(ref, "login-1")).rejects.toThrow(unavailable);
    await connection.close();
    await database.close();
  });

  test("answers an error with store_unavailable that keeps its cause", async () => {
    const database = await testDatabase();
    const connection = await database.connect();
    const User = connection.model("User", schema());
    const store = mongooseStore(User);
    const user = new mongoose.Types.ObjectId();
    await User.collection.insertOne({ _id: user, secondFactor: "not ours" });
    await expect(store.endLogin({ id: user.toHexString() }, "login-1")).rejects.toThrow(
      expect.objectContaining({
        code: "store_unavailable",
        cause: expect.any(mongoose.mongo.MongoServerError),
      }),
    );
    await database.close();
  });
});

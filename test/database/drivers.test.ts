// Mongoose 9, connect-mongo 6 and the driver itself, none of them changed, on whatever database the tests have.
import MongoStore from "connect-mongo";
import type { SessionData } from "express-session";
import mongoose, { Schema } from "mongoose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../support/database.js";

let database: TestDatabase;
let connection: mongoose.Connection;
beforeAll(async () => {
  database = await testDatabase();
  connection = await database.connect();
});
afterAll(() => database.close());

const factor = new Schema(
  { id: String, secret: Buffer, attempts: { type: Number, default: 0 } },
  { _id: false },
);
interface Person {
  email: string;
  factors: { id: string; secret?: Buffer; attempts: number }[];
  trusted: Map<string, Date>;
  boss?: mongoose.Types.ObjectId;
  createdAt: Date;
  updatedAt: Date;
}

const person = new Schema(
  {
    email: { type: String, unique: true },
    factors: [factor],
    trusted: { type: Map, of: Date },
    boss: { type: Schema.Types.ObjectId, ref: "Person" },
  },
  { timestamps: true, optimisticConcurrency: true },
);

describe("mongoose", () => {
  const people = (): mongoose.Model<Person> =>
    connection.models.Person ?? connection.model<Person>("Person", person as never);

  test("saves, loads and saves again", async () => {
    const ada = await people().create({
      email: "ada",
      factors: [{ id: "x", secret: Buffer.from([255, 254]), attempts: 0 }],
    });
    ada.set("trusted", new Map([["laptop", new Date(5)]]));
    ada.factors[0]!.attempts = 3;
    await ada.save();
    const found = await people().findById(ada._id).orFail();
    expect([...found.factors[0]!.secret!]).toEqual([255, 254]);
    expect(found.factors[0]!.attempts).toBe(3);
    expect(found.trusted.get("laptop")).toEqual(new Date(5));
    expect(found.updatedAt.getTime()).toBeGreaterThanOrEqual(found.createdAt.getTime());
  });

  test("refuses to save over someone else's change", async () => {
    const first = await people().create({ email: "grace" });
    const second = await people().findById(first._id).orFail();
    await first.set("email", "grace2").save();
    await expect(second.set("email", "grace3").save()).rejects.toThrow(mongoose.Error.VersionError);
  });

  test("reports a duplicate key", async () => {
    await people().init();
    await people().create({ email: "twin" });
    const twin = people().create({ email: "twin" });
    await expect(twin).rejects.toMatchObject({
      code: 11000,
      keyPattern: { email: 1 },
      keyValue: { email: "twin" },
    });
  });

  test("findOneAndUpdate with a positional operator and timestamps", async () => {
    const { _id } = await people().create({ email: "alan", factors: [{ id: "x" }, { id: "y" }] as never });
    const filter = { _id, factors: { $elemMatch: { id: "y", attempts: { $lt: 1 } } } };
    const reserve = () =>
      people().findOneAndUpdate(filter, { $inc: { "factors.$.attempts": 1 } }, { returnDocument: "after" });
    expect((await reserve())?.factors[1]?.attempts).toBe(1);
    expect(await reserve()).toBeNull();
  });

  test("populates", async () => {
    const boss = await people().create({ email: "boss" });
    await people().create({ email: "worker", boss: boss._id });
    const worker = await people().findOne({ email: "worker" }).populate<{ boss: Person }>("boss").orFail();
    expect(worker.boss.email).toBe("boss");
  });

  test("counts, lists distinct values, and deletes", async () => {
    await people().insertMany([{ email: "d1" }, { email: "d2" }]);
    expect(await people().countDocuments({ email: /^d\d/ })).toBe(2);
    expect(await people().distinct("email", { email: /^d\d/ })).toEqual(["d1", "d2"]);
    expect(await people().exists({ email: "d1" })).not.toBeNull();
    expect((await people().deleteMany({ email: /^d\d/ })).deletedCount).toBe(2);
  });
});

describe("connect-mongo", () => {
  const session = (user: string): SessionData => ({ cookie: { originalMaxAge: 60_000 }, user }) as never;
  const call = <T>(
    run: (done: (error: unknown, value?: T | null) => void) => void,
  ): Promise<T | null | undefined> =>
    new Promise((resolve, reject) => run((error, value) => (error ? reject(error) : resolve(value))));

  test("sets, gets, touches and destroys sessions, and makes its TTL index", async () => {
    const client = await new mongoose.mongo.MongoClient(database.uri).connect();
    const store = MongoStore.create({ client: client as never, collectionName: "sessions" });
    await call((done) => store.set("s1", session("ada"), done));
    await call((done) => store.set("s2", session("bob"), done));
    expect(await call((done) => store.get("s1", done))).toMatchObject({ user: "ada" });
    await call((done) => store.touch("s1", session("ada"), done));
    expect(await call<number>((done) => store.length(done))).toBe(2);
    await call((done) => store.destroy("s1", done));
    expect(await call((done) => store.get("s1", done))).toBeFalsy();
    const indexes = await client.db().collection("sessions").indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expires: 1 }, expireAfterSeconds: 0 }));
    await store.close();
  });
});

test("a write that wants no answer gets none, and is done", async () => {
  const docs = connection.getClient().db().collection("quiet");
  await docs.insertOne({ n: 1 }, { writeConcern: { w: 0 } });
  expect(await docs.findOneAndUpdate({}, { $inc: { n: 1 } }, { returnDocument: "after" })).toMatchObject({
    n: 2,
  });
});

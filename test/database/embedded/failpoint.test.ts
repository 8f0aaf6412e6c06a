// The failCommand failpoint, used as with MongoDB's own test commands.
import mongoose from "mongoose";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../../../example-app/database/index.js";

let server: Embedded;
let client: mongoose.mongo.MongoClient;
beforeAll(async () => {
  server = await startEmbedded();
  client = await new mongoose.mongo.MongoClient(server.uri, {
    retryReads: false,
    retryWrites: false,
  }).connect();
});
afterEach(() => fail("off"));
afterAll(async () => {
  await client.close();
  await server.close();
});

const fail = (mode: unknown, data: object = {}) =>
  client.db("admin").command({ configureFailPoint: "failCommand", mode, data } as never);
const docs = () => client.db("test").collection<{ _id: number; n?: number }>("c");
const attempt = (action: Promise<unknown>) =>
  action.then(
    () => "done",
    ({ name, code }: Error & { code?: number }) => code ?? name,
  );

test("answers a command with an error as often as told", async () => {
  await fail({ times: 2 }, { failCommands: ["insert"], errorCode: 11600 });
  expect(await attempt(docs().insertOne({ _id: 1 }))).toBe(11600);
  expect(await attempt(docs().findOne({}))).toBe("done");
  expect(await attempt(docs().insertOne({ _id: 1 }))).toBe(11600);
  expect(await attempt(docs().insertOne({ _id: 1 }))).toBe("done");
  expect(await docs().countDocuments()).toBe(1);
});

test("goes on until it is switched off", async () => {
  await fail("alwaysOn", { failCommands: ["find", "aggregate"], errorCode: 2 });
  expect([await attempt(docs().findOne({})), await attempt(docs().countDocuments())]).toEqual([2, 2]);
  await fail("off");
  expect(await attempt(docs().findOne({}))).toBe("done");
});

test("lets the first ones pass", async () => {
  await fail({ skip: 1 }, { failCommands: ["find"], errorCode: 2 });
  expect([await attempt(docs().findOne({})), await attempt(docs().findOne({}))]).toEqual(["done", 2]);
});

test("cuts the connection without doing anything", async () => {
  await fail({ times: 1 }, { failCommands: ["insert"], closeConnection: true });
  expect(await attempt(docs().insertOne({ _id: 50 }))).toBe("MongoNetworkError");
  expect(await docs().findOne({ _id: 50 })).toBeNull();
});

test("holds a command back while others go on", async () => {
  const patient = await new mongoose.mongo.MongoClient(server.uri, { retryWrites: false }).connect();
  await fail({ times: 1 }, { failCommands: ["insert"], blockConnection: true, blockTimeMS: 3_600_000 });
  const held = attempt(patient.db("test").collection<{ _id: number }>("c").insertOne({ _id: 60 }));
  expect(await docs().findOne({ _id: 60 })).toBeNull();
  await patient.close();
  expect(await held).not.toBe("done");
});

test("lets a command go on after it was held back", async () => {
  await fail({ times: 1 }, { failCommands: ["insert"], blockConnection: true, blockTimeMS: 1 });
  expect(await attempt(docs().insertOne({ _id: 61 }))).toBe("done");
});

test("reports a write concern error after a write that was done", async () => {
  const writeConcernError = { code: 64, errmsg: "waiting for replication timed out" };
  await fail({ times: 1 }, { failCommands: ["insert"], writeConcernError });
  expect(await attempt(docs().insertOne({ _id: 70 }))).toBe(64);
  expect(await docs().findOne({ _id: 70 })).toEqual({ _id: 70 });
});

test("refuses other failpoints and other data by name", async () => {
  const other = client
    .db("admin")
    .command({ configureFailPoint: "WTWriteConflictException", mode: "alwaysOn" });
  await expect(other).rejects.toMatchObject({ code: 238 });
  await expect(fail("alwaysOn", { failCommands: [], appName: "x" })).rejects.toThrow(/appName/);
});

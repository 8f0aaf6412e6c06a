// What the embedded database does not do it refuses by name, instead of half doing it; and what its clock decides.
import mongoose from "mongoose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../../../example-app/database/index.js";

let now = new Date("2026-01-01T00:00:00Z");
let server: Embedded;
let client: mongoose.mongo.MongoClient;
beforeAll(async () => {
  server = await startEmbedded({ clock: { now: () => now } });
  client = await new mongoose.mongo.MongoClient(server.uri).connect();
});
afterAll(async () => {
  await client.close();
  await server.close();
});

const run = (command: object) => client.db("test").command(command as never);
const update = (u: object, more: object = {}) => ({
  update: "c",
  updates: [{ q: {}, u, multi: true, ...more }],
});
const aggregate = (stage: object) => ({ aggregate: "c", pipeline: [stage], cursor: {} });

const refused: [name: string, command: object, code: number, says: RegExp][] = [
  ["a collation", { find: "c", collation: { locale: "de" } }, 238, /collation/],
  ["let", { find: "c", let: { a: 1 } }, 238, /let/],
  ["a tailable cursor", { find: "c", tailable: true }, 40415, /tailable/],
  ["$where", { find: "c", filter: { $where: "true" } }, 238, /\$where/],
  ["$text", { find: "c", filter: { $text: { $search: "a" } } }, 238, /\$text/],
  ["$jsonSchema", { find: "c", filter: { $jsonSchema: {} } }, 238, /\$jsonSchema/],
  ["bit operators", { find: "c", filter: { a: { $bitsAllSet: 1 } } }, 238, /\$bitsAllSet/],
  ["geometry", { find: "c", filter: { a: { $geoWithin: {} } } }, 238, /\$geoWithin/],
  ["a computed projection", { find: "c", projection: { a: { $slice: 1 } } }, 238, /projection/],
  ["a positional projection", { find: "c", projection: { "a.$": 1 } }, 238, /positional/],
  ["$lookup", aggregate({ $lookup: {} }), 40324, /\$lookup/],
  ["$out", aggregate({ $out: "x" }), 40324, /\$out/],
  ["$function", aggregate({ $set: { a: { $function: {} } } }), 168, /\$function/],
  [
    "an unknown accumulator",
    aggregate({ $group: { _id: 1, a: { $stdDevPop: "$a" } } }),
    15952,
    /\$stdDevPop/,
  ],
  ["a text index", { createIndexes: "c", indexes: [{ key: { a: "text" }, name: "t" }] }, 238, /text/],
  ["a wildcard index", { createIndexes: "c", indexes: [{ key: { "$**": 1 }, name: "w" }] }, 238, /wildcard/],
  ["a capped collection", { create: "capped", capped: true, size: 100 }, 40415, /size/],
  ["a validator", { create: "checked", validator: {} }, 40415, /validator/],
  ["collMod", { collMod: "c" }, 59, /collMod/],
  ["mapReduce", { mapReduce: "c" }, 59, /mapReduce/],
  ["commitTransaction", { commitTransaction: 1, txnNumber: new mongoose.mongo.Long(1) }, 263, /ransaction/],
];

test.each(refused)("%s is refused", async (_name, command, code, says) => {
  await expect(run(command)).rejects.toMatchObject({ code, message: expect.stringMatching(says) });
});

test.each([
  ["$bit", update({ $bit: { a: { and: 1 } } }), 238],
  ["$currentDate with a timestamp", update({ $currentDate: { a: { $type: "timestamp" } } }), 238],
  ["a replacement of many", update({ a: 1 }), 9],
  ["a stage no update may have", update([{ $match: {} }]), 72],
  ["an unknown option of an update", update({ $set: { a: 1 } }, { sort: { a: 1 } }), 40415],
])("%s is refused as a write error", async (_name, command, code) => {
  expect(await run(command)).toMatchObject({ ok: 1, n: 0, writeErrors: [{ index: 0, code }] });
});

test("a transaction is refused with 263 before it does anything", async () => {
  const session = client.startSession();
  session.startTransaction();
  const insert = client.db("test").collection("tx").insertOne({ a: 1 }, { session });
  await expect(insert).rejects.toMatchObject({ code: 263 });
  await session.abortTransaction().catch(() => undefined);
  await session.endSession();
  expect(await client.db("test").collection("tx").countDocuments()).toBe(0);
});

test("TTL indexes remove what is over, when they are swept and not before", async () => {
  const docs = client.db("test").collection<{ _id: number }>("ttl");
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  await docs.insertMany([
    { _id: 1, at: after(10) },
    { _id: 2, at: after(100) },
    { _id: 3, at: "never" },
    { _id: 4 },
    { _id: 5, at: [after(500), after(10)] },
    { _id: 6, at: after(10), kept: true },
  ] as never);
  await docs.createIndex(
    { at: 1 },
    { expireAfterSeconds: 50, partialFilterExpression: { kept: { $exists: false } } as never },
  );
  const left = async () => (await docs.find().toArray()).map(({ _id }) => _id);
  now = after(59);
  expect([server.sweep(), await left()]).toEqual([0, [1, 2, 3, 4, 5, 6]]);
  now = after(1);
  expect(await left()).toHaveLength(6);
  expect([server.sweep(), await left()]).toEqual([2, [2, 3, 4, 6]]);
});

test("hello and $currentDate tell the injected time", async () => {
  expect((await client.db("admin").command({ hello: 1 })).localTime).toEqual(now);
  const docs = client.db("test").collection("dated");
  await docs.updateOne({}, { $currentDate: { at: true } }, { upsert: true });
  expect(await docs.findOne({})).toMatchObject({ at: now });
});

test("a cursor nobody reads for ten minutes is forgotten", async () => {
  await client.db("test").collection("many").insertMany([{}, {}, {}]);
  const { cursor } = await client.db("test").command({ find: "many", batchSize: 1 }, { promoteLongs: false });
  now = new Date(now.getTime() + 11 * 60_000);
  server.sweep();
  await expect(run({ getMore: cursor.id, collection: "many" })).rejects.toMatchObject({ code: 43 });
});

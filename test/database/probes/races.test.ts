// Conditional writes under contention: whatever the number of clients, each condition has one winner.
import mongoose from "mongoose";
import { afterAll, beforeAll, expect } from "vitest";
import { type Collection, codeOf, collections, type Doc } from "./collections.js";
import { probe } from "./probe.js";

const CLIENTS = 10;
const RACERS = 500;
const { collection, database } = collections();
const clients: mongoose.mongo.MongoClient[] = [];

beforeAll(async () => {
  for (let i = 0; i < CLIENTS; i++) {
    clients.push(await new mongoose.mongo.MongoClient(database().uri, { maxPoolSize: 5 }).connect());
  }
});
afterAll(() => Promise.all(clients.map((client) => client.close())));

const racers = <T>(name: string, run: (collection: Collection, index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(
    Array.from({ length: RACERS }, (_, i) => run(clients[i % CLIENTS]!.db().collection<Doc>(name), i)),
  );

probe("500 racers for one conditional findOneAndUpdate have one winner", async () => {
  const { collectionName } = await collection({ _id: 1, list: [{ id: "x" }] });
  const filter = { _id: 1 as never, used: { $exists: false }, list: { $elemMatch: { id: "x" } } };
  const won = await racers(collectionName, (docs, by) =>
    docs.findOneAndUpdate(filter, { $set: { used: true, by } }, { returnDocument: "after" }),
  );
  const winners = won.filter((doc) => doc !== null);
  expect(winners).toHaveLength(1);
  expect(await clients[0]!.db().collection(collectionName).findOne()).toEqual(winners[0]);
});

probe("500 racers for one element of an array have one winner", async () => {
  const { collectionName } = await collection({ _id: 1, used: null, list: [{ id: "x", step: 4 }] });
  const filter = { _id: 1 as never, list: { $elemMatch: { id: "x", step: { $lt: 5 } } } };
  const won = await racers(collectionName, (docs, by) =>
    docs.findOneAndUpdate(filter, { $set: { "list.$.step": 5, by } }, { returnDocument: "after" }),
  );
  const winners = won.filter((doc) => doc !== null);
  expect(winners).toHaveLength(1);
  expect(await clients[0]!.db().collection(collectionName).findOne()).toEqual(winners[0]);
});

probe("500 increments all count, and a bound holds exactly", async () => {
  const { collectionName } = await collection({ _id: 1, n: 0, bounded: 0 });
  const kept = await racers(collectionName, async (docs) => {
    await docs.updateOne({ _id: 1 as never }, { $inc: { n: 1 } });
    const { modifiedCount } = await docs.updateOne(
      { _id: 1 as never, bounded: { $lt: 20 } },
      { $inc: { bounded: 1 } },
    );
    return modifiedCount;
  });
  expect(kept.filter((count) => count === 1)).toHaveLength(20);
  expect(await clients[0]!.db().collection(collectionName).findOne()).toEqual({
    _id: 1,
    n: 500,
    bounded: 20,
  });
});

probe("500 pulls of one element have one winner", async () => {
  const { collectionName } = await collection({ _id: 1, codes: [{ id: "a" }, { id: "b" }] });
  const done = await racers(collectionName, (docs) =>
    docs.updateOne({ _id: 1 as never, "codes.id": "a" }, { $pull: { codes: { id: "a" } } as never }),
  );
  expect(done.filter(({ modifiedCount }) => modifiedCount === 1)).toHaveLength(1);
  expect(await clients[0]!.db().collection(collectionName).findOne()).toEqual({
    _id: 1,
    codes: [{ id: "b" }],
  });
});

probe("upserts racing on a unique index make one document", async () => {
  const docs = await collection();
  await docs.createIndex({ email: 1 }, { unique: true });
  const outcomes = await racers(docs.collectionName, (own, by) =>
    codeOf(own.updateOne({ email: "a" }, { $setOnInsert: { by }, $inc: { n: 1 } }, { upsert: true })),
  );
  const lost = outcomes.filter((outcome) => (outcome as { code?: number }).code === 11000).length;
  expect(await docs.find().toArray()).toMatchObject([{ email: "a", n: RACERS - lost }]);
});

probe("inserts racing on a unique index have one winner", async () => {
  const docs = await collection();
  await docs.createIndex({ email: 1 }, { unique: true });
  const outcomes = await racers(docs.collectionName, (own) => codeOf(own.insertOne({ email: "a" })));
  expect(outcomes.filter((outcome) => (outcome as { code?: number }).code === 11000)).toHaveLength(
    RACERS - 1,
  );
});

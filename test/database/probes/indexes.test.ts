// Indexes: what unique, sparse and partial ones refuse, how that is reported, and what cannot be created or dropped.
import { describe, expect } from "vitest";
import { codeOf, collections, type Doc } from "./collections.js";
import { probe } from "./probe.js";

const { collection, db } = collections();

const failure = (action: Promise<unknown>): Promise<Doc> =>
  action.then(
    () => ({}),
    (error: Doc) => error,
  );

describe("a unique index", () => {
  probe("says which key is taken", async () => {
    const docs = await collection({ email: "a" });
    await docs.createIndex({ email: 1 }, { unique: true });
    const taken = await failure(docs.insertOne({ email: "a" }));
    expect(taken).toMatchObject({ code: 11000, keyPattern: { email: 1 }, keyValue: { email: "a" } });
    expect(taken.message).toMatch(/E11000 duplicate key error .*email_1/);
  });

  probe("says so of findOneAndUpdate, updateOne and replaceOne too", async () => {
    const docs = await collection({ _id: 1, email: "a" }, { _id: 2, email: "b" });
    await docs.createIndex({ email: 1 }, { unique: true });
    const taken = { code: 11000, keyPattern: { email: 1 }, keyValue: { email: "a" } };
    const change = { $set: { email: "a", other: 1 } };
    expect(await failure(docs.findOneAndUpdate({ _id: 2 as never }, change))).toMatchObject(taken);
    expect(await failure(docs.updateOne({ _id: 2 as never }, change))).toMatchObject(taken);
    expect(await failure(docs.replaceOne({ _id: 2 as never }, { email: "a" }))).toMatchObject(taken);
    expect(await docs.findOne({ _id: 2 as never })).toEqual({ _id: 2, email: "b" });
  });

  probe("takes a missing field for null", async () => {
    const docs = await collection({ n: 1 });
    await docs.createIndex({ email: 1 }, { unique: true });
    expect(await failure(docs.insertOne({ email: null }))).toMatchObject({
      code: 11000,
      keyValue: { email: null },
    });
  });

  probe("of several fields wants all of them equal", async () => {
    const docs = await collection({ a: 1, b: 1 });
    await docs.createIndex({ a: 1, b: -1 }, { unique: true });
    await docs.insertOne({ a: 1, b: 2 });
    expect(await failure(docs.insertOne({ a: 1, b: 2 }))).toMatchObject({ keyValue: { a: 1, b: 2 } });
  });

  probe("counts every element of an array, but not twice for one document", async () => {
    const docs = await collection();
    await docs.createIndex({ "list.id": 1 }, { unique: true });
    await docs.insertOne({ list: [{ id: "x" }, { id: "x" }] });
    expect(await codeOf(docs.insertOne({ list: [{ id: "y" }, { id: "x" }] }))).toEqual({ code: 11000 });
  });

  probe("frees a key with its document", async () => {
    const docs = await collection({ email: "a" });
    await docs.createIndex({ email: 1 }, { unique: true });
    await docs.deleteOne({ email: "a" });
    await docs.insertOne({ email: "a" });
    await docs.updateOne({ email: "a" }, { $set: { email: "b" } });
    await docs.insertOne({ email: "a" });
    expect(await docs.countDocuments()).toBe(2);
  });

  probe('takes 1 and 1.0 for the same, and does not take "1"', async () => {
    const docs = await collection({ n: 1 });
    await docs.createIndex({ n: 1 }, { unique: true });
    await docs.insertOne({ n: "1" });
    expect(await codeOf(docs.insertOne({ n: 1 }))).toEqual({ code: 11000 });
  });

  probe("cannot be made over duplicates", async () => {
    const docs = await collection({ n: 1 }, { n: 1 });
    expect(await codeOf(docs.createIndex({ n: 1 }, { unique: true }))).toEqual({ code: 11000 });
  });
});

probe("a sparse unique index leaves out documents without the field", async () => {
  const docs = await collection({ n: 1 }, { n: 2 });
  await docs.createIndex({ email: 1 }, { unique: true, sparse: true });
  await docs.insertOne({ email: "a" });
  expect(await codeOf(docs.insertOne({ email: "a" }))).toEqual({ code: 11000 });
});

probe("a partial unique index leaves out what its filter does not find", async () => {
  const docs = await collection({ email: "a", on: false }, { email: "a", on: false });
  await docs.createIndex({ email: 1 }, { unique: true, partialFilterExpression: { on: true } });
  await docs.insertOne({ email: "a", on: true });
  expect(await codeOf(docs.insertOne({ email: "a", on: true }))).toEqual({ code: 11000 });
});

probe("a batch goes on after a failure only when it is not ordered", async () => {
  const batch = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as never[];
  const [ordered, unordered] = [await collection(), await collection()];
  expect(await failure(ordered.insertMany(batch))).toMatchObject({ code: 11000, insertedCount: 1 });
  expect(await failure(unordered.insertMany(batch, { ordered: false }))).toMatchObject({ insertedCount: 2 });
});

probe("indexes are listed, dropped, and missed", async () => {
  const docs = await collection({ n: 1 });
  await docs.createIndex({ n: 1 }, { expireAfterSeconds: 60 });
  await docs.createIndex({ n: 1 }, { expireAfterSeconds: 60 });
  expect(await docs.indexes()).toMatchObject([
    { name: "_id_" },
    { name: "n_1", key: { n: 1 }, expireAfterSeconds: 60 },
  ]);
  await docs.dropIndex("n_1");
  expect(await docs.indexes()).toHaveLength(1);
  expect(await codeOf(docs.dropIndex("n_1"))).toEqual({ code: 27 });
  expect(await codeOf((await collection()).indexes())).toEqual({ code: 26 });
});

probe("an index that differs from one of the same key or name is refused", async () => {
  const docs = await collection({ n: 1 });
  await docs.createIndex({ n: 1 });
  expect(await codeOf(docs.createIndex({ n: 1 }, { expireAfterSeconds: 60 }))).toEqual({ code: 85 });
  expect(await codeOf(docs.createIndex({ m: 1 }, { name: "n_1" }))).toEqual({ code: 86 });
});

probe("collections are listed, created once, and dropped", async () => {
  const docs = await collection({ n: 1 });
  const names = async () => (await db().listCollections().toArray()).map(({ name }) => name);
  expect(await names()).toContain(docs.collectionName);
  expect(await codeOf(db().createCollection(docs.collectionName, { capped: false }))).toEqual({ code: 48 });
  await docs.drop();
  expect(await names()).not.toContain(docs.collectionName);
});

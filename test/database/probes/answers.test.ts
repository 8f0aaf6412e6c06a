// What writes answer: counts, what an upsert made, and the document findAndModify gives before or after.
import { describe, expect } from "vitest";
import { collections } from "./collections.js";
import { probe } from "./probe.js";

const { collection } = collections();

describe("findOneAndUpdate", () => {
  probe("gives the document before or after", async () => {
    const docs = await collection({ _id: 1, n: 1 });
    expect(await docs.findOneAndUpdate({}, { $inc: { n: 1 } })).toEqual({ _id: 1, n: 1 });
    expect(await docs.findOneAndUpdate({}, { $inc: { n: 1 } }, { returnDocument: "after" })).toEqual({
      _id: 1,
      n: 3,
    });
    expect(await docs.findOneAndUpdate({ n: 99 }, { $inc: { n: 1 } })).toBeNull();
  });

  probe("takes the first in order, and the fields asked for", async () => {
    const docs = await collection({ _id: 1, n: 1 }, { _id: 2, n: 2 });
    const options = { sort: { n: -1 }, projection: { _id: 1 }, returnDocument: "after" } as const;
    expect(await docs.findOneAndUpdate({}, { $set: { m: 1 } }, options)).toEqual({ _id: 2 });
    expect(await docs.findOneAndDelete({}, { sort: { n: -1 } })).toEqual({ _id: 2, n: 2, m: 1 });
    expect(await docs.countDocuments({})).toBe(1);
  });

  probe("tells an upsert from an update", async () => {
    const docs = await collection();
    const options = { upsert: true, returnDocument: "after", includeResultMetadata: true } as const;
    const made = await docs.findOneAndUpdate({ _id: 7 as never }, { $inc: { n: 1 } }, options);
    expect(made).toMatchObject({
      value: { _id: 7, n: 1 },
      lastErrorObject: { n: 1, updatedExisting: false, upserted: 7 },
    });
    const again = await docs.findOneAndUpdate({ _id: 7 as never }, { $inc: { n: 1 } }, options);
    expect(again).toMatchObject({ value: { n: 2 }, lastErrorObject: { n: 1, updatedExisting: true } });
  });

  probe("replaces", async () => {
    const docs = await collection({ _id: 1, n: 1 });
    expect(await docs.findOneAndReplace({ n: 1 }, { m: 2 }, { returnDocument: "after" })).toEqual({
      _id: 1,
      m: 2,
    });
  });
});

probe("counts what it matched, modified and inserted", async () => {
  const docs = await collection({ a: 1 }, { a: 1 }, { a: 2 });
  expect(await docs.updateMany({ a: 1 }, { $set: { b: 1 } })).toMatchObject({
    matchedCount: 2,
    modifiedCount: 2,
  });
  expect(await docs.updateMany({ a: 1 }, { $set: { b: 1 } })).toMatchObject({
    matchedCount: 2,
    modifiedCount: 0,
  });
  expect(await docs.updateOne({ a: 9 }, { $set: { b: 1 } })).toMatchObject({
    matchedCount: 0,
    upsertedCount: 0,
  });
  expect(await docs.deleteMany({ a: 1 })).toMatchObject({ deletedCount: 2 });
  expect(await docs.deleteOne({ a: 1 })).toMatchObject({ deletedCount: 0 });
});

probe("an upsert starts from what its filter says is equal", async () => {
  const docs = await collection();
  const filter = { "k.a": 1, b: { $eq: 2 }, c: { $gt: 3 }, $and: [{ d: 4 }] };
  const outcome = await docs.updateOne(
    filter,
    { $set: { e: 5 }, $setOnInsert: { f: 6 }, $inc: { n: 1 } },
    { upsert: true },
  );
  expect(outcome).toMatchObject({ matchedCount: 0, modifiedCount: 0, upsertedCount: 1 });
  expect(await docs.findOne({ _id: outcome.upsertedId as never })).toEqual({
    _id: outcome.upsertedId,
    k: { a: 1 },
    b: 2,
    d: 4,
    e: 5,
    f: 6,
    n: 1,
  });
});

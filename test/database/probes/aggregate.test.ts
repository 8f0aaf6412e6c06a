// Aggregations, cursors of several batches, and commands that do not exist.
import { expect } from "vitest";
import { codeOf, collections } from "./collections.js";
import { probe } from "./probe.js";

const { collection, db } = collections();

const sales = [
  { _id: 1, who: "a", n: 1, tags: ["x", "y"] },
  { _id: 2, who: "b", n: 5, tags: ["x"] },
  { _id: 3, who: "a", n: 3, tags: [] },
  { _id: 4, n: 7 },
];

probe("groups, sorts and counts", async () => {
  const docs = await collection(...sales);
  const groups = [
    {
      $group: {
        _id: "$who",
        n: { $sum: "$n" },
        most: { $max: "$n" },
        count: { $sum: 1 },
        all: { $push: "$n" },
      },
    },
    { $sort: { _id: 1 } },
  ];
  expect(await docs.aggregate(groups).toArray()).toEqual([
    { _id: null, n: 7, most: 7, count: 1, all: [7] },
    { _id: "a", n: 4, most: 3, count: 2, all: [1, 3] },
    { _id: "b", n: 5, most: 5, count: 1, all: [5] },
  ]);
  expect(await docs.aggregate([{ $match: { n: { $gt: 2 } } }, { $count: "many" }]).toArray()).toEqual([
    { many: 3 },
  ]);
  expect(await docs.aggregate([{ $match: { n: 99 } }, { $count: "many" }]).toArray()).toEqual([]);
});

probe("unwinds, projects and computes", async () => {
  const docs = await collection(...sales);
  const tags = [{ $unwind: "$tags" }, { $project: { _id: 0, tags: 1, double: { $multiply: ["$n", 2] } } }];
  expect(await docs.aggregate(tags).toArray()).toEqual([
    { tags: "x", double: 2 },
    { tags: "y", double: 2 },
    { tags: "x", double: 10 },
  ]);
  const last = [
    { $sort: { n: -1 } },
    { $skip: 1 },
    { $limit: 1 },
    { $set: { "a.b": "$who" } },
    { $unset: ["tags", "n"] },
  ];
  expect(await docs.aggregate(last).toArray()).toEqual([{ _id: 2, who: "b", a: { b: "b" } }]);
});

probe("an unknown stage is 40324", async () => {
  expect(await codeOf((await collection({})).aggregate([{ $foo: {} }]).toArray())).toEqual({ code: 40324 });
});

probe("a cursor hands out everything once, batch by batch", async () => {
  const docs = await collection(...Array.from({ length: 250 }, (_, _id) => ({ _id })));
  const all = await docs.find({}, { batchSize: 40 }).toArray();
  expect(all.map(({ _id }) => _id as unknown)).toEqual(Array.from({ length: 250 }, (_, i) => i));
  expect(await docs.find({}).toArray()).toHaveLength(250);
  expect(await docs.aggregate([{ $match: {} }], { batchSize: 100 }).toArray()).toHaveLength(250);
});

probe("a cursor that is closed is gone", async () => {
  const docs = await collection({ _id: 1 }, { _id: 2 }, { _id: 3 });
  const { cursor } = await db().command({ find: docs.collectionName, batchSize: 1 }, { promoteLongs: false });
  expect(cursor.firstBatch).toHaveLength(1);
  await db().command({ killCursors: docs.collectionName, cursors: [cursor.id] });
  const more = db().command({ getMore: cursor.id, collection: docs.collectionName });
  expect(await codeOf(more)).toEqual({ code: 43 });
});

probe("an unknown command is 59", async () => {
  expect(await codeOf(db().command({ frobnicate: 1 }))).toEqual({ code: 59 });
});

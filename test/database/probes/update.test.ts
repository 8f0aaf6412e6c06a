// What an update makes of a document; the same table holds for any MongoDB that MONGODB_URI names.
import mongoose from "mongoose";
import { describe, expect } from "vitest";
import { codeOf, collections, type Doc, type Filter, type Update } from "./collections.js";
import { probe } from "./probe.js";

const { Double, Int32, Long } = mongoose.mongo;
const { collection } = collections();

type Row = [name: string, before: Doc, update: Update, after: Doc, filter?: Filter];

const list = {
  list: [
    { id: "x", n: 1 },
    { id: "y", n: 5 },
    { id: "z", n: 9 },
  ],
};
const withY = (y: Doc) => ({ list: [{ id: "x", n: 1 }, y, { id: "z", n: 9 }] });

const rows: Row[] = [
  ["$set makes the documents on its way", {}, { $set: { "a.b.c": 1 } }, { a: { b: { c: 1 } } }],
  ["$set in an array by index", { a: [1] }, { $set: { "a.2": 3 } }, { a: [1, null, 3] }],
  ["$unset", { a: { b: 1, c: 2 } }, { $unset: { "a.b": "", x: "" } }, { a: { c: 2 } }],
  ["$unset of an element leaves null", { a: [1, 2] }, { $unset: { "a.0": "" } }, { a: [null, 2] }],
  ["$inc by dotted map paths", { a: { k: 1 } }, { $inc: { "a.k": 2, "a.new": 1 } }, { a: { k: 3, new: 1 } }],
  ["$inc by a fraction", { a: 1 }, { $inc: { a: 0.5 } }, { a: 1.5 }],
  ["$inc beyond int32", { a: new Int32(2147483647) }, { $inc: { a: 1 } }, { a: 2147483648 }],
  ["$mul, also of nothing", { a: 3 }, { $mul: { a: 2, b: 2 } }, { a: 6, b: 0 }],
  ["$min and $max", { a: 3, b: 3 }, { $min: { a: 2, c: 1 }, $max: { b: 2 } }, { a: 2, b: 3, c: 1 }],
  ["$max on dates", { a: new Date(5) }, { $max: { a: new Date(9) } }, { a: new Date(9) }],
  ["$rename", { a: 1, b: { c: 2 } }, { $rename: { a: "b.d", x: "y" } }, { b: { c: 2, d: 1 } }],
  ["$setOnInsert of what exists", { a: 1 }, { $setOnInsert: { b: 1 }, $set: { a: 2 } }, { a: 2 }],
  ["$push makes an array", {}, { $push: { a: 1 } }, { a: [1] }],
  [
    "$push keeps the last ones",
    { a: [1, 2, 3] },
    { $push: { a: { $each: [4, 5], $slice: -3 } } },
    { a: [3, 4, 5] },
  ],
  [
    "$push $slice on a missing array",
    {},
    { $push: { a: { $each: [{ x: 1 }], $slice: -5 } } },
    { a: [{ x: 1 }] },
  ],
  ["$push at a place", { a: [1, 2] }, { $push: { a: { $each: [9], $position: 1 } } }, { a: [1, 9, 2] }],
  [
    "$push sorted by a field",
    { a: [{ n: 2 }] },
    { $push: { a: { $each: [{ n: 1 }], $sort: { n: 1 } } } },
    { a: [{ n: 1 }, { n: 2 }] },
  ],
  [
    "$push sorted by value",
    { a: [2] },
    { $push: { a: { $each: [3, 1], $sort: -1, $slice: 2 } } },
    { a: [3, 2] },
  ],
  ["$pull by a field of documents", list, { $pull: { list: { id: "x" } } }, { list: list.list.slice(1) }],
  [
    "$pull by a condition on documents",
    list,
    { $pull: { list: { n: { $gte: 5 } } } },
    { list: list.list.slice(0, 1) },
  ],
  ["$pull by a condition on elements", { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
  ["$pull of a value", { a: [1, "b", 1] }, { $pull: { a: 1 } }, { a: ["b"] }],
  ["$pullAll", { a: [1, 2, 3, 2] }, { $pullAll: { a: [2, 3] } }, { a: [1] }],
  [
    "$addToSet",
    { a: [1, { x: 1 }] },
    { $addToSet: { a: { $each: [1, { x: 1 }, 2] } } },
    { a: [1, { x: 1 }, 2] },
  ],
  ["$addToSet of one", {}, { $addToSet: { a: 1 } }, { a: [1] }],
  ["$pop at both ends", { a: [1, 2], b: [1, 2] }, { $pop: { a: 1, b: -1 } }, { a: [1], b: [2] }],
  [
    "$pull, $set, $unset and $inc at once",
    { ...list, s: 1, u: 1 },
    { $pull: { list: { id: "y" } }, $set: { s: 2 }, $unset: { u: "" }, $inc: { n: 1 } },
    { list: [list.list[0], list.list[2]], s: 2, n: 1 },
  ],
  [
    "$ bound by $elemMatch",
    list,
    { $inc: { "list.$.n": 1 } },
    withY({ id: "y", n: 6 }),
    { list: { $elemMatch: { id: "y", n: 5 } } },
  ],
  [
    "$ bound by a dotted path",
    list,
    { $set: { "list.$.ok": true } },
    withY({ id: "y", n: 5, ok: true }),
    { "list.id": "y" },
  ],
  [
    "$ beside other conditions, $nor and $or",
    { ...list, k: 1 },
    { $inc: { k: 1, "list.$.n": 1 } },
    { ...withY({ id: "y", n: 6 }), k: 2 },
    {
      k: 1,
      list: { $elemMatch: { id: "y" } },
      $or: [{ k: 1 }, { k: 2 }],
      $nor: [{ k: { $gt: 5 } }, { k: { $gte: 20, $mod: [5, 0] } }],
    },
  ],
  ["$ bound by a value", { a: [1, 5, 9] }, { $set: { "a.$": 6 } }, { a: [1, 6, 9] }, { a: 5 }],
  [
    "$ within a nested document",
    { m: { f: list.list } },
    { $unset: { "m.f.$.n": "" } },
    { m: { f: withY({ id: "y" }).list } },
    { "m.f": { $elemMatch: { id: "y" } } },
  ],
  [
    "$[] touches all",
    list,
    { $inc: { "list.$[].n": 1 } },
    {
      list: [
        { id: "x", n: 2 },
        { id: "y", n: 6 },
        { id: "z", n: 10 },
      ],
    },
  ],
  ["a whole document", { a: 1, b: 2 }, { c: 3 }, { c: 3 }],
  [
    "a pipeline computes from the document",
    { a: 1, b: 2 },
    [{ $set: { c: { $add: ["$a", "$b"] } } }, { $unset: "b" }],
    { a: 1, c: 3 },
  ],
  ["a pipeline replaces", { a: { x: 1 } }, [{ $replaceWith: { y: "$a.x" } }], { y: 1 }],
  [
    "a pipeline with $cond on a missing field",
    { a: 1 },
    [{ $set: { a: { $cond: [{ $gt: ["$b", 0] }, 2, 3] } } }],
    { a: 3 },
  ],
];

async function changed(before: Doc, update: Update, filter: Filter = {}) {
  const docs = await collection({ ...before, _id: 1 });
  if (!Array.isArray(update) && !Object.keys(update).some((name) => name.startsWith("$"))) {
    await docs.replaceOne(filter, update);
  } else await docs.updateOne(filter, update);
  const { _id, ...after } = (await docs.findOne({})) ?? {};
  expect(_id).toBe(1);
  return after;
}

describe("an update", () => {
  for (const [name, before, update, after, filter] of rows) {
    probe(name, async () => {
      expect(await changed(before, update, filter)).toEqual(after);
    });
  }
});

const failing: [string, Doc, Update, number][] = [
  ["$inc of a string", { a: "x" }, { $inc: { a: 1 } }, 14],
  ["$inc by a string", { a: 1 }, { $inc: { a: "1" } }, 14],
  ["$push to null", { a: null }, { $push: { a: 1 } }, 2],
  ["$push to a number", { a: 1 }, { $push: { a: 1 } }, 2],
  ["$addToSet to a string", { a: "x" }, { $addToSet: { a: 1 } }, 2],
  ["$pop of a number", { a: 1 }, { $pop: { a: 1 } }, 14],
  ["$set through a number", { a: 1 }, { $set: { "a.b": 1 } }, 28],
  ["$set of a name in an array", { a: [1] }, { $set: { "a.b": 1 } }, 28],
  ["two operators on one path", { a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
  ["a path and a part of it", { a: {} }, { $set: { a: {}, "a.b": 1 } }, 40],
  ["a changed _id", {}, { $set: { _id: 2 } }, 66],
  ["an unknown update operator", {}, { $foo: { a: 1 } }, 9],
  ["$ without an array condition", { a: [1] }, { $set: { "a.$": 2 } }, 2],
  ["an overflow of int64", { a: Long.MAX_VALUE }, { $inc: { a: 1 } }, 2],
  ["an empty part of a path", {}, { $set: { "a..b": 1 } }, 56],
];

describe("refused, and nothing of it is done:", () => {
  for (const [name, before, update, code] of failing) {
    probe(name, async () => {
      const docs = await collection({ ...before, _id: 1, z: 1 });
      const also = { ...update, $set: { ...update.$set, zz: 1 } };
      expect(await codeOf(docs.updateOne({}, also))).toEqual({ code });
      expect(await docs.findOne({})).not.toHaveProperty("zz");
    });
  }
});

probe("numbers keep their type", async () => {
  const docs = await collection({
    _id: 1,
    i: new Int32(1),
    d: new Double(1),
    l: Long.fromNumber(1),
  });
  await docs.updateOne({}, { $inc: { i: 1, d: 1, l: 1 } });
  const types = { i: { $type: "int" }, d: { $type: "double" }, l: { $type: "long" } };
  expect(await docs.countDocuments(types)).toBe(1);
});

probe("arrayFilters choose by what was there, also for what another operator has just changed", async () => {
  const docs = await collection({ _id: 1, list: [{ a: { key: 1 }, b: 1 }] });
  const update = { $unset: { "list.$[it].a": "" }, $set: { "list.$[it].b": 2 } };
  await docs.updateOne({}, update, { arrayFilters: [{ "it.a.key": 1 }] });
  expect(await docs.findOne({})).toEqual({ _id: 1, list: [{ b: 2 }] });
});

probe("arrayFilters choose elements", async () => {
  const docs = await collection({ ...list, _id: 1 });
  await docs.updateOne({}, { $inc: { "list.$[big].n": 1 } }, { arrayFilters: [{ "big.n": { $gte: 5 } }] });
  expect(await docs.findOne({})).toEqual({
    _id: 1,
    list: [
      { id: "x", n: 1 },
      { id: "y", n: 6 },
      { id: "z", n: 10 },
    ],
  });
});

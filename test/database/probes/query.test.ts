// Which documents a filter finds; the same table holds for any MongoDB that MONGODB_URI names.
import mongoose from "mongoose";
import { describe, expect } from "vitest";
import { codeOf, collections, type Doc, type Filter } from "./collections.js";
import { probe } from "./probe.js";

const { Binary, Decimal128, Double, Int32, Long, ObjectId } = mongoose.mongo;
const { collection } = collections();

const day = (number: number) => new Date(Date.UTC(2026, 0, number));

type Row = readonly [name: string, docs: readonly Doc[], filter: Filter, found: readonly unknown[]];

/** Documents get their place in the list as `_id`. */
const values = (...list: readonly unknown[]): Doc[] =>
  list.map((v, _id) => (v === undefined ? { _id } : { _id, v }));

const numbers = values(
  new Int32(5),
  Long.fromNumber(5),
  new Double(5),
  new Double(5.5),
  "5",
  null,
  undefined,
  [1, 9],
);
const dates = values(day(1), day(2), day(3), "2026-01-02", null, 1_767_312_000_000);
const nested = [
  { _id: 0, a: { b: 1 } },
  { _id: 1, a: [{ b: 1 }, { b: 2 }] },
  { _id: 2, a: [{ c: 1 }] },
  { _id: 3, a: [] },
  { _id: 4, a: [1, 2] },
  { _id: 5, a: null },
  { _id: 6 },
  { _id: 7, a: { b: null } },
  { _id: 8, a: { b: [1, 2] } },
];
const factors = [
  {
    _id: 0,
    list: [
      { id: "x", n: 1, ok: true },
      { id: "y", n: 5, ok: false },
    ],
  },
  { _id: 1, list: [{ id: "x", n: 5, ok: false }] },
  { _id: 2, list: [] },
  { _id: 3 },
];
const bytes = (...list: number[]) => new Binary(Buffer.from(list));
const id = new ObjectId("0123456789abcdef01234567");

const rows: Row[] = [
  ["equal numbers of every type", numbers, { v: 5 }, [0, 1, 2]],
  ["equal to an int64", numbers, { v: Long.fromNumber(5) }, [0, 1, 2]],
  ["$ne on arrays and missing fields", numbers, { v: { $ne: 9 } }, [0, 1, 2, 3, 4, 5, 6]],
  ["$gt keeps to numbers", numbers, { v: { $gt: 4 } }, [0, 1, 2, 3, 7]],
  ["$gte and $lt", numbers, { v: { $gte: 5, $lt: 5.5 } }, [0, 1, 2, 7]],
  ["$lte on an array takes any element", numbers, { v: { $lte: 1 } }, [7]],
  ["a range on an array may be met by two elements", values([1, 9]), { v: { $gt: 2, $lt: 8 } }, [0]],
  ["$elemMatch wants one element", values([1, 9], [5]), { v: { $elemMatch: { $gt: 2, $lt: 8 } } }, [1]],
  ["null finds missing fields too", numbers, { v: null }, [5, 6]],
  ["$gte null is equality to null", numbers, { v: { $gte: null } }, [5, 6]],
  ["$gt null finds nothing", numbers, { v: { $gt: null } }, []],
  ["$exists false", numbers, { v: { $exists: false } }, [6]],
  ["$exists true takes null", numbers, { v: { $exists: true } }, [0, 1, 2, 3, 4, 5, 7]],
  ["$type number", numbers, { v: { $type: "number" } }, [0, 1, 2, 3, 7]],
  ["$type int and double", numbers, { v: { $type: ["int", "double"] } }, [0, 2, 3, 7]],
  ["$type long by number", numbers, { v: { $type: 18 } }, [1]],
  ["$type null", numbers, { v: { $type: "null" } }, [5]],
  ["$type array", numbers, { v: { $type: "array" } }, [7]],
  [
    "$type objectId, binData, object, bool, date",
    values(id, bytes(1), { a: 1 }, true, day(1)),
    { v: { $type: ["objectId", "binData", "object", "bool", "date"] } },
    [0, 1, 2, 3, 4],
  ],
  ["$mod", values(4, 5, 6, 10, "10", 5.5), { v: { $mod: [5, 0] } }, [1, 3, 5]],
  ["$in with null", numbers, { v: { $in: [null, "5"] } }, [4, 5, 6]],
  ["$in with a regular expression", values("abc", "xyz", ["abd"], 3), { v: { $in: [/^ab/, 3] } }, [0, 2, 3]],
  ["$nin", numbers, { v: { $nin: [5, "5"] } }, [3, 5, 6, 7]],
  ["$not", numbers, { v: { $not: { $gt: 4 } } }, [4, 5, 6]],
  ["$nor", numbers, { $nor: [{ v: 5 }, { v: null }] }, [3, 4, 7]],
  ["$or", numbers, { $or: [{ v: "5" }, { v: 5.5 }] }, [3, 4]],
  ["$and", numbers, { $and: [{ v: { $gt: 1 } }, { v: { $lt: 5.2 } }] }, [0, 1, 2, 7]],
  ["$size", values([], [1], [1, 2], [[1, 2]], 2), { v: { $size: 2 } }, [2]],
  ["$all on an array and a scalar", values([1, 2, 3], [1], 1), { v: { $all: [1] } }, [0, 1, 2]],
  ["$all wants all of them", values([1, 2, 3], [1, 3], [3]), { v: { $all: [3, 1] } }, [0, 1]],
  ["$all of nothing", values([1], []), { v: { $all: [] } }, []],
  ["$regex with $options", values("Ann", "hannah", "bob", 1), { v: { $regex: "^AN", $options: "i" } }, [0]],
  ["dates in order, nothing else", dates, { v: { $gt: day(1), $lte: day(3) } }, [1, 2]],
  ["a date does not compare with a number", dates, { v: { $lt: 2_000_000_000_000 } }, [5]],
  ["booleans only with booleans", values(true, false, 1, 0), { v: { $gte: false } }, [0, 1]],
  ["NaN only with itself", values(Number.NaN, 1), { v: { $lt: 5 } }, [1]],
  ["NaN equals NaN", values(Number.NaN, 1), { v: Number.NaN }, [0]],
  [
    "int64 beyond doubles",
    values(Long.fromString("9007199254740993"), Long.fromString("9007199254740992")),
    { v: { $gt: Long.fromString("9007199254740992") } },
    [0],
  ],
  ["decimals", values(Decimal128.fromString("5"), Decimal128.fromString("5.5")), { v: { $gt: 5 } }, [1]],
  ["binary by every byte", values(bytes(0xff, 0xfe), bytes(0xfc, 0xfd)), { v: bytes(0xff, 0xfe) }, [0]],
  ["object ids", values(id, String(id)), { v: id }, [0]],
  ["key order in a document counts", values({ a: 1, b: 2 }, { b: 2, a: 1 }), { v: { a: 1, b: 2 } }, [0]],
  ["a whole array or an element that is one", values([1, 2], [[1, 2], 3], [2, 1]), { v: [1, 2] }, [0, 1]],
  ["a dotted path", nested, { "a.b": 1 }, [0, 1, 8]],
  ["a dotted path that is null or missing", nested, { "a.b": null }, [2, 5, 6, 7]],
  ["a dotted path that does not exist", nested, { "a.b": { $exists: false } }, [2, 3, 4, 5, 6]],
  ["$ne along a dotted path", nested, { "a.b": { $ne: 1 } }, [2, 3, 4, 5, 6, 7]],
  ["an index in a path", nested, { "a.0": { $exists: true } }, [1, 2, 4]],
  ["an index in the middle of a path", nested, { "a.1.b": 2 }, [1]],
  ["an index that is not there", nested, { "a.b.0": { $exists: false } }, [0, 1, 2, 3, 4, 5, 6, 7]],
  ["$elemMatch on documents", factors, { list: { $elemMatch: { id: "x", n: { $gte: 5 } } } }, [1]],
  ["conditions on different elements", factors, { "list.id": "x", "list.n": 5 }, [0, 1]],
  ["$not $elemMatch", factors, { list: { $not: { $elemMatch: { id: "y" } } } }, [1, 2, 3]],
  [
    "$nor beside $elemMatch",
    factors,
    { list: { $elemMatch: { id: "x" } }, $nor: [{ "list.n": { $gte: 5, $mod: [5, 0] }, "list.ok": true }] },
    [1],
  ],
  ["$elemMatch with $or inside", factors, { list: { $elemMatch: { $or: [{ n: 1 }, { n: 7 }] } } }, [0]],
  [
    "$expr between two fields",
    [
      { _id: 0, a: 1, b: 2 },
      { _id: 1, a: 3, b: 2 },
    ],
    { $expr: { $gt: ["$a", "$b"] } },
    [1],
  ],
  [
    "$expr with a missing field",
    [
      { _id: 0, a: 1 },
      { _id: 1, a: null },
    ],
    { $expr: { $lt: ["$b", "$a"] } },
    [0, 1],
  ],
  ["$expr tells missing from null", [{ _id: 0, a: null }, { _id: 1 }], { $expr: { $eq: ["$a", null] } }, [0]],
  ["$in on _id", values(1, 2, 3), { _id: { $in: [0, 2] } } as never, [0, 2]],
];

describe("a filter finds", () => {
  for (const [name, docs, filter, found] of rows) {
    probe(name, async () => {
      const all = await (await collection(...docs)).find(filter).toArray();
      expect(all.map(({ _id }) => _id as unknown)).toEqual(found);
    });
  }
});

const wrong: [string, Filter, number][] = [
  ["an unknown operator in a filter", { v: { $foo: 1 } }, 2],
  ["an unknown top-level operator", { $foo: 1 }, 2],
  ["$in without an array", { v: { $in: 1 } }, 2],
  ["an empty $or", { $or: [] }, 2],
  ["$mod by zero", { v: { $mod: [0, 1] } }, 2],
];

describe("refused, even where there is nothing to find:", () => {
  for (const [name, filter, code] of wrong) {
    probe(name, async () => {
      expect(await codeOf((await collection()).find(filter).toArray())).toEqual({ code });
    });
  }
});

probe("sort, skip, limit and projection", async () => {
  const docs = await collection(
    { _id: 0, n: 2, a: [{ x: 1, y: 2 }] },
    { _id: 1, n: 1, a: [{ x: 3, y: 4 }, 5] },
    { _id: 2, n: 3 },
    { _id: 3 },
  );
  const ids = async (sort: Doc) =>
    (await docs.find({}, { sort: sort }).toArray()).map(({ _id }) => _id as unknown);
  expect(await ids({ n: 1 })).toEqual([3, 1, 0, 2]);
  expect(await ids({ n: -1 })).toEqual([2, 0, 1, 3]);
  expect(await docs.find({}, { sort: { n: 1 }, skip: 1, limit: 2, projection: { n: 1 } }).toArray()).toEqual([
    { _id: 1, n: 1 },
    { _id: 0, n: 2 },
  ]);
  expect(await docs.findOne({ n: 1 }, { projection: { _id: 0, "a.x": 1 } })).toEqual({ a: [{ x: 3 }] });
  expect(await docs.findOne({ n: 1 }, { projection: { _id: 0, "a.x": 0 } })).toEqual({
    n: 1,
    a: [{ y: 4 }, 5],
  });
  expect(await codeOf(docs.findOne({}, { projection: { a: 1, n: 0 } }))).toEqual({ code: 31254 });
});

probe("values sort in MongoDB's order of types", async () => {
  const list = [true, day(1), "a", null, { a: 1 }, bytes(1), id, 3, [2.5]];
  const docs = await collection(...values(...list));
  const order = (await docs.find({}, { sort: { v: 1 } }).toArray()).map(({ _id }) => _id as unknown);
  expect(order).toEqual([3, 8, 7, 2, 4, 5, 6, 0, 1]);
});

probe("count and distinct", async () => {
  const docs = await collection({ t: ["a", "b"] }, { t: "b" }, { t: null }, {});
  expect(await docs.countDocuments({ t: "b" })).toBe(2);
  expect(await docs.estimatedDocumentCount()).toBe(4);
  expect((await docs.distinct("t")).sort()).toEqual(["a", "b", null]);
});

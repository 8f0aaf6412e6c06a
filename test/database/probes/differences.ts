// Probes on which mongo-java-server is known to differ from MongoDB, each with what MongoDB documents.

const VALIDATES_FIRST = "MongoDB checks a whole filter before it looks for documents";
const PIPELINE = "mongo-java-server has no updates by pipeline, MongoDB has them since 4.2";
const MISSING = "a missing field sorts before null in expressions ($lt, $eq of the aggregation reference)";
const KEYS = "a duplicate key error has keyPattern and keyValue since MongoDB 4.2";
const BESIDE = "the array condition may stand beside any other condition ($ positional)";
const ANY_ELEMENT =
  "each condition on an array may be met by another element (Query an Array, compound conditions)";

export const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ["$gte and $lt", ANY_ELEMENT],
  ["a range on an array may be met by two elements", ANY_ELEMENT],
  ["$gte null is equality to null", "$gte and $lte with null find what equality to null finds"],
  ["$all on an array and a scalar", "$all: [x] is the same as equality to x, also for a scalar ($all)"],
  ["a whole array or an element that is one", "an array also equals a field that has it as an element"],
  ["a dotted path that is null or missing", "scalars in an array have no fields that could be null"],
  [
    "a dotted path that does not exist",
    "$exists: false is the opposite of $exists: true, in an empty array too",
  ],
  ["an index that is not there", "$exists: false is the opposite of $exists: true, in an empty array too"],
  ["$expr with a missing field", MISSING],
  ["$expr tells missing from null", MISSING],
  ["an unknown operator in a filter", VALIDATES_FIRST],
  ["an unknown top-level operator", VALIDATES_FIRST],
  ["$in without an array", VALIDATES_FIRST],
  ["an empty $or", VALIDATES_FIRST],
  ["$mod by zero", VALIDATES_FIRST],
  ["sort, skip, limit and projection", "an exclusion in an inclusion is 31254 since MongoDB 4.4, not 31253"],
  ["$ beside other conditions, $nor and $or", BESIDE],
  ["$ within a nested document", "the array may lie within a document"],
  ["a pipeline computes from the document", PIPELINE],
  ["a pipeline replaces", PIPELINE],
  ["a pipeline with $cond on a missing field", PIPELINE],
  ["$push to null", "null is not an array ($push)"],
  ["$addToSet to a string", "code 2 since MongoDB 3.6, not 10141"],
  ["$pop of a number", "code 14 since MongoDB 3.6, not 10143"],
  ["an overflow of int64", "an int64 does not wrap around ($inc)"],
  ["an empty part of a path", "a path has no empty parts, code 56"],
  ["tells an upsert from an update", "findAndModify answers with lastErrorObject.upserted"],
  ["says which key is taken", KEYS],
  ["says so of findOneAndUpdate, updateOne and replaceOne too", KEYS],
  ["takes a missing field for null", KEYS],
  ["of several fields wants all of them equal", KEYS],
  [
    "a partial unique index leaves out what its filter does not find",
    "partial indexes exist since MongoDB 3.2",
  ],
  [
    "a batch goes on after a failure only when it is not ordered",
    "n counts what was inserted before a failure",
  ],
  ["indexes are listed, dropped, and missed", "listIndexes of no collection is NamespaceNotFound, 26"],
  ["an index that differs from one of the same key or name is refused", "codes 85 and 86 (createIndexes)"],
  [
    "arrayFilters choose by what was there, also for what another operator has just changed",
    "the elements that arrayFilters name are found before any operator changes one",
  ],
  ["500 racers for one element of an array have one winner", BESIDE],
  ["unwinds, projects and computes", "$set is a stage since MongoDB 4.2"],
]);

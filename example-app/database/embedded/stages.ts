// The stages of an aggregation that are offered; `$group` is in group.ts, every other stage is refused with 40324.
import { getAt, parsePath, setAt } from "./edit.js";
import { CommandError, notOffered } from "./errors.js";
import { checkExpression, evaluate } from "./expressions.js";
import { compileGroup } from "./group.js";
import { numberOf } from "./numbers.js";
import { compileProjection, isFlag } from "./projection.js";
import { compileFilter } from "./query.js";
import { sorted } from "./sort.js";
import { clone, type Doc, integer, isDoc, own } from "./values.js";

export type Stage = (docs: readonly Doc[]) => readonly Doc[];

const STAGES: ReadonlyMap<string, (operand: unknown) => Stage> = new Map<string, (operand: unknown) => Stage>(
  [
    ["$match", match],
    ["$group", compileGroup],
    ["$sort", sort],
    ["$limit", limit],
    ["$skip", skip],
    ["$project", project],
    ["$count", count],
    ["$unwind", unwind],
    ["$addFields", addFields],
    ["$set", addFields],
    ["$unset", unset],
    ["$replaceRoot", replaceRoot],
    ["$replaceWith", replaceWith],
  ],
);

/** @throws {CommandError} 40323 where a stage is not one field, 40324 where it is not offered */
export function compileStage(stage: unknown): Stage {
  if (!isDoc(stage)) throw new CommandError(14, "Each element of the 'pipeline' array must be an object");
  const [[name, operand] = ["", undefined], ...others] = Object.entries(stage);
  if (name === "" || others.length > 0) {
    throw new CommandError(40323, "A pipeline stage specification object must contain exactly one field.");
  }
  const compile = STAGES.get(name);
  if (compile) return compile(operand);
  throw new CommandError(
    40324,
    `Unrecognized pipeline stage name: '${name}' (or not offered by the embedded database)`,
  );
}

export function compilePipeline(pipeline: unknown): Stage {
  if (!Array.isArray(pipeline)) throw new CommandError(14, "'pipeline' option must be specified as an array");
  const stages = pipeline.map(compileStage);
  return (docs) => stages.reduce((current, stage) => stage(current), docs);
}

function specOf(name: string, operand: unknown): Doc {
  if (isDoc(operand)) return operand;
  throw new CommandError(15959, `the ${name} specification must be an object`);
}

function match(operand: unknown): Stage {
  const predicate = compileFilter(specOf("$match", operand));
  return (docs) => docs.filter((doc) => predicate(doc));
}

function sort(operand: unknown): Stage {
  const spec = specOf("$sort", operand);
  sorted([], spec);
  return (docs) => sorted(docs, spec);
}

function limit(operand: unknown): Stage {
  const size = numberOf("$limit", operand, 0);
  if (size <= 0) throw new CommandError(15958, "the limit must be positive");
  return (docs) => docs.slice(0, size);
}

function skip(operand: unknown): Stage {
  const size = numberOf("$skip", operand, 0);
  if (size < 0) throw new CommandError(2, "$skip must not be negative");
  return (docs) => docs.slice(size);
}

/** Of nothing `$count` makes no document at all. */
function count(operand: unknown): Stage {
  if (typeof operand !== "string" || operand === "")
    throw new CommandError(40156, "the count field must be a non-empty string");
  return (docs) => (docs.length === 0 ? [] : [{ [operand]: integer(docs.length) }]);
}

function unwind(operand: unknown): Stage {
  const spec = typeof operand === "string" ? { path: operand } : specOf("$unwind", operand);
  const { path, preserveNullAndEmptyArrays: preserve, includeArrayIndex } = spec as Doc;
  if (includeArrayIndex !== undefined) throw notOffered("includeArrayIndex of $unwind");
  if (typeof path !== "string" || !path.startsWith("$")) {
    throw new CommandError(28818, "path option to $unwind stage should be prefixed with a '$'");
  }
  const parts = parsePath(path.slice(1));
  return (docs) => docs.flatMap((doc) => unwound(doc, parts, preserve === true));
}

function unwound(doc: Doc, path: readonly string[], preserve: boolean): Doc[] {
  const value = getAt(doc, path);
  if (value === undefined || value === null) return preserve ? [doc] : [];
  if (!Array.isArray(value)) return [doc];
  if (value.length === 0) return preserve ? [compileProjection({ [path.join(".")]: false })(doc)] : [];
  return value.map((element) => withValue(doc, path, element));
}

function withValue(doc: Doc, path: readonly string[], value: unknown): Doc {
  const copy = clone(doc);
  setAt(copy, path, value);
  return copy;
}

function addFields(operand: unknown): Stage {
  const fields = Object.entries(specOf("$addFields", operand));
  checkExpression(operand);
  return (docs) => docs.map((doc) => computed(doc, clone(doc), fields));
}

function computed(source: Doc, target: Doc, fields: readonly [string, unknown][]): Doc {
  for (const [path, expression] of fields) {
    const value = evaluate(source, expression);
    if (value !== undefined) setAt(target, parsePath(path), value);
  }
  return target;
}

function unset(operand: unknown): Stage {
  const paths = Array.isArray(operand) ? operand : [operand];
  const projection = compileProjection(Object.fromEntries(paths.map((path) => [String(path), false])));
  return (docs) => docs.map(projection);
}

/** Flags go to the projection, everything else is an expression beside what was included. */
function project(operand: unknown): Stage {
  const entries = Object.entries(specOf("$project", operand));
  const flags = entries.filter(([, value]) => isFlag(value) || isPlainNesting(value));
  const fields = entries.filter((entry) => !flags.includes(entry));
  if (fields.length === 0) {
    const projection = compileProjection(operand);
    return (docs) => docs.map(projection);
  }
  for (const [, expression] of fields) checkExpression(expression);
  const including = compileProjection({ _id: true, ...Object.fromEntries(flags) });
  const onlyId = compileProjection({ _id: true });
  const base = flags.some(([path]) => path !== "_id") ? including : keepingId(flags) ? onlyId : () => ({});
  return (docs) => docs.map((doc) => computed(doc, clone(base(doc)), fields));
}

const keepingId = (flags: readonly [string, unknown][]): boolean =>
  flags.every(([path, value]) => path !== "_id" || value === true || Number(value) !== 0);

const isPlainNesting = (value: unknown): boolean =>
  isDoc(value) && Object.values(value).every((inner) => isFlag(inner) || isPlainNesting(inner));

function replaceRoot(operand: unknown): Stage {
  return replaceWith(own(specOf("$replaceRoot", operand), "newRoot"));
}

function replaceWith(expression: unknown): Stage {
  checkExpression(expression);
  return (docs) => docs.map((doc) => rootOf(evaluate(doc, expression)));
}

function rootOf(value: unknown): Doc {
  if (isDoc(value)) return value;
  throw new CommandError(40228, "'newRoot' expression must evaluate to an object");
}

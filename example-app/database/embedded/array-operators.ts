// The update operators on arrays.
import { compare } from "./compare.js";
import { elementTest, equals } from "./conditions.js";
import { getAt, setAt } from "./edit.js";
import { CommandError } from "./errors.js";
import { isNumber, numberOf } from "./numbers.js";
import type { Target } from "./operators.js";
import { compileFilter } from "./query.js";
import { isRegex, toRegExp } from "./regex.js";
import { bySortKeys } from "./sort.js";
import { typeOf } from "./types.js";
import { clone, type Doc, isDoc, keyOf, own } from "./values.js";

const PUSH_MODIFIERS = new Set(["$each", "$slice", "$position", "$sort"]);

export function push(target: Target): void {
  const list = arrayAt(target, "$push") ?? [];
  const { $each, $position, $slice, $sort } = modifiersOf(target.operand);
  const at = numberOf("$position", $position, list.length);
  list.splice(at, 0, ...clone($each));
  if ($sort !== undefined) list.sort(elementOrder($sort));
  setAt(target.doc, target.path, $slice === undefined ? list : sliced(list, $slice));
}

function modifiersOf(operand: unknown): Doc & { $each: unknown[] } {
  if (!isDoc(operand) || !Object.hasOwn(operand, "$each")) return { $each: [operand] };
  const unknown = Object.keys(operand).find((name) => !PUSH_MODIFIERS.has(name));
  if (unknown !== undefined) throw new CommandError(2, `Unrecognized clause in $push: ${unknown}`);
  return { ...operand, $each: eachOf(operand, "$push") };
}

function eachOf(operand: Doc, operator: string): unknown[] {
  const each = own(operand, "$each");
  if (Array.isArray(each)) return each;
  throw new CommandError(
    2,
    `The argument to $each in ${operator} must be an array but it was of type ${typeOf(each)}`,
  );
}

function sliced(list: unknown[], slice: unknown): unknown[] {
  if (!isNumber(slice)) throw new CommandError(2, "The value for $slice must be an integer value");
  const count = numberOf("$slice", slice, 0);
  return count === 0 ? [] : count < 0 ? list.slice(count) : list.slice(0, count);
}

function elementOrder(sort: unknown): (a: unknown, b: unknown) => number {
  if (isDoc(sort)) {
    const byFields = bySortKeys(sort);
    return (a, b) => byFields(isDoc(a) ? a : {}, isDoc(b) ? b : {});
  }
  const direction = numberOf("$sort", sort, 1);
  return (a, b) => direction * compare(a, b);
}

export function addToSet(target: Target): void {
  const list = arrayAt(target, "$addToSet") ?? [];
  const { operand } = target;
  const values = isDoc(operand) && Object.hasOwn(operand, "$each") ? eachOf(operand, "$addToSet") : [operand];
  const keys = new Set(list.map(keyOf));
  for (const value of values) {
    if (keys.has(keyOf(value))) continue;
    keys.add(keyOf(value));
    list.push(clone(value));
  }
  setAt(target.doc, target.path, list);
}

/** A document is a filter on elements, `{ $gt: 1 }` speaks of the element itself, anything else is a value. */
export function pull(target: Target): void {
  keep(target, "$pull", pullTest(target.operand));
}

function pullTest(operand: unknown): (element: unknown) => boolean {
  if (isDoc(operand)) return elementTest(operand, compileFilter);
  if (!isRegex(operand)) return equals(operand);
  const regex = toRegExp(operand);
  return (element) => typeof element === "string" && regex.test(element);
}

export function pullAll(target: Target): void {
  if (!Array.isArray(target.operand)) throw new CommandError(2, "$pullAll requires an array argument");
  const keys = new Set(target.operand.map(keyOf));
  keep(target, "$pullAll", (element) => keys.has(keyOf(element)));
}

function keep(target: Target, operator: string, drop: (element: unknown) => boolean): void {
  const list = arrayAt(target, operator);
  if (list)
    setAt(
      target.doc,
      target.path,
      list.filter((element) => !drop(element)),
    );
}

export function pop(target: Target): void {
  const end = numberOf("$pop", target.operand, 0);
  if (Math.abs(end) !== 1) throw new CommandError(9, `$pop expects 1 or -1, found: ${end}`);
  const list = arrayAt(target, "$pop");
  if (end === 1) list?.pop();
  else list?.shift();
}

function arrayAt({ doc, path }: Target, operator: string): unknown[] | undefined {
  const value = getAt(doc, path);
  if (value === undefined || Array.isArray(value)) return value;
  const owner = `in document {_id: ${String(own(doc, "_id"))}}`;
  const what = `The field '${path.join(".")}' must be an array but is of type ${typeOf(value)} ${owner}`;
  throw new CommandError(operator === "$pop" ? 14 : 2, what);
}

// What a filter says of one path: comparison, element and array operators with MongoDB's meaning.
import { comparable, compare } from "./compare.js";
import { badValue, notOffered } from "./errors.js";
import { MISSING, type Reached, reach } from "./paths.js";
import type { Predicate } from "./query.js";
import { isRegex, toRegExp } from "./regex.js";
import { compileTypes } from "./types.js";
import { type Doc, isDoc, keyOf, kindOf, numeric } from "./values.js";

/** False, true, or true at an index of an array (for the positional `$`). */
export type Condition = (doc: Doc) => boolean | { readonly index: number };

type Compile = (filter: Doc) => Predicate;
type Test = (value: unknown) => boolean;

const NOT_OFFERED = /^\$(bits\w+|geo\w+|near\w*|jsonSchema|text|within)$/;

export function compileCondition(path: string, operand: unknown, compile: Compile): Condition {
  if (!isOperatorDoc(operand)) return equality(path, operand);
  const { $regex, $options, ...rest } = operand;
  const conditions = Object.entries(rest).map(([name, value]) => compileOperator(path, name, value, compile));
  if ($regex !== undefined) conditions.push(pattern(path, toRegExp($regex, $options)));
  else if ($options !== undefined) throw badValue("$options needs a $regex");
  return every(conditions);
}

export const isOperatorDoc = (value: unknown): value is Doc =>
  isDoc(value) && (Object.keys(value)[0]?.startsWith("$") ?? false);

function every(conditions: readonly Condition[]): Condition {
  return (doc) => {
    let hit: boolean | { readonly index: number } = true;
    for (const condition of conditions) {
      const outcome = condition(doc);
      if (outcome === false) return false;
      if (outcome !== true) hit = outcome;
    }
    return hit;
  };
}

function compileOperator(path: string, name: string, operand: unknown, compile: Compile): Condition {
  switch (name) {
    case "$eq":
      return isRegex(operand) ? some(path, equals(operand)) : equality(path, operand);
    case "$ne":
      if (isRegex(operand)) throw badValue("Can't have regex as arg to $ne.");
      return not(equality(path, operand));
    case "$gt":
      return ordered(path, operand, (order) => order > 0);
    case "$gte":
      return ordered(path, operand, (order) => order >= 0);
    case "$lt":
      return ordered(path, operand, (order) => order < 0);
    case "$lte":
      return ordered(path, operand, (order) => order <= 0);
    case "$in":
      return oneOf(path, listOf(name, operand));
    case "$nin":
      return not(oneOf(path, listOf(name, operand)));
    case "$not":
      return not(negated(path, operand, compile));
    default:
      return compileElementOperator(path, name, operand, compile);
  }
}

function compileElementOperator(path: string, name: string, operand: unknown, compile: Compile): Condition {
  switch (name) {
    case "$exists": {
      const present = whole(path, (value) => value !== MISSING);
      return isTruthy(operand) ? present : not(present);
    }
    case "$type":
      return some(path, compileTypes(operand));
    case "$mod":
      return some(path, modulo(operand));
    case "$size":
      return whole(path, ofSize(operand));
    case "$elemMatch":
      return elemMatch(path, operand, compile);
    case "$all":
      return allOf(path, listOf(name, operand), compile);
    default:
      throw NOT_OFFERED.test(name) ? notOffered(name) : badValue(`unknown operator: ${name}`);
  }
}

const isTruthy = (value: unknown): boolean =>
  kindOf(value) === "number" ? Number(numeric(value)) !== 0 : Boolean(value);

function listOf(name: string, operand: unknown): unknown[] {
  if (Array.isArray(operand)) return operand;
  throw badValue(`${name} needs an array`);
}

const not =
  (condition: Condition): Condition =>
  (doc) =>
    condition(doc) === false;

/** True where any value the path reaches passes; elements of an array at its end count. */
const some = (path: string, test: Test): Condition => anyReached(path, true, test);

/** The same, with an array at the end of the path taken as one value. */
const whole = (path: string, test: Test): Condition => anyReached(path, false, test);

function anyReached(path: string, spread: boolean, test: Test): Condition {
  return (doc) => hitAt(reach(doc, path, spread).find(({ value }) => test(value)));
}

const hitAt = (hit: Reached | undefined): boolean | { readonly index: number } =>
  hit === undefined ? false : hit.index === undefined ? true : { index: hit.index };

const equality = (path: string, operand: unknown): Condition =>
  isRegex(operand) ? pattern(path, toRegExp(operand)) : some(path, equals(operand));

const pattern = (path: string, regex: RegExp): Condition => some(path, matching(regex));

const matching =
  (regex: RegExp): Test =>
  (value) =>
    kindOf(value) === "string" && regex.test(String(value));

export function equals(operand: unknown): Test {
  const wanted = keyOf(operand);
  if (wanted === "null") return (value) => value === MISSING || value === null || value === undefined;
  return (value) => value !== MISSING && keyOf(value) === wanted;
}

function ordered(path: string, operand: unknown, accept: (order: number) => boolean): Condition {
  if (isRegex(operand)) throw badValue("Can't have RegEx as arg to predicate over field.");
  if (kindOf(operand) === "null") return accept(0) ? equality(path, null) : () => false;
  return some(
    path,
    (value) => value !== MISSING && comparable(value, operand) && accept(compare(value, operand)),
  );
}

function oneOf(path: string, options: readonly unknown[]): Condition {
  if (options.some(isOperatorDoc)) throw badValue("cannot nest $ under $in");
  const patterns = options.filter(isRegex).map((regex) => matching(toRegExp(regex)));
  const keys = new Set(options.map(keyOf));
  const tests: Test[] = [(value) => keys.has(value === MISSING ? "null" : keyOf(value)), ...patterns];
  return some(path, (value) => tests.some((test) => test(value)));
}

function negated(path: string, operand: unknown, compile: Compile): Condition {
  if (isRegex(operand)) return equality(path, operand);
  if (isOperatorDoc(operand)) return compileCondition(path, operand, compile);
  throw badValue("$not needs a regex or a document");
}

function modulo(operand: unknown): Test {
  const [divisor, remainder] = listOf("$mod", operand).map((value) => Math.trunc(Number(numeric(value))));
  if (divisor === undefined || remainder === undefined) throw badValue("malformed mod, not enough elements");
  if (divisor === 0) throw badValue("divisor cannot be 0");
  return (value) => kindOf(value) === "number" && Math.trunc(Number(numeric(value))) % divisor === remainder;
}

function ofSize(operand: unknown): Test {
  if (kindOf(operand) !== "number") throw badValue("$size must be a number");
  return (value) => Array.isArray(value) && value.length === Number(numeric(operand));
}

function elemMatch(path: string, operand: unknown, compile: Compile): Condition {
  const test = elementTest(operand, compile);
  return (doc) => {
    for (const { value, index } of reach(doc, path, false)) {
      const position = Array.isArray(value) ? value.findIndex(test) : -1;
      if (position >= 0) return { index: index ?? position };
    }
    return false;
  };
}

/** `{ $gt: 1 }` speaks of the element itself, `{ id: "x" }` of its fields; `$and` and the like of its fields too. */
export function elementTest(operand: unknown, compile: Compile): Test {
  if (!isDoc(operand)) throw badValue("$elemMatch needs an Object");
  if (isOperatorDoc(operand) && !/^\$(and|or|nor|expr)$/.test(Object.keys(operand)[0] ?? "")) {
    const condition = compileCondition("0", operand, compile);
    return (element) => condition({ 0: element }) !== false;
  }
  const predicate = compile(operand);
  return (element) => isDoc(element) && predicate(element);
}

function allOf(path: string, operands: readonly unknown[], compile: Compile): Condition {
  if (operands.length === 0) return () => false;
  return every(
    operands.map((operand) =>
      isOperatorDoc(operand) ? compileCondition(path, operand, compile) : equality(path, operand),
    ),
  );
}

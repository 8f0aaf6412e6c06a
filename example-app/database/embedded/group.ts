// The `$group` stage: documents gathered by a key, and accumulators over each group.
import { compare } from "./compare.js";
import { CommandError } from "./errors.js";
import { checkExpression, evaluate } from "./expressions.js";
import { calculate, isNumber } from "./numbers.js";
import type { Stage } from "./stages.js";
import { type Doc, integer, isDoc, keyOf, numeric, put } from "./values.js";

type Accumulate = (values: readonly unknown[]) => unknown;

/** Over the values of a group, in order; a missing value is undefined. */
const ACCUMULATORS: ReadonlyMap<string, Accumulate> = new Map<string, Accumulate>([
  ["$sum", sum],
  ["$avg", average],
  ["$min", (values) => best(values, -1)],
  ["$max", (values) => best(values, 1)],
  ["$first", (values) => values[0] ?? null],
  ["$last", (values) => values.at(-1) ?? null],
  ["$push", (values) => values.filter((value) => value !== undefined)],
  [
    "$addToSet",
    (values) => [...new Map(values.filter(isPresent).map((value) => [keyOf(value), value])).values()],
  ],
  ["$count", (values) => integer(values.length)],
]);

interface Field {
  readonly name: string;
  readonly expression: unknown;
  readonly accumulate: Accumulate;
}

/** @throws {CommandError} 15955 without `_id`, 15952 for an accumulator that is unknown or not offered */
export function compileGroup(operand: unknown): Stage {
  if (!isDoc(operand)) throw new CommandError(15947, "a group's fields must be specified in an object");
  if (!Object.hasOwn(operand, "_id"))
    throw new CommandError(15955, "a group specification must include an _id");
  const { _id: key, ...rest } = operand;
  checkExpression(key);
  const fields = Object.entries(rest).map(([name, spec]) => compileField(name, spec));
  return (docs) => [...gather(docs, key).values()].map(({ id, group }) => summary(id, group, fields));
}

function compileField(name: string, spec: unknown): Field {
  const [[operator, expression] = ["", undefined], ...others] = isDoc(spec) ? Object.entries(spec) : [];
  if (others.length > 0 || !operator.startsWith("$")) {
    throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
  }
  const accumulate = ACCUMULATORS.get(operator);
  if (!accumulate) throw new CommandError(15952, `unknown group operator '${operator}'`);
  checkExpression(expression);
  return { name, expression, accumulate };
}

interface Group {
  readonly id: unknown;
  readonly group: Doc[];
}

function gather(docs: readonly Doc[], key: unknown): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const doc of docs) {
    const id = evaluate(doc, key) ?? null;
    const group = groups.get(keyOf(id)) ?? { id, group: [] };
    group.group.push(doc);
    groups.set(keyOf(id), group);
  }
  return groups;
}

function summary(id: unknown, group: readonly Doc[], fields: readonly Field[]): Doc {
  const result: Doc = { _id: id };
  for (const { name, expression, accumulate } of fields) {
    put(result, name, accumulate(group.map((doc) => evaluate(doc, expression))));
  }
  return result;
}

const isPresent = (value: unknown): boolean => value !== undefined;

const numbersIn = (values: readonly unknown[]): unknown[] => values.filter(isNumber);

function sum(values: readonly unknown[]): unknown {
  return numbersIn(values).reduce<unknown>((total, value) => calculate("add", total, value), integer(0));
}

function average(values: readonly unknown[]): unknown {
  const numbers = numbersIn(values).map((value) => Number(numeric(value)));
  return numbers.length === 0 ? null : numbers.reduce((total, value) => total + value, 0) / numbers.length;
}

function best(values: readonly unknown[], direction: number): unknown {
  const present = values.filter((value) => value !== undefined && value !== null);
  return present.reduce<unknown>(
    (winner, value) => (winner === null || direction * compare(value, winner) > 0 ? value : winner),
    null,
  );
}

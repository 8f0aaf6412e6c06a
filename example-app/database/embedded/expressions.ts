// Aggregation expressions (`$expr`, computed fields), evaluated by mingo on values it can be trusted with.
import { Long } from "bson";
import { compare } from "./compare.js";
import { CommandError } from "./errors.js";
import type { Predicate } from "./query.js";
import { type Doc, integer, isDoc, keyOf, kindOf, numeric, put, tagOf } from "./values.js";

type Evaluate = (subject: unknown, expression: unknown) => unknown;
type Operator = (subject: unknown, operands: unknown, options: unknown) => unknown;

interface Engine {
  readonly evaluate: Evaluate;
  readonly knows: (operator: string) => boolean;
}

/** mingo answers these otherwise than MongoDB does, or runs code. */
const REFUSED = new Set([
  "$type",
  "$function",
  "$accumulator",
  "$where",
  "$sortArray",
  "$toDecimal",
  "$toLong",
]);

const ORDERINGS: { readonly [operator: string]: (order: number) => unknown } = {
  $eq: (order) => order === 0,
  $ne: (order) => order !== 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
  $cmp: (order) => Math.sign(order),
};

let engine: Engine | undefined;

/** mingo is 300 files: it is loaded by the first command that needs it, before that command runs. */
export async function loadExpressions(): Promise<void> {
  engine ??= await createEngine();
}

function loaded(): Engine {
  if (engine) return engine;
  throw new CommandError(1, "expressions were used before they were loaded");
}

async function createEngine(): Promise<Engine> {
  const { Context, evalExpr } = await import("mingo/core");
  const accumulators = await import("mingo/operators/accumulator");
  const evaluateIn: Operator = (subject, expression, options) =>
    evalExpr(subject as never, expression as never, options as never);
  const expressions = { ...(await import("mingo/operators/expression")), ...comparisons(evaluateIn) };
  const context = Context.init({ expression: expressions as never, accumulator: accumulators as never });
  const options = { context, scriptEnabled: false };
  return {
    evaluate: (subject, expression) => evaluateIn(subject, expression, options),
    knows: (name) =>
      !REFUSED.has(name) && (Object.hasOwn(expressions, name) || Object.hasOwn(accumulators, name)),
  };
}

/** MongoDB's order instead of mingo's, where a missing field comes before everything. */
function comparisons(evaluateIn: Operator): { [operator: string]: Operator } {
  const compareWith =
    (name: string, answer: (order: number) => unknown): Operator =>
    (subject, operands, options) => {
      const pair = evaluateIn(subject, operands, options);
      if (Array.isArray(pair) && pair.length === 2) return answer(order(pair[0], pair[1]));
      throw new CommandError(2, `Expression ${name} takes exactly 2 arguments.`);
    };
  return Object.fromEntries(
    Object.entries(ORDERINGS).map(([name, answer]) => [name, compareWith(name, answer)]),
  );
}

function order(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return compare(toBson(a), toBson(b));
}

/** @returns the value of an expression for a document, or undefined where MongoDB has no value */
export function evaluate(doc: Doc, expression: unknown): unknown {
  try {
    return toBson(loaded().evaluate(toPlain(doc), toPlain(expression)));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(2, `the expression failed: ${String(error)}`);
  }
}

export function compileTruth(expression: unknown): Predicate {
  checkExpression(expression);
  return (doc) => isTrue(evaluate(doc, expression));
}

const isTrue = (value: unknown): boolean =>
  kindOf(value) === "number" ? Number(numeric(value)) !== 0 : kindOf(value) !== "null" && value !== false;

/** @throws {CommandError} 168 where an operator is unknown, before any document is looked at */
export function checkExpression(expression: unknown): void {
  if (Array.isArray(expression)) for (const item of expression) checkExpression(item);
  if (!isDoc(expression)) return;
  for (const [name, operand] of Object.entries(expression)) {
    if (name.startsWith("$") && !loaded().knows(name)) {
      throw new CommandError(168, `Unrecognized expression '${name}'`);
    }
    if (name !== "$literal") checkExpression(operand);
  }
}

/** A BSON value mingo has no notion of; mingo compares instances by `toString()`, so that tells values apart. */
class Opaque {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  static open(value: Opaque): unknown {
    return value.#value;
  }

  toString(): string {
    return tagOf(this.#value) === "ObjectId" ? String(this.#value) : keyOf(this.#value);
  }
}

function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (isDoc(value)) return mapDoc(value, toPlain);
  const tag = tagOf(value);
  if (tag === undefined) return value;
  if (tag === "BSONSymbol") return String(value);
  const number = kindOf(value) === "number" && tag !== "Decimal128" ? Number(numeric(value)) : undefined;
  return number === undefined || (tag === "Long" && !Number.isSafeInteger(number))
    ? new Opaque(value)
    : number;
}

function toBson(value: unknown): unknown {
  if (value instanceof Opaque) return Opaque.open(value);
  if (typeof value === "number") return fromNumber(value);
  if (Array.isArray(value)) return value.map((item) => toBson(item) ?? null);
  return isDoc(value) ? mapDoc(value, toBson) : value;
}

const fromNumber = (value: number): unknown =>
  Number.isSafeInteger(value) && Math.abs(value) >= 2 ** 31 ? Long.fromNumber(value) : integer(value);

/** Fields without a value are left out, as MongoDB leaves them out. */
function mapDoc(doc: Doc, map: (value: unknown) => unknown): Doc {
  const mapped: Doc = {};
  for (const [field, value] of Object.entries(doc)) {
    const inner = map(value);
    if (inner !== undefined) put(mapped, field, inner);
  }
  return mapped;
}

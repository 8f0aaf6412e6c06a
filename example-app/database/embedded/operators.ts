// The update operators on fields; those on arrays are in array-operators.ts.
import { addToSet, pop, pull, pullAll, push } from "./array-operators.js";
import { compare } from "./compare.js";
import { getAt, type Path, parsePath, setAt, unsetAt } from "./edit.js";
import { CommandError, notOffered } from "./errors.js";
import { calculate, isNumber, zeroLike } from "./numbers.js";
import { typeOf } from "./types.js";
import type { UpdateContext } from "./update.js";
import { clone, type Doc, isDoc, own } from "./values.js";

/** One operator at one concrete path of a document that is ours to change. */
export interface Target {
  readonly doc: Doc;
  readonly path: Path;
  readonly operand: unknown;
  readonly context: UpdateContext;
}

const OPERATORS: ReadonlyMap<string, (target: Target) => void> = new Map([
  ["$set", set],
  ["$setOnInsert", (target: Target) => (target.context.inserting ? set(target) : undefined)],
  ["$unset", ({ doc, path }: Target) => unsetAt(doc, path)],
  ["$inc", increment],
  ["$mul", multiply],
  ["$min", (target: Target) => setIf(target, (order) => order < 0)],
  ["$max", (target: Target) => setIf(target, (order) => order > 0)],
  ["$rename", rename],
  ["$currentDate", ({ doc, path, context }: Target) => setAt(doc, path, context.now)],
  ["$push", push],
  ["$addToSet", addToSet],
  ["$pull", pull],
  ["$pullAll", pullAll],
  ["$pop", pop],
]);

export function isOperator(name: string): boolean {
  if (name === "$bit") throw notOffered("$bit");
  return OPERATORS.has(name);
}

export const applyOperator = (name: string, target: Target): void => OPERATORS.get(name)?.(target);

/** What can be said against an operand without looking at any document. */
export function checkOperand(operator: string, path: string, operand: unknown): void {
  const wanted = { $inc: "increment", $mul: "multiply" }[operator];
  if (wanted !== undefined && !isNumber(operand)) {
    throw new CommandError(
      14,
      `Cannot ${wanted} with non-numeric argument: {${path}: ${JSON.stringify(operand)}}`,
    );
  }
  if (operator === "$rename" && typeof operand !== "string") {
    throw new CommandError(2, `The 'to' field for $rename must be a string: ${path}`);
  }
  if (operator === "$currentDate") checkCurrentDate(operand);
}

function checkCurrentDate(operand: unknown): void {
  const type = isDoc(operand) ? own(operand, "$type") : "date";
  if (type === "timestamp") throw notOffered("$currentDate with a timestamp");
  if (type !== "date")
    throw new CommandError(2, "The '$type' string field is required to be 'date' or 'timestamp'");
}

function set({ doc, path, operand }: Target): void {
  setAt(doc, path, clone(operand));
}

function increment({ doc, path, operand }: Target): void {
  const current = getAt(doc, path);
  setAt(doc, path, current === undefined ? operand : calculate("add", numberAt(doc, path, "$inc"), operand));
}

function multiply({ doc, path, operand }: Target): void {
  const current = getAt(doc, path);
  const factor = current === undefined ? zeroLike(operand) : numberAt(doc, path, "$mul");
  setAt(doc, path, calculate("multiply", factor, operand));
}

function numberAt(doc: Doc, path: Path, operator: string): unknown {
  const current = getAt(doc, path);
  if (isNumber(current)) return current;
  const where = `{_id: ${String(own(doc, "_id"))}} has the field '${path.join(".")}'`;
  throw new CommandError(
    14,
    `Cannot apply ${operator} to a value of non-numeric type. ${where} of non-numeric type ${typeOf(current)}`,
  );
}

function setIf(target: Target, accept: (order: number) => boolean): void {
  const current = getAt(target.doc, target.path);
  if (current === undefined || accept(compare(target.operand, current))) set(target);
}

function rename({ doc, path, operand }: Target): void {
  const value = getAt(doc, path);
  if (value === undefined) return;
  unsetAt(doc, path);
  setAt(doc, parsePath(String(operand)), value);
}

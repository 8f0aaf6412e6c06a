// Compiles a filter into a predicate: the logical shell; what is said of one path is in conditions.ts.
import { type Condition, compileCondition } from "./conditions.js";
import { badValue, CommandError, notOffered } from "./errors.js";
import { compileTruth } from "./expressions.js";
import { type Doc, isDoc } from "./values.js";

/** Where the top-level conditions matched inside arrays, by path: what the positional `$` is bound to. */
export type Positions = Map<string, number>;

export type Predicate = (doc: Doc, positions?: Positions) => boolean;

/**
 * Checks the whole filter first, so that a wrong one fails on an empty collection too.
 *
 * @throws {CommandError} 2 for what MongoDB would not take, 238 for what only a real MongoDB does
 */
export function compileFilter(filter: Doc): Predicate {
  return allOf(Object.entries(filter).map(([field, operand]) => compileEntry(field, operand)));
}

function compileEntry(field: string, operand: unknown): Predicate {
  if (!field.startsWith("$")) return atPath(field, compileCondition(field, operand, compileFilter));
  switch (field) {
    case "$and":
      return allOf(branches(field, operand));
    case "$or": {
      const any = branches(field, operand);
      return (doc) => any.some((test) => test(doc));
    }
    case "$nor": {
      const none = branches(field, operand);
      return (doc) => !none.some((test) => test(doc));
    }
    case "$expr":
      return compileTruth(operand);
    case "$comment":
      return () => true;
    case "$where":
    case "$text":
    case "$jsonSchema":
      throw notOffered(field);
    default:
      throw badValue(`unknown top level operator: ${field}`);
  }
}

function branches(name: string, operand: unknown): Predicate[] {
  if (!Array.isArray(operand)) throw badValue(`${name} must be an array`);
  if (operand.length === 0) throw badValue("$and/$or/$nor must be a nonempty array");
  return operand.map((branch: unknown) => {
    if (!isDoc(branch)) throw badValue("$or/$and/$nor entries need to be full objects");
    return compileFilter(branch);
  });
}

/** Every condition runs even when it need not, so that each can say where it matched. */
const allOf =
  (tests: readonly Predicate[]): Predicate =>
  (doc, positions) =>
    tests.every((test) => test(doc, positions));

/** Records the matching index under every array path the condition may have gone through. */
const atPath =
  (path: string, condition: Condition): Predicate =>
  (doc, positions) => {
    const hit = condition(doc);
    if (hit === false) return false;
    if (hit !== true && positions) positions.set(path, hit.index);
    return true;
  };

/** The index the positional `$` of an update path stands for. */
export function positionFor(arrayPath: string, positions: Positions): number {
  for (const [path, index] of positions) {
    if (path === arrayPath || path.startsWith(`${arrayPath}.`)) return index;
  }
  throw new CommandError(2, "The positional operator did not find the match needed from the query.");
}

// Compiles the update of a write command; applying it makes a new document and never changes the old one.
import { equal } from "./compare.js";
import { type Path, parsePath } from "./edit.js";
import { CommandError } from "./errors.js";
import { applyOperator, checkOperand, isOperator } from "./operators.js";
import { type ArrayFilters, compileArrayFilters, concretePaths } from "./positional.js";
import type { Positions } from "./query.js";
import { compileStages } from "./update-pipeline.js";
import { clone, type Doc, isDoc, own } from "./values.js";

export interface UpdateContext {
  readonly positions: Positions;
  /** True where an upsert makes a new document, the only time `$setOnInsert` counts. */
  readonly inserting: boolean;
  readonly now: Date;
}

export interface Update {
  /** True for a whole document, which may not go to many. */
  readonly replaces: boolean;
  /** @throws {CommandError} 66 where the update would change `_id` */
  readonly apply: (doc: Doc, context: UpdateContext) => Doc;
}

interface Edit {
  readonly operator: string;
  readonly path: Path;
  readonly operand: unknown;
}

export function compileUpdate(update: unknown, arrayFilters: unknown): Update {
  if (Array.isArray(update)) return { replaces: false, apply: keepingId(compileStages(update)) };
  if (!isDoc(update)) throw new CommandError(9, "an update must be a document or an array of stages");
  const filters = compileArrayFilters(arrayFilters);
  const operators = Object.keys(update).filter((name) => name.startsWith("$")).length;
  if (operators === 0) return { replaces: true, apply: replacement(update) };
  return { replaces: false, apply: keepingId(withOperators(compileEdits(update), filters)) };
}

const keepingId =
  (apply: Update["apply"]): Update["apply"] =>
  (doc, context) => {
    const after = apply(doc, context);
    if (Object.hasOwn(doc, "_id")) sameId(own(doc, "_id"), own(after, "_id"));
    return after;
  };

function sameId(before: unknown, after: unknown): void {
  if (after !== undefined && equal(before, after)) return;
  throw new CommandError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
}

/** `_id` stays, and stays first. */
function replacement(update: Doc): Update["apply"] {
  return (doc) => {
    const id = own(doc, "_id");
    if (id === undefined) return clone(update);
    if (Object.hasOwn(update, "_id")) sameId(id, own(update, "_id"));
    return { _id: id, ...without(clone(update), "_id") };
  };
}

function without(doc: Doc, field: string): Doc {
  delete doc[field];
  return doc;
}

function withOperators(edits: readonly Edit[], filters: ArrayFilters): Update["apply"] {
  return (doc, context) => {
    const after = clone(doc);
    // Which elements a filter names is decided on the document as it was.
    for (const { operator, path, operand } of edits) {
      for (const concrete of concretePaths(doc, path, context.positions, filters)) {
        applyOperator(operator, { doc: after, path: concrete, operand, context });
      }
    }
    return after;
  };
}

function compileEdits(update: Doc): Edit[] {
  const edits = Object.entries(update).flatMap(([operator, fields]) => editsOf(operator, fields));
  const targets = edits.flatMap(({ operator, path, operand }) =>
    operator === "$rename" ? [path, parsePath(String(operand))] : [path],
  );
  refuseConflicts(targets.map((path) => path.join(".")));
  return edits.sort((a, b) => inOrder(a.path, b.path));
}

function editsOf(operator: string, fields: unknown): Edit[] {
  if (!isOperator(operator)) {
    const hint = "Expected a valid update modifier or pipeline-style update specified as an array";
    throw new CommandError(9, `Unknown modifier: ${operator}. ${hint}`);
  }
  if (!isDoc(fields))
    throw new CommandError(9, `Modifiers operate on fields but ${operator} got something else`);
  return Object.entries(fields).map(([path, operand]) => {
    checkOperand(operator, path, operand);
    return { operator, path: parsePath(path), operand };
  });
}

function refuseConflicts(paths: readonly string[]): void {
  const sorted = paths.map((path) => `${path}.`).sort();
  sorted.forEach((path, at) => {
    const next = sorted[at + 1];
    if (!next?.startsWith(path)) return;
    const [shorter, longer] = [path.slice(0, -1), next.slice(0, -1)];
    throw new CommandError(40, `Updating the path '${longer}' would create a conflict at '${shorter}'`);
  });
}

/** MongoDB applies an update path by path, names in their order and indexes by number. */
function inOrder(a: Path, b: Path): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x = "", y = ""] = [a[i], b[i]];
    if (x !== y) return Number(x) - Number(y) || (x < y ? -1 : 1);
  }
  return a.length - b.length;
}

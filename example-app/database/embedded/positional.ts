// The positional parts of update paths: `$` (what the filter matched), `$[]` (all) and `$[name]` (arrayFilters).
import { getAt, type Path } from "./edit.js";
import { CommandError } from "./errors.js";
import { compileFilter, type Positions, type Predicate, positionFor } from "./query.js";
import { type Doc, isDoc } from "./values.js";

/** By identifier: whether an element, wrapped as `{ [identifier]: element }`, is meant. */
export type ArrayFilters = ReadonlyMap<string, Predicate>;

export function compileArrayFilters(filters: unknown): ArrayFilters {
  if (filters === undefined || filters === null) return new Map();
  if (!Array.isArray(filters)) throw new CommandError(14, "arrayFilters must be an array");
  return new Map(filters.map((filter) => [identifierOf(filter), compileFilter(filter as Doc)]));
}

function identifierOf(filter: unknown): string {
  if (!isDoc(filter)) throw new CommandError(14, "an array filter must be a document");
  const names = new Set(fieldsOf(filter).map((field) => field.split(".")[0] ?? ""));
  const [name] = names;
  if (name !== undefined && names.size === 1) return name;
  throw new CommandError(9, "Expected a single top-level field name in each array filter");
}

const fieldsOf = (filter: Doc): string[] =>
  Object.entries(filter).flatMap(([field, operand]) =>
    field.startsWith("$") && Array.isArray(operand) ? operand.filter(isDoc).flatMap(fieldsOf) : [field],
  );

/** The paths an update path means in this document, all positional parts replaced by indexes. */
export function concretePaths(doc: Doc, path: Path, positions: Positions, filters: ArrayFilters): Path[] {
  const at = path.findIndex((part) => part.startsWith("$"));
  const part = path[at];
  if (part === undefined) return [path];
  const array = path.slice(0, at);
  return indexesFor(doc, array, part, positions, filters).flatMap((index) =>
    concretePaths(doc, [...array, String(index), ...path.slice(at + 1)], positions, filters),
  );
}

function indexesFor(
  doc: Doc,
  array: Path,
  part: string,
  positions: Positions,
  filters: ArrayFilters,
): number[] {
  if (part === "$") return [positionFor(array.join("."), positions)];
  const list = getAt(doc, array);
  if (!Array.isArray(list)) {
    throw new CommandError(
      2,
      `The path '${array.join(".")}' must exist in the document to apply array updates.`,
    );
  }
  const name = part.slice(2, -1);
  const test = name === "" ? () => true : filterNamed(name, filters);
  return [...list.keys()].filter((index) => test({ [name]: list[index] }));
}

function filterNamed(name: string, filters: ArrayFilters): Predicate {
  const filter = filters.get(name);
  if (filter) return filter;
  throw new CommandError(2, `No array filter found for identifier '${name}'`);
}

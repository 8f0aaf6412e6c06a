// The document an upsert starts from: what its filter says must be equal.
import { isOperatorDoc } from "./conditions.js";
import { getAt, parsePath, setAt } from "./edit.js";
import { CommandError } from "./errors.js";
import { isRegex } from "./regex.js";
import { clone, type Doc, isDoc } from "./values.js";

/** @throws {CommandError} 54 where the filter asks one field to equal two values */
export function seedOf(filter: Doc): Doc {
  const seed: Doc = {};
  for (const [field, value] of equalities(filter)) {
    const path = parsePath(field);
    if (getAt(seed, path) !== undefined) throw notSingle(field);
    setAt(seed, path, clone(value));
  }
  return seed;
}

const notSingle = (field: string): CommandError =>
  new CommandError(54, `cannot infer query fields to set, path '${field}' is matched twice`);

function equalities(filter: Doc): [string, unknown][] {
  return Object.entries(filter).flatMap(([field, operand]): [string, unknown][] => {
    if (field === "$and" && Array.isArray(operand)) return operand.filter(isDoc).flatMap(equalities);
    if (field.startsWith("$")) return [];
    return equalTo(operand).map((value) => [field, value]);
  });
}

function equalTo(operand: unknown): unknown[] {
  if (isRegex(operand)) return [];
  if (!isOperatorDoc(operand)) return [operand];
  return Object.hasOwn(operand, "$eq") ? [operand.$eq] : [];
}

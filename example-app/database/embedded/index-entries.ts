// One index of a collection: which keys a document has in it, and who holds each key of a unique one.
import { CommandError } from "./errors.js";
import { coverage, type IndexSpec } from "./index-spec.js";
import { MISSING, reach } from "./paths.js";
import type { Predicate } from "./query.js";
import { type Doc, keyOf, put } from "./values.js";

export interface Index {
  readonly spec: IndexSpec;
  readonly covers: Predicate;
  /** Of a unique index: the id key of the document that holds each entry. */
  readonly holders: Map<string, string>;
}

interface Entry {
  readonly key: string;
  readonly values: Doc;
}

export const createIndex = (spec: IndexSpec): Index => ({ spec, covers: coverage(spec), holders: new Map() });

/**
 * Asks before anything is changed.
 *
 * @param id whose keys do not count, that of the document to be replaced; none for an insert
 * @throws {CommandError} 11000 where another document holds a key
 */
export function checkUnique(index: Index, namespace: string, id: string | undefined, doc: Doc): void {
  if (!index.spec.unique) return;
  for (const { key, values } of entriesOf(index, doc)) {
    const holder = index.holders.get(key);
    if (holder !== undefined && holder !== id) throw duplicate(index.spec, namespace, values);
  }
}

function duplicate({ name, key }: IndexSpec, namespace: string, values: Doc): CommandError {
  const shown = Object.entries(values).map(([field, value]) => `${field}: ${JSON.stringify(value)}`);
  return new CommandError(
    11000,
    `E11000 duplicate key error collection: ${namespace} index: ${name} dup key: { ${shown.join(", ")} }`,
    { keyPattern: key, keyValue: values },
  );
}

export function addEntries(index: Index, id: string, doc: Doc): void {
  if (index.spec.unique) for (const { key } of entriesOf(index, doc)) index.holders.set(key, id);
}

export function removeEntries(index: Index, doc: Doc): void {
  if (index.spec.unique) for (const { key } of entriesOf(index, doc)) index.holders.delete(key);
}

/** A document has a key for every element of an array in it, and none where the index is sparse or partial. */
function entriesOf({ spec, covers }: Index, doc: Doc): Entry[] {
  if (!covers(doc)) return [];
  const columns = Object.keys(spec.key).map((field): [string, unknown[]] => [field, valuesAt(doc, field)]);
  if (spec.sparse && columns.every(([, values]) => values.every((value) => value === MISSING))) return [];
  return combinations(columns).map((values) => ({ key: keyOf(Object.values(values)), values }));
}

function valuesAt(doc: Doc, field: string): unknown[] {
  const values = reach(doc, field, true).map(({ value }) => value);
  const spread = Array.isArray(values.at(-1)) && values.length > 1 ? values.slice(0, -1) : values;
  return spread.length === 0 ? [MISSING] : spread;
}

function combinations(columns: readonly [string, unknown[]][]): Doc[] {
  return columns.reduce<Doc[]>(
    (rows, [field, values]) =>
      rows.flatMap((row) => values.map((value) => withField(row, field, value === MISSING ? null : value))),
    [{}],
  );
}

function withField(row: Doc, field: string, value: unknown): Doc {
  const copy = { ...row };
  put(copy, field, value);
  return copy;
}

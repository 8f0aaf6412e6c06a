// What createIndexes may ask for, checked and completed; what a collection lists back.
import { CommandError, notOffered } from "./errors.js";
import { isNumber } from "./numbers.js";
import { compileFilter, type Predicate } from "./query.js";
import { type Doc, integer, isDoc, keyOf, numeric, own } from "./values.js";

export interface IndexSpec {
  readonly name: string;
  readonly key: Doc;
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly expireAfterSeconds: number | undefined;
  readonly partialFilterExpression: Doc | undefined;
}

const IGNORED = new Set(["v", "background", "ns", "hidden"]);
const KNOWN = new Set(["name", "key", "unique", "sparse", "expireAfterSeconds", "partialFilterExpression"]);

export const ID_INDEX: IndexSpec = {
  name: "_id_",
  key: { _id: integer(1) },
  unique: true,
  sparse: false,
  expireAfterSeconds: undefined,
  partialFilterExpression: undefined,
};

/** @throws {CommandError} 67 for what is no index, 238 for kinds and options only a real MongoDB has */
export function parseIndex(spec: unknown): IndexSpec {
  if (!isDoc(spec)) throw new CommandError(14, "each index must be a document");
  refuseOptions(spec);
  const key = own(spec, "key");
  if (!isDoc(key) || Object.keys(key).length === 0)
    throw new CommandError(67, "Index keys cannot be an empty object");
  for (const [field, kind] of Object.entries(key)) checkKey(field, kind);
  const partial = own(spec, "partialFilterExpression");
  if (partial !== undefined && !isDoc(partial))
    throw new CommandError(67, "partialFilterExpression must be a document");
  if (partial) compileFilter(partial);
  return {
    name: nameOf(spec, key),
    key,
    unique: own(spec, "unique") === true,
    sparse: own(spec, "sparse") === true,
    expireAfterSeconds: lifetimeOf(own(spec, "expireAfterSeconds"), key),
    partialFilterExpression: partial,
  };
}

function refuseOptions(spec: Doc): void {
  for (const [option, value] of Object.entries(spec)) {
    if (KNOWN.has(option) || IGNORED.has(option)) continue;
    if (option === "collation" && isDoc(value) && own(value, "locale") === "simple") continue;
    throw notOffered(`the index option '${option}'`);
  }
  if (own(spec, "sparse") === true && isDoc(own(spec, "partialFilterExpression"))) {
    throw new CommandError(67, "cannot mix 'partialFilterExpression' and 'sparse' options");
  }
}

function checkKey(field: string, kind: unknown): void {
  if (typeof kind === "string") throw notOffered(`an index of kind '${kind}'`);
  if (field.includes("$**")) throw notOffered("a wildcard index");
  if (!isNumber(kind) || Number(numeric(kind)) === 0)
    throw new CommandError(67, `Values in the index key pattern cannot be 0`);
}

function nameOf(spec: Doc, key: Doc): string {
  const name = own(spec, "name");
  if (typeof name === "string" && name !== "") return name;
  return Object.entries(key)
    .map(([field, direction]) => `${field}_${String(numeric(direction))}`)
    .join("_");
}

function lifetimeOf(seconds: unknown, key: Doc): number | undefined {
  if (seconds === undefined) return undefined;
  const value = isNumber(seconds) ? Number(numeric(seconds)) : -1;
  if (!(value >= 0))
    throw new CommandError(67, "TTL index 'expireAfterSeconds' option must be a number of 0 or more");
  if (Object.keys(key).length > 1) throw new CommandError(67, "TTL indexes are single-field indexes");
  return value;
}

/** What two indexes must share to be the same index. */
export const identityOf = ({ name: _name, ...rest }: IndexSpec): string =>
  keyOf(described({ ...rest, name: "" }));

/** As listIndexes shows it: only the options that were given. */
export function described(spec: IndexSpec): Doc {
  const { name, key, unique, sparse, expireAfterSeconds, partialFilterExpression } = spec;
  return {
    v: integer(2),
    key,
    name,
    ...(unique && name !== "_id_" ? { unique } : {}),
    ...(sparse ? { sparse } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds: integer(expireAfterSeconds) }),
    ...(partialFilterExpression ? { partialFilterExpression } : {}),
  };
}

/** Whether a document belongs to a partial index. */
export const coverage = ({ partialFilterExpression }: IndexSpec): Predicate =>
  partialFilterExpression ? compileFilter(partialFilterExpression) : () => true;

// What a BSON value is: its kind, its clone, and the one text that equal values share.
import { type Binary, type BSONRegExp, calculateObjectSize, Double, Int32, type Long, serialize } from "bson";

export type Doc = { [field: string]: unknown };

/** The kinds of MongoDB's comparison order; values of different kinds never compare in a query. */
export type Kind =
  | "minKey"
  | "null"
  | "number"
  | "string"
  | "object"
  | "array"
  | "binData"
  | "objectId"
  | "bool"
  | "date"
  | "timestamp"
  | "regex"
  | "javascript"
  | "maxKey";

// Two copies of bson may be loaded (ESM and CJS), so values are told by their tag and never by instanceof.
const BSON_VERSION = Symbol.for("@@mdb.bson.version");

const KIND_OF_TAG: { readonly [tag: string]: Kind } = {
  Int32: "number",
  Double: "number",
  Long: "number",
  Decimal128: "number",
  BSONSymbol: "string",
  Binary: "binData",
  ObjectId: "objectId",
  Timestamp: "timestamp",
  BSONRegExp: "regex",
  Code: "javascript",
  DBRef: "object",
  MinKey: "minKey",
  MaxKey: "maxKey",
};

const KIND_OF_TYPE: { readonly [type: string]: Kind } = {
  number: "number",
  bigint: "number",
  string: "string",
  boolean: "bool",
};

/** The BSON class of a value ("Int32", "Long", ...), or undefined for plain JavaScript values. */
export function tagOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !(BSON_VERSION in value)) return undefined;
  return "_bsontype" in value && typeof value._bsontype === "string" ? value._bsontype : undefined;
}

export function kindOf(value: unknown): Kind {
  if (value === null || value === undefined) return "null";
  if (typeof value !== "object") return KIND_OF_TYPE[typeof value] ?? "javascript";
  if (Array.isArray(value)) return "array";
  if (value instanceof Date) return "date";
  if (value instanceof RegExp) return "regex";
  const tag = tagOf(value);
  return tag === undefined ? "object" : (KIND_OF_TAG[tag] ?? "javascript");
}

export const isDoc = (value: unknown): value is Doc =>
  kindOf(value) === "object" && tagOf(value) === undefined && !ArrayBuffer.isView(value);

export const own = (doc: Doc, field: string): unknown => (Object.hasOwn(doc, field) ? doc[field] : undefined);

/** Plain assignment would take "__proto__" for the prototype. */
export function put(doc: Doc, field: string, value: unknown): void {
  Object.defineProperty(doc, field, { value, writable: true, enumerable: true, configurable: true });
}

/** A number to compare with: bigint where a double would lose digits (JavaScript compares both exactly). */
export function numeric(value: unknown): number | bigint {
  if (typeof value === "number" || typeof value === "bigint") return value;
  switch (tagOf(value)) {
    case "Int32":
    case "Double":
      return (value as Int32 | Double).value;
    case "Long":
      return (value as Long).toBigInt();
    default:
      return decimal(String(value));
  }
}

const decimal = (text: string): number | bigint => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text));

/** One text per value: equal to MongoDB (1, 1.0 and Long 1 are) means equal text, and only then. */
export function keyOf(value: unknown): string {
  switch (kindOf(value)) {
    case "null":
      return "null";
    case "number":
      return `n${numberText(numeric(value))}`;
    case "string":
      return `s${JSON.stringify(String(value))}`;
    case "array":
      return `[${(value as unknown[]).map(keyOf).join(",")}]`;
    case "object":
      return `{${Object.entries(value as Doc)
        .map(([field, inner]) => `${JSON.stringify(field)}:${keyOf(inner)}`)
        .join(",")}}`;
    case "date":
      return `d${(value as Date).getTime()}`;
    case "binData":
      return `b${(value as Binary).sub_type}:${Buffer.from(bytesOf(value)).toString("base64")}`;
    case "regex":
      return `r${JSON.stringify([(value as BSONRegExp).pattern, (value as BSONRegExp).options])}`;
    default:
      return `${kindOf(value)}:${String(value)}`;
  }
}

function numberText(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

export const bytesOf = (value: unknown): Uint8Array => (value as Binary).value();

/**
 * A deep copy that owns its memory: a decoded Binary is a view that keeps its whole message alive.
 * Leaves other than Binary are never changed by anyone, so they are shared.
 */
export function clone<T>(value: T): T {
  if (Array.isArray(value)) return value.map(clone) as T;
  if (isDoc(value)) return cloneDoc(value) as T;
  if (tagOf(value) === "Binary") return copyBinary(value as unknown as Binary) as T;
  return value;
}

function cloneDoc(doc: Doc): Doc {
  const copy: Doc = {};
  for (const field of Object.keys(doc)) put(copy, field, clone(doc[field]));
  return copy;
}

function copyBinary(binary: Binary): Binary {
  const BinaryClass = binary.constructor as new (bytes: Uint8Array, subtype: number) => Binary;
  return new BinaryClass(Uint8Array.from(bytesOf(binary)), binary.sub_type);
}

export const encode = (doc: Doc): Uint8Array => serialize(doc, { ignoreUndefined: false });

export const sizeOf = (doc: Doc): number => calculateObjectSize(doc, { ignoreUndefined: false });

export const sameBytes = (a: Doc, b: Doc): boolean => Buffer.compare(encode(a), encode(b)) === 0;

/** A whole number as MongoDB would store it: int32 where it fits. */
export const integer = (value: number): Int32 | Double =>
  Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? new Int32(value) : new Double(value);

// The type names and numbers of `$type`.
import { badValue } from "./errors.js";
import { MISSING } from "./paths.js";
import { kindOf, numeric, tagOf } from "./values.js";

const NAMES: { readonly [number: string]: string } = {
  "1": "double",
  "2": "string",
  "3": "object",
  "4": "array",
  "5": "binData",
  "7": "objectId",
  "8": "bool",
  "9": "date",
  "10": "null",
  "11": "regex",
  "13": "javascript",
  "14": "symbol",
  "16": "int",
  "17": "timestamp",
  "18": "long",
  "19": "decimal",
  "-1": "minKey",
  "127": "maxKey",
};

const KNOWN = new Set([...Object.values(NAMES), "number"]);

const NUMBER_TYPES: { readonly [tag: string]: string } = {
  Int32: "int",
  Double: "double",
  Long: "long",
  Decimal128: "decimal",
};

/** The name `$type` has for a value. */
export function typeOf(value: unknown): string {
  if (value === MISSING) return "missing";
  const tag = tagOf(value) ?? "";
  if (tag === "BSONSymbol") return "symbol";
  return kindOf(value) === "number" ? (NUMBER_TYPES[tag] ?? "double") : kindOf(value);
}

/** @throws {CommandError} 2 for a type MongoDB does not know */
export function compileTypes(operand: unknown): (value: unknown) => boolean {
  const wanted = new Set((Array.isArray(operand) ? operand : [operand]).map(nameOf));
  return (value) =>
    value !== MISSING && (wanted.has(typeOf(value)) || (wanted.has("number") && kindOf(value) === "number"));
}

function nameOf(type: unknown): string {
  const name = kindOf(type) === "number" ? NAMES[String(numeric(type))] : String(type);
  if (name !== undefined && KNOWN.has(name)) return name;
  throw badValue(`Unknown type name alias: ${String(type)}`);
}

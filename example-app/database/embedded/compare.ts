// MongoDB's comparison order over all BSON values, and the type bracketing of its queries.
import type { BSONRegExp } from "bson";
import { bytesOf, type Doc, type Kind, kindOf, numeric } from "./values.js";

const ORDER: readonly Kind[] = [
  "minKey",
  "null",
  "number",
  "string",
  "object",
  "array",
  "binData",
  "objectId",
  "bool",
  "date",
  "timestamp",
  "regex",
  "javascript",
  "maxKey",
];

/** Negative, zero or positive, as a sort and `$max` want it. */
export function compare(a: unknown, b: unknown): number {
  const kind = kindOf(a);
  const order = ORDER.indexOf(kind) - ORDER.indexOf(kindOf(b));
  return order === 0 ? compareSameKind(kind, a, b) : order;
}

export const equal = (a: unknown, b: unknown): boolean => compare(a, b) === 0;

/** Whether a query compares the two at all: same kind, and NaN only with itself. */
export const comparable = (a: unknown, b: unknown): boolean =>
  kindOf(a) === kindOf(b) && (kindOf(a) !== "number" || isNaNValue(a) === isNaNValue(b));

const isNaNValue = (value: unknown): boolean => Number.isNaN(numeric(value));

function compareSameKind(kind: Kind, a: unknown, b: unknown): number {
  switch (kind) {
    case "number":
      return compareNumbers(numeric(a), numeric(b));
    case "string":
      return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
    case "object":
      return compareDocs(a as Doc, b as Doc);
    case "array":
      return compareLists(a as unknown[], b as unknown[]);
    case "binData":
      return compareBinary(a, b);
    case "bool":
      return Number(a) - Number(b);
    case "date":
      return (a as Date).getTime() - (b as Date).getTime();
    case "timestamp":
      return compareNumbers(BigInt(String(a)), BigInt(String(b)));
    case "regex":
      return compareTexts(regexText(a), regexText(b));
    default:
      return compareTexts(String(a), String(b));
  }
}

const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const regexText = (value: unknown): string => {
  const { pattern, options } = value as BSONRegExp;
  return `${pattern}\0${options}`;
};

function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Field by field: first the kind, then the name, then the value. */
function compareDocs(a: Doc, b: Doc): number {
  const [left, right] = [Object.entries(a), Object.entries(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareFields(left[i] ?? ["", null], right[i] ?? ["", null]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareFields([nameA, a]: [string, unknown], [nameB, b]: [string, unknown]): number {
  const kinds = ORDER.indexOf(kindOf(a)) - ORDER.indexOf(kindOf(b));
  return kinds || compareTexts(nameA, nameB) || compare(a, b);
}

/** Length, then subtype, then bytes. */
function compareBinary(a: unknown, b: unknown): number {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  const subtypes = (a as { sub_type: number }).sub_type - (b as { sub_type: number }).sub_type;
  return left.length - right.length || subtypes || Buffer.compare(left, right);
}

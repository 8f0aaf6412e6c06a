// Arithmetic on BSON numbers: int32 stays int32 while it fits, then becomes int64; a double makes a double.
import { Double, Int32, Long } from "bson";
import { CommandError, notOffered } from "./errors.js";
import { kindOf, numeric, tagOf } from "./values.js";

export type Arithmetic = "add" | "multiply";

export const isNumber = (value: unknown): boolean => kindOf(value) === "number";

/** @throws {CommandError} 2 where an int64 overflows */
export function calculate(operation: Arithmetic, a: unknown, b: unknown): Int32 | Double | Long {
  const tags = [tagOf(a), tagOf(b)];
  if (tags.includes("Decimal128")) throw notOffered("arithmetic on Decimal128");
  if (tags.every((tag) => tag === "Int32" || tag === "Long")) return whole(operation, a, b, tags);
  const [x, y] = [Number(numeric(a)), Number(numeric(b))];
  return new Double(operation === "add" ? x + y : x * y);
}

function whole(operation: Arithmetic, a: unknown, b: unknown, tags: readonly unknown[]): Int32 | Long {
  const [x, y] = [BigInt(numeric(a)), BigInt(numeric(b))];
  const result = operation === "add" ? x + y : x * y;
  if (!tags.includes("Long") && BigInt.asIntN(32, result) === result) return new Int32(Number(result));
  if (BigInt.asIntN(64, result) === result) return Long.fromBigInt(result);
  throw new CommandError(2, "the operation would overflow a 64-bit integer");
}

/** What `$mul` makes of a missing field: zero, in the type of the operand. */
export function zeroLike(value: unknown): Int32 | Double | Long {
  const tag = tagOf(value);
  return tag === "Long" ? Long.ZERO : tag === "Double" ? new Double(0) : new Int32(0);
}

/** A number a command carries, such as a limit; @throws {CommandError} 14 for anything else. */
export function numberOf(name: string, value: unknown, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  if (isNumber(value)) return Number(numeric(value));
  throw new CommandError(14, `field '${name}' must be a number`);
}

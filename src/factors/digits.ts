/** What people type where a code is asked for. */

import { compact } from "../core/typed.js";

const ANY_DIGIT = /\p{Nd}/gu;

/**
 * The digits somebody typed, in ASCII: separators dropped, digits of any script read. Not a string, or anything
 * else left over: undefined.
 */
export function parseDigits(input: unknown, length: number): string | undefined {
  const digits = compact(input)?.replace(ANY_DIGIT, toAscii);
  return digits?.length === length && /^[0-9]+$/.test(digits) ? digits : undefined;
}

/** Unicode keeps the ten digits of a script together, and such tens side by side: the place in the row tells. */
function toAscii(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  let first = point;
  while (isDigit(first - 1)) first -= 1;
  return String((point - first) % 10);
}

function isDigit(point: number): boolean {
  return /\p{Nd}/u.test(String.fromCodePoint(point));
}

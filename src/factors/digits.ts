/** What people type where a code is asked for. */

/** Blanks and hyphens of any script, and the invisible marks that pasting brings along. */
const SEPARATORS = /[\s\p{Pd}\p{Cf}]/gu;
const ANY_DIGIT = /\p{Nd}/gu;
const MAX_LENGTH = 64;

/** Typed text in one form, without separators; undefined where it is no text, or too long for a code. */
export function compact(input: unknown): string | undefined {
  if (typeof input !== "string" || input.length > MAX_LENGTH) return undefined;
  return input.normalize("NFKC").replace(SEPARATORS, "");
}

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

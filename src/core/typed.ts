/** What people type where something was printed or read out to them. */

/** Blanks and hyphens of any script, and the invisible marks that pasting brings along. */
const SEPARATORS = /[\s\p{Pd}\p{Cf}]/gu;
const MAX_LENGTH = 64;

/** Typed text in one form, without separators; undefined where it is no text, or too long for a code. */
export function compact(input: unknown): string | undefined {
  if (typeof input !== "string" || input.length > MAX_LENGTH) return undefined;
  return input.normalize("NFKC").replace(SEPARATORS, "");
}

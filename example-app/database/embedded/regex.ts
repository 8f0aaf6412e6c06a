// Regular expressions as BSON carries them, turned into JavaScript's.
import type { BSONRegExp } from "bson";
import { CommandError, notOffered } from "./errors.js";
import { kindOf } from "./values.js";

export const isRegex = (value: unknown): boolean => kindOf(value) === "regex";

/** @throws {CommandError} 238 for the flag `x`, which JavaScript does not have */
export function toRegExp(source: unknown, options?: unknown): RegExp {
  const { pattern, flags } = parts(source);
  return build(pattern, options === undefined ? flags : String(options));
}

function parts(source: unknown): { pattern: string; flags: string } {
  if (source instanceof RegExp) return { pattern: source.source, flags: source.flags };
  if (!isRegex(source)) return { pattern: String(source), flags: "" };
  const { pattern, options } = source as BSONRegExp;
  return { pattern, flags: options };
}

function build(pattern: string, flags: string): RegExp {
  const unknown = [...flags].find((flag) => !"imsu".includes(flag));
  if (unknown === "x") throw notOffered("the regular expression flag x");
  if (unknown !== undefined) throw new CommandError(2, `invalid flag in regex options: ${unknown}`);
  try {
    return new RegExp(pattern, [...new Set(flags)].join(""));
  } catch (cause) {
    throw new CommandError(2, `Regular expression is invalid: ${String(cause)}`);
  }
}

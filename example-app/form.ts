/** What came in with a form, untrusted, and what is wrong with it, field by field. */
import { type FieldError, parsePhoneNumber } from "passport-second-factor";

/** A field that is missing, or no text, is empty. */
export function textsIn<K extends string>(body: unknown, ...names: K[]): Record<K, string> {
  const given = (body ?? {}) as Record<string, unknown>;
  const texts = names.map((name) => [name, typeof given[name] === "string" ? given[name] : ""]);
  return Object.fromEntries(texts) as Record<K, string>;
}

const MAX_NAME = 100;

export function nameProblems(name: string): FieldError[] {
  const isName = name.trim() !== "" && name.length <= MAX_NAME && !/\p{Cc}/u.test(name);
  return isName ? [] : [{ field: "name", message: "Enter your name." }];
}

/** A number that is given can be texted to; where there is one already it cannot be left out. */
export async function phoneProblems(
  given: { country: string; number: string },
  { has = false } = {},
): Promise<FieldError[]> {
  if (given.number.trim() === "" && !has) return [];
  const parsed = await parsePhoneNumber(given);
  return parsed.ok ? [] : parsed.errors;
}

/** The problems as pages show them: the first of each field. */
export function byField(problems: readonly FieldError[]): Record<string, string> {
  return Object.fromEntries(problems.toReversed().map(({ field, message }) => [field, message]));
}

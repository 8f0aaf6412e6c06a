/** What a new password must be like. Length counts, and nothing about which characters it has (NIST SP 800-63B-4 §3.1.1.2). */
import { misconfigured } from "../errors.js";

export interface PasswordRules {
  /** Characters, 8 to 64. Default 15: the least for a password that may be all that is asked for (NIST, ASVS 5.0 6.2.1). */
  minLength?: number;
  /** Characters, 64 to 1000. Default 200. Hash in a way that takes so many: bcrypt by itself drops all after 72 bytes. */
  maxLength?: number;
  /** Says why a password may not be chosen, such as one that is known to have leaked. Default: none is refused. */
  refuse?: (password: string, user: never) => string | undefined | Promise<string | undefined>;
}

export type Rules = Required<Omit<PasswordRules, "refuse">> & Pick<PasswordRules, "refuse">;

const MIN = { least: 8, most: 64, usual: 15 };
const MAX = { least: 64, most: 1000, usual: 200 };

/** @throws `misconfigured` */
export function rulesOf({ minLength = MIN.usual, maxLength = MAX.usual, refuse }: PasswordRules): Rules {
  check("minLength", minLength, MIN);
  check("maxLength", maxLength, MAX);
  if (refuse !== undefined && typeof refuse !== "function") {
    throw misconfigured("account({ refuse }) is a function: (password, user) => why, or undefined");
  }
  return { minLength, maxLength, ...(refuse ? { refuse } : {}) };
}

function check(name: string, value: unknown, { least, most }: { least: number; most: number }): void {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return;
  throw misconfigured(`account({ ${name} }) is a whole number from ${least} to ${most}`);
}

export const SAME = "Choose one you don't use now.";

/** What is wrong with it, ready to show. A character is a Unicode code point. */
export async function passwordProblem(
  { minLength, maxLength, refuse }: Rules,
  password: string,
  user: unknown,
): Promise<string | undefined> {
  const { length } = [...password];
  if (length < minLength) return `Use at least ${minLength} characters.`;
  if (length > maxLength) return `Use at most ${maxLength} characters.`;
  if (/\p{Cc}/u.test(password)) return "Use letters, digits, spaces and signs only.";
  return refuse?.(password, user as never);
}

/** Whether a password may be chosen: long, and not one that is guessed first (NIST SP 800-63B-4, 3.1.1.2). */
import { MAX_PASSWORD } from "./users.js";

export const MIN_PASSWORD = 12;

/** What passwords that everybody tries are made of. */
const COMMON = [
  "1234567890",
  "123456",
  "1234",
  "abcdefghijkl",
  "abcdef",
  "asdfghjkl",
  "iloveyou",
  "letmein",
  "password",
  "qwertyuiop",
  "qwerty",
  "welcome",
];

/** Fewer different characters than this, common words left out, are guessed. */
const LEAST_DIFFERENT = 6;

/**
 * What is wrong with a password; undefined where it may be chosen.
 *
 * @param own what is known of whoever chooses it: name, address, the shop's name
 */
export function passwordProblem(password: string, own: readonly string[]): string | undefined {
  const length = [...password].length;
  if (length < MIN_PASSWORD) return `Use at least ${MIN_PASSWORD} characters.`;
  if (password.length > MAX_PASSWORD) return `Use at most ${MAX_PASSWORD} characters.`;
  const rest = without(password.toLowerCase(), [...own.flatMap(wordsIn), ...COMMON]);
  const isGuessed = new Set(rest).size < LEAST_DIFFERENT;
  return isGuessed ? "That one is easy to guess. Choose another; several words work well." : undefined;
}

const wordsIn = (text: string) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2);

/** What is left of a text once the words are taken out, the longest first. */
function without(text: string, words: readonly string[]): string {
  const longestFirst = words.toSorted((one, other) => other.length - one.length);
  return longestFirst.reduce((rest, word) => rest.replaceAll(word, ""), text);
}

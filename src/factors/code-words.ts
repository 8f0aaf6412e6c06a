/** What a message with a code says a code is good for, and how names are fitted into a line of it. */
import type { CodeNote, Tools } from "../core/factor.js";
import { oneLine } from "../core/words.js";

/** What a message says besides the note: the product's name, and the site it belongs to. */
export type MessageTools = Pick<Tools, "issuer" | "origin">;

/** Of an action that has no description, or none that can be written. */
export const NO_DESCRIPTION = "confirm it's you";

/** What the code allows, as words after "to"; undefined where it is for something else than an action. */
export function actionOf(note: CodeNote): string | undefined {
  if (!note.purpose.startsWith("action:")) return undefined;
  return oneLine(note.description ?? "") || NO_DESCRIPTION;
}

/** "1 minute", "10 minutes". */
export function minutesOf(note: CodeNote): string {
  return `${note.minutes} ${note.minutes === 1 ? "minute" : "minutes"}`;
}

/**
 * The text, or as much of it as has room with `end` after it: cut between words where that keeps half of what fits,
 * else between letters. `sizeOf` is additive over letters.
 */
export function cutTo(room: number, text: string, end: string, sizeOf: (text: string) => number): string {
  if (sizeOf(text) <= room) return text;
  let left = room - sizeOf(end);
  if (left <= 0) return "";
  const isOver = (letter: string) => {
    left -= sizeOf(letter);
    return left < 0;
  };
  const letters = Array.from(text);
  const head = letters.slice(0, letters.findIndex(isOver)).join("");
  const blank = head.lastIndexOf(" ");
  const whole = text.startsWith(" ", head.length) || blank < head.length / 2 ? head : head.slice(0, blank);
  return whole.trimEnd() + end;
}

/** The text message that carries a code: one segment, in the alphabet of text messages. */
import type { Message } from "../core/delivery.js";
import type { CodeNote } from "../core/factor.js";
import { oneLine } from "../core/words.js";
import { SEGMENT, septets, toGsm7 } from "./code-gsm7.js";
import { actionOf, cutTo, type MessageTools, minutesOf, NO_DESCRIPTION } from "./code-words.js";

/** Of the last line: a longer one would leave no room for words. */
const MAX_LAST_LINE = 70;
/** The name's share of the room where it and the use are both too long. */
const ISSUER_SHARE = 1 / 3;

/**
 * The text message for a note. The code opens it; the last line is `@host #code`, by which browsers fill the code in
 * on that site only (https://wicg.github.io/sms-one-time-codes/), left out where the host is longer than 60 letters or
 * so. Name and description are transliterated and shortened until the whole is one segment. Does not check the number.
 */
export function textOf(note: CodeNote, { issuer, origin }: MessageTools): Message {
  const text = fitted(note, written(oneLine(issuer)), useOf(note), lastLineOf(note, origin));
  return { to: note.to, text, reference: note.reference, at: note.at };
}

function useOf(note: CodeNote): string {
  const action = actionOf(note);
  if (action) return written(action) || NO_DESCRIPTION;
  return note.purpose === "login" ? "sign in" : "add this number";
}

/** Empty where the alphabet has nothing of it. A name is then left out: the last line names the site. */
function written(text: string): string {
  // What a letter is spelled as may begin or end with a blank.
  const plain = oneLine(toGsm7(text));
  return /[^?\s]/.test(plain) ? plain : "";
}

function lastLineOf({ code }: CodeNote, origin: string): string {
  const line = `\n@${new URL(origin).hostname} #${code}`;
  return septets(line) <= MAX_LAST_LINE ? line : "";
}

/** One segment: of the name and the use, what there is room for; all else is whole. */
function fitted(note: CodeNote, issuer: string, use: string, lastLine: string): string {
  const write = (name: string, what: string) => `${sentence(note, name && `${name} `, what)}${lastLine}`;
  const room = SEGMENT - septets(write("", "")) - septets(" ");
  const issuerRoom = Math.max(room - septets(use), Math.floor(room * ISSUER_SHARE));
  const name = cutTo(issuerRoom, issuer, "...", septets);
  return write(name, cutTo(room - septets(name), use, "...", septets));
}

function sentence(note: CodeNote, name: string, use: string): string {
  return `${note.code} is your ${name}code to ${use}, valid ${minutesOf(note)}. Never share it.`;
}

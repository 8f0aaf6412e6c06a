/** `key`: a new key, and where it goes. */
import { randomBytes } from "node:crypto";
import { note, say, type Terminal } from "./terminal.js";

const BYTES = 32;

/** The key alone goes to stdout, so that it can be piped to where it is kept. */
export function printKey(terminal: Terminal, now: Date): void {
  const id = now.toISOString().slice(0, 7);
  note(
    terminal,
    "A new key. Keep it as you keep your session secret, such as in the environment,",
    "and put it first in `keys`; leave the old ones behind it until rotate-keys has",
    "run:",
    "",
    `  keys: [{ id: "${id}", secret: process.env.SECOND_FACTOR_KEY }, …]`,
    "",
  );
  say(terminal, randomBytes(BYTES).toString("base64url"));
}

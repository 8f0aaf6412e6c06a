/** `rotate-keys`: everything anew under the first key. May be stopped anywhere: what is done stays done. */

import type { Progress } from "../core/rotate-keys.js";
import type { KeysRotated } from "../express/administration.js";
import type { SecondFactor } from "../second-factor.js";
import { CommandError } from "./failures.js";
import { count, progressLine } from "./progress.js";
import { note, say, type Terminal } from "./terminal.js";
import { number, plain } from "./text.js";

/** @throws {CommandError} where something is left under another key, or it was interrupted */
export async function rotate(terminal: Terminal, { admin }: SecondFactor): Promise<void> {
  const rotated = await followed(terminal, (onProgress) => admin.rotateKeys({ onProgress }));
  const { people, resealed } = rotated;
  say(terminal, `People looked at: ${number(people)}; sealed anew: ${number(resealed)}.`);
  checkNothingIsLeft(rotated);
  const { first, others } = admin.keys();
  say(terminal, `Everything is sealed under key ${first}. ${droppable(others)}`);
}

function droppable(others: readonly string[]): string {
  if (others.length === 0) return "There is no other in `keys`.";
  return `These can be dropped from \`keys\`: ${others.join(", ")}.`;
}

const REFUSED = "The settings were not written by this app, and stayed as they are: save them anew first.";

function checkNothingIsLeft({ failed, settings }: KeysRotated): void {
  const head = `What is kept of these people (${failed.length}) stayed as it is:`;
  const people = failed.map(({ user, why }) => plain(`  ${user}: ${why}`));
  const left = [
    ...(settings === "refused" ? [REFUSED] : []),
    ...(people.length > 0 ? [head, ...people] : []),
  ];
  if (left.length > 0) throw new CommandError(["Keep every key for now.", ...left].join("\n"));
}

/** Shows how far it is; where it ends early, also how far it came. */
async function followed<T>(
  terminal: Terminal,
  work: (onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  const progress = progressLine(terminal);
  let ignore = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    ignore = terminal.onInterrupt(() => reject(new CommandError("Interrupted.")));
  });
  try {
    return await Promise.race([work(progress.show), interrupted]);
  } catch (error) {
    progress.end();
    note(
      terminal,
      `Stopped after ${count(progress.last())} people. What is done stays done: run it again to go on.`,
    );
    throw error;
  } finally {
    progress.end();
    ignore();
  }
}

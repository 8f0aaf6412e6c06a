/** Where the command line reads and writes: results to stdout, all the rest to stderr, so that results can be piped. */
import { userInfo } from "node:os";
import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";

type MaybeTerminal = { isTTY?: boolean };

export interface Terminal {
  stdin: Readable & MaybeTerminal;
  stdout: Writable & MaybeTerminal;
  stderr: Writable & MaybeTerminal;
  cwd: string;
  /** Who runs this, as the operating system calls them. */
  user: string;
  /** Calls back where the person wants it to stop; returns what takes that back. */
  onInterrupt(stop: () => void): () => void;
}

export function systemTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  return { stdin, stdout, stderr, cwd: process.cwd(), user: userName(), onInterrupt };
}

function onInterrupt(stop: () => void): () => void {
  process.once("SIGINT", stop).once("SIGTERM", stop);
  return () => process.off("SIGINT", stop).off("SIGTERM", stop);
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

/** A result. */
export function say({ stdout }: Terminal, ...lines: readonly string[]): void {
  for (const line of lines) stdout.write(`${line}\n`);
}

/** Anything about how it goes. */
export function note({ stderr }: Terminal, ...lines: readonly string[]): void {
  for (const line of lines) stderr.write(`${line}\n`);
}

/** Whether there is somebody to answer. */
export function canAsk({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** What the person types; nothing where they close the terminal. */
export async function ask({ stdin, stderr }: Terminal, question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    return (await Promise.race([lines.question(question), closed])).trim();
  } finally {
    lines.close();
  }
}

// A terminal that the test types at and reads from, and an app in memory to work on.
import { PassThrough } from "node:stream";
import type { Terminal } from "../../src/cli/terminal.js";
import {
  createSecondFactor,
  memoryStore,
  recoveryCodes,
  type SecondFactorOptions,
  totp,
} from "../../src/index.js";
import { manualClock } from "../../src/testing/index.js";
import { NEW_KEY, OLD_KEY } from "./command.js";

export interface FakeTerminal extends Terminal {
  out(): string;
  err(): string;
  /** Resolves once the question is on the screen, with the answer typed. */
  answer(question: string, text: string): Promise<void>;
  /** Ctrl-C. */
  interrupt(): void;
}

/** `isTTY`: with somebody in front of it. */
export function fakeTerminal({
  isTTY = false,
  cwd = "/",
}: {
  isTTY?: boolean;
  cwd?: string;
} = {}): FakeTerminal {
  const stream = () => Object.assign(new PassThrough(), { isTTY });
  const [stdin, stdout, stderr] = [stream(), stream(), stream()];
  let [out, err] = ["", ""];
  let stop = () => {};
  stdout.on("data", (chunk) => (out += chunk));
  stderr.on("data", (chunk) => (err += chunk));
  return {
    stdin,
    stdout,
    stderr,
    cwd,
    user: "root",
    onInterrupt(callback) {
      stop = callback;
      return () => {
        stop = () => {};
      };
    },
    out: () => out,
    err: () => err,
    answer: (question, text) =>
      new Promise((resolve) => {
        const look = () => {
          if (!err.includes(question)) return;
          stderr.off("data", look);
          stdin.write(text);
          resolve();
        };
        stderr.on("data", look);
        look();
      }),
    interrupt: () => stop(),
  };
}

export interface FakeUser {
  id: string;
  email: string;
  roles?: string[];
}

/** An app whose new key is first. */
export function appOf(users: readonly FakeUser[], options: Partial<SecondFactorOptions> = {}) {
  const clock = manualClock();
  const store = memoryStore(users);
  const secondFactor = createSecondFactor({
    issuer: "Acme",
    origins: ["https://acme.test"],
    keys: [NEW_KEY, OLD_KEY],
    store,
    factors: [totp(), recoveryCodes()],
    policy: { roles: { admin: { mode: "required" } } },
    clock,
    ...options,
  });
  return { clock, store, secondFactor };
}

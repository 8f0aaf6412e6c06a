/** One command from what was typed to its exit code. */
import { readFileSync } from "node:fs";
import { act } from "./act.js";
import { type AppCommand, readArguments } from "./arguments.js";
import { openConfig } from "./config.js";
import { told } from "./failures.js";
import { HELP } from "./help.js";
import { printKey } from "./key.js";
import { report } from "./report.js";
import { rotate } from "./rotate.js";
import { status } from "./status.js";
import { note, say, type Terminal } from "./terminal.js";

/** @returns the exit code: 0 done, 1 failed, 2 not understood. Never throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const command = readArguments(args);
    switch (command.name) {
      case "help":
        say(terminal, HELP);
        break;
      case "version":
        say(terminal, version());
        break;
      case "key":
        printKey(terminal, new Date());
        break;
      default:
        await withApp(terminal, command);
    }
    return 0;
  } catch (error) {
    const { exitCode, lines } = told(error);
    note(terminal, ...lines);
    return exitCode;
  }
}

function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

async function withApp(terminal: Terminal, command: AppCommand): Promise<void> {
  const { secondFactor, close } = await openConfig(command.config, terminal.cwd);
  try {
    switch (command.name) {
      case "status":
        return await status(terminal, secondFactor, command);
      case "report":
        return await report(terminal, secondFactor, command);
      case "rotate-keys":
        return await rotate(terminal, secondFactor);
      default:
        return await act(terminal, secondFactor, command);
    }
  } finally {
    await secondFactor.settled();
    await closed(terminal, close);
  }
}

/** A database that is away need not be waited for: the process ends anyway. */
const CLOSE_SECONDS = 3;

async function closed(terminal: Terminal, close: (() => unknown) | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_SECONDS * 1000);
  });
  try {
    await Promise.race([close?.(), late]);
  } catch (error) {
    note(terminal, `close() failed: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
}

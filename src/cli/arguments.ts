/** What was typed, as a command; what cannot be one is a usage error. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./failures.js";

interface Configured {
  /** Default: the first of the usual names. */
  config?: string;
}

export interface Acting extends Configured {
  name: "disable" | "unlock";
  /** Id, or account name. */
  user: string;
  reason?: string;
  by?: string;
  /** No question. */
  yes?: boolean;
}

export interface StatusCommand extends Configured {
  name: "status";
  user?: string;
  json?: boolean;
}

export interface ReportCommand extends Configured {
  name: "report";
  /** Path of a policy as JSON. */
  policy?: string;
  csv?: boolean;
}

export interface RotateCommand extends Configured {
  name: "rotate-keys";
}

export type AppCommand = StatusCommand | Acting | ReportCommand | RotateCommand;

export type Command = { name: "help" | "version" | "key" } | AppCommand;

const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;
const acting = { user: "required", options: { reason: TEXT, by: TEXT, yes: FLAG } } as const;

interface Shape {
  user: "none" | "optional" | "required";
  options: NonNullable<ParseArgsConfig["options"]>;
}

const SHAPES: Record<AppCommand["name"], Shape> = {
  status: { user: "optional", options: { json: FLAG } },
  disable: acting,
  unlock: acting,
  report: { user: "none", options: { policy: TEXT, csv: FLAG } },
  "rotate-keys": { user: "none", options: {} },
};

const ALONE: Record<string, "help" | "version" | "key"> = {
  help: "help",
  "--help": "help",
  "-h": "help",
  "--version": "version",
  key: "key",
};

/** @throws {UsageError} */
export function readArguments([name, ...rest]: readonly string[]): Command {
  const alone = name === undefined ? "help" : Object.hasOwn(ALONE, name) && ALONE[name];
  if (rest.includes("--help") || rest.includes("-h")) return { name: "help" };
  if (alone && rest.length === 0) return { name: alone };
  if (alone) throw new UsageError(`${name} takes nothing else`);
  if (name === undefined || !isAppCommand(name)) throw new UsageError(`there is no command "${name}"`);
  return appCommand(name, rest);
}

function isAppCommand(name: string): name is AppCommand["name"] {
  return Object.hasOwn(SHAPES, name);
}

function appCommand(name: AppCommand["name"], args: string[]): AppCommand {
  const { user: takes, options } = SHAPES[name];
  const { values, positionals } = parsed(args, { ...options, config: TEXT });
  const [user, ...more] = positionals;
  if (more.length > 0 || (takes === "none" && user !== undefined)) {
    throw new UsageError(`${name} does not take "${more[0] ?? user}"`);
  }
  if (takes === "required" && user === undefined)
    throw new UsageError(`${name} whom? Give an id or an account`);
  // The options are those of this very command.
  return { name, ...(user === undefined ? {} : { user }), ...values } as AppCommand;
}

function parsed(args: string[], options: Shape["options"]) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

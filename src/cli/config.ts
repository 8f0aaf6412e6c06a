/** The app's own set-up, by a file that exports it. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { SecondFactor } from "../second-factor.js";
import { CommandError, UsageError } from "./failures.js";

export interface Opened {
  secondFactor: SecondFactor;
  /** Disconnects the database. */
  close?: () => unknown;
}

const NAMES = ["js", "mjs", "ts"].map((extension) => `second-factor.config.${extension}`);

const EXAMPLE = `
  import mongoose from "mongoose";
  import { secondFactor } from "./second-factor.js";

  export default async () => {
    const options = { serverSelectionTimeoutMS: 3000 };
    await mongoose.connect(process.env.MONGODB_URI, options);
    return { secondFactor, close: () => mongoose.disconnect() };
  };`;

/** A function that waits for a database would wait for long. */
const READY_SECONDS = 10;

/** @throws {UsageError} where there is no such file; {CommandError} where it does not give what it should */
export async function openConfig(given: string | undefined, folder: string): Promise<Opened> {
  const file = fileOf(given, folder);
  const { default: exported } = await imported(file);
  const value = unwrapped(exported);
  const opened = typeof value === "function" ? await called(file, value as () => unknown) : value;
  if (isSecondFactor(opened)) return { secondFactor: opened };
  if (isRecord(opened) && isSecondFactor(opened["secondFactor"])) {
    const { secondFactor, close } = opened;
    if (close === undefined) return { secondFactor };
    if (typeof close === "function") return { secondFactor, close: () => close() as unknown };
  }
  throw new CommandError(
    `${file} should export what createSecondFactor returned, or a function that returns\n` +
      `it, or { secondFactor, close }. Write, such as:\n${EXAMPLE}`,
  );
}

function fileOf(given: string | undefined, folder: string): string {
  const names = given === undefined ? NAMES : [given];
  const found = names.map((name) => resolve(folder, name)).find((path) => existsSync(path));
  if (found) return found;
  if (given !== undefined) throw new UsageError(`there is no file ${resolve(folder, given)}`);
  throw new UsageError(
    `there is none of ${NAMES.join(", ")} in\n${folder}: write one, such as:\n${EXAMPLE}\n\nor name another with --config FILE.`,
  );
}

async function imported(file: string): Promise<{ default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    throw new CommandError(`${file} could not be read:\n${reasonOf(error)}${typeScriptHint(file, error)}`);
  }
}

async function called(file: string, open: () => unknown): Promise<unknown> {
  try {
    return await withinSeconds(READY_SECONDS, file, async () => open());
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`the function of ${file} failed:\n${reasonOf(error)}`);
  }
}

/** An error of the app's own code is found by its stack; of one of ours the message says what to do. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOwn = error.name === "SecondFactorError" || error.name.startsWith("Mongo");
  return isOwn ? error.message : (error.stack ?? error.message);
}

const TYPESCRIPT = [
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_MODULE_NOT_FOUND",
];

function typeScriptHint(file: string, error: unknown): string {
  const { code } = error as { code?: string };
  const isTypeScript = code === TYPESCRIPT[0] || (file.endsWith("ts") && TYPESCRIPT.includes(code ?? ""));
  if (!isTypeScript) return "";
  return (
    `\n\nNode ${process.versions.node} does not read all TypeScript. Install tsx and write:\n\n` +
    '  NODE_OPTIONS="--import tsx" npx passport-second-factor …\n\nor name a JavaScript file with --config FILE.'
  );
}

/** What a CommonJS module that was compiled has as its default export is one level deeper. */
function unwrapped(exported: unknown): unknown {
  return isRecord(exported) && "default" in exported ? exported["default"] : exported;
}

async function withinSeconds<T>(seconds: number, file: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new CommandError(`${file} is not ready after ${seconds} s: is the database up?`);
    timer = setTimeout(() => reject(error), seconds * 1000);
  });
  return Promise.race([work(), late]).finally(() => clearTimeout(timer));
}

/** By what it can do: the app may have another copy of the package. */
function isSecondFactor(value: unknown): value is SecondFactor {
  if (!isRecord(value) || typeof value["settled"] !== "function") return false;
  return isRecord(value["admin"]) && typeof value["admin"]["rotateKeys"] === "function";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

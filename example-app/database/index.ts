// Opens the database the example runs on, and says honestly which one it is: a given one, a mongod, or the embedded one.
import type { Embedded, EmbeddedOptions } from "./embedded/server.js";
import { type Running, type Steps, systemSteps } from "./steps.js";

export type { Embedded, EmbeddedOptions } from "./embedded/server.js";
export type { Running, Steps } from "./steps.js";

export interface Database {
  /** Without a database name, unless MONGODB_URI has one. */
  readonly uri: string;
  readonly kind: "given" | "mongod" | "embedded";
  /** One sentence for whoever started the process: which database this is, and why. */
  readonly line: string;
  readonly close: () => Promise<void>;
}

export interface OpenOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The ways to a database, in the order they are tried; tests put their own here. */
  readonly steps?: Steps;
}

/**
 * Takes `MONGODB_URI`; else a real mongod on the PATH, in the cache or downloaded; else the embedded database.
 *
 * Does not connect to a given URI. A mongod or an embedded database keeps its data until `close()` or the end
 * of the process, so neither is used under NODE_ENV=production.
 *
 * @throws {Error} under NODE_ENV=production without MONGODB_URI
 */
export async function openDatabase({ env = process.env, steps }: OpenOptions = {}): Promise<Database> {
  const given = env.MONGODB_URI;
  if (given)
    return { uri: given, kind: "given", line: "Database: the one of MONGODB_URI.", close: async () => {} };
  refuseProduction(env);
  const ways = steps ?? systemSteps(env);
  const reasons: string[] = [];
  return (await mongod(ways, reasons)) ?? embedded(await ways.embedded(), reasons);
}

/** The embedded database alone, for tests; @throws {Error} under NODE_ENV=production */
export async function startEmbedded(options?: EmbeddedOptions): Promise<Embedded> {
  refuseProduction(process.env);
  const { startServer } = await import("./embedded/server.js");
  return startServer(options);
}

function refuseProduction({ NODE_ENV }: NodeJS.ProcessEnv): void {
  if (NODE_ENV !== "production") return;
  throw new Error(
    "NODE_ENV=production needs a database that keeps its data: set MONGODB_URI, such as " +
      "MONGODB_URI=mongodb://user:password@host:27017/name. A temporary or embedded database is for development only.",
  );
}

/** Tries one mongod after the other; why none could be had is added to `reasons`. */
async function mongod(ways: Steps, reasons: string[]): Promise<Database | undefined> {
  for (const { find, where, none } of sources(ways, reasons)) {
    const binary = await find();
    if (binary === undefined) {
      if (none) reasons.push(none);
      continue;
    }
    const running = await ways
      .start(binary)
      .catch((error: unknown) => void reasons.push(`${binary} does not start: ${brief(error)}`));
    if (running) return { ...running, kind: "mongod", line: mongodLine(binary, where) };
  }
  return undefined;
}

interface Source {
  readonly find: () => Promise<string | undefined>;
  readonly where: string;
  /** What is said where it has none; a download says it itself. */
  readonly none: string | undefined;
}

const sources = (ways: Steps, reasons: string[]): Source[] => [
  { find: ways.onPath, where: "found on the PATH", none: "there is no mongod on the PATH" },
  { find: ways.cached, where: "downloaded before", none: "none was downloaded before" },
  { find: () => downloaded(ways, reasons), where: "downloaded just now", none: undefined },
];

async function downloaded(ways: Steps, reasons: string[]): Promise<string | undefined> {
  const obstacle = await ways.obstacle();
  if (obstacle !== undefined) return void reasons.push(`none can be downloaded (${obstacle})`);
  return ways
    .download()
    .catch((error: unknown) => void reasons.push(`the download failed (${brief(error)})`));
}

const brief = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";

const mongodLine = (binary: string, where: string): string =>
  `Database: a temporary mongod (${binary}, ${where}) in a folder of its own; its data go when this process ends.`;

const embedded = ({ uri, close }: Running, reasons: readonly string[]): Database => ({
  uri,
  close,
  kind: "embedded",
  line:
    "Database: the embedded stand-in for MongoDB, in this process and its memory, whose data go when the process " +
    `ends, because ${reasons.join(", ")}; another process can join at ${uri}`,
});

// What a command is: its handler, and the fields it takes; any other field is refused by name.
import type { Cursors } from "../cursors.js";
import type { Databases } from "../databases.js";
import { CommandError, notOffered } from "../errors.js";
import type { FailPoint } from "../failpoint.js";
import { type Doc, isDoc, own } from "../values.js";

/** Everything a handler may use. Handlers are synchronous, which is what makes each command atomic. */
export interface Session {
  readonly databases: Databases;
  readonly cursors: Cursors;
  readonly failPoint: FailPoint;
  readonly connectionId: number;
  readonly now: () => Date;
}

export interface Request {
  readonly database: string;
  readonly name: string;
  readonly body: Doc;
}

export interface Command {
  readonly run: (request: Request, session: Session) => Doc;
  readonly fields: ReadonlySet<string>;
}

export type Commands = ReadonlyMap<string, Command>;

/** @param fields the fields beside the command's own name and those every command takes, parted by spaces; `*` for any */
export const command = (run: Command["run"], fields = ""): Command => ({
  run,
  fields: new Set(fields.split(" ").filter((field) => field !== "")),
});

const EVERY_COMMAND_TAKES = new Set([
  "$db",
  "$readPreference",
  "$clusterTime",
  "lsid",
  "comment",
  "maxTimeMS",
  "readConcern",
  "writeConcern",
  "apiVersion",
  "apiStrict",
  "apiDeprecationErrors",
  "collation",
  "let",
]);

const TRANSACTION_FIELDS = ["txnNumber", "startTransaction", "autocommit"];

/** @throws {CommandError} 263 for a transaction, 238 or 40415 for an option that would be ignored otherwise */
export function checkFields({ name, body }: Request, { fields }: Command): void {
  if (TRANSACTION_FIELDS.some((field) => Object.hasOwn(body, field))) throw noTransactions();
  refuseOptions(body);
  if (fields.has("*")) return;
  for (const field of Object.keys(body)) {
    if (field === name || fields.has(field) || EVERY_COMMAND_TAKES.has(field)) continue;
    throw new CommandError(40415, `BSON field '${name}.${field}' is not offered by the embedded database`);
  }
}

/** Options of commands and of single writes that change what a query means. */
export function refuseOptions(body: Doc): void {
  const collation = own(body, "collation");
  if (isDoc(collation) && own(collation, "locale") !== "simple") throw notOffered("collation");
  const variables = own(body, "let") ?? own(body, "c");
  if (isDoc(variables) && Object.keys(variables).length > 0) throw notOffered("let");
}

export const noTransactions = (): CommandError =>
  new CommandError(263, "Transactions are not offered by the embedded database; use a real MongoDB for them");

/** The collection a command names as its own value. */
export function collectionName({ name, body }: Request): string {
  const collection = own(body, name);
  if (typeof collection === "string" && collection !== "") return collection;
  throw new CommandError(73, `collection name has invalid type or is empty in '${name}'`);
}

export function docOf(name: string, value: unknown): Doc {
  if (value === undefined || value === null) return {};
  if (isDoc(value)) return value;
  throw new CommandError(14, `field '${name}' must be a document`);
}

export function listOf(name: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new CommandError(14, `field '${name}' must be an array`);
}

// insert, update and delete: statement by statement, each failure reported beside what did succeed.
import { ObjectId } from "bson";
import { CommandError } from "../errors.js";
import { numberOf } from "../numbers.js";
import { compileFilter } from "../query.js";
import { clone, type Doc, integer, own, put } from "../values.js";
import {
  type Commands,
  collectionName,
  command,
  docOf,
  listOf,
  type Request,
  refuseOptions,
  type Session,
} from "./command.js";
import { compileChange, select, updateOne, upsert } from "./modify.js";

export const writeCommands: Commands = new Map([
  ["insert", command(insert, "documents ordered bypassDocumentValidation")],
  ["update", command(update, "updates ordered bypassDocumentValidation")],
  ["delete", command(remove, "deletes ordered")],
]);

/** Runs the statements in order and stops at the first failure, unless told that order does not matter. */
function each(
  statements: readonly unknown[],
  body: Doc,
  run: (statement: Doc, index: number) => void,
): Doc[] {
  const errors: Doc[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      run(docOf("statement", statement), index);
    } catch (error) {
      errors.push(writeError(index, error));
      if (own(body, "ordered") !== false) break;
    }
  }
  return errors;
}

function writeError(index: number, error: unknown): Doc {
  if (!(error instanceof CommandError)) throw error;
  return { index: integer(index), code: integer(error.code), ...error.details, errmsg: error.message };
}

const withErrors = (reply: Doc, errors: readonly Doc[]): Doc =>
  errors.length === 0 ? reply : { ...reply, writeErrors: errors };

function insert(request: Request, { databases }: Session): Doc {
  const { body, database } = request;
  const collection = databases.findOrCreate(database, collectionName(request));
  let n = 0;
  const errors = each(listOf("documents", own(body, "documents")), body, (document) => {
    collection.insert(withId(document));
    n++;
  });
  return withErrors({ n: integer(n) }, errors);
}

function withId(document: Doc): Doc {
  const doc: Doc = { _id: own(document, "_id") ?? new ObjectId() };
  for (const [field, value] of Object.entries(clone(document))) if (field !== "_id") put(doc, field, value);
  return doc;
}

interface Tally {
  matched: number;
  modified: number;
  readonly upserted: Doc[];
}

const UPDATE_FIELDS = new Set(["q", "u", "multi", "upsert", "arrayFilters", "hint", "collation", "c"]);
const DELETE_FIELDS = new Set(["q", "limit", "hint", "collation"]);

function checkStatement(statement: Doc, fields: ReadonlySet<string>): void {
  refuseOptions(statement);
  const unknown = Object.keys(statement).find((field) => !fields.has(field));
  if (unknown !== undefined)
    throw new CommandError(40415, `BSON field '${unknown}' is not offered by the embedded database`);
}

function update(request: Request, session: Session): Doc {
  const tally: Tally = { matched: 0, modified: 0, upserted: [] };
  const errors = each(listOf("updates", own(request.body, "updates")), request.body, (statement, index) => {
    checkStatement(statement, UPDATE_FIELDS);
    updateStatement(request, session, statement, index, tally);
  });
  const { matched, modified, upserted } = tally;
  const reply = { n: integer(matched + upserted.length), nModified: integer(modified) };
  return withErrors(upserted.length === 0 ? reply : { ...reply, upserted }, errors);
}

function updateStatement(
  request: Request,
  session: Session,
  statement: Doc,
  index: number,
  tally: Tally,
): void {
  const change = compileChange(own(statement, "q"), own(statement, "u"), own(statement, "arrayFilters"));
  const multi = own(statement, "multi") === true;
  if (multi && change.update.replaces) {
    throw new CommandError(9, "multi update is not supported for replacement-style update");
  }
  const name = collectionName(request);
  const collection = session.databases.find(request.database, name);
  const found = select(collection, change);
  for (const before of multi ? found : found.slice(0, 1)) {
    const target = session.databases.findOrCreate(request.database, name);
    const after = updateOne(target, before, change, session.now());
    tally.matched++;
    if (after !== before) tally.modified++;
  }
  if (found.length > 0 || own(statement, "upsert") !== true) return;
  const made = upsert(session.databases.findOrCreate(request.database, name), change, session.now());
  tally.upserted.push({ index: integer(index), _id: own(made, "_id") });
}

function remove(request: Request, { databases }: Session): Doc {
  const collection = databases.find(request.database, collectionName(request));
  let n = 0;
  const errors = each(listOf("deletes", own(request.body, "deletes")), request.body, (statement) => {
    checkStatement(statement, DELETE_FIELDS);
    const filter = docOf("q", own(statement, "q"));
    const found = collection?.select(filter, compileFilter(filter)) ?? [];
    for (const doc of limitOf(statement) === 1 ? found.slice(0, 1) : found) {
      collection?.remove(doc);
      n++;
    }
  });
  return withErrors({ n: integer(n) }, errors);
}

function limitOf(statement: Doc): number {
  const limit = numberOf("limit", own(statement, "limit"), -1);
  if (limit === 0 || limit === 1) return limit;
  throw new CommandError(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
}

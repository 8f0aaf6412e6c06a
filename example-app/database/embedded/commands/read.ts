// The commands that read: find, aggregate, count, distinct, and those of cursors.
import type { Batch } from "../cursors.js";
import { CommandError, notOffered } from "../errors.js";
import { isNumber, numberOf } from "../numbers.js";
import { MISSING, reach } from "../paths.js";
import { compileProjection } from "../projection.js";
import { compileFilter } from "../query.js";
import { sorted } from "../sort.js";
import { compilePipeline } from "../stages.js";
import { type Doc, integer, keyOf, own } from "../values.js";
import {
  type Commands,
  collectionName,
  command,
  docOf,
  listOf,
  type Request,
  type Session,
} from "./command.js";

const FIND_FIELDS =
  "filter sort projection skip limit batchSize singleBatch hint noCursorTimeout allowDiskUse allowPartialResults";

export const readCommands: Commands = new Map([
  ["find", command(find, FIND_FIELDS)],
  ["aggregate", command(aggregate, "pipeline cursor allowDiskUse hint bypassDocumentValidation")],
  ["count", command(count, "query limit skip hint fields")],
  ["distinct", command(distinct, "key query hint")],
  ["getMore", command(getMore, "collection batchSize")],
  ["killCursors", command(killCursors, "cursors")],
]);

function matching({ database, body }: Request, session: Session, name: string, filterField: string): Doc[] {
  const filter = docOf(filterField, own(body, filterField));
  const matches = compileFilter(filter);
  return session.databases.find(database, name)?.select(filter, matches) ?? [];
}

function window(docs: readonly Doc[], body: Doc): readonly Doc[] {
  const skip = numberOf("skip", own(body, "skip"), 0);
  const limit = Math.abs(numberOf("limit", own(body, "limit"), 0));
  if (skip < 0) throw new CommandError(51024, "BSON field 'skip' value must be >= 0");
  return docs.slice(skip, limit === 0 ? undefined : skip + limit);
}

function find(request: Request, session: Session): Doc {
  const { body, database } = request;
  const name = collectionName(request);
  const project = compileProjection(own(body, "projection"));
  const found = sorted(matching(request, session, name, "filter"), own(body, "sort"));
  const docs = window(found, body).map(project);
  const namespace = `${database}.${name}`;
  const { cursors, now } = session;
  if (own(body, "singleBatch") === true) return firstBatch(cursors.single(namespace, docs));
  return firstBatch(cursors.open(namespace, docs, now(), batchSize(body)));
}

function batchSize(options: Doc): number | undefined {
  const size = own(options, "batchSize");
  return size === undefined ? undefined : numberOf("batchSize", size, 0);
}

export const firstBatch = ({ id, ns, docs }: Batch): Doc => ({ cursor: { id, ns, firstBatch: docs } });

function aggregate(request: Request, session: Session): Doc {
  const { body, database } = request;
  if (isNumber(own(body, "aggregate"))) throw notOffered("an aggregation without a collection");
  const name = collectionName(request);
  const run = compilePipeline(own(body, "pipeline"));
  const docs = run(matching({ ...request, body: {} }, session, name, "query"));
  const options = docOf("cursor", own(body, "cursor"));
  return firstBatch(session.cursors.open(`${database}.${name}`, docs, session.now(), batchSize(options)));
}

function count(request: Request, session: Session): Doc {
  const docs = matching(request, session, collectionName(request), "query");
  return { n: integer(window(docs, request.body).length) };
}

function distinct(request: Request, session: Session): Doc {
  const key = own(request.body, "key");
  if (typeof key !== "string") throw new CommandError(14, "field 'key' must be a string");
  const docs = matching(request, session, collectionName(request), "query");
  const values = docs.flatMap((doc) => distinctIn(doc, key));
  return { values: [...new Map(values.map((value) => [keyOf(value), value])).values()] };
}

function distinctIn(doc: Doc, key: string): unknown[] {
  const values = reach(doc, key, true).map(({ value }) => value);
  const elements = Array.isArray(values.at(-1)) ? values.slice(0, -1) : values;
  return elements.filter((value) => value !== MISSING);
}

function getMore({ body, database }: Request, session: Session): Doc {
  const size = numberOf("batchSize", own(body, "batchSize"), 0);
  const namespace = `${database}.${String(own(body, "collection"))}`;
  const { id, ns, docs } = session.cursors.more(String(own(body, "getMore")), namespace, session.now(), size);
  return { cursor: { id, ns, nextBatch: docs } };
}

function killCursors({ body }: Request, { cursors }: Session): Doc {
  const ids = listOf("cursors", own(body, "cursors"));
  const killed = ids.filter((id) => cursors.close(String(id)));
  return {
    cursorsKilled: killed,
    cursorsNotFound: ids.filter((id) => !killed.includes(id)),
    cursorsAlive: [],
    cursorsUnknown: [],
  };
}

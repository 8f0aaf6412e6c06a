// The commands about collections, databases and indexes, and the failpoint.
import { CommandError, notOffered } from "../errors.js";
import { parseIndex } from "../index-spec.js";
import { compileFilter } from "../query.js";
import { type Doc, integer, isDoc, keyOf, own } from "../values.js";
import {
  type Command,
  type Commands,
  collectionName,
  command,
  docOf,
  listOf,
  type Request,
  type Session,
} from "./command.js";
import { firstBatch } from "./read.js";

export const adminCommands: Commands = new Map<string, Command>([
  ["create", command(create, "capped")],
  ["drop", command(drop)],
  ["dropDatabase", command(dropDatabase)],
  ["listCollections", command(listCollections, "filter nameOnly authorizedCollections cursor")],
  ["listDatabases", command(listDatabases, "filter nameOnly authorizedDatabases")],
  ["createIndexes", command(createIndexes, "indexes commitQuorum")],
  ["listIndexes", command(listIndexes, "cursor")],
  ["dropIndexes", command(dropIndexes, "index")],
  ["configureFailPoint", command(configureFailPoint, "mode data")],
]);

function create(request: Request, { databases }: Session): Doc {
  const name = collectionName(request);
  if (own(request.body, "capped") === true) throw notOffered("a capped collection");
  if (databases.find(request.database, name)) {
    throw new CommandError(48, `Collection ${request.database}.${name} already exists.`);
  }
  databases.findOrCreate(request.database, name);
  return {};
}

/** Dropping what is not there succeeds since MongoDB 7.0. */
function drop(request: Request, { databases }: Session): Doc {
  const name = collectionName(request);
  return databases.drop(request.database, name) ? { ns: `${request.database}.${name}` } : {};
}

function dropDatabase({ database }: Request, { databases }: Session): Doc {
  return databases.drop(database) ? { dropped: database } : {};
}

function listCollections({ body, database }: Request, { databases, cursors }: Session): Doc {
  const matches = compileFilter(docOf("filter", own(body, "filter")));
  const entries = databases.collections(database).map((name) => ({
    name,
    type: "collection",
    ...(own(body, "nameOnly") === true ? {} : { options: {}, info: { readOnly: false } }),
  }));
  return firstBatch(
    cursors.single(
      `${database}.$cmd.listCollections`,
      entries.filter((entry) => matches(entry)),
    ),
  );
}

function listDatabases({ body }: Request, session: Session): Doc {
  const matches = compileFilter(docOf("filter", own(body, "filter")));
  const entries = session.databases
    .names()
    .map(
      (name): Doc =>
        own(body, "nameOnly") === true ? { name } : { name, sizeOnDisk: integer(0), empty: false },
    );
  return { databases: entries.filter((entry) => matches(entry)), totalSize: integer(0) };
}

function createIndexes(request: Request, { databases }: Session): Doc {
  const name = collectionName(request);
  const specs = listOf("indexes", own(request.body, "indexes")).map(parseIndex);
  const createdCollectionAutomatically = databases.find(request.database, name) === undefined;
  const collection = databases.findOrCreate(request.database, name);
  const numIndexesBefore = integer(collection.indexes.length);
  for (const spec of specs) collection.createIndex(spec);
  return {
    numIndexesBefore,
    numIndexesAfter: integer(collection.indexes.length),
    createdCollectionAutomatically,
  };
}

function listIndexes(request: Request, { databases, cursors }: Session): Doc {
  const name = collectionName(request);
  const collection = databases.find(request.database, name);
  if (!collection) throw missing(request, name);
  return firstBatch(cursors.single(`${request.database}.${name}`, collection.listIndexes()));
}

const missing = ({ database }: Request, name: string): CommandError =>
  new CommandError(26, `ns does not exist: ${database}.${name}`);

function dropIndexes(request: Request, { databases }: Session): Doc {
  const name = collectionName(request);
  const collection = databases.find(request.database, name);
  if (!collection) throw missing(request, name);
  const nIndexesWas = integer(collection.indexes.length);
  const names = namesOf(own(request.body, "index"), collection.listIndexes());
  for (const index of names) collection.dropIndex(index);
  return { nIndexesWas };
}

/** By name, by key, several names, or `*` for all but that of `_id`. */
function namesOf(index: unknown, listed: readonly Doc[]): string[] {
  if (index === "*") return listed.map(({ name }) => String(name)).filter((name) => name !== "_id_");
  if (Array.isArray(index)) return index.map(String);
  if (!isDoc(index)) return [String(index)];
  const found = listed.find(({ key }) => keyOf(key) === keyOf(index));
  if (found) return [String(found.name)];
  throw new CommandError(27, `can't find index with key: ${JSON.stringify(index)}`);
}

function configureFailPoint({ body, database }: Request, { failPoint }: Session): Doc {
  if (database !== "admin")
    throw new CommandError(13, "configureFailPoint may only be run against the admin database.");
  failPoint.configure(body);
  return {};
}

// findAndModify: finds the first document in a given order and changes, inserts or removes it in one step.
import type { Collection } from "../collection.js";
import { CommandError } from "../errors.js";
import { compileProjection, type Projection } from "../projection.js";
import { compileFilter } from "../query.js";
import { sorted } from "../sort.js";
import { type Doc, integer, own } from "../values.js";
import {
  type Command,
  type Commands,
  collectionName,
  command,
  docOf,
  type Request,
  type Session,
} from "./command.js";
import { compileChange, select, updateOne, upsert } from "./modify.js";

const findAndModifyCommand: Command = command(
  findAndModify,
  "query sort remove update new fields upsert arrayFilters hint bypassDocumentValidation",
);

export const findAndModifyCommands: Commands = new Map([
  ["findAndModify", findAndModifyCommand],
  ["findandmodify", findAndModifyCommand],
]);

function findAndModify(request: Request, session: Session): Doc {
  const { body } = request;
  const project = compileProjection(own(body, "fields"));
  const removing = own(body, "remove") === true;
  if (removing && own(body, "update") !== undefined) {
    throw new CommandError(9, "Cannot specify both an update and remove=true");
  }
  if (!removing && own(body, "update") === undefined) {
    throw new CommandError(9, "Either an update or remove=true must be specified");
  }
  return removing ? removeOne(request, session, project) : changeOne(request, session, project);
}

function removeOne(request: Request, { databases }: Session, project: Projection): Doc {
  const { body, database } = request;
  const filter = docOf("query", own(body, "query"));
  const matches = compileFilter(filter);
  const collection = databases.find(database, collectionName(request));
  const [doc] = sorted(collection?.select(filter, matches) ?? [], own(body, "sort"));
  if (!collection || !doc) return { lastErrorObject: { n: integer(0) }, value: null };
  collection.remove(doc);
  return { lastErrorObject: { n: integer(1) }, value: project(doc) };
}

function changeOne(request: Request, session: Session, project: Projection): Doc {
  const { body, database } = request;
  const change = compileChange(own(body, "query"), own(body, "update"), own(body, "arrayFilters"));
  const name = collectionName(request);
  const collection: Collection | undefined = session.databases.find(database, name);
  const [before] = select(collection, change, own(body, "sort"));
  const returnsNew = own(body, "new") === true;
  if (collection && before) {
    const after = updateOne(collection, before, change, session.now());
    return outcome(project(returnsNew ? after : before), { n: integer(1), updatedExisting: true });
  }
  if (own(body, "upsert") !== true) return outcome(null, { n: integer(0), updatedExisting: false });
  const made = upsert(session.databases.findOrCreate(database, name), change, session.now());
  return outcome(returnsNew ? project(made) : null, {
    n: integer(1),
    updatedExisting: false,
    upserted: own(made, "_id"),
  });
}

const outcome = (value: Doc | null, lastErrorObject: Doc): Doc => ({ lastErrorObject, value });

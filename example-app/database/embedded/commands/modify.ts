// One update or upsert of one document, which update and findAndModify share.
import { ObjectId } from "bson";
import type { Collection } from "../collection.js";
import { CommandError } from "../errors.js";
import { compileFilter, type Positions, type Predicate } from "../query.js";
import { sorted } from "../sort.js";
import { compileUpdate, type Update } from "../update.js";
import { seedOf } from "../upsert.js";
import { type Doc, own, put, sameBytes, sizeOf } from "../values.js";
import { docOf } from "./command.js";

const MAX_DOCUMENT = 16 * 1024 * 1024;

/** A filter and an update, checked and ready before anything is touched. */
export interface Change {
  readonly filter: Doc;
  readonly matches: Predicate;
  readonly update: Update;
}

export function compileChange(filter: unknown, update: unknown, arrayFilters: unknown): Change {
  const query = docOf("q", filter);
  return { filter: query, matches: compileFilter(query), update: compileUpdate(update, arrayFilters) };
}

export const select = (collection: Collection | undefined, { filter, matches }: Change, sort?: unknown) =>
  sorted(collection?.select(filter, matches) ?? [], sort);

/** @returns what is stored now; the very same document where the update changes nothing */
export function updateOne(collection: Collection, before: Doc, change: Change, now: Date): Doc {
  const positions: Positions = new Map();
  change.matches(before, positions);
  const after = change.update.apply(before, { positions, inserting: false, now });
  if (sizeOf(after) > MAX_DOCUMENT) {
    throw new CommandError(17419, `Resulting document after update is larger than ${MAX_DOCUMENT}`);
  }
  if (sameBytes(before, after)) return before;
  collection.replace(before, after);
  return after;
}

/** Inserts what the filter says must be equal, updated; `_id` comes first and is made up where nobody gave one. */
export function upsert(collection: Collection, { filter, update }: Change, now: Date): Doc {
  const seed = update.replaces ? idOnly(seedOf(filter)) : seedOf(filter);
  const made = update.apply(seed, { positions: new Map(), inserting: true, now });
  const doc: Doc = { _id: own(made, "_id") ?? new ObjectId() };
  for (const [field, value] of Object.entries(made)) if (field !== "_id") put(doc, field, value);
  collection.insert(doc);
  return doc;
}

const idOnly = (seed: Doc): Doc => (Object.hasOwn(seed, "_id") ? { _id: own(seed, "_id") } : {});

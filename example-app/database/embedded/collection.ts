// A collection: documents in the order they came, and its indexes. Stored documents are never changed, only replaced.

import { isOperatorDoc } from "./conditions.js";
import { CommandError } from "./errors.js";
import { addEntries, checkUnique, createIndex, type Index, removeEntries } from "./index-entries.js";
import { described, ID_INDEX, type IndexSpec, identityOf } from "./index-spec.js";
import { reach } from "./paths.js";
import type { Predicate } from "./query.js";
import { isRegex } from "./regex.js";
import { type Doc, isDoc, keyOf, kindOf, own, sizeOf } from "./values.js";

const MAX_DOCUMENT = 16 * 1024 * 1024;

export class Collection {
  readonly namespace: string;
  readonly #docs = new Map<string, Doc>();
  readonly #indexes = new Map<string, Index>([[ID_INDEX.name, createIndex(ID_INDEX)]]);

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  get size(): number {
    return this.#docs.size;
  }

  /** The documents that match, in natural order; an equal `_id` in the filter is looked up directly. */
  select(filter: Doc, matches: Predicate): Doc[] {
    return this.#candidates(filter).filter((doc) => matches(doc));
  }

  #candidates(filter: Doc): Doc[] {
    const id = own(filter, "_id");
    if (id === undefined || id === null || isRegex(id) || isOperatorDoc(id)) return [...this.#docs.values()];
    const doc = this.#docs.get(keyOf(id));
    return doc ? [doc] : [];
  }

  /** @throws {CommandError} 11000 where a unique key is taken, and then nothing has changed */
  insert(doc: Doc): void {
    checkDocument(doc);
    const id = keyOf(own(doc, "_id"));
    for (const index of this.#indexes.values()) checkUnique(index, this.namespace, undefined, doc);
    for (const index of this.#indexes.values()) addEntries(index, id, doc);
    this.#docs.set(id, doc);
  }

  /** @throws {CommandError} 11000 as an insert does */
  replace(before: Doc, after: Doc): void {
    checkDocument(after);
    const id = keyOf(own(before, "_id"));
    for (const index of this.#indexes.values()) checkUnique(index, this.namespace, id, after);
    for (const index of this.#indexes.values()) {
      removeEntries(index, before);
      addEntries(index, id, after);
    }
    this.#docs.set(id, after);
  }

  remove(doc: Doc): void {
    for (const index of this.#indexes.values()) removeEntries(index, doc);
    this.#docs.delete(keyOf(own(doc, "_id")));
  }

  listIndexes(): Doc[] {
    return [...this.#indexes.values()].map(({ spec }) => described(spec));
  }

  /** @throws {CommandError} 85, 86 where an index of that name or key is another one, 11000 on what is stored */
  createIndex(spec: IndexSpec): void {
    if (this.#has(spec)) return;
    const index = createIndex(spec);
    for (const [id, doc] of this.#docs) {
      checkUnique(index, this.namespace, id, doc);
      addEntries(index, id, doc);
    }
    this.#indexes.set(spec.name, index);
  }

  #has(spec: IndexSpec): boolean {
    const key = shapeOf(spec);
    if (key === shapeOf(ID_INDEX)) return true;
    const sameName = this.#indexes.get(spec.name)?.spec;
    if (sameName && shapeOf(sameName) !== key) throw conflict(86, "name", spec);
    if (sameName && identityOf(sameName) !== identityOf(spec)) throw conflict(85, "name", spec);
    const sameKey = [...this.#indexes.values()].find((index) => shapeOf(index.spec) === key);
    if (sameKey && !sameName) throw conflict(85, "key", spec);
    return sameName !== undefined;
  }

  /** @throws {CommandError} 27 for an index that is not there, 72 for that of `_id` */
  dropIndex(name: string): void {
    if (name === ID_INDEX.name) throw new CommandError(72, "cannot drop _id index");
    if (!this.#indexes.delete(name)) throw new CommandError(27, `index not found with name [${name}]`);
  }

  get indexes(): readonly IndexSpec[] {
    return [...this.#indexes.values()].map(({ spec }) => spec);
  }

  /** Removes what its TTL indexes say is over; an array of dates counts by its earliest, as in MongoDB. */
  expire(now: Date): number {
    const over = [...this.#docs.values()].filter((doc) => this.#isOver(doc, now));
    for (const doc of over) this.remove(doc);
    return over.length;
  }

  #isOver(doc: Doc, now: Date): boolean {
    return [...this.#indexes.values()].some(({ spec, covers }) => {
      if (spec.expireAfterSeconds === undefined || !covers(doc)) return false;
      const deadline = now.getTime() - spec.expireAfterSeconds * 1000;
      return datesIn(doc, Object.keys(spec.key)[0] ?? "").some((date) => date.getTime() <= deadline);
    });
  }
}

/** Two partial indexes on one key are two indexes, as in MongoDB. */
const shapeOf = ({ key, partialFilterExpression }: IndexSpec): string =>
  keyOf([key, partialFilterExpression ?? null]);

const conflict = (code: 85 | 86, what: string, { name }: IndexSpec): CommandError =>
  new CommandError(
    code,
    `An existing index has the same ${what} as the requested index '${name}' but differs`,
  );

function checkDocument(doc: Doc): void {
  const id = own(doc, "_id");
  if (kindOf(id) === "array" || isRegex(id)) throw new CommandError(2, `can't use ${kindOf(id)} for _id`);
  if (isDoc(id) && Object.keys(id)[0]?.startsWith("$"))
    throw new CommandError(52, "_id fields may not start with $");
  if (sizeOf(doc) > MAX_DOCUMENT) {
    throw new CommandError(10334, `BSONObj size is invalid: a document may have ${MAX_DOCUMENT} bytes`);
  }
}

const datesIn = (doc: Doc, field: string): Date[] =>
  reach(doc, field, true).flatMap(({ value }) => (value instanceof Date ? [value] : []));

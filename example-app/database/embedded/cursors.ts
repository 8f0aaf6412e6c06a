// Open cursors: results already computed, handed out in batches that stay below 16 MB.
import { Long } from "bson";
import { CommandError } from "./errors.js";
import { type Doc, sizeOf } from "./values.js";

const MAX_BATCH_BYTES = 16 * 1024 * 1024;
const FIRST_BATCH = 101;
const IDLE_MS = 10 * 60_000;

interface OpenCursor {
  readonly namespace: string;
  readonly rest: readonly Doc[];
  usedAt: number;
}

export interface Batch {
  /** Zero once everything has been handed out; drivers insist on int64. */
  readonly id: Long;
  readonly ns: string;
  readonly docs: readonly Doc[];
}

export class Cursors {
  readonly #open = new Map<string, OpenCursor>();
  #next = 1;

  /** @param size documents in the first batch; zero leaves a cursor with everything still to come */
  open(ns: string, docs: readonly Doc[], now: Date, size = FIRST_BATCH): Batch {
    const first = batchOf(docs, size);
    return { id: this.#keep(ns, docs.slice(first.length), now), ns, docs: first };
  }

  /** A result that closes with its first batch. */
  single(ns: string, docs: readonly Doc[]): Batch {
    return { id: Long.ZERO, ns, docs: batchOf(docs, docs.length) };
  }

  #keep(namespace: string, rest: readonly Doc[], now: Date): Long {
    if (rest.length === 0) return Long.ZERO;
    const id = Long.fromNumber(this.#next++);
    this.#open.set(id.toString(), { namespace, rest, usedAt: now.getTime() });
    return id;
  }

  /** @throws {CommandError} 43 for a cursor that is closed, timed out or was never there */
  more(id: string, ns: string, now: Date, size: number): Batch {
    const cursor = this.#open.get(id);
    if (!cursor || cursor.namespace !== ns) throw new CommandError(43, `cursor id ${id} not found`);
    const docs = batchOf(cursor.rest, size === 0 ? Number.POSITIVE_INFINITY : size);
    const rest = cursor.rest.slice(docs.length);
    if (rest.length === 0) this.#open.delete(id);
    else this.#open.set(id, { namespace: ns, rest, usedAt: now.getTime() });
    return { id: rest.length === 0 ? Long.ZERO : Long.fromString(id), ns, docs };
  }

  close(id: string): boolean {
    return this.#open.delete(id);
  }

  /** Forgets cursors nobody has read for ten minutes, as mongod does. */
  expire(now: Date): void {
    for (const [id, { usedAt }] of this.#open) if (now.getTime() - usedAt > IDLE_MS) this.#open.delete(id);
  }
}

/** At least one document, then as many as fit in count and bytes. */
function batchOf(docs: readonly Doc[], size: number): readonly Doc[] {
  let bytes = 0;
  let count = 0;
  for (const doc of docs) {
    bytes += sizeOf(doc) + 16;
    if (count >= size || (count > 0 && bytes > MAX_BATCH_BYTES)) break;
    count++;
  }
  return docs.slice(0, count);
}

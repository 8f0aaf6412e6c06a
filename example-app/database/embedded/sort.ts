// Sorting documents: by several paths, an array counting by its least or greatest element.
import { compare } from "./compare.js";
import { CommandError, notOffered } from "./errors.js";
import { numberOf } from "./numbers.js";
import { MISSING, reach } from "./paths.js";
import { type Doc, isDoc } from "./values.js";

export type Order = (a: Doc, b: Doc) => number;

/** @throws {CommandError} 2 for a direction other than 1 and -1, 238 for `$meta` */
export function bySortKeys(sort: Doc): Order {
  const orders = Object.entries(sort).map(([path, direction]) => byPath(path, directionOf(direction)));
  return (a, b) => {
    for (const order of orders) {
      const outcome = order(a, b);
      if (outcome !== 0) return outcome;
    }
    return 0;
  };
}

function directionOf(value: unknown): number {
  if (isDoc(value)) throw notOffered(`sorting by ${Object.keys(value).join()}`);
  const direction = numberOf("sort", value, 0);
  if (Math.abs(direction) === 1) return direction;
  throw new CommandError(2, `$sort key ordering must be 1 (for ascending) or -1 (for descending)`);
}

const byPath =
  (path: string, direction: number): Order =>
  (a, b) =>
    direction * compare(sortKey(a, path, direction), sortKey(b, path, direction));

function sortKey(doc: Doc, path: string, direction: number): unknown {
  const reached = reach(doc, path, true).map(({ value }) => (value === MISSING ? null : value));
  const values = Array.isArray(reached.at(-1)) && reached.length > 1 ? reached.slice(0, -1) : reached;
  return values.reduce(
    (best, value) => (best === undefined || direction * compare(value, best) < 0 ? value : best),
    undefined,
  );
}

export function sorted(docs: readonly Doc[], sort: unknown): readonly Doc[] {
  if (sort === undefined || sort === null || (isDoc(sort) && Object.keys(sort).length === 0)) return docs;
  if (!isDoc(sort)) throw new CommandError(14, "the sort must be a document");
  return [...docs].sort(bySortKeys(sort));
}

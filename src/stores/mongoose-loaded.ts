/** Which user documents were just read from the database: only those may speak for the user without another read. */

/** Longer than any request takes from the session to the gate; a document kept in a cache is older than that. */
const FRESH_SECONDS = 5;

const loadedAt = new WeakMap<object, number>();

/** Notes what a query returned: one document, several, or none. */
export function noteLoaded(result: unknown): void {
  const documents: unknown[] = Array.isArray(result) ? result : [result];
  for (const document of documents) {
    if (typeof document === "object" && document !== null) loadedAt.set(document, performance.now());
  }
}

/**
 * Whether a query returned this very object a moment ago.
 *
 * False for what `Model.hydrate()` made of a cached copy: such a copy has lost `secondFactor`, and reads as a user
 * who never had one.
 */
export function isFresh(document: object): boolean {
  const at = loadedAt.get(document);
  return at !== undefined && performance.now() - at < FRESH_SECONDS * 1000;
}

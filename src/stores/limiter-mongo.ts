/** The collection that the Mongo limiter counts in, as rate-limiter-flexible asks for it, with our own options. */
import type { Connection } from "./connection.js";

interface Collection {
  createIndex(keys: object, options: object): Promise<unknown>;
  findOneAndUpdate(filter: object, update: object, options: object): Promise<unknown>;
}

/** Whatever the connection's own options are: counted is what a majority has, and values come back as numbers. */
const OURS = {
  writeConcern: { w: "majority" },
  includeResultMetadata: false,
  ignoreUndefined: false,
  promoteValues: true,
  promoteLongs: true,
  raw: false,
};

/** A database in the library's eyes; Mongoose's own collection buffers until it is connected, and after a loss. */
export function countersOf(connection: Connection): { collection(name: string): Collection } {
  return {
    collection(name) {
      const collection = connection.collection(name) as Collection;
      return {
        createIndex: (keys, options) => collection.createIndex(keys, options),
        findOneAndUpdate: (filter, update, options) =>
          collection.findOneAndUpdate(filter, update, { ...options, ...OURS }),
      };
    },
  };
}

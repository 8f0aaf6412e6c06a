/** Security events in a collection of their own, which the database empties by itself. */
import { DAY_SECONDS } from "../core/clock.js";
import type { EventLog, LoggedEvent } from "../core/event-log.js";
import type { Connection } from "./connection.js";
import { withinDeadline } from "./deadline.js";

export interface EventLogOptions {
  /** How long events are kept, days. Default 400. */
  days?: number;
  /** Default `second_factor_events`. */
  collection?: string;
  /** How long one operation may take, seconds. Default 3. */
  operationTimeoutSeconds?: number;
}

/** What the driver's collection does for us. */
interface Documents {
  createIndex(keys: object, options?: object): Promise<unknown>;
  insertOne(document: object): Promise<unknown>;
  find(filter: object, options: object): { toArray(): Promise<LoggedEvent[]> };
}

/** Keeps events on a Mongoose connection. The index by which MongoDB deletes old ones is made with the first. */
export function mongooseEvents(
  connection: Connection,
  { days = 400, collection = "second_factor_events", operationTimeoutSeconds = 3 }: EventLogOptions = {},
): EventLog {
  const documents = connection.collection(collection) as Documents;
  const run = <T>(operation: () => Promise<T>) => withinDeadline(operationTimeoutSeconds, operation);
  let ready: Promise<unknown> | undefined;

  async function indexed(): Promise<void> {
    ready ??= Promise.all([
      documents.createIndex({ at: 1 }, { expireAfterSeconds: days * DAY_SECONDS }),
      documents.createIndex({ user: 1, at: -1 }),
    ]).catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    await ready;
  }

  return {
    append: (event) =>
      run(async () => {
        await indexed();
        await documents.insertOne({ ...event });
      }),
    of(user, { before, limit }) {
      const filter = { user, ...(before ? { at: { $lt: before } } : {}) };
      const options = { sort: { at: -1, _id: -1 }, limit, projection: { _id: 0 } };
      return run(() => documents.find(filter, options).toArray());
    },
  };
}

/** Keeps events in this process, for tests. */
export function memoryEvents(): EventLog {
  const kept: LoggedEvent[] = [];
  return {
    async append(event) {
      kept.unshift(structuredClone(event));
    },
    async of(user, { before, limit }) {
      const theirs = kept.filter((event) => event.user === user && (!before || event.at < before));
      return structuredClone(theirs.slice(0, limit));
    },
  };
}

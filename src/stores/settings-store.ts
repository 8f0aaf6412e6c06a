/** The settings in one document of a collection of their own. */
import type { SettingsRecord, SettingsStore } from "../core/settings.js";
import type { Connection } from "./connection.js";
import { withinDeadline } from "./deadline.js";

export interface SettingsStoreOptions {
  /** Default `second_factor_settings`. */
  collection?: string;
  /** How long one operation may take, seconds. Default 3. */
  operationTimeoutSeconds?: number;
}

/** What the driver's collection does for us, with our own options whatever the connection's are. */
interface Documents {
  findOne(filter: object, options: object): Promise<(SettingsRecord & { _id: string }) | null>;
  updateOne(filter: object, update: object, options: object): Promise<{ matchedCount: number }>;
  insertOne(document: object, options: object): Promise<unknown>;
}

const ID = "settings";
const WRITING = { writeConcern: { w: "majority" }, ignoreUndefined: false };
const DUPLICATE_KEY = 11_000;

/** Keeps the settings on a Mongoose connection: `mongoose.connection`, or one of your own. */
export function mongooseSettings(
  connection: Connection,
  { collection = "second_factor_settings", operationTimeoutSeconds = 3 }: SettingsStoreOptions = {},
): SettingsStore {
  const documents = () => connection.collection(collection) as Documents;
  const run = <T>(operation: () => Promise<T>) => withinDeadline(operationTimeoutSeconds, operation);
  return {
    async read() {
      const found = await run(() => documents().findOne({ _id: ID }, { readPreference: "primary" }));
      return found ? { version: found.version, body: found.body, mac: found.mac } : undefined;
    },
    write: ({ version, body, mac }) =>
      run(async () => {
        if (version === 1) return inserted(documents(), { _id: ID, version, body, mac });
        const filter = { _id: ID, version: version - 1 };
        const { matchedCount } = await documents().updateOne(
          filter,
          { $set: { version, body, mac } },
          WRITING,
        );
        return matchedCount === 1;
      }),
  };
}

async function inserted(documents: Documents, document: object): Promise<boolean> {
  try {
    await documents.insertOne(document, WRITING);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
    throw error;
  }
}

/** Keeps the settings in this process, for tests. */
export function memorySettings(): SettingsStore {
  let kept: SettingsRecord | undefined;
  return {
    read: async () => kept && { ...kept },
    async write(record) {
      if (record.version !== (kept?.version ?? 0) + 1) return false;
      kept = { ...record };
      return true;
    },
  };
}

/** A change of keys: who has anything to seal anew, and the guarded write that exchanges it. */
import type { FactorKind } from "../core/model.js";
import type { KeptVault, Resealing } from "../core/store.js";
import { withinDeadline } from "./deadline.js";
import { CHALLENGES, type Command, operators, RECOVERY, slotPath, TEMPORARY } from "./mongoose-paths.js";
import { type KeyOf, refOf, type UserModel } from "./mongoose-user.js";
import { toState } from "./state.js";

/** Each value is exchanged only where all of them are as they were read. */
export function reseal({ secrets, recovery, temporary, ended, dropped }: Resealing): Command {
  const codes = recovery?.codes ?? [];
  const passwords = temporary ? [temporary] : [];
  const arrayFilters = [
    ...codes.map(({ id }, i) => ({ [`code${i}.id`]: id })),
    ...dropped.map((hash, i) => ({ [`sent${i}.code.hash`]: hash })),
  ];
  return {
    guard: {
      ...Object.fromEntries([
        ...secrets.map((secret) => [secretPath(secret), secret.from]),
        ...passwords.map(({ from }) => [`${TEMPORARY}.hash`, from]),
        ...ended.map(({ kind, enrolment }) => [`${pendingPath(kind)}.id`, enrolment]),
      ]),
      ...(recovery ? { [`${RECOVERY}.id`]: recovery.set } : {}),
      ...(codes.length > 0 ? { $and: codes.map(({ id, from }) => codeAt(id, from)) } : {}),
    },
    update: operators({
      $set: Object.fromEntries([
        ...secrets.map((secret) => [secretPath(secret), secret.to]),
        ...passwords.map(({ to }) => [`${TEMPORARY}.hash`, to]),
        ...codes.map(({ to }, i) => [`${RECOVERY}.codes.$[code${i}].hash`, to]),
      ]),
      $unset: Object.fromEntries([
        ...ended.map(({ kind }) => [pendingPath(kind), ""]),
        ...dropped.map((_, i) => [`${CHALLENGES}.$[sent${i}].code`, ""]),
      ]),
    }),
    ...(arrayFilters.length > 0 ? { arrayFilters } : {}),
  };
}

const pendingPath = (kind: FactorKind) => `${slotPath(kind)}.pending`;

function secretPath({ kind, of }: Resealing["secrets"][number]): string {
  return `${slotPath(kind)}.${of}.secret`;
}

function codeAt(id: string, hash: string): Record<string, unknown> {
  return { [`${RECOVERY}.codes`]: { $elemMatch: { id, hash } } };
}

/** What the driver's collection does for us: no hook and no filter of the app comes between. */
interface DriverCollection {
  find(filter: object, options: object): Cursor;
  countDocuments(filter: object, options: object): Promise<number>;
}

interface Cursor {
  next(): Promise<{ secondFactor?: unknown } | null>;
  close(): Promise<unknown>;
}

export interface Keeping {
  model: UserModel;
  key: KeyOf | undefined;
  seconds: number;
}

const KEPT = { "secondFactor.vault": { $exists: true } };
const BATCH = 100;

/** One at a time; the cursor reads some ahead, and never all. */
export async function* vaults({ model, key, seconds }: Keeping): AsyncGenerator<KeptVault, void> {
  const options = {
    ...READING,
    sort: { _id: 1 },
    batchSize: BATCH,
    // What a shard key is made of, only the app knows.
    ...(key ? {} : { projection: { "secondFactor.vault": 1 } }),
  };
  const cursor = await withinDeadline(seconds, async () => collectionOf(model).find(KEPT, options));
  try {
    for (;;) {
      const found = await withinDeadline(seconds, () => cursor.next());
      if (!found) return;
      const ref = refOf(key ? model.hydrate(found) : found, key);
      yield { ref, vault: toState(found.secondFactor).vault };
    }
  } finally {
    await withinDeadline(seconds, () => cursor.close()).catch(() => undefined);
  }
}

export function countVaults({ model, seconds }: Keeping): Promise<number> {
  const options = { ...READING, maxTimeMS: seconds * 1000 };
  return withinDeadline(seconds, () => collectionOf(model).countDocuments(KEPT, options));
}

const READING = {
  readPreference: "primary",
  ignoreUndefined: false,
  promoteValues: true,
  promoteLongs: true,
  raw: false,
};

const collectionOf = (model: UserModel) => model.collection as DriverCollection;

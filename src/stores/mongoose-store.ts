/** The second factor's state on an app's own user documents: every verb one guarded write to one document. */
import type { Standing, UserRef, UserState } from "../core/model.js";
import type { Reservation, Reserved, SecondFactorStore } from "../core/store.js";
import { misconfigured } from "../errors.js";
import { withinDeadline } from "./deadline.js";
import * as challenges from "./mongoose-challenges.js";
import * as enrolments from "./mongoose-enrolments.js";
import type { Command } from "./mongoose-paths.js";
import { hasPlugin } from "./mongoose-plugin.js";
import { filterOf, type KeyOf, refOf, standingOf, type UserModel } from "./mongoose-user.js";
import { toState } from "./state.js";

export interface MongooseStoreOptions {
  /** The shard key of a user, where the collection has one: paths and values. Default: none. */
  key?: KeyOf;
  /** How long one database operation may take, seconds. Default: 3. */
  operationTimeoutSeconds?: number;
}

const DEFAULT_TIMEOUT_SECONDS = 3;

/**
 * Keeps the second factor on the documents of a Mongoose model whose schema has `secondFactorPlugin`.
 *
 * Commands go to the driver's collection, past the app's hooks, `strict`, `strictQuery`, `sanitizeFilter` and
 * `timestamps`, which could drop a guard; only `load` reads as the app does. Writes wait for a majority, reads go to
 * the primary.
 *
 * @throws SecondFactorError `misconfigured` where the schema lacks the plugin. Every verb: `store_unavailable`
 */
export function mongooseStore(model: UserModel, options: MongooseStoreOptions = {}): SecondFactorStore {
  if (!hasPlugin(model.schema)) {
    throw misconfigured(
      `the schema of "${model.modelName}" lacks the plugin: call userSchema.plugin(secondFactorPlugin) before mongoose.model()`,
    );
  }
  const db = commands(model, options.operationTimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS);
  return {
    refOf: (user) => refOf(user, options.key),
    standingOf: (user) => standingOf(model, user),
    load: (ref) => load(model, db, ref),
    read: db.read,

    openChallenge: (ref, challenge) => openChallenge(db, ref, challenge),
    renewChallenge: (ref, key, renewal) => db.write(ref, challenges.renewChallenge(key, renewal)),
    closeChallenge: (ref, key) => db.write(ref, challenges.closeChallenge(key)),
    reserveAttempt: (ref, reservation) => reserveAttempt(db, ref, reservation),
    refundAttempt: async (ref, reservation, before) => {
      const refund = challenges.refundAttempt(reservation, before);
      return refund !== undefined && db.write(ref, refund);
    },
    completeChallenge: (ref, completion) => db.write(ref, challenges.completeChallenge(completion)),

    beginEnrolment: (ref, kind, enrolment, begin) =>
      db.write(ref, enrolments.beginEnrolment(kind, enrolment, begin)),
    confirmEnrolment: (ref, confirmation) => db.write(ref, enrolments.confirmEnrolment(confirmation)),
    removeFactor: (ref, removal) => db.write(ref, enrolments.removeFactor(removal)),
    importEnrolment: (ref, kind, enrolment) => db.write(ref, enrolments.importEnrolment(kind, enrolment)),

    replaceRecoveryCodes: (ref, set) => db.write(ref, enrolments.replaceRecoveryCodes(set)),
    markRecoveryCodesSaved: (ref, set, at) => db.write(ref, enrolments.markRecoveryCodesSaved(set, at)),

    spendGrant: (ref, grant) => db.write(ref, challenges.spendGrant(grant)),
    endLogin: (ref, login) => db.write(ref, enrolments.endLogin(login)),
  };
}

/** What `load` uses of a Mongoose query: whatever the app reads from, who may pass is asked of the primary. */
interface Query {
  read(preference: "primary"): PromiseLike<unknown>;
}

type Commands = ReturnType<typeof commands>;

/** What the driver's collection does for us, with our own options whatever the connection's are. */
interface DriverCollection {
  findOne(filter: object, options: object): Promise<{ secondFactor?: unknown } | null>;
  findOneAndUpdate(
    filter: object,
    update: object,
    options: object,
  ): Promise<{ secondFactor?: unknown } | null>;
  updateOne(filter: object, update: object, options: object): Promise<{ matchedCount: number }>;
}

function commands(model: UserModel, seconds: number) {
  const collection = model.collection as DriverCollection;
  const projection = { _id: 0, secondFactor: 1 };
  // An undefined value becomes null, which matches nobody: dropped, it would widen a guard.
  const plain = { ignoreUndefined: false, promoteValues: true, promoteLongs: true, raw: false };
  const common = { ...plain, maxTimeMS: seconds * 1000 };
  const reading = { ...common, projection, readPreference: "primary" };
  const writing = { ...common, writeConcern: { w: "majority" }, upsert: false };
  const before = { ...writing, projection, returnDocument: "before", includeResultMetadata: false };

  /** Runs an operation on one user; undefined where the id is nobody's. */
  async function run<T>(ref: UserRef, operation: (user: Record<string, unknown>) => PromiseLike<T>) {
    const user = filterOf(model, ref);
    return user && withinDeadline(seconds, () => operation(user));
  }

  return {
    run,
    async read(ref: UserRef): Promise<UserState | undefined> {
      const found = await run(ref, (user) => collection.findOne(user, reading));
      return found ? toState(found.secondFactor) : undefined;
    },
    async write(ref: UserRef, { guard, update, arrayFilters }: Command): Promise<boolean> {
      const options = arrayFilters ? { ...writing, arrayFilters } : writing;
      const result = await run(ref, (user) => collection.updateOne({ ...user, ...guard }, update, options));
      return result?.matchedCount === 1;
    },
    /** The record as it was before the write; undefined where the guard did not match. */
    async writeAndRead(
      ref: UserRef,
      { guard, update, arrayFilters }: Command,
    ): Promise<UserState | undefined> {
      const options = arrayFilters ? { ...before, arrayFilters } : before;
      const found = await run(ref, (user) =>
        collection.findOneAndUpdate({ ...user, ...guard }, update, options),
      );
      return found ? toState(found.secondFactor) : undefined;
    },
  };
}

/** Loads as the app does, with its own hooks; what the document then lacks, we read ourselves. */
async function load(
  model: UserModel,
  db: Commands,
  ref: UserRef,
): Promise<{ user: unknown; standing: Standing } | undefined> {
  const user = await db.run(ref, (filter) => (model.findOne(filter) as Query).read("primary"));
  if (!user) return undefined;
  const standing = standingOf(model, user) ?? (await db.read(ref));
  return standing && { user, standing };
}

/** The second write is for a challenge with the same key, the third for one that was closed between the two. */
async function openChallenge(
  db: Commands,
  ref: UserRef,
  challenge: Parameters<SecondFactorStore["openChallenge"]>[1],
): Promise<boolean> {
  const add = challenges.addChallenge(challenge);
  if (await db.write(ref, add)) return true;
  return (await db.write(ref, challenges.replaceChallenge(challenge))) || db.write(ref, add);
}

async function reserveAttempt(db: Commands, ref: UserRef, reservation: Reservation): Promise<Reserved> {
  const before = await db.writeAndRead(ref, challenges.reserveAttempt(reservation));
  const challenge = before?.vault.challenges.find(
    (it) => it.login === reservation.login && it.purpose === reservation.purpose,
  );
  if (before && challenge) return { won: true, before, challenge };
  return { won: false, state: (await db.read(ref)) ?? toState(undefined) };
}

/** How a guarded write reaches the database: past the app's own Mongoose settings, and not for longer than allowed. */
import type { UserRef, UserState } from "../core/model.js";
import { withinDeadline } from "./deadline.js";
import { valueAt } from "./mongoose-password.js";
import type { Command } from "./mongoose-paths.js";
import { filterOf, type UserModel } from "./mongoose-user.js";
import { passwordDigestOf } from "./password-digest.js";
import { toState } from "./state.js";

export type Commands = ReturnType<typeof commands>;

/** What our projection leaves of a user. */
interface Found {
  secondFactor?: unknown;
}

/** What the driver's collection does for us, with our own options whatever the connection's are. */
interface DriverCollection {
  findOne(filter: object, options: object): Promise<Found | null>;
  findOneAndUpdate(filter: object, update: object, options: object): Promise<Found | null>;
  updateOne(filter: object, update: object, options: object): Promise<{ matchedCount: number }>;
}

/** `passwordPath`: where the documents keep the password's hash, if anywhere. */
export function commands(model: UserModel, seconds: number, passwordPath: string | null | undefined) {
  const collection = model.collection as DriverCollection;
  const projection = { _id: 0, secondFactor: 1, ...(passwordPath ? { [passwordPath]: 1 } : {}) };
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

  function stateOf(found: Found): UserState {
    return {
      ...toState(found.secondFactor),
      ...(passwordPath ? passwordDigestOf(valueAt(found, passwordPath)) : {}),
    };
  }

  return {
    run,
    async read(ref: UserRef): Promise<UserState | undefined> {
      const found = await run(ref, (user) => collection.findOne(user, reading));
      return found ? stateOf(found) : undefined;
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
      return found ? stateOf(found) : undefined;
    },
  };
}

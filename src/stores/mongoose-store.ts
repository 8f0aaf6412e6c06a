/** The second factor's state on an app's own user documents: every verb one guarded write to one document. */
import type { Standing, UserRef, UserState } from "../core/model.js";
import type { Reservation, Reserved, SecondFactorStore } from "../core/store.js";
import { misconfigured } from "../errors.js";
import { mongoLimiter } from "./limiter.js";
import * as browsers from "./mongoose-browsers.js";
import * as challenges from "./mongoose-challenges.js";
import { type Commands, commands } from "./mongoose-commands.js";
import * as enrolments from "./mongoose-enrolments.js";
import { passwordPathOf } from "./mongoose-password.js";
import { hasPlugin } from "./mongoose-plugin.js";
import * as sends from "./mongoose-sends.js";
import { type KeyOf, refOf, standingOf, type UserModel } from "./mongoose-user.js";
import { toStanding, toState } from "./state.js";

export interface MongooseStoreOptions {
  /** The shard key of a user, where the collection has one: paths and values. Default: none. */
  key?: KeyOf;
  /** How long one database operation may take, seconds. Default: 3. */
  operationTimeoutSeconds?: number;
  /**
   * The path of what the app keeps of a password, a hash; a change of it ends trusted browsers. Default: the first of
   * `passwordHash`, `password`, `hash`, `hashedPassword` and `password_hash` that the schema has as a String. `null`:
   * the app has no passwords.
   */
  passwordPath?: string | null;
  /**
   * Every user as the policy has to see them, for reports: with groups populated, where roles come through groups.
   * Default: `Model.find().cursor()`.
   */
  people?: () => AsyncIterable<object>;
}

const DEFAULT_TIMEOUT_SECONDS = 3;

/**
 * Keeps the second factor on the documents of a Mongoose model whose schema has `secondFactorPlugin`.
 *
 * Commands go to the driver's collection, past the app's hooks, `strict`, `strictQuery`, `sanitizeFilter` and
 * `timestamps`, which could drop a guard; only `load` reads as the app does. Writes wait for a majority, reads go to
 * the primary.
 *
 * @throws SecondFactorError `misconfigured` where the schema lacks the plugin, or the path given. Every verb: `store_unavailable`
 */
export function mongooseStore(model: UserModel, options: MongooseStoreOptions = {}): SecondFactorStore {
  if (!hasPlugin(model.schema)) {
    throw misconfigured(
      `the schema of "${model.modelName}" lacks the plugin: call userSchema.plugin(secondFactorPlugin) before mongoose.model()`,
    );
  }
  const operationTimeoutSeconds = options.operationTimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const passwordPath = passwordPathOf(model, options.passwordPath);
  const db = commands(model, operationTimeoutSeconds, passwordPath);
  return {
    limiter: mongoLimiter(model.db, { operationTimeoutSeconds }),
    knowsPassword: passwordPath !== undefined,
    refOf: (user) => refOf(user, options.key),
    standingOf: (user) => standingOf(model, user),
    load: (ref) => load(model, db, ref),
    read: db.read,
    people: () => people(model, options),

    openChallenge: (ref, challenge) => openChallenge(db, ref, challenge),
    renewChallenge: (ref, key, renewal) => db.write(ref, challenges.renewChallenge(key, renewal)),
    closeChallenge: (ref, key) => db.write(ref, challenges.closeChallenge(key)),
    reserveAttempt: (ref, reservation) => reserveAttempt(db, ref, reservation),
    refundAttempt: async (ref, reservation, before) => {
      const refund = challenges.refundAttempt(reservation, before);
      return refund !== undefined && db.write(ref, refund);
    },
    completeChallenge: (ref, completion) => db.write(ref, challenges.completeChallenge(completion)),

    reserveSend: (ref, reservation) => db.write(ref, sends.reserveSend(reservation)),
    undoSend: (ref, reservation) => db.write(ref, sends.undoSend(reservation)),

    useBrowser: (ref, use) => db.writeAndRead(ref, browsers.useBrowser(use)),
    forgetBrowsers: (ref, which) => db.write(ref, browsers.forgetBrowsers(which)),

    beginEnrolment: (ref, kind, enrolment, begin) =>
      db.write(ref, enrolments.beginEnrolment(kind, enrolment, begin)),
    confirmEnrolment: (ref, confirmation) => db.write(ref, enrolments.confirmEnrolment(confirmation)),
    removeFactor: (ref, removal) => db.write(ref, enrolments.removeFactor(removal)),
    importEnrolment: (ref, kind, enrolment) => db.write(ref, enrolments.importEnrolment(kind, enrolment)),

    preferFactor: (ref, kind) => db.write(ref, enrolments.preferFactor(kind)),
    suggestAddress: (ref, kind, address) => db.write(ref, enrolments.suggestAddress(kind, address)),

    replaceRecoveryCodes: (ref, set) => db.write(ref, enrolments.replaceRecoveryCodes(set)),
    markRecoveryCodesSaved: (ref, set, at) => db.write(ref, enrolments.markRecoveryCodesSaved(set, at)),

    spendGrant: (ref, grant) => db.write(ref, challenges.spendGrant(grant)),
    noteRequired: (ref, at) => db.write(ref, enrolments.noteRequired(at)),
    endOtherSessions: (ref, login) => db.write(ref, enrolments.endOtherSessions(login)),
    endLogin: (ref, login) => db.write(ref, enrolments.endLogin(login)),
  };
}

/** What the default of `people` uses of a Mongoose query. */
interface CursorQuery {
  cursor(): AsyncIterable<object>;
}

/** One document at a time; the cursor reads some ahead, and never all. */
async function* people(model: UserModel, { people: given, key }: MongooseStoreOptions) {
  for await (const user of given?.() ?? (model.find() as CursorQuery).cursor()) {
    const { secondFactor } = user as { secondFactor?: unknown };
    yield { user, ref: refOf(user, key), standing: toStanding(secondFactor) };
  }
}

/** What `load` uses of a Mongoose query: whatever the app reads from, who may pass is asked of the primary. */
interface Query {
  read(preference: "primary"): PromiseLike<unknown>;
}

/** Loads as the app does, with its own hooks; what the document then lacks, we read ourselves. */
async function load(
  model: UserModel,
  db: Commands,
  ref: UserRef,
): Promise<{ user: unknown; standing: Standing } | undefined> {
  const user = await db.run(ref, (filter) => (model.findOne(filter) as Query).read("primary"));
  if (!user) return undefined;
  const carried = standingOf(model, user);
  if (carried) return { user, standing: carried };
  const state = await db.read(ref);
  return state && { user, standing: toStanding(state) };
}

/** The second write is for a challenge with the same key, the third for one that was closed between the two. */
async function openChallenge(
  db: Commands,
  ref: UserRef,
  challenge: Parameters<SecondFactorStore["openChallenge"]>[1],
): Promise<UserState | undefined> {
  const add = challenges.addChallenge(challenge);
  return (
    (await db.writeAndRead(ref, add)) ??
    (await db.writeAndRead(ref, challenges.replaceChallenge(challenge))) ??
    db.writeAndRead(ref, add)
  );
}

async function reserveAttempt(db: Commands, ref: UserRef, reservation: Reservation): Promise<Reserved> {
  const before = await db.writeAndRead(ref, challenges.reserveAttempt(reservation));
  const challenge = before?.vault.challenges.find(
    (it) => it.login === reservation.login && it.purpose === reservation.purpose,
  );
  if (before && challenge) return { won: true, before, challenge };
  return { won: false, state: (await db.read(ref)) ?? toState(undefined) };
}

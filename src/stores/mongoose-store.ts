/** The second factor's state on an app's own user documents: every verb one guarded write to one document. */
import type { UserRef, UserState } from "../core/model.js";
import type { KnownUser, Reservation, Reserved, SecondFactorStore } from "../core/store.js";
import { misconfigured } from "../errors.js";
import { mongoLimiter } from "./limiter.js";
import * as account from "./mongoose-account.js";
import * as administration from "./mongoose-administration.js";
import * as browsers from "./mongoose-browsers.js";
import * as challenges from "./mongoose-challenges.js";
import { type Commands, commands } from "./mongoose-commands.js";
import * as enrolments from "./mongoose-enrolments.js";
import * as links from "./mongoose-links.js";
import { passwordPathOf } from "./mongoose-password.js";
import type { Command } from "./mongoose-paths.js";
import { countPeople, people, type Reading, searchPathsOf } from "./mongoose-people.js";
import { hasPlugin } from "./mongoose-plugin.js";
import { countVaults, reseal, vaults } from "./mongoose-reseal.js";
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
  /** Paths that `rolesOf` reads and that are populated, such as "groups": where we load users ourselves. Default: none. */
  populate?: string | readonly string[];
  /** String paths that administrators find people by. Default: those of `email`, `username` and `name` that there are. */
  searchPaths?: readonly string[];
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
  const reading: Reading = {
    model,
    refOf: (user) => refOf(user, options.key),
    read: db.read,
    searchPaths: searchPathsOf(model, options.searchPaths),
    populate: [options.populate ?? []].flat(),
    seconds: operationTimeoutSeconds,
  };
  const keeping = { model, key: options.key, seconds: operationTimeoutSeconds };
  return {
    limiter: mongoLimiter(model.db, { operationTimeoutSeconds }),
    knowsPassword: passwordPath !== undefined,
    refOf: reading.refOf,
    standingOf: (user) => standingOf(model, user),
    load: (ref) => load(reading, db, ref),
    read: db.read,
    find: (id) => load(reading, db, { id }),
    people: (query = {}) => people(reading, query),
    countPeople: (query = {}) => countPeople(reading, query),
    vaults: () => vaults(keeping),
    countVaults: () => countVaults(keeping),

    openChallenge: (ref, challenge) => openChallenge(db, ref, challenge),
    reserveAttempt: (ref, reservation) => reserveAttempt(db, ref, reservation),
    refundAttempt: async (ref, reservation, before) => {
      const refund = challenges.refundAttempt(reservation, before);
      return refund !== undefined && db.write(ref, refund);
    },
    useBrowser: (ref, use) => db.writeAndRead(ref, browsers.useBrowser(use)),
    addLink: (ref, link, at) => account.addLink(db, ref, link, at),
    spendLink: (ref, spend) => db.writeAndRead(ref, account.spendLink(spend)),
    ...plainWrites(db),
  };
}

/** The verbs that are one guarded write, and nothing else. */
function plainWrites(db: Commands) {
  const write =
    <Args extends unknown[]>(command: (...args: Args) => Command) =>
    (ref: UserRef, ...args: Args): Promise<boolean> =>
      db.write(ref, command(...args));
  return {
    renewChallenge: write(challenges.renewChallenge),
    closeChallenge: write(challenges.closeChallenge),
    completeChallenge: write(challenges.completeChallenge),
    spendGrant: write(challenges.spendGrant),
    reserveSend: write(sends.reserveSend),
    undoSend: write(sends.undoSend),
    forgetBrowsers: write(browsers.forgetBrowsers),
    beginEnrolment: write(enrolments.beginEnrolment),
    confirmEnrolment: write(enrolments.confirmEnrolment),
    removeFactor: write(enrolments.removeFactor),
    importEnrolment: write(enrolments.importEnrolment),
    preferFactor: write(enrolments.preferFactor),
    suggestAddress: write(enrolments.suggestAddress),
    replaceRecoveryCodes: write(enrolments.replaceRecoveryCodes),
    markRecoveryCodesSaved: write(enrolments.markRecoveryCodesSaved),
    noteRequired: write(enrolments.noteRequired),
    endOtherSessions: write(enrolments.endOtherSessions),
    endLogin: write(enrolments.endLogin),
    endSessions: write(administration.endSessions),
    switchOff: write(administration.switchOff),
    unlock: write(administration.unlock),
    reseal: write(reseal),
    requirePasswordChange: write(account.requirePasswordChange),
    setTemporaryPassword: write(account.setTemporaryPassword),
    spendTemporaryPassword: write(account.spendTemporaryPassword),
    passwordChanged: write(account.passwordChanged),
    stopFactors: write(links.stopFactors),
    reopenBudgets: write(links.reopenBudgets),
  };
}

/** What `load` uses of a Mongoose query: whatever the app reads from, who may pass is asked of the primary. */
interface Query extends PromiseLike<unknown> {
  read(preference: "primary"): Query;
  populate(paths: string[]): Query;
}

/** Loads as the app does, with its own hooks; what the document then lacks, we read ourselves. */
async function load(
  { model, refOf, populate }: Reading,
  db: Commands,
  ref: UserRef,
): Promise<KnownUser | undefined> {
  const user = await db.run(ref, (filter) => {
    const query = (model.findOne(filter) as Query).read("primary");
    return populate.length > 0 ? query.populate([...populate]) : query;
  });
  if (!user) return undefined;
  const named = refOf(user);
  const carried = standingOf(model, user);
  if (carried) return { user, ref: named, standing: carried };
  const state = await db.read(named);
  return state && { user, ref: named, standing: toStanding(state) };
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

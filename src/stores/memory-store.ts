/** A store without a database, for tests and demos: every verb is one synchronous change, and all is lost on exit. */
import { isOf } from "../core/attempt.js";
import type { UserRef, UserState } from "../core/model.js";
import type { KnownUser, PeopleQuery, SecondFactorStore } from "../core/store.js";
import { misconfigured } from "../errors.js";
import { memoryLimiter } from "./limiter.js";
import * as account from "./memory-account.js";
import * as administration from "./memory-administration.js";
import * as browsers from "./memory-browsers.js";
import * as challenges from "./memory-challenges.js";
import * as enrolments from "./memory-enrolments.js";
import * as links from "./memory-links.js";
import { matches } from "./memory-people.js";
import { reseal } from "./memory-reseal.js";
import * as sends from "./memory-sends.js";
import { emptyState, type State } from "./memory-state.js";
import { passwordDigestOf } from "./password-digest.js";
import { toStanding } from "./state.js";

/** Any object with an id of its own; the store keeps the object itself. */
export interface MemoryUser {
  readonly id: string;
  /** What the app keeps of the password: read anew each time, since a change of it ends trusted browsers. */
  readonly passwordHash?: string;
  /** The same, where the app calls it so. */
  readonly password?: string;
}

export interface MemoryStore extends SecondFactorStore {
  /** Makes a user known. Adding one again replaces the object and keeps the second factor. */
  add(user: MemoryUser): void;
}

interface Entry {
  user: MemoryUser;
  state: State;
}

/** Keeps the second factor in this process. Every value handed in or out is a copy, but the users themselves. */
export function memoryStore(users: Iterable<MemoryUser> = []): MemoryStore {
  const entries = new Map<string, Entry>();
  const add = (user: MemoryUser) => {
    entries.set(refOf(user).id, { user, state: entries.get(user.id)?.state ?? emptyState() });
  };
  for (const user of users) add(user);
  const { change, changeAndRead } = changers(entries);
  const reserve = changeAndRead(challenges.reserveAttempt);
  const found = (id: string) => {
    const entry = entries.get(id);
    return entry && known(entry);
  };

  return {
    limiter: memoryLimiter(),
    knowsPassword: true,
    add,
    refOf,
    standingOf(user) {
      const entry = entries.get((user as Partial<MemoryUser> | undefined)?.id ?? "");
      return entry && entry.user === user ? structuredClone(toStanding(entry.state)) : undefined;
    },
    find: async (id) => found(id),
    async *people(query = {}) {
      for (const entry of chosen(entries, query)) yield known(entry);
    },
    countPeople: async (query = {}) => chosen(entries, query).length,
    async *vaults() {
      for (const entry of keepers(entries))
        yield structuredClone({ ref: refOf(entry.user), vault: entry.state.vault });
    },
    countVaults: async () => keepers(entries).length,
    load: async ({ id }) => found(id),
    read: async ({ id }) => copyOf(entries.get(id)),
    openChallenge: changeAndRead(challenges.openChallenge),
    async reserveAttempt(ref, reservation) {
      const before = await reserve(ref, reservation);
      const challenge = before?.vault.challenges.find(isOf(reservation));
      if (before && challenge) return { won: true, before, challenge: structuredClone(challenge) };
      return { won: false, state: copyOf(entries.get(ref.id)) ?? emptyState() };
    },
    useBrowser: changeAndRead(browsers.useBrowser),
    spendLink: changeAndRead(account.spendLink),
    ...plainChanges(change),
  };
}

/** The verbs that are one change, and nothing else. */
function plainChanges(change: ReturnType<typeof changers>["change"]) {
  return {
    renewChallenge: change(challenges.renewChallenge),
    closeChallenge: change(challenges.closeChallenge),
    refundAttempt: change(challenges.refundAttempt),
    completeChallenge: change(challenges.completeChallenge),
    spendGrant: change(challenges.spendGrant),
    reserveSend: change(sends.reserveSend),
    undoSend: change(sends.undoSend),
    forgetBrowsers: change(browsers.forgetBrowsers),
    beginEnrolment: change(enrolments.beginEnrolment),
    confirmEnrolment: change(enrolments.confirmEnrolment),
    removeFactor: change(enrolments.removeFactor),
    importEnrolment: change(enrolments.importEnrolment),
    preferFactor: change(enrolments.preferFactor),
    suggestAddress: change(enrolments.suggestAddress),
    replaceRecoveryCodes: change(enrolments.replaceRecoveryCodes),
    markRecoveryCodesSaved: change(enrolments.markRecoveryCodesSaved),
    noteRequired: change(enrolments.noteRequired),
    endOtherSessions: change(enrolments.endOtherSessions),
    endLogin: change(enrolments.endLogin),
    endSessions: change(administration.endSessions),
    switchOff: change(administration.switchOff),
    unlock: change(administration.unlock),
    reseal: change(reseal),
    requirePasswordChange: change(account.requirePasswordChange),
    setTemporaryPassword: change(account.setTemporaryPassword),
    spendTemporaryPassword: change(account.spendTemporaryPassword),
    passwordChanged: change(account.passwordChanged),
    addLink: change(account.addLink),
    stopFactors: change(links.stopFactors),
    reopenBudgets: change(links.reopenBudgets),
  };
}

function refOf(user: unknown): UserRef {
  const id = typeof user === "object" && user !== null && "id" in user ? user.id : undefined;
  if (typeof id === "string" && id !== "") return { id };
  throw misconfigured("this is not a user: pass an object whose id is a string");
}

function chosen(entries: ReadonlyMap<string, Entry>, query: PeopleQuery): Entry[] {
  const inOrder = [...entries.values()].sort((a, b) => (a.user.id < b.user.id ? -1 : 1));
  return inOrder.filter((entry) => matches(entry, query));
}

/** Those of whom anything secret may be kept. */
function keepers(entries: ReadonlyMap<string, Entry>): Entry[] {
  return chosen(entries, {}).filter(({ state: { vault } }) => {
    const { recoveryCodes, temporaryPassword, challenges, enrolments } = vault;
    return recoveryCodes || temporaryPassword || challenges.length > 0 || Object.keys(enrolments).length > 0;
  });
}

function known({ user, state }: Entry): KnownUser {
  return { user, ref: refOf(user), standing: structuredClone(toStanding(state)) };
}

function copyOf(entry: Entry | undefined): UserState | undefined {
  if (!entry) return undefined;
  const { passwordHash, password } = entry.user;
  return { ...structuredClone(entry.state), ...passwordDigestOf(passwordHash ?? password) };
}

/** Make a verb of a change to one user's state: on copies of what it is given. */
function changers(entries: ReadonlyMap<string, Entry>) {
  return {
    /** Whether it was changed; false also where nobody has that id. */
    change:
      <Rest extends unknown[]>(apply: (state: State, ...rest: Rest) => boolean) =>
      async ({ id }: UserRef, ...rest: Rest): Promise<boolean> => {
        const entry = entries.get(id);
        return entry !== undefined && apply(entry.state, ...structuredClone(rest));
      },
    /** The state as it was before, where it was changed. */
    changeAndRead:
      <Rest extends unknown[]>(apply: (state: State, ...rest: Rest) => boolean) =>
      async ({ id }: UserRef, ...rest: Rest): Promise<UserState | undefined> => {
        const entry = entries.get(id);
        const before = copyOf(entry);
        return entry && apply(entry.state, ...structuredClone(rest)) ? before : undefined;
      },
  };
}

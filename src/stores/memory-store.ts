/** A store without a database, for tests and demos: every verb is one synchronous change, and all is lost on exit. */
import type { UserRef } from "../core/model.js";
import type { SecondFactorStore } from "../core/store.js";
import { misconfigured } from "../errors.js";
import * as challenges from "./memory-challenges.js";
import * as enrolments from "./memory-enrolments.js";
import { emptyState, type State } from "./memory-state.js";
import { toStanding } from "./state.js";

/** Any object with an id of its own; the store keeps the object itself. */
export interface MemoryUser {
  readonly id: string;
}

export interface MemoryStore extends SecondFactorStore {
  /** Makes a user known. Adding one again replaces the object and keeps the second factor. */
  add(user: MemoryUser): void;
}

/** Keeps the second factor in this process. Every value handed in or out is a copy, but the users themselves. */
export function memoryStore(users: Iterable<MemoryUser> = []): MemoryStore {
  const records = new Map<string, { user: MemoryUser; state: State }>();
  const add = (user: MemoryUser) => {
    records.set(refOf(user).id, { user, state: records.get(user.id)?.state ?? emptyState() });
  };
  for (const user of users) add(user);
  const change = changer(records);

  return {
    add,
    refOf,
    standingOf(user) {
      const record = records.get((user as Partial<MemoryUser> | undefined)?.id ?? "");
      return record && record.user === user ? structuredClone(toStanding(record.state)) : undefined;
    },
    async load({ id }) {
      const record = records.get(id);
      return record && { user: record.user, standing: structuredClone(toStanding(record.state)) };
    },
    async read({ id }) {
      return structuredClone(records.get(id)?.state);
    },
    openChallenge: change(challenges.openChallenge),
    renewChallenge: change(challenges.renewChallenge),
    closeChallenge: change(challenges.closeChallenge),
    async reserveAttempt({ id }, reservation) {
      const state = records.get(id)?.state ?? emptyState();
      return structuredClone(challenges.reserveAttempt(state, structuredClone(reservation)));
    },
    refundAttempt: change(challenges.refundAttempt),
    completeChallenge: change(challenges.completeChallenge),
    beginEnrolment: change(enrolments.beginEnrolment),
    confirmEnrolment: change(enrolments.confirmEnrolment),
    removeFactor: change(enrolments.removeFactor),
    importEnrolment: change(enrolments.importEnrolment),
    replaceRecoveryCodes: change(enrolments.replaceRecoveryCodes),
    markRecoveryCodesSaved: change(enrolments.markRecoveryCodesSaved),
    spendGrant: change(challenges.spendGrant),
    endLogin: change(enrolments.endLogin),
  };
}

function refOf(user: unknown): UserRef {
  const id = typeof user === "object" && user !== null && "id" in user ? user.id : undefined;
  if (typeof id === "string" && id !== "") return { id };
  throw misconfigured("this is not a user: pass an object whose id is a string");
}

/** Makes a verb of a change to one user's state: on copies of what it is given, false where nobody has that id. */
function changer(records: ReadonlyMap<string, { state: State }>) {
  return <Rest extends unknown[]>(apply: (state: State, ...rest: Rest) => boolean) =>
    async ({ id }: UserRef, ...rest: Rest): Promise<boolean> => {
      const record = records.get(id);
      return record !== undefined && apply(record.state, ...structuredClone(rest));
    };
}

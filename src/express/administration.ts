/** What administrators can do and see, as functions: for the pages, for the command line, and for an app's own code. */
import { administer, type Because, type PlainAct, setPhone } from "../core/administration.js";
import type { Suggested } from "../core/import.js";
import type { Policy } from "../core/policy.js";
import { type Progress, type Rotated, rotateKeys } from "../core/rotate-keys.js";
import type { KnownUser } from "../core/store.js";
import { SecondFactorError } from "../errors.js";
import { type Counts, countPeople, type PeoplePage, type PeopleSearch, peoplePage } from "./people-list.js";
import { type PersonStatus, statusOf } from "./person-status.js";
import { type Report, reportFor } from "./policy-report.js";
import type { Runtime } from "./runtime.js";

/**
 * For code that is trusted: none of it asks who calls. Users are named by their id. Each act takes who does it and why,
 * is recorded in the event log, and told to the person by mail, where `eventLog` and `notices` are configured. Resolves
 * to false where there was nothing to do.
 *
 * Each throws `not_found` where there is no such user, `invalid_input` where somebody or the reason is missing, and
 * `store_unavailable`.
 */
export interface Administration {
  /** Takes every factor away, and with them recovery codes, trusted browsers, wrong codes and all sessions. */
  disable(user: string, because: Because): Promise<boolean>;
  /** Lets codes be tried again that were paused or blocked. */
  unlock(user: string, because: Because): Promise<boolean>;
  forgetBrowsers(user: string, because: Because): Promise<boolean>;
  /** Ends every session and pending login of a person, each at its next request. */
  endSessions(user: string, because: Because): Promise<boolean>;
  /** Fills in the number that a person is asked for. It counts for nothing until a code that went there came back. */
  setPhone(user: string, given: { country?: string; number: string }, because: Because): Promise<Suggested>;
  status(user: string): Promise<PersonStatus>;
  /** A page of people, in the order of their ids. */
  people(search?: PeopleSearch): Promise<PeoplePage>;
  /** How many people there are behind each filter, of the first thousand. */
  count(search?: PeopleSearch): Promise<Counts>;
  /** What a policy would mean for everybody. Default: the one that holds. */
  report(policy?: Policy): Promise<Report>;
  /** Seals everything anew under the first key: settings, and every person's secrets. See docs/administration.md. */
  rotateKeys(options?: { onProgress?: (progress: Progress) => void }): Promise<Rotated>;
}

export function administrationOf(runtime: Runtime): Administration {
  const plain = (act: PlainAct) => async (user: string, because: Because) =>
    administer(runtime, (await knownUser(runtime, user)).ref, act, because);
  return {
    disable: plain("disable"),
    unlock: plain("unlock"),
    forgetBrowsers: plain("forget-browsers"),
    endSessions: plain("end-sessions"),
    setPhone: async (user, given, because) =>
      setPhone(runtime, (await knownUser(runtime, user)).ref, given, because),
    status: async (user) => {
      const status = await statusOf(runtime, await knownUser(runtime, user));
      return status ?? nobody(user);
    },
    people: (search) => peoplePage(runtime, search),
    count: (search) => countPeople(runtime, search),
    report: async (policy) => {
      const current = await runtime.settings.load();
      return reportFor(runtime, policy ? { ...current, policy } : current);
    },
    rotateKeys: (options) => rotateKeys(runtime, options),
  };
}

/** @throws `not_found` */
export async function knownUser({ store }: Pick<Runtime, "store">, id: string): Promise<KnownUser> {
  return (await store.find(id)) ?? nobody(id);
}

function nobody(id: string): never {
  throw new SecondFactorError("not_found", `there is no user "${id}"`);
}

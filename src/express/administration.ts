/** What administrators can do and see, as functions: for the pages, for the command line, and for an app's own code. */
import {
  administer,
  type Because,
  type PlainAct,
  setPhone,
  temporaryPassword,
} from "../core/administration.js";
import { type EffectiveSettings, effective } from "../core/current-settings.js";
import type { Suggested } from "../core/import.js";
import type { Policy } from "../core/policy.js";
import { policyProblems } from "../core/policy-check.js";
import { type Progress, type Rotated, rotateKeys } from "../core/rotate-keys.js";
import { rotateSettings, type SettingsRotated } from "../core/rotate-settings.js";
import type { KnownUser } from "../core/store.js";
import type { MadePassword } from "../core/temporary-password.js";
import { misconfigured, SecondFactorError } from "../errors.js";
import { type ResetOptions, resetByLink } from "./admin-reset.js";
import { type Counts, countPeople, type PeoplePage, type PeopleSearch, peoplePage } from "./people-list.js";
import { type PersonStatus, statusOf } from "./person-status.js";
import { csvLines, type Report, reportFor } from "./policy-report.js";
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
  /**
   * Makes the person's next login end with a new password; sessions go on. With the `account` option only: without it
   * there is no page for it.
   */
  requirePasswordChange(user: string, because: Because): Promise<boolean>;
  /**
   * Makes a password that opens one login within 24 hours, which then ends with a new one; the old password no longer
   * works. Ends every session. It is in this one answer and kept nowhere. With the `account` option only, and for logins
   * that `localVerify` verifies.
   */
  makeTemporaryPassword(user: string, because: Because): Promise<MadePassword>;
  /**
   * Mails a link, good for an hour and once, behind which the person chooses a new password; the code is asked for as the
   * policy says. False where they have no address on file. With `account({ delivery })` only.
   *
   * @throws `delivery_failed` where the mail was not taken
   */
  sendResetLink(user: string, because: Because, options?: ResetOptions): Promise<boolean>;
  status(user: string): Promise<PersonStatus>;
  /** A page of people, in the order of their ids. */
  people(search?: PeopleSearch): Promise<PeoplePage>;
  /** How many people there are behind each filter, of the first thousand. */
  count(search?: PeopleSearch): Promise<Counts>;
  /** What a policy would mean for everybody. Default: the one that holds. @throws `invalid_input` where it is none */
  report(policy?: Policy): Promise<Report>;
  /** The same as CSV, as it is read: a line for everybody who would be affected. */
  reportCsv(policy?: Policy): AsyncIterable<string>;
  /** Ids of the keys: the one that seals, and those that only open. */
  keys(): Keys;
  /** Seals everything anew under the first key: settings, and every person's secrets. See docs/administration.md. */
  rotateKeys(options?: RotateOptions): Promise<KeysRotated>;
}

export interface RotateOptions {
  /** Called after each person. */
  onProgress?: (progress: Progress) => void;
}

export interface KeysRotated extends Rotated {
  /** `refused`: they were not written by this app, and stay as they are. */
  settings: SettingsRotated;
}

export interface Keys {
  first: string;
  others: readonly string[];
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
    requirePasswordChange: async (user, because) => {
      checkAccount(runtime);
      return administer(runtime, (await knownUser(runtime, user)).ref, "require-password-change", because);
    },
    makeTemporaryPassword: async (user, because) => {
      checkAccount(runtime);
      const made = await temporaryPassword(runtime, (await knownUser(runtime, user)).ref, because);
      return made ?? nobody(user);
    },
    sendResetLink: async (user, because, options) =>
      resetByLink(runtime, await knownUser(runtime, user), because, options),
    status: async (user) => {
      const status = await statusOf(runtime, await knownUser(runtime, user));
      return status ?? nobody(user);
    },
    people: (search) => peoplePage(runtime, search),
    count: (search) => countPeople(runtime, search),
    report: async (policy) => reportFor(runtime, await settingsFor(runtime, policy)),
    async *reportCsv(policy) {
      yield* csvLines(runtime, await settingsFor(runtime, policy));
    },
    keys: () => {
      const [first = "", ...others] = runtime.tools.sealer.keyIds;
      return { first, others };
    },
    rotateKeys: (options) => rotateAll(runtime, options),
  };
}

/** What would hold: as it is now, or with another policy, of which pinned parts stay as the code says. */
async function settingsFor(runtime: Runtime, policy?: Policy): Promise<EffectiveSettings> {
  const { settings, configured, stored } = runtime;
  const current = await settings.load();
  if (policy === undefined) return current;
  const errors = policyProblems(policy, configured);
  if (errors.length > 0) throw new SecondFactorError("invalid_input", "the policy cannot be", { errors });
  return { ...current, policy: stored ? effective(stored, { policy }).policy : policy };
}

/** The settings first: where their key is gone, that is to be mended before anything else. */
async function rotateAll(runtime: Runtime, options?: RotateOptions): Promise<KeysRotated> {
  const { stored, tools } = runtime;
  const settings = stored ? await rotateSettings({ ...stored, sealer: tools.sealer }) : "as-it-was";
  return { ...(await rotateKeys(runtime, options)), settings };
}

/** A person who must change their password and cannot would be locked out. */
function checkAccount({ account }: Runtime): void {
  if (account) return;
  throw misconfigured("this needs `account: account({ … })` of passport-second-factor/account");
}

/** @throws `not_found` */
export async function knownUser({ store }: Pick<Runtime, "store">, id: string): Promise<KnownUser> {
  return (await store.find(id)) ?? nobody(id);
}

function nobody(id: string): never {
  throw new SecondFactorError("not_found", `there is no user "${id}"`);
}

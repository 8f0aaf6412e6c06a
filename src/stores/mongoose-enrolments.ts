/** Enrolments, recovery codes and ended logins as guarded writes. */
import { MAX_KEPT_LINKS } from "../core/account-store.js";
import { type FactorKind, isPrimary, type PendingEnrolment, type RecoverySet } from "../core/model.js";
import { type Confirmation, MAX_ENDED_LOGINS, type Removal } from "../core/store.js";
import { activeOf } from "./active-enrolment.js";
import {
  BROWSERS,
  budgetPath,
  CHALLENGES,
  type Command,
  ENDED_LOGINS,
  FACTORS,
  GENERATION,
  GRANTS,
  LINKS,
  liveChallenge,
  NO_FACTOR,
  newest,
  PREFERRED,
  RAISED_BY,
  RECOVERY,
  REQUIRED_SINCE,
  slotPath,
  withCode,
} from "./mongoose-paths.js";
import { stored } from "./state.js";

export function beginEnrolment(
  kind: FactorKind,
  enrolment: PendingEnrolment,
  { at, replaces }: { at: Date; replaces?: string },
): Command {
  const pending = `${slotPath(kind)}.pending`;
  // `$ne` also matches where nothing is pending.
  const mayGo = [
    { [`${pending}.login`]: { $ne: enrolment.login } },
    { [`${pending}.expiresAt`]: { $lte: at } },
    ...(replaces === undefined ? [] : [{ [`${pending}.id`]: replaces }]),
  ];
  return {
    guard: { $or: mayGo, ...(enrolment.first ? NO_FACTOR : {}) },
    update: { $set: { [pending]: stored(enrolment) } },
  };
}

export function confirmEnrolment(confirmation: Confirmation): Command {
  const { kind, enrolment, login, at, code, closesLogin, recoveryCodes, restores, link } = confirmation;
  const slot = slotPath(kind);
  const active = stored(activeOf(enrolment, at, confirmation));
  const codes = recoveryCodes ? { [RECOVERY]: storedSet(recoveryCodes) } : {};
  const budget = budgetPath(restores.budget);
  const failures = restores.failures && stored(restores.failures);
  const kinds: FactorKind[] = recoveryCodes ? [kind, "recovery-code"] : [kind];
  const challenges = [
    liveChallenge({ login, purpose: `enrol:${kind}` }, at, code === undefined ? {} : withCode(code, at)),
    ...(closesLogin ? [liveChallenge({ login, purpose: "login" }, at)] : []),
  ];
  return {
    guard: {
      [`${slot}.pending.id`]: enrolment.id,
      // What was read is what is written: sealed anew meanwhile, it would come back under its old key.
      [`${slot}.pending.secret`]: enrolment.secret ?? { $exists: false },
      [`${slot}.pending.login`]: login,
      [`${slot}.pending.expiresAt`]: { $gt: at },
      $and: challenges,
      ...(enrolment.first ? NO_FACTOR : {}),
      ...(recoveryCodes ? { [RECOVERY]: { $exists: false } } : {}),
    },
    update: {
      $set: {
        [`${slot}.active`]: active,
        ...codes,
        ...raisedBy(login),
        ...(failures ? { [budget]: failures } : {}),
      },
      $unset: { [`${slot}.pending`]: "", [`${slot}.suggested`]: "", ...(failures ? {} : { [budget]: "" }) },
      $addToSet: { [FACTORS]: { $each: kinds } },
      $inc: { [GENERATION]: 1 },
      ...(link ? { $push: { [LINKS]: newest(stored(link), MAX_KEPT_LINKS) } } : {}),
    },
  };
}

export function removeFactor({ kind, login, factors, remaining }: Removal): Command {
  const codes = remaining.includes("recovery-code") ? {} : { [RECOVERY]: "" };
  return {
    guard: { $and: [{ [FACTORS]: [...factors] }, { [FACTORS]: kind }] },
    update: {
      $set: { [FACTORS]: [...remaining], ...raisedBy(login) },
      $unset: { [slotPath(kind)]: "", ...codes },
      $pull: { [PREFERRED]: kind },
      $inc: { [GENERATION]: 1 },
    },
  };
}

export function importEnrolment(kind: FactorKind, enrolment: PendingEnrolment): Command {
  const active = `${slotPath(kind)}.active`;
  const confirmedAt = enrolment.confirmedAt ?? enrolment.createdAt;
  return {
    guard: { [active]: { $exists: false } },
    update: {
      $set: { [active]: stored(activeOf(enrolment, confirmedAt)) },
      $addToSet: { [FACTORS]: kind },
    },
  };
}

export function preferFactor(kind: FactorKind): Command {
  return {
    guard: { [FACTORS]: { $in: [kind].filter(isPrimary) } },
    update: { $set: { [PREFERRED]: [kind] } },
  };
}

export function suggestAddress(kind: FactorKind, address: string | undefined): Command {
  const path = `${slotPath(kind)}.suggested`;
  return {
    guard: {},
    update: address === undefined ? { $unset: { [path]: "" } } : { $set: { [path]: address } },
  };
}

export function replaceRecoveryCodes(set: RecoverySet): Command {
  return {
    guard: { [FACTORS]: { $in: ["totp", "email", "sms", "passkey"] satisfies FactorKind[] } },
    update: { $set: { [RECOVERY]: storedSet(set) }, $addToSet: { [FACTORS]: "recovery-code" } },
  };
}

export function markRecoveryCodesSaved(set: string, at: Date): Command {
  return { guard: { [`${RECOVERY}.id`]: set }, update: { $set: { [`${RECOVERY}.savedAt`]: at } } };
}

export function noteRequired(at: Date): Command {
  return { guard: { [REQUIRED_SINCE]: { $exists: false } }, update: { $set: { [REQUIRED_SINCE]: at } } };
}

export function endOtherSessions(login: string): Command {
  return { guard: {}, update: { $set: { [RAISED_BY]: login }, $inc: { [GENERATION]: 1 } } };
}

export function endLogin(login: string): Command {
  return {
    guard: {},
    update: { $push: { [ENDED_LOGINS]: newest(login, MAX_ENDED_LOGINS) } },
  };
}

/** What every change of a person's factors does: other sessions, live challenges, grants and trusted browsers end. */
function raisedBy(login: string): Record<string, unknown> {
  return { [RAISED_BY]: login, [CHALLENGES]: [], [GRANTS]: [], [BROWSERS]: [] };
}

function storedSet(set: RecoverySet): RecoverySet {
  return stored({ ...set, codes: set.codes.map(stored) });
}

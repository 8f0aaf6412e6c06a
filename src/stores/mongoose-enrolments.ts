/** Enrolments, recovery codes and ended logins as guarded writes. */
import type { FactorKind, PendingEnrolment, RecoverySet } from "../core/model.js";
import { type Confirmation, MAX_ENDED_LOGINS, type Removal } from "../core/store.js";
import { activeOf } from "./active-enrolment.js";
import {
  budgetPath,
  CHALLENGES,
  type Command,
  ENDED_LOGINS,
  FACTORS,
  GENERATION,
  GRANTS,
  liveChallenge,
  NO_FACTOR,
  RAISED_BY,
  RECOVERY,
  slotPath,
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
  const { kind, enrolment, login, at, step, closesLogin, recoveryCodes, restores } = confirmation;
  const slot = slotPath(kind);
  const active = stored(activeOf(enrolment, at, step));
  const codes = recoveryCodes ? { [RECOVERY]: storedSet(recoveryCodes) } : {};
  const budget = budgetPath(restores.budget);
  const failures = restores.failures && stored(restores.failures);
  const kinds: FactorKind[] = recoveryCodes ? [kind, "recovery-code"] : [kind];
  const challenges = [
    liveChallenge({ login, purpose: `enrol:${kind}` }, at),
    ...(closesLogin ? [liveChallenge({ login, purpose: "login" }, at)] : []),
  ];
  return {
    guard: {
      [`${slot}.pending.id`]: enrolment.id,
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
      $unset: { [`${slot}.pending`]: "", ...(failures ? {} : { [budget]: "" }) },
      $addToSet: { [FACTORS]: { $each: kinds } },
      $inc: { [GENERATION]: 1 },
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

export function replaceRecoveryCodes(set: RecoverySet): Command {
  return {
    guard: { [FACTORS]: { $in: ["totp", "email", "sms", "passkey"] satisfies FactorKind[] } },
    update: { $set: { [RECOVERY]: storedSet(set) }, $addToSet: { [FACTORS]: "recovery-code" } },
  };
}

export function markRecoveryCodesSaved(set: string, at: Date): Command {
  return { guard: { [`${RECOVERY}.id`]: set }, update: { $set: { [`${RECOVERY}.savedAt`]: at } } };
}

export function endLogin(login: string): Command {
  return {
    guard: {},
    update: { $push: { [ENDED_LOGINS]: { $each: [login], $slice: -MAX_ENDED_LOGINS } } },
  };
}

/** What every change of a person's factors does: other sessions, live challenges and grants end. */
function raisedBy(login: string): Record<string, unknown> {
  return { [RAISED_BY]: login, [CHALLENGES]: [], [GRANTS]: [] };
}

function storedSet(set: RecoverySet): RecoverySet {
  return stored({ ...set, codes: set.codes.map(stored) });
}

/** What an administrator does to a person, and a change of keys, as guarded writes. */
import type { FactorKind } from "../core/model.js";
import type { Resealing } from "../core/store.js";
import {
  BROWSERS,
  budgetPath,
  CHALLENGES,
  type Command,
  FACTORS,
  FAILURES,
  GENERATION,
  GRANTS,
  operators,
  PREFERRED,
  RAISED_BY,
  RECOVERY,
  slotPath,
} from "./mongoose-paths.js";

/** Nobody's login raised it, so that none outlives it. */
export const ENDED = {
  $set: { [CHALLENGES]: [], [GRANTS]: [], [BROWSERS]: [] },
  $unset: { [RAISED_BY]: "" },
  $inc: { [GENERATION]: 1 },
};

export function endSessions(): Command {
  return { guard: {}, update: ENDED };
}

const KINDS: readonly FactorKind[] = ["totp", "email", "sms", "passkey"];

/** An address that was only suggested stays: the form that asks for one is filled in with it. */
export function switchOff(): Command {
  const slots = KINDS.flatMap((kind) => [`${slotPath(kind)}.active`, `${slotPath(kind)}.pending`]);
  const gone = Object.fromEntries([...slots, RECOVERY, PREFERRED, FAILURES].map((path) => [path, ""]));
  return {
    guard: { [`${FACTORS}.0`]: { $exists: true } },
    update: {
      ...ENDED,
      $set: { ...ENDED.$set, [FACTORS]: [] },
      $unset: { ...ENDED.$unset, ...gone },
    },
  };
}

/** Matches a user with wrong codes on either budget. */
export const HAS_FAILED = {
  $or: [
    { [`${budgetPath("login")}.count`]: { $exists: true } },
    { [`${budgetPath("signedIn")}.count`]: { $exists: true } },
  ],
};

export function unlock(): Command {
  return { guard: HAS_FAILED, update: { $unset: { [FAILURES]: "" } } };
}

/** Each value is exchanged only where all of them are as they were read. */
export function reseal({ secrets, recovery, dropped }: Resealing): Command {
  const pathOf = ({ kind, of }: Resealing["secrets"][number]) => `${slotPath(kind)}.${of}.secret`;
  const codes = recovery?.codes ?? [];
  const arrayFilters = [
    ...codes.map(({ id }, i) => ({ [`code${i}.id`]: id })),
    ...dropped.map((hash, i) => ({ [`sent${i}.code.hash`]: hash })),
  ];
  return {
    guard: {
      ...Object.fromEntries(secrets.map((secret) => [pathOf(secret), secret.from])),
      ...(recovery ? { [`${RECOVERY}.id`]: recovery.set } : {}),
      ...(codes.length > 0 ? { $and: codes.map(({ id, from }) => codeAt(id, from)) } : {}),
    },
    update: operators({
      $set: Object.fromEntries([
        ...secrets.map((secret) => [pathOf(secret), secret.to]),
        ...codes.map(({ to }, i) => [`${RECOVERY}.codes.$[code${i}].hash`, to]),
      ]),
      $unset: Object.fromEntries(dropped.map((_, i) => [`${CHALLENGES}.$[sent${i}].code`, ""])),
    }),
    ...(arrayFilters.length > 0 ? { arrayFilters } : {}),
  };
}

function codeAt(id: string, hash: string): Record<string, unknown> {
  return { [`${RECOVERY}.codes`]: { $elemMatch: { id, hash } } };
}

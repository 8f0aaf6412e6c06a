/** What an administrator does to a person, as guarded writes. */
import type { FactorKind } from "../core/model.js";
import {
  BROWSERS,
  budgetPath,
  CHALLENGES,
  type Command,
  FACTORS,
  FAILURES,
  GENERATION,
  GRANTS,
  LINKS,
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
      $pull: { [LINKS]: { use: "stop" } },
    },
  };
}

/** Matches a user with wrong codes on either budget. */
const HAS_FAILED = {
  $or: [
    { [`${budgetPath("login")}.count`]: { $exists: true } },
    { [`${budgetPath("signedIn")}.count`]: { $exists: true } },
  ],
};

export function unlock(): Command {
  return { guard: HAS_FAILED, update: { $unset: { [FAILURES]: "" } } };
}

/** What spending a code adds to the write that closes its challenge: one kind of code, one part. */
import type { RecoverySpend, Spend } from "../core/store.js";
import { RECOVERY, slotPath, withCode } from "./mongoose-paths.js";

interface SpendWrite {
  guard: Record<string, unknown>;
  /** What must also hold of the challenge itself. */
  challenge?: Record<string, unknown>;
  $set: Record<string, unknown>;
  arrayFilters?: Record<string, unknown>[];
}

export function spendOf(spend: Spend, at: Date): SpendWrite {
  switch (spend.kind) {
    case "totp":
      return spendOfStep(spend, at);
    case "sent-code":
      return spendOfSentCode(spend, at);
    case "recovery-code":
      return spendOfRecoveryCode(spend, at);
  }
}

type SpendOf<Kind extends Spend["kind"]> = Extract<Spend, { kind: Kind }>;

function spendOfStep({ enrolment, step, reseal }: SpendOf<"totp">, at: Date): SpendWrite {
  const active = `${slotPath("totp")}.active`;
  const sealed = reseal === undefined ? {} : { [`${active}.secret`]: reseal };
  return {
    guard: { [`${active}.id`]: enrolment, [`${active}.lastStep`]: { $not: { $gte: step } } },
    $set: { [`${active}.lastStep`]: step, [`${active}.lastUsedAt`]: at, ...sealed },
  };
}

/** The code goes with its challenge: nothing else has to be marked as spent. */
function spendOfSentCode({ factor, enrolment, hash }: SpendOf<"sent-code">, at: Date): SpendWrite {
  const active = `${slotPath(factor)}.active`;
  return {
    guard: { [`${active}.id`]: enrolment },
    challenge: withCode(hash, at),
    $set: { [`${active}.lastUsedAt`]: at },
  };
}

/** An array filter finds the code: the positional `$` would mean the challenge, the other array of this guard. */
function spendOfRecoveryCode({ reseal = [], ...spend }: RecoverySpend, at: Date): SpendWrite {
  const unused = { id: spend.code, usedAt: { $exists: false } };
  return {
    guard: { [`${RECOVERY}.id`]: spend.set, [`${RECOVERY}.codes`]: { $elemMatch: unused } },
    $set: {
      [`${RECOVERY}.codes.$[spent].usedAt`]: at,
      ...Object.fromEntries(reseal.map(({ hash }, i) => [`${RECOVERY}.codes.$[sealed${i}].hash`, hash])),
    },
    arrayFilters: [{ "spent.id": spend.code }, ...reseal.map(({ id }, i) => ({ [`sealed${i}.id`]: id }))],
  };
}

/** What a mailed link does, in the one guarded write that uses it up. */
import type { BudgetReopening, FactorStop } from "../core/link-store.js";
import { spendLink } from "./mongoose-account.js";
import { ENDED } from "./mongoose-administration.js";
import {
  budgetPath,
  type Command,
  FACTORS,
  GENERATION,
  LINKS,
  operators,
  RECOVERY,
  slotPath,
} from "./mongoose-paths.js";

export function stopFactors({ hash, at, enrolments, recovery, generation }: FactorStop): Command {
  const link = spendLink({ hash, use: "stop", at });
  const active = enrolments.map(({ kind, enrolment }) => [`${slotPath(kind)}.active`, enrolment] as const);
  return {
    guard: {
      ...link.guard,
      // A person whom nothing has raised yet has no such field.
      [GENERATION]: generation === 0 ? { $in: [0, null] } : generation,
      ...Object.fromEntries(active.map(([path, id]) => [`${path}.id`, id])),
      ...(recovery === undefined ? {} : { [`${RECOVERY}.id`]: recovery }),
    },
    update: {
      ...ENDED,
      $set: { ...ENDED.$set, ...Object.fromEntries(active.map(([path]) => [`${path}.blockedAt`, at])) },
      $unset: { ...ENDED.$unset, ...(recovery === undefined ? {} : { [RECOVERY]: "" }) },
      $pull: {
        [LINKS]: { hash, use: "stop" },
        ...(recovery === undefined ? {} : { [FACTORS]: "recovery-code" }),
      },
    },
  };
}

export function reopenBudgets({ hash, at, budgets, blockedAt, count }: BudgetReopening): Command {
  const link = spendLink({ hash, use: "unlock", at });
  const counts = budgets.map((budget) => `${budgetPath(budget)}.count`);
  return {
    guard: { ...link.guard, ...Object.fromEntries(counts.map((path) => [path, { $gte: blockedAt }])) },
    update: operators({
      $set: Object.fromEntries(counts.map((path) => [path, count])),
      $pull: { [LINKS]: { hash, use: "unlock" } },
    }),
  };
}

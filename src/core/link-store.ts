/** The store's verbs for what a mailed link does in the same write that uses it up. */
import type { Budget, FactorKind, UserRef } from "./model.js";

export interface FactorStop {
  /** Of the link. */
  hash: string;
  at: Date;
  /** What is stopped: these enrolments, and this set of recovery codes. */
  enrolments: readonly { kind: FactorKind; enrolment: string }[];
  recovery?: string;
  /** The person's session generation as it was read: whatever changed since makes it lose. */
  generation: number;
}

export interface BudgetReopening {
  /** Of the link. */
  hash: string;
  at: Date;
  /** The budgets that are blocked, as they were read. */
  budgets: readonly Budget[];
  /** Failures from which one is blocked, and how many it stands at from now on. */
  blockedAt: number;
  count: number;
}

export interface LinkStore {
  /**
   * Uses a stop link up. The enrolments stay active and answer nothing from now on, the recovery codes go; every
   * session ends, with challenges, grants and trusted browsers.
   */
  stopFactors(ref: UserRef, stop: FactorStop): Promise<boolean>;
  /** Uses an unlock link up: wrong codes are counted again from `count`, and the last one stays when it was. */
  reopenBudgets(ref: UserRef, reopening: BudgetReopening): Promise<boolean>;
}

/**
 * When wrong codes in a row stop being compared. The lock is not stored: it is a function of how many attempts
 * failed and when the last one was, so that one guarded update can both check it and count the attempt.
 */
import { later } from "./clock.js";
import type { Failures } from "./model.js";

/** Attempts one challenge allows; then it is dead. */
export const MAX_ATTEMPTS = 5;

/** Failures in a row after which a factor is blocked until somebody unblocks it (NIST SP 800-63B-4 §3.2.2). */
export const BLOCK_AT = 100;

/** Failures in a row → pause. Every further five after the last row pause as long as the last row. */
const PAUSES = [
  { failures: 5, seconds: 30 },
  { failures: 10, seconds: 5 * 60 },
  { failures: 15, seconds: 15 * 60 },
  { failures: 20, seconds: 60 * 60 },
] as const;

const STEP = 5;

/** A budget is closed where the count fits and the last failure is later than `since`. */
export interface ClosedWhen {
  /** The count itself, or, with `andEvery`, the first of a series. */
  failures: number;
  andEvery?: number;
  since: Date;
}

/** When a budget takes no more attempts. */
export interface LockRule {
  closed: readonly ClosedWhen[];
  blockAt: number;
}

export function lockRule(at: Date): LockRule {
  return { closed: closedStates(at), blockAt: BLOCK_AT };
}

/** The closed states of a budget at a moment, in a form that a store can put into a query's filter. */
export function closedStates(at: Date): ClosedWhen[] {
  return PAUSES.map(({ failures, seconds }, row) => ({
    failures,
    ...(row === PAUSES.length - 1 ? { andEvery: STEP } : {}),
    since: later(at, -seconds),
  }));
}

export function isBlocked(failures: Failures | undefined): boolean {
  return (failures?.count ?? 0) >= BLOCK_AT;
}

/** Until when codes are paused; undefined where they are not. A blocked budget has no end of its own. */
export function lockedUntil(failures: Failures | undefined, at: Date): Date | undefined {
  if (!failures || failures.count % STEP !== 0) return undefined;
  const pause = PAUSES.findLast((row) => row.failures <= failures.count);
  const until = pause && later(failures.lastAt, pause.seconds);
  return until && until > at ? until : undefined;
}

/** How many more failures there may be until codes pause. */
export function failuresUntilPause(failures: Failures | undefined): number {
  return STEP - ((failures?.count ?? 0) % STEP);
}

/** The same rule as a predicate over {@link closedStates}, for stores that hold their data in memory. */
export function isClosed(failures: Failures | undefined, closed: readonly ClosedWhen[]): boolean {
  if (!failures) return false;
  if (isBlocked(failures)) return true;
  return closed.some(
    ({ failures: first, andEvery, since }) =>
      failures.lastAt > since &&
      (failures.count === first ||
        (andEvery !== undefined && failures.count > first && failures.count % andEvery === 0)),
  );
}

/** What a pending enrolment becomes when it is confirmed, in every store alike. */
import type { Enrolment, PendingEnrolment } from "../core/model.js";

/** The active enrolment; `step` is the time step of the code that confirmed it, where one did. */
export function activeOf(pending: PendingEnrolment, confirmedAt: Date, step?: number): Enrolment {
  const { id, secret, createdAt, lastUsedAt, lastStep } = pending;
  return {
    id,
    secret,
    createdAt,
    confirmedAt,
    ...(lastUsedAt ? { lastUsedAt } : {}),
    ...(lastStep === undefined ? {} : { lastStep }),
    ...(step === undefined ? {} : { lastUsedAt: confirmedAt, lastStep: step }),
  };
}

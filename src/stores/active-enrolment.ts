/** What a pending enrolment becomes when it is confirmed, in every store alike. */
import type { Enrolment, PendingEnrolment } from "../core/model.js";

/** The active enrolment; `proof` is there where a code confirmed it, with the time step of one that had a step. */
export function activeOf(pending: PendingEnrolment, confirmedAt: Date, proof?: { step?: number }): Enrolment {
  const { id, secret, address, createdAt, lastUsedAt, lastStep } = pending;
  return {
    id,
    ...(secret === undefined ? {} : { secret }),
    ...(address === undefined ? {} : { address }),
    createdAt,
    confirmedAt,
    ...(lastUsedAt ? { lastUsedAt } : {}),
    ...(lastStep === undefined ? {} : { lastStep }),
    ...(proof ? { lastUsedAt: confirmedAt } : {}),
    ...(proof?.step === undefined ? {} : { lastStep: proof.step }),
  };
}

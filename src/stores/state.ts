/** Between the stored shape of `secondFactor` and the model's: nothing stored reads as nothing, and the reverse. */
import type { Standing, UserState, Vault } from "../core/model.js";

/** The open part; missing fields are those of a user without a second factor. */
export function toStanding(stored: unknown): Standing {
  const { factors, sessionGeneration, raisedBy, endedLogins } = (stored ?? {}) as Partial<Standing>;
  return {
    factors: [...(factors ?? [])],
    sessionGeneration: sessionGeneration ?? 0,
    ...(raisedBy === undefined || raisedBy === null ? {} : { raisedBy }),
    endedLogins: [...(endedLogins ?? [])],
  };
}

/** Everything, from the value of `secondFactor` as the database returned it. */
export function toState(stored: unknown): UserState {
  const vault: Partial<Vault> = (stored as { vault?: Partial<Vault> } | undefined)?.vault ?? {};
  return {
    ...toStanding(stored),
    vault: {
      enrolments: vault.enrolments ?? {},
      ...(vault.recoveryCodes ? { recoveryCodes: vault.recoveryCodes } : {}),
      challenges: vault.challenges ?? [],
      grants: vault.grants ?? [],
      failures: vault.failures ?? {},
    },
  };
}

/** A copy without undefined values: the driver writes those as null, which a guard would read as present. */
export function stored<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

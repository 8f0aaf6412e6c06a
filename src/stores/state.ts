/** Between the stored shape of `secondFactor` and the model's: nothing stored reads as nothing, and the reverse. */
import type { FactorKind, Standing, UserState, Vault } from "../core/model.js";

/** The vault as a database holds it. */
type StoredVault = Partial<Omit<Vault, "preferred">> & {
  /** One kind or none: taken out of a list by its value, it goes in the write that removes the factor. */
  preferred?: readonly FactorKind[];
};

/** The open part; missing fields are those of a user without a second factor. */
export function toStanding(stored: unknown): Standing {
  const standing = (stored ?? {}) as Partial<Standing>;
  const { factors, sessionGeneration, raisedBy, endedLogins, requiredSince, mustChangePassword } = standing;
  return {
    factors: [...(factors ?? [])],
    sessionGeneration: sessionGeneration ?? 0,
    ...(raisedBy === undefined || raisedBy === null ? {} : { raisedBy }),
    endedLogins: [...(endedLogins ?? [])],
    ...(requiredSince ? { requiredSince } : {}),
    ...(mustChangePassword ? { mustChangePassword } : {}),
  };
}

/** Everything, from the value of `secondFactor` as the database returned it. */
export function toState(stored: unknown): UserState {
  const vault: StoredVault = (stored as { vault?: StoredVault } | undefined)?.vault ?? {};
  const preferred = vault.preferred?.[0];
  return {
    ...toStanding(stored),
    vault: {
      enrolments: vault.enrolments ?? {},
      ...(vault.recoveryCodes ? { recoveryCodes: vault.recoveryCodes } : {}),
      challenges: vault.challenges ?? [],
      grants: vault.grants ?? [],
      failures: vault.failures ?? {},
      browsers: vault.browsers ?? [],
      sends: vault.sends ?? [],
      ...(preferred ? { preferred } : {}),
      ...(vault.temporaryPassword ? { temporaryPassword: vault.temporaryPassword } : {}),
      links: vault.links ?? [],
    },
  };
}

/** A copy without undefined values: the driver writes those as null, which a guard would read as present. */
export function stored<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

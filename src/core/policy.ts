/** Who must prove a second factor, with what. A pure function of the policy, the roles, and what is enrolled. */
import { DAY_SECONDS, later } from "./clock.js";
import { type FactorKind, isPrimary, type Standing } from "./model.js";

/** `off` asks nobody, `optional` asks those who have enrolled, `required` makes everybody enrol. */
export type Mode = "off" | "optional" | "required";

export interface RolePolicy {
  mode: Mode;
  /** The factors that count for this role; default all that are configured. */
  factors?: readonly FactorKind[];
}

export interface Policy {
  /** For everybody. Default `optional`. */
  organisation?: Mode;
  /** By role. A stronger mode wins over a weaker one, also over the organisation's. */
  roles?: Readonly<Record<string, RolePolicy>>;
  /** Whether recovery codes count at login. Default true. */
  recovery?: boolean;
  /** Days that somebody who must enrol may put it off, from the first login at which they must. Default 0. */
  graceDays?: number;
}

/** The policy as it applies to one person. */
export interface Demand {
  mode: Mode;
  /** Kinds that count for them, recovery codes aside. */
  accepts: readonly FactorKind[];
  recovery: boolean;
  graceDays: number;
}

/** What somebody still owes before they are signed in. */
export type Owed =
  | { owes: "nothing" }
  /** A code from one of these; recovery codes last. */
  | { owes: "challenge"; factors: readonly FactorKind[] }
  /** A factor that counts, to be enrolled. `first`: they have none at all. */
  | { owes: "enrolment"; factors: readonly FactorKind[]; first: boolean };

const STRENGTH: Record<Mode, number> = { off: 0, optional: 1, required: 2 };

/**
 * Combines organisation and roles: `required` if any of them says so; else the strongest the roles say; else the
 * organisation's. Factors are narrowed by every role that narrows them.
 */
export function demandOf(
  policy: Policy,
  roles: readonly string[],
  configured: readonly FactorKind[],
): Demand {
  const named = roles.flatMap((role) => ownRole(policy, role));
  const organisation = policy.organisation ?? "optional";
  const byRoles = named.map((role) => role.mode).sort((a, b) => STRENGTH[b] - STRENGTH[a])[0];
  return {
    mode: organisation === "required" ? "required" : (byRoles ?? organisation),
    accepts: configured.filter(
      (kind) => isPrimary(kind) && named.every((role) => role.factors?.includes(kind) ?? true),
    ),
    recovery: (policy.recovery ?? true) && configured.includes("recovery-code"),
    graceDays: policy.graceDays ?? 0,
  };
}

/** Own properties only: a role called "constructor" is no policy. */
function ownRole(policy: Policy, role: string): RolePolicy[] {
  const found = policy.roles && Object.hasOwn(policy.roles, role) ? policy.roles[role] : undefined;
  return found ? [found] : [];
}

/** Until when somebody who must enrol may put it off; undefined where that time is over, or there is none. */
export function graceEnd({ graceDays }: Demand, { requiredSince }: Standing, at: Date): Date | undefined {
  const end = later(requiredSince ?? at, graceDays * DAY_SECONDS);
  return end > at ? end : undefined;
}

/**
 * What a person owes who has proven `proven` in this login.
 *
 * Somebody whose factors do not count for their role proves one of them first, then enrols one that does; a factor
 * that is no longer configured can neither be proven nor replaced by a first enrolment, so it is an empty challenge.
 */
export function owed(
  demand: Demand,
  standing: Standing,
  proven: readonly FactorKind[],
  configured: readonly FactorKind[],
): Owed {
  if (demand.mode === "off") return { owes: "nothing" };
  const enrolled = standing.factors.filter(isPrimary);
  if (enrolled.length === 0) {
    return demand.mode === "required"
      ? { owes: "enrolment", factors: demand.accepts, first: true }
      : { owes: "nothing" };
  }
  const counting = enrolled.filter((kind) => demand.accepts.includes(kind));
  const usable = counting.length > 0 ? counting : enrolled.filter((kind) => configured.includes(kind));
  const recovery = demand.recovery && standing.factors.includes("recovery-code");
  const asked: FactorKind[] = recovery ? [...usable, "recovery-code"] : usable;
  if (!proven.some((kind) => asked.includes(kind))) return { owes: "challenge", factors: asked };
  const mustEnrol = counting.length === 0 && demand.mode === "required";
  return mustEnrol ? { owes: "enrolment", factors: demand.accepts, first: false } : { owes: "nothing" };
}

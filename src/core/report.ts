/** What a policy would mean, before it is switched on: for one person, and for everybody in one pass. */
import { type FactorKind, isPrimary, type Standing } from "./model.js";
import { demandOf, owed, type Policy } from "./policy.js";

/** `covered`: has a factor that counts. `must`: would have to enrol. `cannot`: would have to, and no factor serves. */
export type Outcome = "covered" | "must" | "cannot" | "not-asked";

export interface Assessed {
  outcome: Outcome;
  /** Of `cannot`: why, as an administrator reads it. */
  why?: string;
}

/** What a policy would mean for one person. `unready`: kinds whose codes nobody would carry. */
export function assess(
  policy: Policy,
  { roles, standing }: { roles: readonly string[]; standing: Standing },
  configured: readonly FactorKind[],
  unready: readonly FactorKind[] = [],
): Assessed {
  const demand = demandOf(policy, roles, configured);
  const isReady = (kind: FactorKind) => !unready.includes(kind);
  const debt = owed(demand, standing, standing.factors.filter(isReady), configured);
  if (demand.mode === "off") return { outcome: "not-asked" };
  if (debt.owes === "nothing") return { outcome: standing.factors.some(isPrimary) ? "covered" : "not-asked" };
  if (debt.owes === "enrolment" && debt.factors.some(isReady)) return { outcome: "must" };
  return { outcome: "cannot", why: whyNot(policy, roles, debt.factors) };
}

const MESSAGES: Partial<Record<FactorKind, string>> = {
  sms: "text messages have no provider yet",
  email: "e-mail has no provider yet",
};

/** `unready`: what would serve, were there somebody to carry it. */
function whyNot(policy: Policy, roles: readonly string[], unready: readonly FactorKind[]): string {
  const silent = unready.flatMap((kind) => MESSAGES[kind] ?? []);
  if (silent.length > 0) return silent.join(", ");
  const narrowed = roles.filter((role) => policy.roles?.[role]?.factors);
  return narrowed.length > 0
    ? `the roles ${narrowed.join(", ")} accept no factor in common`
    : "no factor serves";
}

export interface Tally {
  people: number;
  covered: number;
  must: number;
  cannot: number;
  notAsked: number;
}

const FIELDS = { covered: "covered", must: "must", cannot: "cannot", "not-asked": "notAsked" } as const;

export function emptyTally(): Tally {
  return { people: 0, covered: 0, must: 0, cannot: 0, notAsked: 0 };
}

export function counted(tally: Tally, { outcome }: Assessed): Tally {
  const field = FIELDS[outcome];
  return { ...tally, people: tally.people + 1, [field]: tally[field] + 1 };
}

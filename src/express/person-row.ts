/** What administrators are told about a person at a glance: whether they have a second factor, must, are locked out. */
import { lockOf } from "../core/attempt.js";
import { type Budget, type FactorKind, isPrimary, type UserState } from "../core/model.js";
import { demandOf, graceEnd, owed, type Policy } from "../core/policy.js";
import type { KnownUser } from "../core/store.js";
import type { Runtime } from "./runtime.js";

/**
 * `on`: has a factor that counts. `off`: has none and need not. `must`: has to set one up at the next login; `grace`:
 * and may still put it off; `cannot`: and no factor would serve.
 */
export type Coverage = "on" | "off" | "must" | "grace" | "cannot";

export interface PersonRow {
  id: string;
  /** As the app calls them. */
  account: string;
  roles: readonly string[];
  coverage: Coverage;
  /** Of `grace`: until when; counted from now where they have not met it yet. */
  until?: Date;
  /** Kinds that are active. */
  factors: readonly FactorKind[];
  /** Codes are paused, until then, or blocked. */
  locked?: Lock;
}

/** `until` is absent where codes are blocked, and stay so until somebody unlocks them. */
export interface Lock {
  until?: Date;
}

/** What the standing and the roles tell; nothing is read. */
export async function rowOf(
  { rolesOf, accountOf, configured, tools }: Runtime,
  policy: Policy,
  { user, ref, standing }: KnownUser,
): Promise<PersonRow> {
  const roles = await rolesOf(user);
  const demand = demandOf(policy, roles, configured);
  const debt = owed(demand, standing, standing.factors, configured);
  const { factors } = standing;
  const row = { id: ref.id, account: accountOf(user), roles, factors };
  if (debt.owes === "nothing") return { ...row, coverage: factors.some(isPrimary) ? "on" : "off" };
  if (debt.factors.length === 0) return { ...row, coverage: "cannot" };
  const until = graceEnd(demand, standing, tools.clock.now());
  return until ? { ...row, coverage: "grace", until } : { ...row, coverage: "must" };
}

/** The lock that lasts longer, of the two budgets. */
export function lockIn({ tools }: Runtime, { vault }: UserState): Lock | undefined {
  const at = tools.clock.now();
  const locks = (["login", "signedIn"] satisfies Budget[]).flatMap(
    (budget) => lockOf(vault.failures[budget], at) ?? [],
  );
  return locks.toSorted((a, b) => endOf(b) - endOf(a))[0];
}

const endOf = ({ until }: Lock) => until?.getTime() ?? Number.POSITIVE_INFINITY;

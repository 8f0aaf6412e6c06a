/** Who a user is to us: their record, and what the policy asks of them. */
import type { FactorKind, Standing, UserRef } from "../core/model.js";
import { type Demand, demandOf, type Owed, owed } from "../core/policy.js";
import { misconfigured, SecondFactorError } from "../errors.js";
import type { MaybePromise, Runtime } from "./runtime.js";

export interface Person {
  user: unknown;
  ref: UserRef;
  standing: Standing;
  demand: Demand;
}

const warned = new WeakSet<Runtime>();

/**
 * Reads a person off a user object, with no database operation where it carries what is needed; else loads them.
 *
 * @throws `store_unavailable` where the store does not know the user: never a pass
 */
export function personOf(runtime: Runtime, user: unknown): MaybePromise<Person> {
  const ref = runtime.store.refOf(user);
  const standing = runtime.store.standingOf(user);
  return standing ? withDemand(runtime, user, ref, standing) : loaded(runtime, ref);
}

async function loaded(runtime: Runtime, ref: UserRef): Promise<Person> {
  warnOnce(runtime);
  const found = await runtime.store.load(ref);
  if (!found) throw new SecondFactorError("store_unavailable", `the store does not know user "${ref.id}"`);
  return withDemand(runtime, found.user, ref, found.standing);
}

function withDemand(runtime: Runtime, user: unknown, ref: UserRef, standing: Standing): MaybePromise<Person> {
  const person = (roles: readonly string[]): Person => ({
    user,
    ref,
    standing,
    demand: demandOf(runtime.policy, roles, runtime.configured),
  });
  const roles = runtime.rolesOf(user);
  return roles instanceof Promise ? roles.then(person) : person(roles);
}

/** What this person still owes; a debt that nothing configured could settle is a mistake in the set-up. */
export function debtOf(runtime: Runtime, person: Person, proven: readonly FactorKind[]): Owed {
  const debt = owed(person.demand, person.standing, proven, runtime.configured);
  if (debt.owes === "nothing" || debt.factors.length > 0) return debt;
  const have = person.standing.factors.join(", ") || "none";
  throw misconfigured(
    `a user must prove a second factor but no configured factor can serve (theirs: ${have}; configured: ` +
      `${runtime.configured.join(", ") || "none"}): add the factor to \`factors\` or allow it in \`policy\``,
  );
}

function warnOnce(runtime: Runtime): void {
  if (warned.has(runtime)) return;
  warned.add(runtime);
  process.emitWarning(
    "req.user does not carry its second-factor fields (a plain object, .lean(), or .select()), so each request " +
      "reads them: let deserializeUser return the Mongoose document, with `secondFactor` and the roles selected",
    { code: "PASSPORT_SECOND_FACTOR_READS" },
  );
}

/**
 * The default `rolesOf`: `user.roles` and the `roles` of each of `user.groups`.
 *
 * @throws `misconfigured` where a group is not populated: a group that cannot be read is not "no role"
 */
export function defaultRoles(user: unknown): string[] {
  const { roles, groups } = user as { roles?: unknown; groups?: unknown };
  const own = namesIn(roles, "user.roles");
  return [...own, ...listOf(groups).flatMap(rolesOfGroup)];
}

function rolesOfGroup(group: unknown): string[] {
  const roles =
    group !== null && typeof group === "object" ? (group as { roles?: unknown }).roles : undefined;
  if (roles === undefined || roles === null) {
    throw misconfigured(
      "user.groups has a group without `roles`: populate it in deserializeUser, or give `rolesOf`",
    );
  }
  return namesIn(roles, "group.roles");
}

function namesIn(value: unknown, where: string): string[] {
  return listOf(value).map((name) => {
    if (typeof name === "string") return name;
    throw misconfigured(`${where} holds something other than strings: give \`rolesOf: (user) => string[]\``);
  });
}

function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return typeof value === "string" ? [value] : Array.from(value as Iterable<unknown>);
}

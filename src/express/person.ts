/** Who a user is to us: their record, and what the policy asks of them. */
import type { Request } from "express";
import { isEnded, isEndedForAll } from "../core/assurance.js";
import type { CurrentSettings } from "../core/current-settings.js";
import type { FactorKind, Standing, UserRef } from "../core/model.js";
import { type Demand, demandOf, graceEnd, type Mode, type Owed, owed } from "../core/policy.js";
import type { Generation } from "../core/settings.js";
import { misconfigured, SecondFactorError } from "../errors.js";
import type { MaybePromise, Runtime } from "./runtime.js";
import type { SignedIn } from "./session.js";

export interface Person {
  user: unknown;
  ref: UserRef;
  standing: Standing;
  demand: Demand;
  /** What the policy says of them, also where a condition exempts them here and now. */
  mode: Mode;
  /** The organisation's, at this moment. */
  organisation: Generation;
}

const warned = new WeakSet<Runtime>();

/**
 * Reads a person off a user object, with no database operation where it carries what is needed; else loads them.
 *
 * @throws `store_unavailable` where the store does not know the user: never a pass
 */
export function personOf(runtime: Runtime, req: Request, user: unknown): MaybePromise<Person> {
  const ref = runtime.store.refOf(user);
  const standing = runtime.store.standingOf(user);
  return standing ? withDemand(runtime, req, { user, ref, standing }) : loaded(runtime, req, ref);
}

async function loaded(runtime: Runtime, req: Request, ref: UserRef): Promise<Person> {
  warnOnce(runtime);
  const found = await runtime.store.load(ref);
  if (!found) throw new SecondFactorError("store_unavailable", `the store does not know user "${ref.id}"`);
  return withDemand(runtime, req, { ...found, ref });
}

type Known = Omit<Person, "demand" | "mode" | "organisation">;

function withDemand(runtime: Runtime, req: Request, known: Known): MaybePromise<Person> {
  const current = runtime.settings.fresh();
  if (current) return judgedBy(runtime, req, known, current);
  return runtime.settings.load().then((loaded) => judgedBy(runtime, req, known, loaded));
}

function judgedBy(
  runtime: Runtime,
  req: Request,
  known: Known,
  { policy, generation: organisation }: CurrentSettings,
): MaybePromise<Person> {
  const { user } = known;
  const person = (roles: readonly string[]): Person => {
    const demand = demandOf(policy, roles, runtime.configured);
    // A condition exempts where the policy leaves it open, and never where it says "required".
    const isAsked = demand.mode !== "optional" || (runtime.appliesTo?.(req, user) ?? true);
    const asked: Demand = isAsked ? demand : { ...demand, mode: "off" };
    return { ...known, organisation, demand: asked, mode: demand.mode };
  };
  const roles = runtime.rolesOf(user);
  return roles instanceof Promise ? roles.then(person) : person(roles);
}

/** What somebody owes; an enrolment may be put off `until`, where there is a grace. */
export type Debt =
  | Exclude<Owed, { owes: "enrolment" }>
  | (Extract<Owed, { owes: "enrolment" }> & { until?: Date })
  /** A new password. */
  | { owes: "password"; factors: readonly [] };

/**
 * What is owed before a login is complete: after the code, and before a factor is set up, a password that must change.
 * A session that is complete does not owe it.
 *
 * @throws `misconfigured` where the password must change and there is no page for it
 */
export function loginDebtOf(runtime: Runtime, person: Person, proven: readonly FactorKind[]): Debt {
  const debt = debtOf(runtime, person, proven);
  if (debt.owes === "challenge" || !person.standing.mustChangePassword) return debt;
  if (runtime.account) return { owes: "password", factors: [] };
  throw misconfigured(
    "a user must choose a new password, and no page is there for it: give `account: account({ … })` of " +
      "passport-second-factor/account",
  );
}

/** What this person still owes; a debt that nothing configured could settle is a mistake in the set-up. */
export function debtOf(runtime: Runtime, person: Person, proven: readonly FactorKind[]): Debt {
  const debt = owed(person.demand, person.standing, proven, runtime.configured);
  if (debt.owes === "enrolment" && debt.factors.length > 0) {
    const until = graceEnd(person.demand, person.standing, runtime.tools.clock.now());
    return until ? { ...debt, until } : debt;
  }
  if (debt.owes === "nothing" || debt.factors.length > 0) return debt;
  const have = person.standing.factors.join(", ") || "none";
  throw misconfigured(
    `a user must prove a second factor but no configured factor can serve (theirs: ${have}; configured: ` +
      `${runtime.configured.join(", ") || "none"}): add the factor to \`factors\` or allow it in \`policy\``,
  );
}

/** A grace is counted from the first time that somebody had to enrol, however they came in then. */
export async function noteGrace(runtime: Runtime, { ref, standing }: Person, debt: Debt): Promise<void> {
  if (debt.owes !== "enrolment" || !debt.until || standing.requiredSince) return;
  await runtime.store.noteRequired(ref, runtime.tools.clock.now());
}

/** Whether nothing stands in the way: nothing is owed, or what is owed was put off and may still be. */
export function isSettled(debt: Debt, { skipped }: { skipped?: boolean | undefined }): boolean {
  return (
    debt.owes === "nothing" || (debt.owes === "enrolment" && debt.until !== undefined && skipped === true)
  );
}

/** Whether this login was ended: by the person, by what they changed, or for everybody but the exempted. */
export function hasEnded({ standing, organisation }: Person, record: SignedIn): boolean {
  if (isEnded(record, standing)) return true;
  return record.exempt === undefined && isEndedForAll(record, organisation);
}

function warnOnce(runtime: Runtime): void {
  if (warned.has(runtime)) return;
  warned.add(runtime);
  process.emitWarning(
    "req.user does not carry its second-factor fields (a plain object, .lean(), or .select()), so each request " +
      "reads them: let deserializeUser return the whole Mongoose document",
    { code: "PASSPORT_SECOND_FACTOR_READS" },
  );
}

/**
 * The default `rolesOf`: `user.roles` and the `roles` of each of `user.groups`.
 *
 * @throws `misconfigured` where either cannot be read, such as a group that is not populated: that is not "no role"
 */
export function defaultRoles(user: unknown): string[] {
  const groups = fieldOf(user, "groups");
  return [...namesIn(fieldOf(user, "roles"), "user.roles"), ...groupsIn(groups).flatMap(rolesOfGroup)];
}

/** A virtual that is not populated reads as undefined, and must not pass for an empty list. */
function fieldOf(user: unknown, name: "roles" | "groups"): unknown {
  const { [name]: value, schema } = user as { schema?: Partial<Schema> } & Record<string, unknown>;
  if (value === undefined && schema?.virtualpath?.(name)) throw unpopulated(`user.${name}`);
  return value;
}

interface Schema {
  virtualpath(name: string): object | null | undefined;
}

/** One group counts as a list of one. */
function groupsIn(groups: unknown): unknown[] {
  const isOne = typeof groups === "object" && groups !== null && !(Symbol.iterator in groups);
  return isOne ? [groups] : listOf(groups, "user.groups");
}

function rolesOfGroup(group: unknown): string[] {
  const roles =
    group !== null && typeof group === "object" ? (group as { roles?: unknown }).roles : undefined;
  if (roles === undefined || roles === null) throw unpopulated("user.groups");
  return namesIn(roles, "group.roles");
}

function unpopulated(where: string) {
  return misconfigured(
    `${where} holds a group without \`roles\`: populate it in deserializeUser, and for the login, or give \`rolesOf\``,
  );
}

function namesIn(value: unknown, where: string): string[] {
  return listOf(value, where).map((name) => {
    if (typeof name === "string") return name;
    throw unreadable(where);
  });
}

function listOf(value: unknown, where: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [value];
  if (typeof value === "object" && Symbol.iterator in value) return Array.from(value as Iterable<unknown>);
  throw unreadable(where);
}

function unreadable(where: string) {
  return misconfigured(`${where} holds something other than strings: give \`rolesOf: (user) => string[]\``);
}

/** Going through an app's users, as the app itself would read them. */
import type { LockRule } from "../core/lockout.js";
import type { Budget, UserRef, UserState } from "../core/model.js";
import { type KnownUser, MAX_SEARCHED, type PeopleQuery } from "../core/store.js";
import { misconfigured } from "../errors.js";
import { withinDeadline } from "./deadline.js";
import { closedGuards, NO_FACTOR } from "./mongoose-paths.js";
import { OPEN_PATHS } from "./mongoose-plugin.js";
import { idOf, type UserModel } from "./mongoose-user.js";
import { toStanding } from "./state.js";

export interface Reading {
  model: UserModel;
  refOf(user: unknown): UserRef;
  read(ref: UserRef): Promise<UserState | undefined>;
  searchPaths: readonly string[];
  populate: readonly string[];
  seconds: number;
}

/** What is used of a Mongoose query. */
interface Query {
  sort(order: object): Query;
  populate(paths: string[]): Query;
  cursor(options: object): { next(): Promise<object | null>; close(): Promise<unknown> };
  countDocuments(): PromiseLike<number>;
}

const BATCH = 100;

/** One document at a time; the cursor reads some ahead, and never all. */
export async function* people(reading: Reading, query: PeopleQuery): AsyncGenerator<KnownUser> {
  const { model, refOf, populate, seconds } = reading;
  const filter = filterFor(reading, query);
  if (!filter) return;
  const found = (model.find(filter) as Query).sort({ _id: 1 });
  const cursor = (populate.length > 0 ? found.populate([...populate]) : found).cursor({ batchSize: BATCH });
  try {
    for (;;) {
      const user = await withinDeadline(seconds, () => cursor.next());
      if (!user) return;
      const ref = refOf(user);
      const carried = carriesStanding(user) ? user.secondFactor : await reading.read(ref);
      yield { user, ref, standing: toStanding(carried) };
    }
  } finally {
    await cursor.close();
  }
}

/** False where a hook of the app's left any of it out: that must not read as having no second factor. */
function carriesStanding(user: object): user is { secondFactor?: unknown } {
  const { isSelected } = user as { isSelected?: (path: string) => boolean };
  return isSelected !== undefined && OPEN_PATHS.every((path) => isSelected.call(user, path));
}

export async function countPeople(reading: Reading, query: PeopleQuery): Promise<number> {
  const filter = filterFor(reading, query);
  if (!filter) return 0;
  return withinDeadline(reading.seconds, () => (reading.model.find(filter) as Query).countDocuments());
}

/** Undefined where it can match nobody. */
function filterFor(
  { model, searchPaths }: Reading,
  { text, after, only, locked }: PeopleQuery,
): Record<string, unknown> | undefined {
  const start = after === undefined ? undefined : idOf(model, after);
  if (after !== undefined && start === undefined) return undefined;
  if (text !== undefined && (searchPaths.length === 0 || !isSearchable(text))) return undefined;
  const conditions = [
    ...(start === undefined ? [] : [{ _id: asIs(model, { $gt: start }) }]),
    ...(text === undefined ? [] : [{ $or: searchPaths.map((path) => ({ [path]: holding(model, text) })) }]),
    ...(only === undefined ? [] : [trusted(model, NO_FACTOR)]),
    ...(locked ? [{ $or: BUDGETS.flatMap((budget) => lockedBy(model, budget, locked)) }] : []),
  ];
  return conditions.length > 0 ? { $and: conditions } : {};
}

const BUDGETS: readonly Budget[] = ["login", "signedIn"];

function lockedBy(model: UserModel, budget: Budget, lock: LockRule): object[] {
  return closedGuards(budget, lock).map((closed) => trusted(model, closed));
}

/** What a database would refuse is in nobody's name. */
function isSearchable(text: string): boolean {
  return text.length <= MAX_SEARCHED && !text.includes("\0");
}

/** Text, wherever it stands: what looks like a pattern is none. */
function holding(model: UserModel, text: string): object {
  return asIs(model, { $regex: text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), $options: "i" });
}

function trusted(model: UserModel, condition: Record<string, object>): object {
  return Object.fromEntries(Object.entries(condition).map(([path, value]) => [path, asIs(model, value)]));
}

/** Operators of ours, where the app has `sanitizeFilter` on, which would take them for somebody's input. */
function asIs(model: UserModel, condition: object): object {
  return model.base.trusted({ ...condition });
}

const SEARCHED = ["email", "username", "name"];

/** @throws `misconfigured` where a path that was given is no String path of the schema */
export function searchPathsOf({ modelName, schema }: UserModel, given?: readonly string[]): string[] {
  const isText = (path: string) => schema.path(path)?.instance === "String";
  const wrong = given?.find((path) => !isText(path));
  if (wrong !== undefined) {
    throw misconfigured(`\`searchPaths\`: the schema of "${modelName}" has no String path "${wrong}"`);
  }
  return [...(given ?? SEARCHED.filter(isText))];
}

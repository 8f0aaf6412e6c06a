/** Finding people: by a part of their name, by what is the matter with them, page by page. */
import { lockRule } from "../core/lockout.js";
import { isPrimary, type UserRef } from "../core/model.js";
import type { Policy } from "../core/policy.js";
import type { KnownUser, PeopleQuery } from "../core/store.js";
import { lockIn, type PersonRow, rowOf } from "./person-row.js";
import type { MaybePromise, Runtime } from "./runtime.js";

export const FILTERS = ["not-set-up", "must-set-up", "in-grace", "locked"] as const;
export type Filter = (typeof FILTERS)[number];

export interface PeopleSearch {
  /** Part of an address or a name. */
  text?: string;
  filter?: Filter;
  /** `next` of the page before. */
  cursor?: string;
  /** People a page, at least one. Default 25. */
  limit?: number;
  /** Who is shown at all. Default: everybody. */
  isShown?: (user: unknown) => MaybePromise<boolean>;
}

export interface PeoplePage {
  people: PersonRow[];
  /** The cursor of the page after; absent where this is the last. */
  next?: string;
}

const PAGE = 25;
/** People looked at for one page: a filter that fits nobody must not read everybody. */
const MAX_LOOKED_AT = 5000;
/** People looked at for one count, which every view of the page takes. */
const MAX_COUNTED = 1000;

/** One page of people, in the order of their ids. It may hold fewer than asked for and still have a next one. */
export async function peoplePage(runtime: Runtime, search: PeopleSearch = {}): Promise<PeoplePage> {
  const { found, ...more } = await find(runtime, search);
  return { people: await Promise.all(found.map((one) => withLock(runtime, one))), ...more };
}

interface Found {
  row: PersonRow;
  ref: UserRef;
}

async function find(runtime: Runtime, search: PeopleSearch): Promise<{ found: Found[]; next?: string }> {
  const { limit = PAGE } = search;
  const { policy } = await runtime.settings.load();
  const found: Found[] = [];
  let lookedAt = 0;
  let last = "";
  for await (const known of runtime.store.people(queryOf(runtime, search))) {
    if (lookedAt++ === MAX_LOOKED_AT) return { found, next: last };
    const row = await rowFor(runtime, policy, known, search);
    // One more that fits is there: only now is it known that there is a next page.
    if (row && found.length >= limit) return { found, next: found.at(-1)?.ref.id ?? last };
    if (row) found.push({ row, ref: known.ref });
    last = known.ref.id;
  }
  return { found };
}

/** Whether codes are locked is read only of those who are shown. */
async function withLock(runtime: Runtime, { row, ref }: Found): Promise<PersonRow> {
  const state = await runtime.store.read(ref);
  const locked = state && lockIn(runtime, state);
  return locked ? { ...row, locked } : row;
}

export type Counts = Record<Filter, number> & {
  people: number;
  /** There are more than were looked at. */
  isPartial: boolean;
};

/** How many there are behind each filter, of the first thousand. */
export async function countPeople(runtime: Runtime, { text, isShown }: PeopleSearch = {}): Promise<Counts> {
  const { policy } = await runtime.settings.load();
  const search = { ...(text === undefined ? {} : { text }), ...(isShown ? { isShown } : {}) };
  const counts = { people: 0, "not-set-up": 0, "must-set-up": 0, "in-grace": 0 };
  let lookedAt = 0;
  for await (const known of runtime.store.people(queryOf(runtime, search))) {
    if (lookedAt++ === MAX_COUNTED) break;
    const row = await rowFor(runtime, policy, known, search);
    if (!row) continue;
    counts.people++;
    for (const filter of BY_ROW) if (FITS[filter](row)) counts[filter]++;
  }
  return { ...counts, locked: await countLocked(runtime, search), isPartial: lookedAt > MAX_COUNTED };
}

async function countLocked(runtime: Runtime, search: PeopleSearch): Promise<number> {
  let locked = 0;
  let lookedAt = 0;
  for await (const { user } of runtime.store.people(queryOf(runtime, { ...search, filter: "locked" }))) {
    if (lookedAt++ === MAX_COUNTED) break;
    if (await isSeen(search, user)) locked++;
  }
  return locked;
}

/** What a store can filter by, it does. */
function queryOf({ tools }: Runtime, { text, filter, cursor }: PeopleSearch): PeopleQuery {
  return {
    ...(text === undefined ? {} : { text }),
    ...(cursor === undefined ? {} : { after: cursor }),
    ...(filter === "not-set-up" ? { only: "without-factor" } : {}),
    ...(filter === "locked" ? { locked: lockRule(tools.clock.now()) } : {}),
  };
}

type ByRow = Exclude<Filter, "locked">;

const BY_ROW: readonly ByRow[] = ["not-set-up", "must-set-up", "in-grace"];

const FITS: Record<ByRow, (row: PersonRow) => boolean> = {
  "not-set-up": ({ factors }) => !factors.some(isPrimary),
  "must-set-up": ({ coverage }) => coverage === "must" || coverage === "cannot",
  "in-grace": ({ coverage }) => coverage === "grace",
};

async function rowFor(
  runtime: Runtime,
  policy: Policy,
  known: KnownUser,
  search: PeopleSearch,
): Promise<PersonRow | undefined> {
  if (!(await isSeen(search, known.user))) return undefined;
  const row = await rowOf(runtime, policy, known);
  const { filter } = search;
  return filter === undefined || filter === "locked" || FITS[filter](row) ? row : undefined;
}

async function isSeen({ isShown }: PeopleSearch, user: unknown): Promise<boolean> {
  return isShown === undefined || (await isShown(user)) === true;
}

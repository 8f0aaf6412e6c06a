/** Finding people: by a part of their name, by what is the matter with them, page by page. */
import { isPrimary } from "../core/model.js";
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
  /** People a page. Default 25. */
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
/** People looked at for one page or one count: a filter that fits nobody must not read everybody. */
const MAX_LOOKED_AT = 5000;

/** One page of people, in the order of their ids. It may hold fewer than asked for and still have a next one. */
export async function peoplePage(runtime: Runtime, search: PeopleSearch = {}): Promise<PeoplePage> {
  const { limit = PAGE, cursor } = search;
  const { policy } = await runtime.settings.load();
  const people: PersonRow[] = [];
  let lookedAt = 0;
  let last = cursor;
  for await (const known of runtime.store.people(queryOf(search))) {
    // One more than fits is there: only now is it known that there is a next page.
    if (people.length === limit || lookedAt === MAX_LOOKED_AT)
      return { people, ...(last ? { next: last } : {}) };
    lookedAt++;
    const row = await rowFor(runtime, policy, known, search);
    if (row) people.push(row);
    last = known.ref.id;
  }
  return { people };
}

export type Counts = Record<Filter, number> & {
  people: number;
  /** There are more than were looked at. */
  isPartial: boolean;
};

/** How many there are behind each filter, of the first few thousand. */
export async function countPeople(runtime: Runtime, { text, isShown }: PeopleSearch = {}): Promise<Counts> {
  const { policy } = await runtime.settings.load();
  const counts = { people: 0, "not-set-up": 0, "must-set-up": 0, "in-grace": 0, locked: 0, isPartial: false };
  const named = text === undefined ? {} : { text };
  for await (const known of runtime.store.people(named)) {
    if (counts.people === MAX_LOOKED_AT) return { ...counts, isPartial: true };
    if (isShown && !(await isShown(known.user))) continue;
    const row = await rowOf(runtime, policy, known);
    counts.people++;
    for (const filter of FILTERS) if (FITS[filter](row)) counts[filter]++;
  }
  return {
    ...counts,
    locked: await countLocked(runtime, policy, { ...named, ...(isShown ? { isShown } : {}) }),
  };
}

async function countLocked(runtime: Runtime, policy: Policy, search: PeopleSearch): Promise<number> {
  let locked = 0;
  let lookedAt = 0;
  const locks = { ...search, filter: "locked" } as const;
  for await (const known of runtime.store.people(queryOf(locks))) {
    if (lookedAt++ === MAX_LOOKED_AT) break;
    if (await rowFor(runtime, policy, known, locks)) locked++;
  }
  return locked;
}

const ONLY: Partial<Record<Filter, NonNullable<PeopleQuery["only"]>>> = { locked: "with-failures" };

function queryOf({ text, filter, cursor }: PeopleSearch): PeopleQuery {
  const only = filter && ONLY[filter];
  return {
    ...(text === undefined ? {} : { text }),
    ...(cursor === undefined ? {} : { after: cursor }),
    ...(only ? { only } : {}),
  };
}

const FITS: Record<Filter, (row: PersonRow) => boolean> = {
  "not-set-up": ({ factors }) => !factors.some(isPrimary),
  "must-set-up": ({ coverage }) => coverage === "must" || coverage === "cannot",
  "in-grace": ({ coverage }) => coverage === "grace",
  locked: ({ locked }) => locked !== undefined,
};

/** Whether codes are locked is read only of those who are shown for anything else. */
async function rowFor(
  runtime: Runtime,
  policy: Policy,
  known: KnownUser,
  { filter, isShown }: PeopleSearch,
): Promise<PersonRow | undefined> {
  if (isShown && !(await isShown(known.user))) return undefined;
  const row = await rowOf(runtime, policy, known);
  if (filter && filter !== "locked" && !FITS[filter](row)) return undefined;
  const state = await runtime.store.read(known.ref);
  const lock = state && lockIn(runtime, state);
  const whole = lock ? { ...row, locked: lock } : row;
  return filter === "locked" && !lock ? undefined : whole;
}

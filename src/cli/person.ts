/** From what was typed to the one person it means, by the functions that the pages use. */
import type { Administration } from "../express/administration.js";
import type { PersonRow } from "../express/person-row.js";
import type { PersonStatus } from "../express/person-status.js";
import { CommandError } from "./failures.js";
import { plain, time, WAYS } from "./text.js";

/** Of those whose names only hold the text, so many are named. */
const NEAR = 5;

/** @throws {CommandError} where it is nobody, or several */
export async function personFor(admin: Administration, typed: string): Promise<PersonStatus> {
  const known = await admin.status(typed).catch((error: { code?: string }) => {
    if (error.code === "not_found") return undefined;
    throw error;
  });
  return known ?? admin.status((await onlyOne(admin, typed)).id);
}

async function onlyOne(admin: Administration, typed: string): Promise<PersonRow> {
  const exact: PersonRow[] = [];
  const near: PersonRow[] = [];
  for await (const row of everybody(admin, typed)) {
    if (row.account === typed) exact.push(row);
    else if (near.length < NEAR) near.push(row);
  }
  const [found, ...others] = exact;
  if (!found)
    throw new CommandError([`nobody has the id or the account "${plain(typed)}"`, ...named(near)].join("\n"));
  if (others.length === 0) return found;
  throw new CommandError(
    [`${exact.length} people are called "${plain(typed)}": give the id of one`, ...named(exact)].join("\n"),
  );
}

async function* everybody(admin: Administration, text: string): AsyncGenerator<PersonRow> {
  let cursor: string | undefined;
  do {
    const page = await admin.people({ text, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.people;
    cursor = page.next;
  } while (cursor !== undefined);
}

function named(people: readonly PersonRow[]): string[] {
  return people.map(({ id, account }) => `  ${plain(id)}  ${plain(account)}`);
}

type Field = readonly [name: string, ...values: string[]];

/** Enough to see that it is the one who is meant. */
export function summary({ account, id, roles, factors }: PersonStatus): Field[] {
  return [
    ["Account", account],
    ["Id", id],
    ["Roles", roles.join(", ") || "none"],
    ["Has", factors.map((kind) => WAYS[kind]).join(", ") || "no second factor"],
  ];
}

export function everything(person: PersonStatus): Field[] {
  const { recoveryCodes: codes, browsers, suggestedPhone, ways, locked } = person;
  return [
    ...summary(person),
    ["Policy", person.mode],
    ["Stands", coverage(person)],
    ...(ways.length > 0 ? [["Ways", ...ways.map(way)] as const] : []),
    ...(codes ? [["Recovery", `${codes.left} of ${codes.total} codes left`] as const] : []),
    ...(browsers.length > 0 ? [["Browsers", ...browsers.map(browser)] as const] : []),
    ...(locked ? [["Codes", lock(locked)] as const] : []),
    ...(suggestedPhone ? [["Number", `${suggestedPhone}, given and not proven`] as const] : []),
  ];
}

function coverage({ coverage: stands, until }: PersonStatus): string {
  const words: Record<PersonStatus["coverage"], string> = {
    on: "on",
    off: "off, and need not have one",
    must: "has to set one up at the next login",
    grace: `may put it off until ${until ? time(until) : "later"}`,
    cannot: "has to set one up, and no way would count",
  };
  return words[stands];
}

function way({ kind, hint, confirmedAt, lastUsedAt }: PersonStatus["ways"][number]): string {
  const parts = [
    [WAYS[kind], hint].filter(Boolean).join(" "),
    confirmedAt && `since ${time(confirmedAt)}`,
    lastUsedAt && `last used ${time(lastUsedAt)}`,
  ];
  return parts.filter(Boolean).join(", ");
}

function browser({ name, expiresAt }: PersonStatus["browsers"][number]): string {
  return `${name}, until ${time(expiresAt)}`;
}

function lock({ until }: { until?: Date }): string {
  return until ? `paused until ${time(until)}` : "blocked until they are unlocked";
}

/** What an administrator does for somebody: with a reason, recorded, told, and never switching anything on. */
import { type FieldError, SecondFactorError } from "../errors.js";
import type { Parts } from "./attempt.js";
import type { SecurityEvents } from "./events.js";
import type { Given } from "./factor.js";
import { type Suggested, suggestAddress } from "./import.js";
import type { AdminAct, UserRef, UserState } from "./model.js";
import type { SecondFactorStore } from "./store.js";
import { type MadePassword, makeTemporaryPassword } from "./temporary-password.js";
import { oneLine } from "./words.js";

/** Who does it, as the app calls them, and why. */
export interface Because {
  by: string;
  /** 1 to 500 characters; kept in the log, and told to the person. */
  reason: string;
}

export const MAX_REASON = 500;
export const MAX_BY = 254;

const ACTS = {
  disable: (store, ref) => store.switchOff(ref),
  unlock: (store, ref) => store.unlock(ref),
  "forget-browsers": (store, ref) => store.forgetBrowsers(ref, "all"),
  "end-sessions": (store, ref) => store.endSessions(ref),
  "require-password-change": (store, ref) => store.requirePasswordChange(ref),
} as const satisfies Partial<Record<AdminAct, (store: SecondFactorStore, ref: UserRef) => Promise<boolean>>>;

/** Acts that take nothing but a reason. */
export type PlainAct = keyof typeof ACTS;

const HAS_WORK: Record<PlainAct, (state: UserState) => boolean> = {
  disable: ({ factors }) => factors.length > 0,
  unlock: ({ vault }) => Object.keys(vault.failures).length > 0,
  "forget-browsers": ({ vault }) => vault.browsers.length > 0,
  "end-sessions": () => true,
  "require-password-change": ({ mustChangePassword }) => mustChangePassword !== true,
};

/** Whether it would change anything. Reads only: for callers who would not have a code spent on nothing. */
export async function isUseful(
  { store }: Pick<Parts, "store">,
  ref: UserRef,
  act: PlainAct,
): Promise<boolean> {
  const state = await store.read(ref);
  return state !== undefined && HAS_WORK[act](state);
}

/**
 * Does it, records it, tells the person. Does not check who asks: callers have.
 *
 * @returns false where there was nothing to do
 * @throws `invalid_input` where somebody or the reason is missing
 */
export async function administer(
  parts: Parts,
  ref: UserRef,
  act: PlainAct,
  because: Because,
): Promise<boolean> {
  const checked = checkedBecause(because);
  const done = await ACTS[act](parts.store, ref);
  if (done) recordAct(parts, ref, act, checked);
  return done;
}

/** Keeps a number that the person has still to prove; what is active stays as it is. */
export async function setPhone(
  parts: Parts,
  ref: UserRef,
  given: Pick<Given, "country" | "number">,
  because: Because,
): Promise<Suggested> {
  const checked = checkedBecause(because);
  const suggested = await suggestAddress(parts, ref, "sms", given);
  if (suggested.ok) recordAct(parts, ref, "set-phone", checked);
  return suggested;
}

/** Hands over a password that opens one login; undefined where the user has gone. Ends every session. */
export async function temporaryPassword(
  parts: Parts,
  ref: UserRef,
  because: Because,
): Promise<MadePassword | undefined> {
  const checked = checkedBecause(because);
  const made = await makeTemporaryPassword(parts, ref);
  if (made) recordAct(parts, ref, "temporary-password", checked);
  return made;
}

export function recordAct(
  { events }: Parts,
  { id: user }: UserRef,
  act: AdminAct,
  { by, reason }: Because,
  more: Pick<SecurityEvents["administered"], "disables"> = {},
): void {
  events.emit("administered", { user, act, by, reason, ...more });
}

/** On one line each: they stand in a log and in a mail. @throws `invalid_input` */
export function checkedBecause(because: Because): Because {
  const errors = problemsWith(because);
  if (errors.length === 0) return { by: lineOf(because.by), reason: lineOf(because.reason) };
  const fields = errors.map(({ field }) => `\`${field}\``).join(" and ");
  throw new SecondFactorError("invalid_input", `${fields}: missing or too long`, { errors });
}

/** What is wrong with them, ready to show. */
export function problemsWith({ by, reason }: Because): FieldError[] {
  return [
    ...problemWith("by", by, MAX_BY, "Say who does it."),
    ...problemWith("reason", reason, MAX_REASON, "Write a reason."),
  ];
}

/** Marks that nobody sees are no text. */
const SEEN = /[^\p{C}\p{Z}\p{M}]/u;

function problemWith(field: string, text: unknown, most: number, missing: string): FieldError[] {
  const line = lineOf(text);
  if (!SEEN.test(line)) return [{ field, message: missing }];
  return line.length > most ? [{ field, message: `Write at most ${most} characters.` }] : [];
}

function lineOf(text: unknown): string {
  return typeof text === "string" ? oneLine(text) : "";
}

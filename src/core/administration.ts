/** What an administrator does for somebody: with a reason, recorded, told, and never switching anything on. */
import { SecondFactorError } from "../errors.js";
import type { Parts } from "./attempt.js";
import type { Given } from "./factor.js";
import { type Suggested, suggestAddress } from "./import.js";
import type { AdminAct, UserRef } from "./model.js";
import type { SecondFactorStore } from "./store.js";

/** Who does it, as the app calls them, and why. */
export interface Because {
  by: string;
  /** 1 to 500 characters; kept in the log, and told to the person. */
  reason: string;
}

export const MAX_REASON = 500;
const MAX_BY = 254;

const ACTS = {
  disable: (store, ref) => store.switchOff(ref),
  unlock: (store, ref) => store.unlock(ref),
  "forget-browsers": (store, ref) => store.forgetBrowsers(ref, "all"),
  "end-sessions": (store, ref) => store.endSessions(ref),
} as const satisfies Partial<Record<AdminAct, (store: SecondFactorStore, ref: UserRef) => Promise<boolean>>>;

/** Acts that take nothing but a reason. */
export type PlainAct = keyof typeof ACTS;

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

export function recordAct(
  { events }: Parts,
  { id: user }: UserRef,
  act: AdminAct,
  { by, reason }: Because,
): void {
  events.emit("administered", { user, act, by, reason });
}

/** On one line each: they stand in a log and in a mail. @throws `invalid_input` */
export function checkedBecause({ by, reason }: Because): Because {
  return { by: line("by", by, MAX_BY), reason: line("reason", reason, MAX_REASON) };
}

function line(field: string, text: unknown, most: number): string {
  const value = typeof text === "string" ? text.replace(/\p{Cc}+/gu, " ").trim() : "";
  if (value !== "" && value.length <= most) return value;
  const errors = [{ field, message: `Write 1 to ${most} characters.` }];
  throw new SecondFactorError("invalid_input", `\`${field}\` is missing or too long`, { errors });
}

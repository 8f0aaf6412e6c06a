/** A password that an administrator hands over: it opens one login, within a day, which ends with one of the person's own. */
import { timingSafeEqual } from "node:crypto";
import type { Parts } from "./attempt.js";
import { DAY_SECONDS, later, newId } from "./clock.js";
import type { Tools } from "./factor.js";
import type { TemporaryPassword, UserRef, UserState } from "./model.js";
import { grouped, hashPrintedCode, newPrintedCode, newSalt, parsePrintedCode } from "./printed-code.js";
import { temporaryContext } from "./sealing.js";

export const TEMPORARY_SECONDS = DAY_SECONDS;

export interface MadePassword {
  /** Four groups of four, 80 bits; in the clear, shown once and kept nowhere. */
  password: string;
  expiresAt: Date;
}

/** Makes one, in place of the person's password and of an older one; undefined where nobody has that id. */
export async function makeTemporaryPassword(
  { store, tools }: Parts,
  ref: UserRef,
): Promise<MadePassword | undefined> {
  const { random, sealer, clock } = tools;
  const state = await store.read(ref);
  if (!state) return undefined;
  const password = newPrintedCode(random);
  const salt = newSalt(random);
  const id = newId(random);
  const hash = sealer.seal(await hashPrintedCode(password, salt), temporaryContext(ref.id, id));
  const expiresAt = later(clock.now(), TEMPORARY_SECONDS);
  const { passwordDigest: replaces = "" } = state;
  const isSet = await store.setTemporaryPassword(ref, { id, salt, hash, replaces, expiresAt });
  return isSet ? { password: grouped(password), expiresAt } : undefined;
}

/** The one in the password's place; undefined where there is none, or the app has set another password since. */
export function temporaryIn({ vault, passwordDigest = "" }: UserState): TemporaryPassword | undefined {
  return vault.temporaryPassword?.replaces === passwordDigest ? vault.temporaryPassword : undefined;
}

/** Whether this is it, though it be used or past its time. */
export async function isTemporary(
  { sealer }: Tools,
  { id: user }: UserRef,
  { id, salt, hash }: TemporaryPassword,
  typed: string,
): Promise<boolean> {
  const code = parsePrintedCode(typed);
  // What cannot be one takes as long.
  const actual = await hashPrintedCode(code ?? "", salt);
  const isSame = timingSafeEqual(actual, sealer.open(hash, temporaryContext(user, id)).plain);
  return isSame && code !== undefined;
}

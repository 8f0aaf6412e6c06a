/** Doing what an administrator asked for, once it may be done. */
import { administer, type Because, isUseful, type PlainAct, setPhone } from "../core/administration.js";
import type { AdminAct } from "../core/model.js";
import type { KnownUser } from "../core/store.js";
import { resetByLink } from "./admin-reset.js";
import type { Runtime } from "./runtime.js";

export interface Wanted {
  act: AdminAct;
  because: Because;
  country?: string | undefined;
  number?: string | undefined;
  disable?: boolean | undefined;
}

/** Those that take more than a reason, or hand something over. */
const SPECIAL: readonly AdminAct[] = ["set-phone", "temporary-password", "reset"];
const isPlain = (act: AdminAct): act is PlainAct => !SPECIAL.includes(act);

/** Whether there is anything to do. Reads only: no code is spent on nothing. */
export async function hasWork(runtime: Runtime, { user, ref }: KnownUser, act: AdminAct): Promise<boolean> {
  if (isPlain(act)) return isUseful(runtime, ref, act);
  return act !== "reset" || runtime.account?.resets?.reaches(user) === true;
}

/** Whether anything was done. */
export async function perform(
  runtime: Runtime,
  known: KnownUser,
  { act, because, disable = false, ...given }: Wanted,
): Promise<boolean> {
  if (act === "set-phone") return (await setPhone(runtime, known.ref, given, because)).ok;
  if (act === "reset") return resetByLink(runtime, known, because, { disable });
  return isPlain(act) && administer(runtime, known.ref, act, because);
}

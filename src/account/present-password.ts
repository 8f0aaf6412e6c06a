/** What somebody signs in with now: their own password, or the temporary one in its place. */
import type { TemporaryPassword, UserRef } from "../core/model.js";
import { isTemporary, temporaryIn } from "../core/temporary-password.js";
import { SecondFactorError } from "../errors.js";
import type { Account } from "./parts.js";
import { isPassword } from "./passwords.js";

interface Holder {
  ref: UserRef;
  user: unknown;
}

/** Whether this is the one: while there is a temporary password, no other is. @throws `store_unavailable` */
export async function isPresentPassword(
  account: Account,
  { ref, user }: Holder,
  password: string,
): Promise<boolean> {
  const temporary = await temporaryOf(account, ref);
  if (temporary) return isTemporary(account.runtime.tools, ref, temporary, password);
  return isPassword(account.runtime, account.passwords, user, password);
}

/** Whether it is known already, and so no new one: a temporary password, or the one of the person's own. */
export async function isKnownPassword(
  account: Account,
  { ref, user }: Holder,
  password: string,
): Promise<boolean> {
  const temporary = await temporaryOf(account, ref);
  if (temporary && (await isTemporary(account.runtime.tools, ref, temporary, password))) return true;
  return isPassword(account.runtime, account.passwords, user, password);
}

async function temporaryOf({ runtime }: Account, ref: UserRef): Promise<TemporaryPassword | undefined> {
  const state = await runtime.store.read(ref);
  if (state) return temporaryIn(state);
  throw new SecondFactorError("store_unavailable", `the store does not know user "${ref.id}"`);
}

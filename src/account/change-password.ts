/** A new password, and what it ends. The order of the steps is what keeps a failure in between harmless. */
import { openChallenge } from "../core/challenge.js";
import type { UserRef } from "../core/model.js";
import { SecondFactorError } from "../errors.js";
import type { PendingLogin } from "../express/session.js";
import type { Account } from "./parts.js";
import { setPassword } from "./passwords.js";

export interface NewPassword {
  ref: UserRef;
  user: unknown;
  password: string;
}

/**
 * Sets the password that a pending login owes. Its challenge is the login: whoever closes it sets the password, so that
 * of two requests one does. Where the app could not keep it the login waits as before.
 *
 * @throws `no_challenge` where another request was first; `store_unavailable`
 */
export async function choosePassword(
  account: Account,
  { login, expiresAt }: PendingLogin,
  chosen: NewPassword,
): Promise<void> {
  const { runtime, passwords } = account;
  const { ref, user, password } = chosen;
  const key = { login, purpose: "login" } as const;
  if (!(await runtime.store.closeChallenge(ref, key))) {
    throw new SecondFactorError("no_challenge", "the sign-in's challenge is gone");
  }
  try {
    await setPassword(runtime, passwords, user, password);
  } catch (error) {
    const seconds = (expiresAt - runtime.tools.clock.now().getTime()) / 1000;
    // The first failure is told; without its challenge the login is over, and nothing else is lost.
    await openChallenge(runtime, ref, { ...key, seconds }).catch(() => undefined);
    throw error;
  }
  await changed(account, ref, { login, forced: true });
}

/** Sets the password of somebody signed in, who has proven the old one and given a fresh code. */
export async function replacePassword(
  account: Account,
  login: string,
  { ref, user, password }: NewPassword,
): Promise<void> {
  await setPassword(account.runtime, account.passwords, user, password);
  await changed(account, ref, { login, forced: false });
}

async function changed(
  { runtime }: Account,
  ref: UserRef,
  { login, forced }: { login: string; forced: boolean },
): Promise<void> {
  if (!(await runtime.store.passwordChanged(ref, { login }))) {
    throw new SecondFactorError("store_unavailable", `the store does not know user "${ref.id}"`);
  }
  runtime.events.emit("password-changed", { user: ref.id, forced });
}

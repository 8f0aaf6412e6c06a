/** What the pages of the account work with. */
import { misconfigured } from "../errors.js";
import type { Runtime } from "../express/runtime.js";
import type { Links } from "./link-options.js";
import type { Rules } from "./password-rules.js";
import type { Passwords } from "./passwords.js";

export interface Account {
  runtime: Runtime;
  passwords: Passwords;
  rules: Rules;
  links: Links;
}

/** The action that a change of one's password asks a fresh code for. */
export const CHANGE_PASSWORD = "change-password";

const accounts = new WeakMap<Runtime, Account>();

/** Lets `localVerify` find what a second factor was given. */
export function rememberAccount(account: Account): void {
  accounts.set(account.runtime, account);
}

/** @throws `misconfigured` where the second factor has no account */
export function accountOf(runtime: Runtime): Account {
  const account = accounts.get(runtime);
  if (account) return account;
  throw misconfigured(
    "localVerify() needs the account: write createSecondFactor({ account: account({ … }) })",
  );
}

/** What the pages of the account work with. */
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

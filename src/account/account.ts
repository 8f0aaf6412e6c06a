/** What an app says about its accounts, checked once, as an extension of its second factor. */
import type { Router } from "express";
import type { Extension } from "../core/extension.js";
import { misconfigured } from "../errors.js";
import type { Runtime } from "../express/runtime.js";
import { askLinkRoutes } from "./ask-link.js";
import { checkInitialised, LINK_OPTIONS, type LinkOptions, linksOf } from "./link-options.js";
import { resetsOf } from "./mail-link.js";
import { CHANGE_PASSWORD, rememberAccount } from "./parts.js";
import { passwordRoutes } from "./password-routes.js";
import { type PasswordRules, rulesOf } from "./password-rules.js";
import type { Passwords } from "./passwords.js";
import { useLinkRoutes } from "./use-link.js";

export interface AccountOptions extends PasswordRules, LinkOptions {
  /** How the app compares and keeps passwords. */
  passwords: Passwords;
}

const KNOWN: readonly string[] = ["passwords", "minLength", "maxLength", "refuse", ...LINK_OPTIONS];

/**
 * The account's life cycle, for `createSecondFactor({ account })`: a page on which people change their password, and on
 * which they must where an administrator said so.
 *
 * @throws `misconfigured` at once where an option is missing, unknown, or cannot work
 */
export function account(options: AccountOptions): Extension {
  const { passwords, ...rest } = checked(options);
  const rules = rulesOf(rest);
  const links = linksOf(rest);
  return {
    actions: {
      [CHANGE_PASSWORD]: { description: "change your password", whenNotEnrolled: "allow" },
    },
    ...(links.delivery ? { delivery: links.delivery, resets: resetsOf({ passwords, rules, links }) } : {}),
    install(runtime: Runtime, routes: Router) {
      checkInitialised(runtime, options);
      const parts = { runtime, passwords, rules, links };
      rememberAccount(parts);
      passwordRoutes(parts, routes);
      askLinkRoutes(parts, routes);
      useLinkRoutes(parts, routes);
    },
  };
}

function checked(options: AccountOptions): AccountOptions {
  const given: unknown = options;
  if (given === null || typeof given !== "object") throw misconfigured("account() takes an object");
  const unknown = Object.keys(given).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined)
    throw misconfigured(`unknown option "${unknown}" of account(): there are ${KNOWN.join(", ")}`);
  const { verify, set } = (options.passwords ?? {}) as Partial<Passwords>;
  if (typeof verify === "function" && typeof set === "function") return options;
  throw misconfigured(
    "account({ passwords }) is missing: write passwords: { verify: (user, password) => …, set: (user, password) => … }",
  );
}

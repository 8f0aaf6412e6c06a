/** What each act of an administrator is called where they confirm it, and what it is answered where it changes nothing. */
import type { AdminAct } from "../core/model.js";
import { oneLine } from "../core/words.js";
import type { ErrorCode } from "../errors.js";
import type { Runtime } from "./runtime.js";

const ACTS: Record<AdminAct, { words: (account: string) => string; nothing: ErrorCode }> = {
  disable: {
    words: (account) => `switch off two-factor authentication for ${account}`,
    nothing: "factor_not_enrolled",
  },
  unlock: { words: (account) => `let codes of ${account} work again`, nothing: "conflict" },
  "forget-browsers": { words: (account) => `forget the browsers of ${account}`, nothing: "conflict" },
  "end-sessions": { words: (account) => `sign ${account} out everywhere`, nothing: "not_found" },
  "set-phone": { words: (account) => `fill in a mobile number for ${account}`, nothing: "conflict" },
  "require-password-change": { words: (account) => `ask ${account} for a new password`, nothing: "conflict" },
  "temporary-password": {
    words: (account) => `make a temporary password for ${account}`,
    nothing: "not_found",
  },
  reset: { words: (account) => `let ${account} choose a new password`, nothing: "conflict" },
};

/** A number needs that codes can be texted, a password that there is a page to change it, a link that it can be mailed. */
const NEEDS: Partial<Record<AdminAct, (runtime: Able) => boolean>> = {
  "set-phone": ({ configured }) => configured.includes("sms"),
  "require-password-change": ({ account }) => account !== undefined,
  "temporary-password": ({ account }) => account !== undefined,
  reset: ({ account }) => account?.resets !== undefined,
};

type Able = Pick<Runtime, "configured" | "account">;

/** Those that make sense here. */
export function actsFor(runtime: Able): AdminAct[] {
  const all = Object.keys(ACTS) as AdminAct[];
  return all.filter((act) => NEEDS[act]?.(runtime) ?? true);
}

/** What a fresh code for it allows, as words after "to"; whoever carries a message is not to read whom it is about. */
export function wordsOf(act: AdminAct, account: string): { words: string; told: string } {
  const { words } = ACTS[act];
  return { words: words(oneLine(account)), told: words("somebody") };
}

/** The answer where there was nothing to do. */
export function nothingOf(act: AdminAct): ErrorCode {
  return ACTS[act].nothing;
}

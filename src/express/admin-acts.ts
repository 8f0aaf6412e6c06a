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
};

/** Those that make sense here: a number can be filled in where codes can be texted at all. */
export function actsFor({ configured }: Pick<Runtime, "configured">): AdminAct[] {
  const all = Object.keys(ACTS) as AdminAct[];
  return all.filter((act) => act !== "set-phone" || configured.includes("sms"));
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

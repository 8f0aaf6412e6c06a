/** What is said to administrators about people, and where they help one. */
import type { AdminAct } from "../core/model.js";
import type { Mode } from "../core/policy.js";
import type { AdminPersonRow, PeopleFilter } from "./views.js";
import { say, type Words } from "./words.js";

const filters: Record<PeopleFilter, string> = {
  "not-set-up": "Not set up",
  "must-set-up": "Must set up",
  "in-grace": "In grace",
  locked: "Locked",
};

export const people = {
  heading: "People",
  searchFor: "Name or e-mail address",
  search: "Search",
  show: "Show",
  filters,
  everybody: "Everybody",
  /** A count that stopped somewhere says so. */
  counted: (n: number, isPartial: boolean) => (isPartial ? `${n}+` : String(n)),
  caption: (shown: string, text: Words) => (text === undefined ? shown : say`${shown}, matching ${text}`),
  nobody: "Nobody was found.",
  nobodyYet: "Nobody so far. Look further with Next.",
  person: "Person",
  roles: "Roles",
  status: "Status",
  ways: "Ways",
  none: "None",
  next: "Next",
};

export type Coverage = AdminPersonRow["coverage"];

/** `until` is a date, and there where somebody may put it off. */
const coverages: Record<Coverage, { name: string; sentence: (until: Words) => Words }> = {
  on: { name: "On", sentence: () => "Two-factor authentication is on." },
  off: { name: "Off", sentence: () => "Two-factor authentication is off." },
  must: { name: "Must set up", sentence: () => "They must set it up at their next sign-in." },
  grace: { name: "In grace", sentence: (until) => say`They may put it off until ${until}.` },
  cannot: { name: "Can't set up", sentence: () => "They can't set it up: no way fits." },
};

const policies: Record<Mode, string> = {
  off: "Asks nothing of them.",
  optional: "Leaves it to them.",
  required: "Requires it of them.",
};

/** `name` in a heading is the person's. */
export interface ActWords {
  link: string;
  heading: (name: Words) => Words;
  /** On the button. */
  submit: string;
  /** Said afterwards. */
  done: string;
}

const acts: Record<AdminAct, ActWords> = {
  disable: {
    link: "Switch off two-factor authentication",
    heading: (name) => say`Switch off two-factor authentication for ${name}?`,
    submit: "Switch off",
    done: "Two-factor authentication is switched off.",
  },
  unlock: {
    link: "Unlock codes",
    heading: (name) => say`Unlock codes for ${name}?`,
    submit: "Unlock",
    done: "Unlocked. Codes work again.",
  },
  "forget-browsers": {
    link: "Forget remembered browsers",
    heading: (name) => say`Forget the remembered browsers of ${name}?`,
    submit: "Forget",
    done: "Forgotten. Every browser will be asked for a code.",
  },
  "end-sessions": {
    link: "Sign out everywhere",
    heading: (name) => say`Sign ${name} out everywhere?`,
    submit: "Sign out",
    done: "Signed out everywhere.",
  },
  "set-phone": {
    link: "Fill in a mobile number",
    heading: (name) => say`Fill in a mobile number for ${name}`,
    submit: "Save number",
    done: "The number is saved. They still have to prove it with a code.",
  },
  "require-password-change": {
    link: "Ask for a new password",
    heading: (name) => say`Ask ${name} for a new password?`,
    submit: "Ask at next sign-in",
    done: "They choose a new password at their next sign-in.",
  },
  "temporary-password": {
    link: "Make a temporary password",
    heading: (name) => say`Make a temporary password for ${name}?`,
    submit: "Make it",
    done: "A temporary password was made.",
  },
  reset: {
    link: "Send a reset link",
    heading: (name) => say`Send ${name} a link to choose a new password?`,
    submit: "Send link",
    done: "The link is on its way. It works once, for an hour.",
  },
};

export const temporaryPassword = {
  heading: (name: Words) => say`Temporary password for ${name}`,
  once: (until: Words) => say`Shown once. Works once, until ${until}.`,
  after: "Their old password no longer works. After this one they choose their own.",
  back: "Done",
};

export const person = {
  resetDisables: "Also switch off two-factor authentication",
  resetDisablesHint: "For a lost phone. It goes off when the link is used, and they set it up anew.",
  status: "Status",
  coverages,
  locked: "Locked",
  lockedUntil: (time: Words) => say`Codes are paused until ${time}.`,
  blocked: "Codes are blocked until somebody unlocks them.",
  policy: "Policy",
  policies,
  ways: "Ways to confirm",
  noWays: "Nothing is set up.",
  setUp: (date: Words) => say`Set up ${date}`,
  onFile: (hint: Words) => say`Number on file: ${hint}, not proven`,
  actions: "What you can do",
  acts,
  unchanged: "There was nothing to change.",
  told: "They'll be told by e-mail.",
  reason: "Reason (kept in the log)",
  stillToProve: "They still have to prove it with a code.",
};

/** What is said where a person sees and changes what they have: settings, recovery codes, browsers. */
import { count, say, type Words } from "./words.js";

export const recoveryCodes = {
  heading: "Save your recovery codes",
  lead: "Lost your phone? Each code signs you in once. We can't show them again.",
  copy: "Copy",
  copied: "Copied.",
  copyFailed: "Your browser didn't allow copying. Select the codes instead.",
  download: "Download",
  print: "Print",
  saved: "I've saved these codes",
  done: "Done",
  fileTitle: (issuer: string, account: string) => `${issuer} recovery codes for ${account}`,
  fileNote: "Each code works once.",
  goneHeading: "Recovery codes",
  gone: "These codes were shown once.",
  makeNew: "Make new codes",
  left: (left: number, total: number) => `${left} of ${count(total, "recovery code", "recovery codes")} left`,
  renewHeading: "Make new recovery codes?",
  renewLead: (left: number) =>
    left === 0
      ? "You have no codes left."
      : `Your ${count(left, "unused code stops", "unused codes stop")} working.`,
  keepOld: "Keep the old ones",
};

export const overview = {
  heading: "Two-factor authentication",
  on: "On",
  off: "Off",
  askedFirst: "Asked first",
  askFirst: "Ask this first",
  askFirstNamed: (name: string) => `Ask this first: ${name}`,
  lastUsed: (date: Words) => say`Last used ${date}`,
  replace: "Replace",
  replaceNamed: (name: string) => `Replace ${name}`,
  remove: "Remove",
  removeNamed: (name: string) => `Remove ${name}`,
  unsaved: "You haven't saved your recovery codes.",
  browsers: (n: number) => count(n, "browser", "browsers"),
  manage: "Manage",
  manageBrowsers: "Manage remembered browsers",
  turnOn: "Turn on",
  addAnother: "Add another way",
  notConfigured: (support: Words) => say`Two-factor authentication isn't configured. Ask ${support}.`,
  notices: {
    "turned-on": "Two-factor authentication is on.",
    replaced: "Replaced. The old one no longer works.",
    removed: "Removed. It no longer works.",
    "recovery-codes-saved": "Your recovery codes are saved.",
    preferred: "You'll be asked for that first.",
    "sessions-ended": "Signed out everywhere else.",
    "password-changed": "Your password is changed. You're signed out everywhere else.",
  },
  endOthers: "Sign out everywhere else",
  removeHeading: (name: string) => `Remove ${name}?`,
  lastOne: "Only your password will protect your account.",
  requiredHere: "Your organisation requires this. Replace it instead.",
  keepIt: "Keep it",
};

export const browsers = {
  heading: "Remembered browsers",
  lead: "They skip the code until the date shown.",
  none: "No browser is remembered.",
  thisOne: (name: Words) => say`${name} (this browser)`,
  dates: (lastUsed: Words, until: Words) => say`Last used ${lastUsed}, until ${until}`,
  forget: "Forget",
  forgetNamed: (name: string) => `Forget ${name}`,
  forgetAll: "Forget all",
  notices: {
    forgotten: "Forgotten. It will be asked for a code.",
    "all-forgotten": "Forgotten. Every browser will be asked for a code.",
  },
};

/** What is said of the things that happened to an account. */
import type { AdminAct, FactorKind, LinkUse } from "../core/model.js";
import { count, say, type Words } from "./words.js";

/** As in "Signed in with authenticator app". */
const NAMES: Record<FactorKind, string> = {
  totp: "authenticator app",
  email: "e-mail",
  sms: "text message",
  passkey: "passkey",
  "recovery-code": "recovery code",
};

/** What an administrator did. */
const ACTS: Record<AdminAct, string> = {
  disable: "An administrator switched off two-factor authentication",
  unlock: "An administrator unlocked codes",
  "forget-browsers": "An administrator forgot the remembered browsers",
  "end-sessions": "An administrator ended every session",
  "set-phone": "An administrator filled in a mobile number",
  "require-password-change": "An administrator asked for a new password",
  "temporary-password": "An administrator made a temporary password",
  reset: "An administrator sent a link to reset the password",
};

const LINKS: Partial<Record<LinkUse, string>> = {
  welcome: "A link for the first sign-in was mailed",
  reset: "A link to reset the password was mailed",
  unlock: "A link to switch codes on again was mailed",
};

type Detail = Readonly<Record<string, unknown>>;

const nameOf = (kind: unknown) => NAMES[kind as FactorKind] ?? "";

const WORDS: Record<string, (detail: Detail) => string> = {
  "signed-in": ({ factors }) => {
    const names = Array.isArray(factors) ? factors.map(nameOf).filter(Boolean) : [];
    return names.length > 0 ? `Signed in with ${names.join(", ")}` : "Signed in";
  },
  "signed-out": () => "Signed out",
  "code-refused": () => "A wrong code was entered",
  locked: ({ blocked }) => (blocked === true ? "Codes were switched off" : "Codes were paused"),
  enrolled: ({ factor }) => `Added: ${nameOf(factor)}`,
  removed: ({ factor }) => `Removed: ${nameOf(factor)}`,
  "address-changed": ({ factor }) => `Codes by ${nameOf(factor)} go elsewhere`,
  "change-stopped": () => "A change was stopped with a mailed link",
  reopened: () => "Codes were switched on again with a mailed link",
  "link-sent": ({ use }) => LINKS[use as LinkUse] ?? "A link was mailed",
  "link-used": ({ use }) =>
    use === "welcome" ? "The first sign-in began" : "A link to reset the password was used",
  "recovery-code-used": ({ left }) => `A recovery code was used, ${count(Number(left), "is", "are")} left`,
  "recovery-codes-renewed": () => "New recovery codes were made",
  "browser-trusted": () => "A browser was remembered",
  "browser-forgotten": () => "A remembered browser was forgotten",
  "password-changed": () => "The password was changed",
  "temporary-password-used": () => "A temporary password was used",
  "step-up": ({ factor }) => `Confirmed with ${nameOf(factor)}`,
  "session-ended": () => "A session ended",
  "sessions-ended": () => "Signed out everywhere else",
  administered: ({ act }) => ACTS[act as AdminAct] ?? "An administrator changed something",
};

export const history = {
  heading: "Security history",
  none: "Nothing has happened yet.",
  /** An event that this version does not know is shown by its name: it may have come from a newer one. */
  words: (event: string, detail: Detail): string => WORDS[event]?.(detail) ?? event.replaceAll("-", " "),
  because: (by: Words, reason: Words) => say`By ${by}. Reason: ${reason}`,
  notYou: "Not you?",
  secure: "Secure my account",
  older: "Older",
};

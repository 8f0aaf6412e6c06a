/**
 * Every word the pages say, in English. Another language is another object of the same type.
 * What is shown as running text takes nodes, so that a page can isolate an address or a name in it.
 */
import type { FactorKind } from "../core/model.js";
import { password } from "./messages-account.js";
import { administration, adminPolicy } from "./messages-admin.js";
import { enrol, enrolEmail, enrolSms } from "./messages-enrol.js";
import { history } from "./messages-history.js";
import { links } from "./messages-links.js";
import { people, person, temporaryPassword } from "./messages-people.js";
import { browsers, overview, recoveryCodes } from "./messages-settings.js";
import { challenge, choose, expired, field, locked, send } from "./messages-sign-in.js";

const factors: Record<FactorKind, { name: string; inSentence: string; note?: string }> = {
  totp: { name: "Authenticator app", inSentence: "authenticator app" },
  email: { name: "E-mail", inSentence: "e-mail" },
  sms: { name: "Text message", inSentence: "text message", note: "Less secure; prefer an app or e-mail." },
  passkey: { name: "Passkey", inSentence: "passkey" },
  "recovery-code": { name: "Recovery codes", inSentence: "recovery codes" },
};

const shared = {
  testMode: "Nothing is sent.",
  openOutbox: "Open the outbox.",
  error: "Error:",
  useAnotherAccount: "Use another account",
  signOut: "Sign out",
  cancel: "Cancel",
  back: "Back to your settings",
  backToSignIn: "Back to sign-in",
  anAdministrator: "an administrator",
  you: "you",
};

export const english = {
  lang: "en",
  dir: "ltr" as "ltr" | "rtl",
  /** Which conventions dates follow until the browser's own are known. */
  dateLocale: "en-GB",
  factors,
  shared,
  field,
  send,
  challenge,
  choose,
  locked,
  expired,
  enrol,
  enrolEmail,
  enrolSms,
  recoveryCodes,
  overview,
  browsers,
  administration,
  password,
  adminPolicy,
  people,
  person,
  temporaryPassword,
  history,
  links,
};

export type Messages = typeof english;

/**
 * Every word the pages say, in English. Another language is another object of the same type.
 * What is shown as running text takes nodes, so that a page can isolate an address or a name in it.
 */
import type { ComponentChildren } from "preact";
import type { FactorKind } from "../core/model.js";

type Node = ComponentChildren;

/** A sentence with nodes in it, left as parts for the renderer. */
const say = (parts: TemplateStringsArray, ...nodes: Node[]): Node =>
  parts.flatMap((part, at) => [part, nodes[at]]);

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

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

const field = {
  code: "6-digit code",
  recoveryCode: "Recovery code",
  enterCode: "Enter the 6-digit code.",
  enterRecoveryCode: "Enter a recovery code.",
  malformedRecoveryCode: "A recovery code has 16 letters and digits.",
  wrong: "That code isn't right. Try again.",
  superseded: "Only the newest code works.",
  used: "That code was already used. Wait for the next one.",
  usedRecoveryCode: "That code was already used. Use another one.",
  clock:
    "That code was right a few minutes ago. Set your phone's clock to automatic and use the current code.",
  triesLeft: (n: number) => `${count(n, "try", "tries")} left.`,
};

const challenge = {
  heading: "Enter your code",
  signingInAs: (account: Node) => say`Signing in as ${account}.`,
  fromApp: (issuer: Node) => say`Open your authenticator app and enter the code for ${issuer}.`,
  unsent: (hint: Node) => say`We'll send a code to ${hint}.`,
  sent: (hint: Node, minutes: number) =>
    say`We sent a code to ${hint}. It works for ${count(minutes, "minute", "minutes")}.`,
  sendCode: "Send code",
  rememberBrowser: (days: number) => `Remember this browser for ${count(days, "day", "days")}`,
  notShared: "Not on a shared computer.",
  submit: "Continue",
  notArrived: "Didn't get it?",
  wait: "It can take a minute.",
  checkSpam: (sender: Node) => say`Check spam for mail from ${sender}.`,
  sendAgain: "Send a new code",
  tryAnotherWay: "Try another way",
  recoveryHeading: "Enter a recovery code",
  recoveryLead: "Each saved code works once.",
  stepUpHeading: "Confirm it's you",
  stepUpLead: (description: Node) => say`Enter a new code to ${description}.`,
  confirm: "Confirm",
};

const choose = {
  heading: "Choose how to confirm",
  ways: {
    totp: () => "Use your authenticator app",
    email: (hint: Node) => say`E-mail a code to ${hint}`,
    sms: (hint: Node) => say`Text a code to ${hint}`,
    passkey: () => "Use a passkey",
    "recovery-code": () => "Use a recovery code",
  } satisfies Record<FactorKind, (hint: Node) => Node>,
  noneWork: (support: Node) => say`None of these work? Contact ${support}.`,
};

const locked = {
  heading: "Too many wrong codes",
  paused: (minutes: number) => `Codes are paused for about ${count(minutes, "minute", "minutes")}.`,
  notYou: "Not you? Change your password after signing in.",
  notYouSignedIn: "Not you? Change your password.",
  blocked: (support: Node) => say`This way is switched off. Ask ${support}.`,
  tryAgain: "Try again",
};

const expired = {
  heading: "That code has expired",
  appHeading: "Let's start again",
  stillOpen: "Your sign-in is still open.",
  overHeading: "Your sign-in timed out",
  overLead: "We'll take you where you were going.",
  signInAgain: "Sign in again",
};

const enrol = {
  heading: "Set up two-factor authentication",
  lead: "After your password you confirm it's you.",
  requiredHeading: "Protect your account",
  requiredLead: (issuer: Node) => say`${issuer} requires a second step. Set it up to continue.`,
  recommended: "Recommended",
  appHeading: "Set up your authenticator app",
  install: "Install any authenticator app.",
  scan: "Scan this code.",
  enter: "Enter the code it shows.",
  openInApp: "Open in your app",
  qrLabel: "QR code; the setup key does the same.",
  setupKey: "Setup key",
  clockHint: "Your phone's clock must be right.",
  turnOn: "Turn on",
  newKey: "Start again with a new key",
};

const recoveryCodes = {
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

const overview = {
  heading: "Two-factor authentication",
  on: "On",
  off: "Off",
  lastUsed: (date: Node) => say`Last used ${date}`,
  replace: "Replace",
  replaceNamed: (name: string) => `Replace ${name}`,
  remove: "Remove",
  removeNamed: (name: string) => `Remove ${name}`,
  unsaved: "You haven't saved your recovery codes.",
  turnOn: "Turn on",
  addAnother: "Add another way",
  notConfigured: (support: Node) => say`Two-factor authentication isn't configured. Ask ${support}.`,
  notices: {
    "turned-on": "Two-factor authentication is on.",
    replaced: "Replaced. The old one no longer works.",
    removed: "Removed. It no longer works.",
    "recovery-codes-saved": "Your recovery codes are saved.",
  },
  removeHeading: (name: string) => `Remove ${name}?`,
  lastOne: "Only your password will protect your account.",
  requiredHere: "Your organisation requires this. Replace it instead.",
  keepIt: "Keep it",
};

export const english = {
  lang: "en",
  dir: "ltr" as "ltr" | "rtl",
  /** Which conventions dates follow until the browser's own are known. */
  dateLocale: "en-GB",
  factors,
  shared,
  field,
  challenge,
  choose,
  locked,
  expired,
  enrol,
  recoveryCodes,
  overview,
};

export type Messages = typeof english;

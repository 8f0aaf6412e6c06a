/** What is said while a code is asked for, at sign-in or before an action. */
import type { FactorKind } from "../core/model.js";
import { count, say, type Words } from "./words.js";

export const field = {
  code: "6-digit code",
  recoveryCode: "Recovery code",
  enterCode: "Enter the 6-digit code.",
  enterRecoveryCode: "Enter a recovery code.",
  malformedRecoveryCode: "A recovery code has 16 letters and digits.",
  wrong: "That code isn't right. Try again.",
  superseded: "Only the newest code works.",
  used: "That code was already used. Wait for the next one.",
  usedRecoveryCode: "That code was already used. Use another one.",
  expired: "That code has expired. Send a new code.",
  tookTooLong: "That took too long. Enter the current code.",
  clock:
    "That code was right a few minutes ago. Set your phone's clock to automatic and use the current code.",
  triesLeft: (n: number) => `${count(n, "try", "tries")} left.`,
};

/** Why no code went out, and then what can be done about it. */
export const send = {
  tooSoon: (wait: string) => `You can ask for a new code in ${wait}.`,
  seconds: (n: number) => count(n, "second", "seconds"),
  minutes: (n: number) => count(n, "minute", "minutes"),
  hours: (n: number) => count(n, "hour", "hours"),
  failed: "We couldn't send the code.",
  againOrAnotherWay: "Try again or choose another way.",
  inAMinute: "Try again in a minute.",
  unreachable: { email: "We can't send codes to this address.", sms: "We can't text this number." },
  region: "We can't text numbers in this country.",
  another: { email: "Use another address.", sms: "Use another number." },
  anotherWay: "Choose another way.",
  ask: (support: Words) => say`Ask ${support}.`,
  optedOut: "This number has opted out of our messages.",
  startOrAnotherWay: "Text START to us first, or choose another way.",
  startThenAgain: "Text START to us, then try again.",
};

export const challenge = {
  heading: "Enter your code",
  signingInAs: (account: Words) => say`Signing in as ${account}.`,
  fromApp: (issuer: Words) => say`Open your authenticator app and enter the code for ${issuer}.`,
  unsent: (hint: Words) => say`We'll send a code to ${hint}.`,
  sent: (hint: Words, minutes: number) =>
    say`We sent a code to ${hint}. It works for ${count(minutes, "minute", "minutes")}.`,
  sendCode: "Send code",
  rememberBrowser: (days: number) => `Remember this browser for ${count(days, "day", "days")}`,
  notShared: "Not on a shared computer.",
  submit: "Continue",
  notArrived: "Didn't get it?",
  wait: "It can take a minute.",
  checkSpam: (sender: Words) => say`Check spam for mail from ${sender}.`,
  sendAgain: "Send a new code",
  /** `time` as minutes and seconds: "0:42". */
  newCodeIn: (time: string) => `New code in ${time}`,
  newCodeNow: "You can ask for a new code now.",
  tryAnotherWay: "Try another way",
  recoveryHeading: "Enter a recovery code",
  recoveryLead: "Each saved code works once.",
  stepUpHeading: "Confirm it's you",
  stepUpLead: (description: Words) => say`Enter a new code to ${description}.`,
  confirm: "Confirm",
};

export const choose = {
  heading: "Choose how to confirm",
  ways: {
    totp: () => "Use your authenticator app",
    email: (hint: Words) => say`E-mail a code to ${hint}`,
    sms: (hint: Words) => say`Text a code to ${hint}`,
    passkey: () => "Use a passkey",
    "recovery-code": () => "Use a recovery code",
  } satisfies Record<FactorKind, (hint: Words) => Words>,
  noneWork: (support: Words) => say`None of these work? Contact ${support}.`,
};

export const locked = {
  heading: "Too many wrong codes",
  stoppedHeading: "Codes are stopped",
  paused: (minutes: number) => `Codes are paused for about ${count(minutes, "minute", "minutes")}.`,
  notYou: "Not you? Change your password after signing in.",
  notYouSignedIn: "Not you? Change your password.",
  blocked: (support: Words) => say`This way is switched off. Ask ${support}.`,
  blockedMailed: (support: Words) =>
    say`This way is switched off. Use the link we e-mailed you, or ask ${support}.`,
  tryAgain: "Try again",
};

export const expired = {
  heading: "That code has expired",
  appHeading: "Let's start again",
  stillOpen: "Your sign-in is still open.",
  overHeading: "Your sign-in timed out",
  overLead: "We'll take you where you were going.",
  signInAgain: "Sign in again",
};

/** What is said while a way to confirm is set up. */
import { say, type Words } from "./words.js";

export const enrol = {
  heading: "Set up two-factor authentication",
  lead: "After your password you confirm it's you.",
  requiredHeading: "Protect your account",
  requiredLead: (issuer: Words) => say`${issuer} requires a second step. Set it up to continue.`,
  requiredFrom: (issuer: Words, date: Words) => say`${issuer} requires a second step from ${date}.`,
  setUpNow: "Set it up now",
  remindLater: "Remind me later",
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

export const enrolEmail = {
  heading: "Where should we send codes?",
  address: "E-mail address",
  addressHint: "It may differ from your account's.",
  send: "Send code",
  sentHeading: "Check your e-mail",
  change: "Change address",
};

export const enrolSms = {
  heading: "Which number should we text?",
  country: "Country",
  chooseCountry: "Choose a country",
  countryOption: (name: string, callingCode: string) => `${name} (${callingCode})`,
  number: "Mobile number",
  numberHint: "Used only for codes.",
  send: "Text me a code",
  sentHeading: "Check your phone",
  change: "Change number",
  keptHeading: "Set up codes by text message",
  kept: (number: Words) => say`We'll text a code to ${number}.`,
  changeKept: "Change it in your account",
  noneKept: "Save your mobile number in your account first.",
  openAccount: "Open your account",
  askForNumber: (support: Words) => say`Your account has no mobile number. Ask ${support} to add it.`,
};

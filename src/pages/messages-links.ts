/** What is said on the pages behind mailed links. */
import type { LinkUse } from "../core/model.js";
import { say, type Words } from "./words.js";

export interface Opened {
  /** With the product's name, which a page isolates. */
  heading: (issuer: Words) => Words;
  /** The same as plain text. */
  title: (issuer: string) => string;
  lead: string;
  go: string;
}

const plain = (heading: string) => ({ heading: () => heading, title: () => heading });

/** Before anything happens: what the button does. */
const opened: Record<LinkUse, Opened> = {
  welcome: {
    heading: (issuer) => say`Welcome to ${issuer}`,
    title: (issuer) => `Welcome to ${issuer}`,
    lead: "Step 1 of 3",
    go: "Start",
  },
  reset: { ...plain("Reset your password"), lead: "Next, choose a new password.", go: "Go on" },
  stop: {
    ...plain("Stop this change?"),
    lead: "Codes stop going to the new place, what was set up since is switched off, and everybody is signed out.",
    go: "Stop it",
  },
  unlock: {
    ...plain("Switch codes on again?"),
    lead: "They were switched off after too many wrong ones.",
    go: "Switch codes on",
  },
};

const done: Record<"stop" | "unlock", { heading: string; lead: (support: Words) => Words }> = {
  stop: {
    heading: "The change is stopped",
    lead: (support) =>
      say`Sign in another way and change your password: someone may know it. No other way? Ask ${support}.`,
  },
  unlock: {
    heading: "Codes work again",
    lead: () => "Weren't the wrong codes yours? Sign in and change your password: someone may know it.",
  },
};

export interface Asked {
  heading: string;
  address: string;
  path: string;
  sent: (address: Words) => Words;
}

const asked: Record<"welcome" | "reset", Asked> = {
  welcome: {
    heading: "First time here?",
    address: "Work e-mail",
    path: "/first-login",
    sent: (address) =>
      say`If an account is waiting for ${address}, a link is on its way. It works for 72 hours.`,
  },
  reset: {
    heading: "Reset your password",
    address: "E-mail address",
    path: "/forgot",
    sent: (address) => say`If ${address} can be reset here, a link is on its way.`,
  },
};

export const links = {
  asked,
  send: "Send link",
  sentHeading: "Check your e-mail",
  resetClosed: (support: Words) => say`Ask ${support} to reset your account.`,
  opened,
  done,
  signIn: "Sign in",
  expiredHeading: "This link no longer works",
  expiredLead: "Links work once and expire.",
  askAgain: "Ask for a new one",
};

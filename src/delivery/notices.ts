/** What people are told by mail when something happens to their second factor. */
import type { EventName, SecurityEvents } from "../core/events.js";
import { day, time, whenAndWhere } from "../core/link-mail.js";
import type { MailedLink } from "../core/links.js";
import type { AdminAct, FactorKind } from "../core/model.js";

export interface NoticeWords {
  subject: string;
  /** A sentence or two. */
  body: string;
}

const NAMES: Record<FactorKind, string> = {
  totp: "authenticator app",
  email: "e-mail",
  sms: "text message",
  passkey: "passkey",
  "recovery-code": "recovery codes",
};

const ACTS: Record<AdminAct, string> = {
  disable: "Two-factor authentication was switched off",
  unlock: "Codes work again",
  "forget-browsers": "Remembered browsers were forgotten",
  "end-sessions": "You were signed out everywhere",
  "set-phone": "A mobile number was filled in for you, and works once you confirm it",
  "require-password-change": "You choose a new password at your next sign-in",
  "temporary-password": "A temporary password was made, and your old one no longer works",
  reset: "A link to choose a new password was e-mailed to you",
};

/** With this few left it is time to make new ones. */
const FEW = 3;

/** Undefined where it is nothing to tell anybody. */
type Words<E extends EventName> = (detail: SecurityEvents[E], link?: MailedLink) => NoticeWords | undefined;

/** The events that are told, each with its words. */
export const NOTICES = {
  enrolled({ factor, first, isImported }) {
    if (isImported) return undefined;
    if (first) return { subject: "Two-factor authentication is on", body: `By ${NAMES[factor]}.` };
    return { subject: `Added: ${NAMES[factor]}`, body: `Added: ${NAMES[factor]}.` };
  },
  removed: ({ factor, last }) =>
    last
      ? { subject: "Two-factor authentication is off", body: "Only your password protects your account." }
      : { subject: `Removed: ${NAMES[factor]}`, body: `Removed: ${NAMES[factor]}.` },
  "recovery-code-used": ({ left }) => ({
    subject: "A recovery code was used",
    body: `${left} left.${left <= FEW ? " Make new ones." : ""}`,
  }),
  "recovery-codes-renewed": () => ({
    subject: "New recovery codes were made",
    body: "The old ones no longer work.",
  }),
  locked: ({ blocked, until }: SecurityEvents["locked"], link?: MailedLink) => ({
    subject: "Wrong codes on your account",
    body: `${paused(blocked, until)} Someone may know your password.${switchOn(link)}`,
  }),
  "password-changed": () => ({
    subject: "Your password was changed",
    body: "Every other session has ended, and no browser is remembered any more.",
  }),
  "change-stopped": () => ({
    subject: "Your codes were stopped",
    body: "The change was stopped with the link we e-mailed. Sign in another way, or ask an administrator.",
  }),
  reopened: () => ({ subject: "Codes work again", body: "By the link we e-mailed." }),
  "browser-trusted": ({ browser, until }) => ({
    subject: "A browser is now remembered",
    body: `${browser}, until ${day(until)}.`,
  }),
  administered: ({ act, reason, disables }) => ({
    subject: "An administrator changed your sign-in",
    body: `${ACTS[act]}${disables ? "; two-factor authentication goes off with it" : ""}. Reason: ${reason}${/[.!?]$/.test(reason) ? "" : "."}`,
  }),
} satisfies { [E in EventName]?: Words<E> };

export type NoticeName = keyof typeof NOTICES;

function switchOn(link: MailedLink | undefined): string {
  return link ? ` Switch codes on again, until ${day(link.expiresAt)}: ${link.url}` : "";
}

function paused(blocked: boolean, until: Date | undefined): string {
  return blocked || !until ? "Codes are switched off." : `Paused until ${time(until)}.`;
}

/** The whole text of a mail: what happened, when and from where, and where to go if it was somebody else. */
export function noticeText(
  words: NoticeWords,
  { at, browser, link }: { at: Date; browser?: string; link: string },
): string {
  return `${words.body}\n\n${whenAndWhere(at, browser)} Not you? ${link}\n`;
}

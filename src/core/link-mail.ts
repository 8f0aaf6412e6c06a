/** What the mails with a link say. */
import type { LinkUse } from "./model.js";
import { oneLine } from "./words.js";

export interface LinkWords {
  subject: string;
  text: string;
}

/** "2026-11-30". */
export const day = (at: Date) => at.toISOString().slice(0, 10);
/** "14:32 UTC". */
export const time = (at: Date) => `${at.toISOString().slice(11, 16)} UTC`;

/** When something happened, and from where, as the last line of a notice. */
export function whenAndWhere(at: Date, browser?: string): string {
  return `${day(at)}, ${time(at)}${browser ? `, ${browser}` : ""}.`;
}

/** To where codes went so far. `stop` is absent where an earlier link stops this as well. */
export function changeMail({
  hint,
  stop,
  at,
  browser,
}: {
  /** The new address, covered. */
  hint: string;
  stop?: { url: string; until: Date };
  at: Date;
  browser?: string;
}): LinkWords {
  const way = stop
    ? `Stop this until ${day(stop.until)}: ${stop.url}`
    : "Not you? Use the link we sent before.";
  return {
    subject: "Your codes now go elsewhere",
    text: `New: ${hint}. ${way}\n\n${whenAndWhere(at, browser)}\n`,
  };
}

/** For a first sign-in, or a new password. */
export function passwordMail(
  use: Extract<LinkUse, "welcome" | "reset">,
  { issuer, url, hours }: { issuer: string; url: string; hours: number },
): LinkWords {
  const name = oneLine(issuer);
  const subject = use === "welcome" ? `Set up your ${name} account` : `Reset your ${name} password`;
  const life = hours === 1 ? "1 hour" : `${hours} hours`;
  return { subject, text: `${url} works once, for ${life}.\n\nNot you? Ignore this.\n` };
}

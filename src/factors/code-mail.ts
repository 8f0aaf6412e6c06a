/** The mail that carries a code: its words, as text and as HTML. */
import type { Message } from "../core/delivery.js";
import type { CodeNote } from "../core/factor.js";
import { oneLine } from "../core/words.js";
import { actionOf, cutTo, type MessageTools, minutesOf } from "./code-words.js";

/** Letters of a name or a description in a subject: all of it is then about what a mail program shows in a list. */
const MAX_IN_SUBJECT = 60;
/** Simple enough for every mail program, and without colours: what shows it picks those for light and dark. */
const STYLE = "margin:0 auto;padding:24px 16px;max-width:28rem;font:16px/1.5 system-ui,sans-serif";
const CODE_STYLE = "display:block;font-size:32px;line-height:1.5;letter-spacing:.15em";

/**
 * The mail for a note. The code opens the body and is never in the subject: gateways keep subjects in their logs. The
 * time of `note.at` is in it, in UTC, so that mail programs do not fold one code's mail into another's. Text and HTML
 * say the same; names are escaped, and cannot break a line. Does not check where it goes.
 */
export function mailOf(note: CodeNote, { issuer }: MessageTools): Message {
  const words = { issuer: oneLine(issuer), account: oneLine(note.account) };
  const subject = `${subjectOf(note, words.issuer)}, ${note.at.toISOString().slice(11, 16)} UTC`;
  const [use, rest] = [useOf(note, words), restOf(note)];
  return {
    to: note.to,
    subject,
    text: `${note.code} ${use}\n\n${rest}\n`,
    html: htmlOf({ subject, code: note.code, use, rest }),
    reference: note.reference,
    at: note.at,
  };
}

function subjectOf(note: CodeNote, issuer: string): string {
  const action = actionOf(note);
  if (action) return `Confirm: ${short(action)}`;
  if (note.purpose === "login") return `Your ${short(issuer)} sign-in code`;
  return "Confirm this address";
}

/** What follows the code: "is your Acme code to sign in." */
function useOf(note: CodeNote, { issuer, account }: { issuer: string; account: string }): string {
  const action = actionOf(note);
  const is = `is your ${issuer} code to`;
  if (action) return `${is} ${action}. It allows nothing else.`;
  if (note.purpose === "login") return `${is} sign in.`;
  return `${is} add this address to ${account}.`;
}

function restOf(note: CodeNote): string {
  const advice = note.purpose.startsWith("enrol:") ? "Ignore this." : "Change your password.";
  return `It works for ${minutesOf(note)}; only the newest works. Never share it. Not you? ${advice}`;
}

function short(text: string): string {
  return cutTo(MAX_IN_SUBJECT, text, "…", (part) => Array.from(part).length);
}

/** The code is one run of text, spaced by its style alone: copied, it is the code. */
function htmlOf({ subject, code, use, rest }: Record<"subject" | "code" | "use" | "rest", string>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escaped(subject)}</title>
</head>
<body>
<div style="${STYLE}">
<p><strong style="${CODE_STYLE}">${escaped(code)}</strong> ${escaped(use)}</p>
<p>${escaped(rest)}</p>
</div>
</body>
</html>
`;
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? "");
}

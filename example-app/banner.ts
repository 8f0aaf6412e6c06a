/** What the demo says in the terminal once it runs. */
import { roleText } from "./pages/role-text.js";
import { DEMO_PASSWORD, type DemoAccount } from "./seed.js";

interface Started {
  /** What the shop is called. */
  name: string;
  origin: string;
  /** Which database it is, and why. */
  database: string;
  /** Where messages go, a line each. */
  messages: readonly string[];
  /** The demo accounts, and the addresses of those that are new; absent where none are ever made. */
  demo?: { accounts: readonly DemoAccount[]; made: readonly string[] };
}

export function greeting({ name, origin, database, messages, demo }: Started): string {
  const lines = [
    "",
    `  ${name}, an example shop for passport-second-factor: ${origin}`,
    "",
    ...wrap(database),
    "",
    ...messages.flatMap(wrap),
    ...(demo ? demoLines(demo) : []),
    "",
    "  Ctrl-C ends it.",
    "",
  ];
  return lines.join("\n");
}

function demoLines({ accounts, made }: NonNullable<Started["demo"]>): string[] {
  const rows = accounts.map(({ email, roles, note }) => [email, roleText(roles).toLowerCase(), note]);
  const kept = made.length < accounts.length;
  return [
    "",
    `  Sign in with the password ${DEMO_PASSWORD} as`,
    "",
    ...table(["account", "role", "second factor"], rows),
    ...(kept ? ["", ...wrap("Accounts that were there already were left as they are.")] : []),
  ];
}

/** Columns as wide as their widest cell; the last one runs free. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("   ")}`.trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

const WIDTH = 96;

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines;
}

/** What the demo says in the terminal once it runs. */
import { DEMO_ACCOUNTS, DEMO_PASSWORD } from "./seed.js";

interface Started {
  origin: string;
  /** Which database it is, and why. */
  database: string;
  /** Addresses of the demo accounts that are new; absent where none are ever made. */
  made?: readonly string[];
}

export function greeting({ origin, database, made }: Started): string {
  const lines = ["", `  Acme, an example shop for passport-second-factor: ${origin}`, "", ...wrap(database)];
  return [...lines, ...(made ? accounts(made) : []), "", "  Ctrl-C ends it.", ""].join("\n");
}

function accounts(made: readonly string[]): string[] {
  const rows = DEMO_ACCOUNTS.map(({ email, roles, note }) => [
    email,
    roles.includes("admin") ? "administrator" : "customer",
    note,
  ]);
  const kept = made.length < DEMO_ACCOUNTS.length;
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

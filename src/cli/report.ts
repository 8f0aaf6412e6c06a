/** `report`: what the policy means, the one that holds or another one. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Policy } from "../core/policy.js";
import type { Affected } from "../express/policy-report.js";
import type { SecondFactor } from "../second-factor.js";
import type { ReportCommand } from "./arguments.js";
import { UsageError } from "./failures.js";
import { say, type Terminal } from "./terminal.js";
import { fields, number, plain } from "./text.js";

export async function report(
  terminal: Terminal,
  { admin }: SecondFactor,
  { policy: path, csv }: ReportCommand,
): Promise<void> {
  const policy = path === undefined ? undefined : await policyIn(resolve(terminal.cwd, path));
  if (csv) return stream(terminal, admin.reportCsv(policy));
  const { people, covered, must, cannot, notAsked, affected } = await admin.report(policy);
  const rows = [
    ["People", number(people)],
    ["Covered", number(covered)],
    ["Must set up", number(must)],
    ["Can't", number(cannot)],
    ["Not asked", number(notAsked)],
  ] as const;
  const more = must + cannot > affected.length ? [`… the first ${affected.length}; --csv has them all.`] : [];
  const list = affected.length > 0 ? ["", ...affected.map(line), ...more] : [];
  say(terminal, ...fields(rows), ...list);
}

function line({ id, account, outcome, why }: Affected): string {
  const what = outcome === "must" ? "must set up" : `can't: ${why}`;
  return plain(`${account} (${id}): ${what}`);
}

/** As it is read, however many they are. */
async function stream({ stdout }: Terminal, lines: AsyncIterable<string>): Promise<void> {
  for await (const text of lines) if (!stdout.write(text)) await once(stdout, "drain");
}

async function policyIn(path: string): Promise<Policy> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Policy;
  } catch (error) {
    throw new UsageError(`${path} is no policy: ${(error as Error).message}`);
  }
}

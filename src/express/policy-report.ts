/** What a policy would mean for everybody, in one pass over all users, with no more of them in memory than one. */
import type { Request, Response } from "express";
import type { CurrentSettings, EffectiveSettings } from "../core/current-settings.js";
import type { Policy } from "../core/policy.js";
import { type Assessed, assess, counted, emptyTally, type Tally } from "../core/report.js";
import { setHeaders } from "./negotiate.js";
import type { Runtime } from "./runtime.js";

/** Of those that would be affected, so many are named; a CSV has them all. */
const NAMED = 50;

export interface Affected {
  id: string;
  account: string;
  outcome: "must" | "cannot";
  why?: string;
}

export interface Report extends Tally {
  /** Sessions that would end, where the session store can count them. */
  sessions?: number;
  affected: Affected[];
}

/** With how many sessions would end, which a session store may know. */
export async function reportOn(runtime: Runtime, req: Request, settings: EffectiveSettings): Promise<Report> {
  const isActivated = isActivation(await runtime.settings.load(), settings.policy);
  const sessions = isActivated ? await sessionsIn(req) : 0;
  return { ...(await reportFor(runtime, settings)), ...(sessions === undefined ? {} : { sessions }) };
}

export async function reportFor(runtime: Runtime, settings: EffectiveSettings): Promise<Report> {
  let tally = emptyTally();
  const affected: Affected[] = [];
  for await (const { assessed, row } of everybody(runtime, settings)) {
    tally = counted(tally, assessed);
    if (row && affected.length < NAMED) affected.push(row);
  }
  return { ...tally, affected };
}

/** A row for everybody who would be affected, written as they are read. */
export async function streamCsv(runtime: Runtime, res: Response, settings: EffectiveSettings): Promise<void> {
  setHeaders(res);
  res.type("text/csv").attachment("second-factor-report.csv");
  for await (const line of csvLines(runtime, settings)) {
    // Whoever asked has gone: the cursor closes with the loop.
    if (res.destroyed) return;
    if (!res.write(line)) await drained(res);
  }
  res.end();
}

/** A line for everybody, as they are read; an empty text for whoever is not affected, so that a reader can stop there. */
export async function* csvLines(runtime: Runtime, settings: EffectiveSettings): AsyncGenerator<string, void> {
  yield "id,account,outcome,why\r\n";
  for await (const { row } of everybody(runtime, settings)) {
    yield row ? `${[row.id, row.account, row.outcome, row.why ?? ""].map(cell).join(",")}\r\n` : "";
  }
}

async function* everybody(runtime: Runtime, settings: EffectiveSettings) {
  const unready = runtime.unready(settings);
  for await (const { user, ref, standing } of runtime.store.people()) {
    const roles = await runtime.rolesOf(user);
    const assessed = assess(settings.policy, { roles, standing }, runtime.configured, unready);
    yield { assessed, row: rowOf(runtime, ref.id, user, assessed) };
  }
}

function rowOf(
  runtime: Runtime,
  id: string,
  user: unknown,
  { outcome, why }: Assessed,
): Affected | undefined {
  if (outcome !== "must" && outcome !== "cannot") return undefined;
  return { id, account: runtime.accountOf(user), outcome, ...(why ? { why } : {}) };
}

const FORMULAS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0"];

/** A cell that a spreadsheet would run as a formula is made text (ASVS 5.0, 1.2.10). */
function cell(text: string): string {
  const safe = FORMULAS.includes(text.charAt(0)) && text !== "" ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

function drained(res: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off("drain", done).off("close", done);
      resolve();
    };
    res.on("drain", done).on("close", done);
  });
}

/** Only the organisation's beginning to require it ends sessions. */
function isActivation({ policy: now }: CurrentSettings, policy: Policy): boolean {
  return policy.organisation === "required" && now.organisation !== "required";
}

/** Not every session store can tell how many there are. */
function sessionsIn({ sessionStore }: Request): Promise<number | undefined> {
  return new Promise((resolve) => {
    if (!sessionStore?.length) return resolve(undefined);
    sessionStore.length((error, count) => resolve(error ? undefined : count));
  });
}

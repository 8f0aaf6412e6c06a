/** A code that comes with the request it is for: clients that ask in one round. */
import type { Request } from "express";

const HEADERS = { code: "second-factor-code", kind: "second-factor-kind" };
const FIELDS = { code: "secondFactorCode", kind: "secondFactorKind" };

/** Untrusted, and perhaps no text. */
export interface OfferedCode {
  code: unknown;
  /** The kind of factor that it is of; absent: the usual one. */
  kind?: unknown;
}

/** Takes the code out of headers and body, so that no handler and no log behind sees it. A header wins. */
export function takeCode(req: Request): OfferedCode | undefined {
  const { code, kind } = { ...offeredIn(req.body, FIELDS), ...offeredIn(req.headers, HEADERS) };
  for (const name of Object.values(HEADERS)) dropRaw(req.rawHeaders, name);
  return code === undefined || code === "" ? undefined : { code, ...(kind ? { kind } : {}) };
}

/** What of the two is there, which is then there no more. */
function offeredIn(from: unknown, names: typeof FIELDS): Partial<OfferedCode> {
  if (from === null || typeof from !== "object") return {};
  const fields = from as Record<string, unknown>;
  const found = Object.entries(names).filter(([, name]) => Object.hasOwn(fields, name));
  const offered = Object.fromEntries(found.map(([part, name]) => [part, fields[name]]));
  for (const [, name] of found) delete fields[name];
  return offered;
}

/** Names and values by turns. */
function dropRaw(raw: string[], name: string): void {
  for (let at = raw.length - 2; at >= 0; at -= 2) {
    if (raw[at]?.toLowerCase() === name) raw.splice(at, 2);
  }
}

/**
 * For whoever is signed out by the time they see their recovery codes: a slip in the page, with which they can still
 * say that they kept them. It says which set of whom, and is good for nothing else.
 */
import type { UserRef } from "../core/model.js";
import type { Runtime } from "./runtime.js";

export interface Shown {
  ref: UserRef;
  /** Id of the set of recovery codes. */
  set: string;
}

const CONTEXT = { user: "", kind: "saved-slip", record: "" };

export function savedSlip({ tools }: Runtime, shown: Shown): string {
  return tools.sealer.seal(Buffer.from(JSON.stringify(shown)), CONTEXT);
}

/** Undefined for anything that is no slip of ours. */
export function readSlip({ tools }: Runtime, slip: string): Shown | undefined {
  try {
    return JSON.parse(Buffer.from(tools.sealer.open(slip, CONTEXT).plain).toString()) as Shown;
  } catch {
    return undefined;
  }
}

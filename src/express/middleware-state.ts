/** What the gate found out about a request, for whoever asks later in the same request. */
import type { Request } from "express";
import type { Person } from "./person.js";

const gated = new WeakMap<Request, Person | undefined>();

export function markGated(req: Request, person: Person | undefined): void {
  gated.set(req, person);
}

/** Whether the gate has seen this request. */
export function isGated(req: Request): boolean {
  return gated.has(req);
}

/** The person the gate let through; undefined where it was nobody, or no gate ran. */
export function gatedPerson(req: Request): Person | undefined {
  return gated.get(req);
}

/** What the gate found out about a request, for whoever asks later in the same request. */
import type { Request } from "express";
import type { Person } from "./person.js";

const gated = new WeakMap<Request, Person | undefined>();

export function markGated(req: Request, person: Person | undefined): void {
  gated.set(req, person);
}

const mounts = new WeakMap<Request, string>();

/** Remembers where the app with the gate is mounted: inside a sub-app `req.app` and `req.baseUrl` are others. */
export function rememberMount(req: Request): void {
  mounts.set(req, req.baseUrl);
}

/** The path the app with the gate is mounted at; empty for an app that stands by itself. */
export function mountOf(req: Request): string {
  return mounts.get(req) ?? req.app.path();
}

/** Whether the gate has seen this request. */
export function isGated(req: Request): boolean {
  return gated.has(req);
}

/** The person the gate let through; undefined where it was nobody, or no gate ran. */
export function gatedPerson(req: Request): Person | undefined {
  return gated.get(req);
}

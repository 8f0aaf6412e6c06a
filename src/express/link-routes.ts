/** Links that need nobody signed in: stop a change of address, let codes be tried again. */
import type { Router } from "express";
import { reopenCodes, stopChange } from "../core/link-acts.js";
import { type LinkVisit, linkPages } from "./link-pages.js";
import { sendJson, sendPage, wantsPage } from "./negotiate.js";
import type { Runtime } from "./runtime.js";

const ACTS = {
  stop: { act: stopChange, state: "stopped" },
  unlock: { act: reopenCodes, state: "unlocked" },
} as const;

export function linkRoutes(runtime: Runtime, router: Router): void {
  for (const use of ["stop", "unlock"] as const) {
    linkPages(runtime, router, { use, spend: (visit) => spend(use, visit) });
  }
}

/** The page is the answer itself: there is no address that could show again what was done once. */
async function spend(use: keyof typeof ACTS, visit: LinkVisit): Promise<boolean> {
  const { runtime, req, res, token } = visit;
  const { act, state } = ACTS[use];
  if (!(await act(runtime, token))) return false;
  if (wantsPage(req)) await sendPage(runtime, req, res, { page: "link-done", use });
  else sendJson(res, 200, { state });
  return true;
}

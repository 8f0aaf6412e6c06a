/** How the gate answers whoever still owes something. */
import type { Request, Response } from "express";
import { baseOf, OWED, type Problem, seeOther, sendProblem, wantsPage } from "./negotiate.js";
import type { Runtime } from "./runtime.js";
import { isoOf } from "./sending.js";
import type { PendingLogin } from "./session.js";

/** Page: on to where it is settled. JSON: a problem that says where that is. */
export function answerOwed(runtime: Runtime, req: Request, res: Response, pending: PendingLogin): void {
  const { owes, graceUntil } = pending;
  if (wantsPage(req)) return seeOther(res, baseOf(runtime, req) + OWED[owes].path);
  sendProblem(res, {
    ...owedProblem(runtime, req, owes),
    ...(graceUntil ? { skippableUntil: isoOf(graceUntil) } : {}),
  });
}

export function owedProblem(runtime: Runtime, req: Request, owes: PendingLogin["owes"]): Problem {
  const { code, field, path } = OWED[owes];
  return { code, [field]: baseOf(runtime, req) + path };
}

/** How the gate answers whoever still owes something. */
import type { Request, Response } from "express";
import { baseOf, seeOther, sendProblem, wantsPage } from "./negotiate.js";
import type { Runtime } from "./runtime.js";
import { isoOf } from "./sending.js";
import type { PendingLogin } from "./session.js";

/** Page: on to the challenge, or to enrolment. JSON: 401 that says where the challenge is. */
export function answerOwed(runtime: Runtime, req: Request, res: Response, pending: PendingLogin): void {
  const enrol = pending.owes === "enrolment";
  const url = `${baseOf(runtime, req)}/${enrol ? "enrol" : "challenge"}`;
  if (wantsPage(req)) return seeOther(res, url);
  const { graceUntil } = pending;
  sendProblem(res, {
    code: enrol ? "enrolment_required" : "second_factor_required",
    challengeUrl: url,
    ...(graceUntil ? { skippableUntil: isoOf(graceUntil) } : {}),
  });
}

/** The choice of a way to set up. */
import type { Request, Response } from "express";
import { showEnrolment } from "../core/enrolment.js";
import type { FactorKind } from "../core/model.js";
import type { Enroller } from "./enroller.js";
import { sendJson, sendPage, wantsPage } from "./negotiate.js";
import type { Runtime } from "./runtime.js";

interface Visit {
  runtime: Runtime;
  req: Request;
  res: Response;
  enroller: Enroller;
}

export async function choose({ runtime, req, res, enroller }: Visit): Promise<void> {
  const { pending } = enroller;
  const required = pending !== undefined;
  const until = pending?.graceUntil === undefined ? {} : { until: new Date(pending.graceUntil) };
  const { kinds: factors, lacking } = await waysFor(runtime, enroller);
  if (!wantsPage(req)) {
    return sendJson(res, 200, { factors: factors.map((kind) => ({ kind })), required, ...until });
  }
  await sendPage(runtime, req, res, { page: "enrol-choose", factors, lacking, required, ...until });
}

/**
 * A way that takes the number on file lacks it where there is none. Somebody signed in can save one; a login that must
 * enrol cannot get to the page for it, so it is offered something else, where there is anything else.
 */
async function waysFor(
  runtime: Runtime,
  enroller: Enroller,
): Promise<{ kinds: FactorKind[]; lacking: FactorKind[] }> {
  const { kinds, pending } = enroller;
  const lacks = await Promise.all(kinds.map((kind) => lacksNumber(runtime, enroller, kind)));
  const lacking = kinds.filter((_, at) => lacks[at]);
  const ready = kinds.filter((_, at) => !lacks[at]);
  return { kinds: pending && ready.length > 0 ? ready : [...kinds], lacking };
}

async function lacksNumber(runtime: Runtime, { ref, actor }: Enroller, kind: FactorKind): Promise<boolean> {
  if (runtime.factors.get(kind)?.sends?.numberUrl === undefined) return false;
  const { pending, suggested } = await showEnrolment(runtime, ref, kind, actor);
  return pending === undefined && suggested === undefined;
}

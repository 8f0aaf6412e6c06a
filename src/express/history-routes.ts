/** A person's own security history. */
import type { Request, Response, Router } from "express";
import type { EventLog, LoggedEvent } from "../core/event-log.js";
import { SecondFactorError } from "../errors.js";
import { browserName } from "./browser-name.js";
import { textOf } from "./challenge-routes.js";
import { sendJson, sendPage, wantsPage } from "./negotiate.js";
import { requireSignedIn, route } from "./route.js";
import type { Runtime } from "./runtime.js";
import { isoOf } from "./sending.js";

const PAGE = 20;

export function historyRoutes(runtime: Runtime, router: Router): void {
  router.get(
    "/events",
    route(runtime, (req, res) => history(runtime, req, res)),
  );
}

async function history(runtime: Runtime, req: Request, res: Response): Promise<void> {
  const { person } = requireSignedIn(runtime, req);
  const { log } = runtime;
  if (!log) throw new SecondFactorError("not_found", "no `eventLog` is configured");
  const page = await eventsOf(log, req, person.ref.id);
  if (!wantsPage(req)) return sendJson(res, 200, page);
  await sendPage(runtime, req, res, { page: "history", ...page });
}

/** The page of somebody's events that the request asks for. @throws `invalid_input` */
export async function eventsOf(log: EventLog, req: Request, user: string) {
  const found = await log.of(user, { ...pageOf(req), limit: PAGE + 1 });
  const events = await Promise.all(found.slice(0, PAGE).map(described));
  const last = found.length > PAGE ? found[PAGE - 1] : undefined;
  return { events, ...(last ? { older: isoOf(last.at) } : {}) };
}

/** @throws `invalid_input` for what is no moment */
function pageOf(req: Request): { before?: Date } {
  const text = textOf(req.query["before"]);
  if (text === undefined) return {};
  const before = new Date(text);
  if (!Number.isNaN(before.getTime())) return { before };
  const errors = [{ field: "before", message: "Write a moment, as an answer of ours has it." }];
  throw new SecondFactorError("invalid_input", "no such moment", { errors });
}

async function described({ event, at, userAgent, detail }: LoggedEvent) {
  return { event, at, detail, ...(userAgent ? { browser: await browserName(userAgent) } : {}) };
}

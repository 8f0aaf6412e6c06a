/** Signing out everywhere else: the person's other sessions end, each at its next request. */
import type { Request, Response, Router } from "express";
import { SecondFactorError } from "../errors.js";
import { baseOf, seeOther, sendJson, wantsPage } from "./negotiate.js";
import { requireSignedIn, route } from "./route.js";
import type { Runtime } from "./runtime.js";

export function sessionRoutes(runtime: Runtime, router: Router): void {
  router.post(
    "/sessions/end-others",
    route(runtime, (req, res) => endOthers(runtime, req, res)),
  );
}

/** Takes nothing from whoever does it, so no code is asked for. */
async function endOthers(runtime: Runtime, req: Request, res: Response): Promise<void> {
  const { person, record } = requireSignedIn(runtime, req);
  if (!(await runtime.store.endOtherSessions(person.ref, record.login))) {
    throw new SecondFactorError("store_unavailable", `the store does not know user "${person.ref.id}"`);
  }
  runtime.events.emit("sessions-ended", { user: person.ref.id });
  if (wantsPage(req)) seeOther(res, `${baseOf(runtime, req)}?notice=sessions-ended`);
  else sendJson(res, 200, { state: "sessions-ended" });
}

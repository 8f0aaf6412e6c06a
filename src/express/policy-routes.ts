/** The settings, for administrators: as they are, what others would mean, and saving them. */
import type { Request, Response, Router } from "express";
import { currentIn, type Stored, storedIn } from "../core/current-settings.js";
import { ADMINISTER } from "../core/model.js";
import { saveSettings } from "../core/save-settings.js";
import type { Prepared } from "../core/settings-change.js";
import { SecondFactorError } from "../errors.js";
import { type Administrator, administratorOf, hasProven, spendProof } from "./administrator.js";
import { baseOf, seeOther, sendJson, sendPage, sendProblem, wantsPage } from "./negotiate.js";
import { reportOn, streamCsv } from "./policy-report.js";
import { policyView, type Shown, settingsJson } from "./policy-view.js";
import { askStepUp, route } from "./route.js";
import type { Runtime } from "./runtime.js";
import { keepDraft, prepareSent, type Sent, sentBy, shownAgain } from "./settings-sent.js";

interface Visit {
  runtime: Runtime;
  req: Request;
  res: Response;
  administrator: Administrator;
  stored: NonNullable<Runtime["stored"]>;
}

export function policyRoutes(runtime: Runtime, router: Router): void {
  const administering = (handler: (visit: Visit) => Promise<void>) =>
    route(runtime, async (req, res) => {
      const administrator = await administratorOf(runtime, req);
      const { stored } = runtime;
      if (!stored)
        throw new SecondFactorError("forbidden", "no `settings` are configured: the policy is in code");
      await handler({ runtime, req, res, administrator, stored });
    });
  router.get("/admin/policy", administering(show));
  router.put("/admin/policy", administering(save));
  router.post("/admin/policy", administering(save));
  router.post("/admin/policy/report", administering(report));
}

async function show(visit: Visit): Promise<void> {
  const { runtime, req, res, administrator, stored } = visit;
  const settings = await currentIn(stored);
  if (!wantsPage(req)) return sendJson(res, 200, settingsJson(runtime, stored, settings));
  const saved = req.query["saved"] !== undefined;
  // Before the form is filled in; not after, when its code is used up.
  if (!saved && !(await hasProven(runtime, administrator))) return stepUpFirst(visit);
  // Whoever confirmed in a tab beside their form goes back to it, with what was entered there.
  const confirmed = req.query["confirmed"] !== undefined;
  if (!confirmed) delete administrator.record.settingsDraft;
  await sendForm(visit, { settings, version: settings.version, saved, confirmed });
}

interface Wanted {
  sent: Sent;
  /** What is saved now. */
  before: Stored;
  prepared: Extract<Prepared, { ok: true }>;
}

/** What the form or the client sends; undefined where it cannot be saved, which is answered. */
async function wanted(visit: Visit): Promise<Wanted | undefined> {
  const { req, stored, administrator } = visit;
  const sent = sentBy(req, administrator.record, stored);
  const before = await storedIn(stored);
  const prepared = prepareSent(stored, before, sent);
  if (prepared.ok) return { sent, before, prepared };
  if (!sent.form || !wantsPage(req)) {
    const errors = prepared.errors.map(({ field, message }) => ({ field, message }));
    throw new SecondFactorError("invalid_input", "the settings cannot be", { errors });
  }
  await sendForm(visit, shownAgain(stored, before, sent, prepared), 400);
  return undefined;
}

/** One fresh code saves once, whether or not somebody else was faster. */
async function save(visit: Visit): Promise<void> {
  const { runtime, req, res, administrator, stored } = visit;
  const change = await wanted(visit);
  if (!change) return;
  const { sent } = change;
  // Whether a proof can be asked for depends on the settings as they are, not as they were some seconds ago.
  await runtime.settings.load();
  if (!(await spendProof(runtime, administrator))) return unproven(visit, change);
  const { account: by, login } = administrator.record;
  const { version, draft } = sent;
  const saved = await saveSettings(stored, { ...sent.change, version, by, login, draft: draft?.providers });
  if (!saved.ok && saved.reason === "invalid") {
    throw new SecondFactorError("conflict", "the settings were changed meanwhile");
  }
  const { current } = saved;
  await runtime.settings.load();
  if (saved.ok) delete administrator.record.settingsDraft;
  if (saved.ok && wantsPage(req)) return seeOther(res, `${baseOf(runtime, req)}/admin/policy?saved`);
  const json = settingsJson(runtime, stored, current);
  if (saved.ok) return sendJson(res, 200, json);
  if (!wantsPage(req)) return sendProblem(res, { code: "conflict", ...json });
  await again(visit, change, { version: current.version, conflict: true }, 409);
}

/** A form that was sent without a fresh code stays, with a way to give one. */
async function unproven(visit: Visit, change: Wanted): Promise<void> {
  const { runtime, req, administrator } = visit;
  if (!change.sent.form || !wantsPage(req)) return stepUpFirst(visit);
  const base = baseOf(runtime, req);
  administrator.record.stepUp = { action: ADMINISTER, returnTo: `${base}/admin/policy?confirmed` };
  await again(visit, change, { confirmUrl: `${base}/challenge?action=${ADMINISTER}` }, 401);
}

async function report(visit: Visit): Promise<void> {
  const { runtime, req, res } = visit;
  const change = await wanted(visit);
  if (!change) return;
  // What would hold: parts that are pinned stay as the code says.
  const { after } = change.prepared;
  if (req.accepts(["json", "html", "csv"]) === "csv") return streamCsv(runtime, res, after);
  const found = await reportOn(runtime, req, after);
  if (!wantsPage(req)) return sendJson(res, 200, found);
  await again(visit, change, { report: found });
}

/** The form as it was sent, with what there is to say of it. */
async function again(visit: Visit, change: Wanted, more: Partial<Shown>, status = 200): Promise<void> {
  const { runtime, stored, administrator } = visit;
  const { sent, before, prepared } = change;
  const shown = shownAgain(stored, before, sent, prepared);
  const draft = keepDraft(runtime, administrator.record, before, prepared);
  await sendForm(visit, { ...shown, ...more, draft }, status);
}

function sendForm({ runtime, req, res, stored }: Visit, shown: Shown, status = 200): Promise<void> {
  return sendPage(runtime, req, res, policyView(runtime, stored, shown), status);
}

function stepUpFirst({ runtime, req, res }: Visit): void {
  askStepUp(runtime, req, res, { action: ADMINISTER, returnTo: `${baseOf(runtime, req)}/admin/policy` });
}

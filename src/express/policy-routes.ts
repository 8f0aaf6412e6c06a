/** The policy, for administrators: as it is, what another one would mean, and saving it. */
import type { Request, Response, Router } from "express";
import { currentIn, mergedPolicy } from "../core/current-settings.js";
import { ADMINISTER } from "../core/model.js";
import type { Policy } from "../core/policy.js";
import { policyProblems } from "../core/policy-check.js";
import { savePolicy } from "../core/save-policy.js";
import { SecondFactorError } from "../errors.js";
import { type Administrator, administratorOf, hasProven, spendProof } from "./administrator.js";
import { bodies, bodyOf } from "./input.js";
import { baseOf, seeOther, sendJson, sendPage, sendProblem, wantsPage } from "./negotiate.js";
import { policyOf, policyView } from "./policy-form.js";
import { reportOn, streamCsv } from "./policy-report.js";
import { askStepUp, route } from "./route.js";
import type { Runtime } from "./runtime.js";

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
  const { policy, version } = await currentIn(stored);
  if (!wantsPage(req))
    return sendJson(res, 200, { policy, version, pinned: stored.pinned, factors: runtime.configured });
  const saved = req.query["saved"] !== undefined;
  // Before the form is filled in; not after, when its code is used up.
  if (!saved && !(await hasProven(runtime, administrator))) return stepUpFirst(visit);
  await sendPage(runtime, req, res, policyView(runtime, stored, { policy, version, saved }));
}

interface Wanted {
  policy: Policy;
  version: number;
}

/** What the form or the client sends, as a policy; undefined where it cannot be one, which is answered. */
async function wanted({ runtime, req, res, stored }: Visit): Promise<Wanted | undefined> {
  const { policy: given, version, ...form } = bodyOf(req, bodies.policy);
  const isForm = typeof req.is("application/x-www-form-urlencoded") === "string";
  const policy = (isForm ? policyOf(form, stored.policy) : given) as Policy;
  const errors = policyProblems(policy, runtime.configured);
  const [first] = errors;
  if (!first) return { policy, version };
  if (!isForm || !wantsPage(req)) {
    throw new SecondFactorError("invalid_input", "the policy cannot be", { errors });
  }
  const view = policyView(runtime, stored, { policy, version, problem: first.message });
  await sendPage(runtime, req, res, view, 400);
  return undefined;
}

/** One fresh code saves one policy, whether or not somebody else was faster. */
async function save(visit: Visit): Promise<void> {
  const { runtime, req, res, administrator, stored } = visit;
  const change = await wanted(visit);
  if (!change) return;
  if (!(await spendProof(runtime, administrator))) return stepUpFirst(visit);
  const { account: by, login } = administrator.record;
  const saved = await savePolicy(stored, { ...change, by, login });
  const { policy, version } = saved.current;
  await runtime.settings.load();
  if (saved.ok && wantsPage(req)) return seeOther(res, `${baseOf(runtime, req)}/admin/policy?saved`);
  if (saved.ok) return sendJson(res, 200, { policy, version });
  if (!wantsPage(req)) return sendProblem(res, { code: "conflict", policy, version });
  await sendPage(
    runtime,
    req,
    res,
    policyView(runtime, stored, { policy: change.policy, version, conflict: true }),
    409,
  );
}

async function report(visit: Visit): Promise<void> {
  const { runtime, req, res, stored } = visit;
  const change = await wanted(visit);
  if (!change) return;
  const { version } = change;
  // What would hold: parts that are pinned stay as the code says.
  const policy = mergedPolicy(stored, change.policy);
  if (req.accepts(["json", "html", "csv"]) === "csv") return streamCsv(runtime, res, policy);
  const found = await reportOn(runtime, req, policy);
  if (!wantsPage(req)) return sendJson(res, 200, found);
  await sendPage(runtime, req, res, policyView(runtime, stored, { policy, version, report: found }));
}

function stepUpFirst({ runtime, req, res }: Visit): void {
  askStepUp(runtime, req, res, { action: ADMINISTER, returnTo: `${baseOf(runtime, req)}/admin/policy` });
}

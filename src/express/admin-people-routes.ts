/** People, for administrators: the list, one person, and what can be done for them. */
import type { Request, Response, Router } from "express";
import { problemsWith } from "../core/administration.js";
import type { Given } from "../core/factor.js";
import { readAddress } from "../core/import.js";
import { ADMINISTER, type AdminAct, isPrimary } from "../core/model.js";
import type { KnownUser } from "../core/store.js";
import { type FieldError, SecondFactorError, STATUS } from "../errors.js";
import type { AdminActView } from "../pages/views.js";
import { actsFor, nothingOf, wordsOf } from "./admin-acts.js";
import { handOver } from "./admin-password.js";
import { hasWork, perform } from "./admin-perform.js";
import { knownUser } from "./administration.js";
import {
  type Administrator,
  administratorOf,
  hasProven,
  mayAdminister,
  nameOf,
  spendProof,
} from "./administrator.js";
import { eventsOf } from "./history-routes.js";
import { bodies, bodyOf } from "./input.js";
import { baseOf, seeOther, sendJson, sendPage, wantsPage } from "./negotiate.js";
import { countPeople, FILTERS, type PeopleSearch, peoplePage } from "./people-list.js";
import { statusOf } from "./person-status.js";
import { askStepUp, route } from "./route.js";
import type { Runtime } from "./runtime.js";

interface Visit {
  runtime: Runtime;
  req: Request;
  res: Response;
  administrator: Administrator;
}

/** A visit to one person, whom this administrator may administer. */
interface PersonVisit extends Visit {
  known: KnownUser;
  /** Of their page. */
  url: string;
}

export function adminPeopleRoutes(runtime: Runtime, router: Router): void {
  const administering = (handler: (visit: Visit) => Promise<void>) =>
    route(runtime, async (req, res) => {
      await handler({ runtime, req, res, administrator: await administratorOf(runtime, req) });
    });
  const helping = (handler: (visit: PersonVisit) => Promise<void>) =>
    administering(async (visit) => handler({ ...visit, ...(await personIn(visit)) }));
  router.get("/admin/users", administering(list));
  router.get("/admin/users/:id", helping(show));
  router.get("/admin/users/:id/:act", helping(ask));
  router.post("/admin/users/:id/:act", helping(act));
}

async function personIn({ runtime, req }: Visit): Promise<Pick<PersonVisit, "known" | "url">> {
  const known = await knownUser(runtime, String(req.params["id"]));
  if (!(await mayAdminister(runtime, req, known.user))) {
    throw new SecondFactorError("not_found", "somebody this administrator may not administer");
  }
  return { known, url: `${baseOf(runtime, req)}/admin/users/${encodeURIComponent(known.ref.id)}` };
}

async function list({ runtime, req, res }: Visit): Promise<void> {
  const search = searchIn(req);
  const isShown = (user: unknown) => mayAdminister(runtime, req, user);
  const page = await peoplePage(runtime, { ...search, isShown });
  if (!wantsPage(req)) return sendJson(res, 200, page);
  const counts = await countPeople(runtime, { ...search, isShown });
  const hasPolicy = runtime.stored !== undefined;
  await sendPage(runtime, req, res, { page: "admin-people", ...search, ...page, counts, hasPolicy });
}

const MAX_TEXT = 200;

/** @throws `invalid_input` for what no form of ours sends */
function searchIn(req: Request): Pick<PeopleSearch, "text" | "filter" | "cursor"> {
  const { q, filter, cursor } = req.query;
  const text = textIn("q", q)?.trim();
  const named = FILTERS.find((name) => name === filter);
  if (filter !== undefined && filter !== "" && !named)
    throw wrong("filter", `One of: ${FILTERS.join(", ")}.`);
  const after = textIn("cursor", cursor);
  return {
    ...(text ? { text } : {}),
    ...(named ? { filter: named } : {}),
    ...(after ? { cursor: after } : {}),
  };
}

function textIn(field: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value.length <= MAX_TEXT) return value;
  throw wrong(field, `At most ${MAX_TEXT} characters, once.`);
}

function wrong(field: string, message: string): SecondFactorError {
  return new SecondFactorError("invalid_input", `"${field}" does not fit`, { errors: [{ field, message }] });
}

async function show({ runtime, req, res, known }: PersonVisit): Promise<void> {
  const person = await statusOf(runtime, known);
  if (!person) throw new SecondFactorError("not_found", "the user has gone");
  const history = runtime.log ? await eventsOf(runtime.log, req, known.ref.id) : undefined;
  if (!wantsPage(req)) return sendJson(res, 200, { ...person, ...history });
  const acts = actsFor(runtime);
  const notice = [...acts, "unchanged" as const].find((name) => name === req.query["notice"]);
  await sendPage(runtime, req, res, {
    page: "admin-person",
    person,
    acts,
    ...(history ? { history } : {}),
    ...(notice ? { notice } : {}),
  });
}

/** The page that asks for the reason. */
async function ask(visit: PersonVisit): Promise<void> {
  const { runtime, req, res, administrator } = visit;
  const act = actIn(visit);
  if (!(await hasProven(runtime, administrator, targetOf(visit, act)))) return stepUpFirst(visit, act);
  if (!wantsPage(req)) return sendJson(res, 200, { act });
  await sendPage(runtime, req, res, await actView(visit, act));
}

async function actView(visit: PersonVisit, act: AdminAct): Promise<AdminActView> {
  const { runtime, known } = visit;
  const form = act === "set-phone" ? await runtime.factors.get("sms")?.sends?.form() : undefined;
  const countries = form && "countries" in form ? form.countries : undefined;
  const person = { id: known.ref.id, account: runtime.accountOf(known.user) };
  const mayDisable = act === "reset" && known.standing.factors.some(isPrimary);
  return {
    page: "admin-act",
    act,
    person,
    isTold: runtime.tells,
    ...(countries ? { countries } : {}),
    ...(mayDisable ? { mayDisable } : {}),
  };
}

/** One fresh code, one act on one person. It is used up only where there is something to do, and the form fits. */
async function act(visit: PersonVisit): Promise<void> {
  const { runtime, req, administrator, known } = visit;
  const act = actIn(visit);
  const body = bodyOf(req, bodies.act);
  const because = { by: nameOf(administrator), reason: body.reason };
  const errors = [...problemsWith(because), ...(await problemsWithNumber(visit, act, body))];
  if (errors.length > 0) return retry(visit, act, errors);
  if (!(await hasWork(runtime, known, act))) return unchanged(visit, act);
  if (!(await spendProof(runtime, administrator, targetOf(visit, act)))) return stepUpFirst(visit, act);
  if (act === "temporary-password") return handOver(runtime, req, visit.res, known, because);
  try {
    return (await perform(runtime, known, { act, because, ...body }))
      ? done(visit, act)
      : unchanged(visit, act);
  } catch (error) {
    // The form says it better than a page about codes would.
    const isUnsent = error instanceof SecondFactorError && error.code === "delivery_failed";
    if (!isUnsent || !wantsPage(req)) throw error;
    return retry(visit, act, [UNSENT], STATUS.delivery_failed);
  }
}

const UNSENT: FieldError = {
  field: "reason",
  message: "The link could not be mailed. Try again in a minute.",
};

async function problemsWithNumber(
  { runtime, known }: PersonVisit,
  act: AdminAct,
  given: Pick<Given, "country" | "number">,
): Promise<readonly FieldError[]> {
  if (act !== "set-phone") return [];
  const read = await readAddress(runtime, known.ref, "sms", given);
  return read.ok ? [] : read.errors;
}

function unchanged({ req, res, url }: PersonVisit, act: AdminAct): void {
  if (wantsPage(req)) return seeOther(res, `${url}?notice=unchanged`);
  throw new SecondFactorError(nothingOf(act), `nothing to do: ${act}`);
}

function done({ req, res, url }: PersonVisit, act: AdminAct): void {
  if (wantsPage(req)) seeOther(res, `${url}?notice=${act}`);
  else sendJson(res, 200, { state: "done", act });
}

/** The same form with what was typed, and what is wrong with it. */
async function retry(
  visit: PersonVisit,
  act: AdminAct,
  errors: readonly FieldError[],
  status = 400,
): Promise<void> {
  const { runtime, req, res } = visit;
  if (!wantsPage(req)) throw new SecondFactorError("invalid_input", "the form does not fit", { errors });
  const { reason, country, number, disable } = bodyOf(req, bodies.act);
  const typed = {
    reason,
    ...(disable ? { disable } : {}),
    ...(country ? { country } : {}),
    ...(number ? { number } : {}),
  };
  await sendPage(runtime, req, res, { ...(await actView(visit, act)), typed, errors }, status);
}

function actIn({ runtime, req }: Visit): AdminAct {
  const found = actsFor(runtime).find((name) => name === req.params["act"]);
  if (found) return found;
  throw new SecondFactorError("not_found", "no such act");
}

/** What a fresh code is for: this act on this person, and nothing else. */
function targetOf({ known }: PersonVisit, act: AdminAct): string {
  return `${act}:${known.ref.id}`;
}

function stepUpFirst(visit: PersonVisit, act: AdminAct): void {
  const { runtime, req, res, url, known } = visit;
  const said = wordsOf(act, runtime.accountOf(known.user));
  const target = targetOf(visit, act);
  askStepUp(runtime, req, res, { action: ADMINISTER, returnTo: `${url}/${act}`, target, ...said });
}

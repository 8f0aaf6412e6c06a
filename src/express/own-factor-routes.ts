/** A person's settings: what is on, recovery codes, removing a factor. */
import type { Request, Response, Router } from "express";
import { CHANGE_FACTORS, type FactorKind, isPrimary, type UserState } from "../core/model.js";
import {
  type Changed,
  isRequired,
  mayChangeFactors,
  preferredFirst,
  removeFactor,
  renewRecoveryCodes,
} from "../core/own-factors.js";
import { browsersIn } from "../core/trusted-browser.js";
import { type ErrorCode, SecondFactorError } from "../errors.js";
import type { OverviewView } from "../pages/views.js";
import { enrollable } from "./enroller.js";
import { bodies, bodyOf } from "./input.js";
import { baseOf, loginUrlOf, seeOther, sendJson, sendPage, wantsPage } from "./negotiate.js";
import type { Person } from "./person.js";
import { askStepUp, requireSignedIn, route } from "./route.js";
import type { Runtime } from "./runtime.js";
import { readSlip } from "./saved-slip.js";
import type { SignedIn } from "./session.js";

interface Visit {
  runtime: Runtime;
  req: Request;
  res: Response;
  person: Person;
  record: SignedIn;
}

export function ownFactorRoutes(runtime: Runtime, router: Router): void {
  const signedIn = (handler: (visit: Visit) => Promise<void> | void) =>
    route(runtime, (req, res) => handler({ runtime, req, res, ...requireSignedIn(runtime, req) }));
  router.get("/", signedIn(overview));
  router.get("/recovery-codes", signedIn(recoveryCodes));
  router.get("/recovery-codes/new", signedIn(askRenewal));
  router.post("/recovery-codes", signedIn(renew));
  router.post(
    "/recovery-codes/saved",
    route(runtime, (req, res) => saved(runtime, req, res)),
  );
  router.post("/factors/:kind/prefer", signedIn(prefer));
  router.get("/factors/:kind/remove", signedIn(askRemoval));
  router.post("/factors/:kind/remove", signedIn(remove));
}

const NOTICES: readonly unknown[] = [
  "turned-on",
  "replaced",
  "removed",
  "recovery-codes-saved",
  "preferred",
  "sessions-ended",
  "password-changed",
];

async function overview({ runtime, req, res, person, record }: Visit): Promise<void> {
  const state = await read(runtime, person);
  const primaries = preferredFirst(runtime.configured.filter(isPrimary), state.vault.preferred).filter(
    (kind) => state.factors.includes(kind),
  );
  const recovery = recoveryOf(runtime, state);
  const view: OverviewView = {
    page: "overview",
    on: primaries.length > 0,
    account: record.account,
    factors: await Promise.all(primaries.map((kind) => factorOf(runtime, state, kind))),
    addable: enrollable(runtime)
      .filter(isPrimary)
      .filter((kind) => !primaries.includes(kind)),
    configured: enrollable(runtime).length > 0 && person.mode !== "off",
    ...(recovery ? { recovery } : {}),
    ...(runtime.log ? { history: true } : {}),
    ...(runtime.account ? { password: true } : {}),
    ...(runtime.trust ? { browsers: browsersIn(runtime.tools, person.ref, state).length } : {}),
    ...(NOTICES.includes(req.query["notice"])
      ? { notice: req.query["notice"] as NonNullable<OverviewView["notice"]> }
      : {}),
  };
  // Whoever came here gave up what an action had asked them to set up.
  delete record.afterEnrolment;
  if (wantsPage(req)) return sendPage(runtime, req, res, view);
  const {
    page: _page,
    notice: _notice,
    history: _history,
    password: _password,
    recovery: recoveryCodes,
    ...json
  } = view;
  sendJson(res, 200, { ...json, ...(recoveryCodes ? { recoveryCodes } : {}) });
}

async function recoveryCodes({ runtime, req, res, person }: Visit): Promise<void> {
  const recovery = recoveryOf(runtime, await read(runtime, person));
  if (!recovery) throw new SecondFactorError("not_found", "there are no recovery codes");
  if (!wantsPage(req)) return sendJson(res, 200, recovery);
  const { left, total } = recovery;
  await sendPage(runtime, req, res, { page: "recovery-codes-gone", left, total });
}

async function askRenewal(visit: Visit): Promise<void> {
  const { runtime, req, res, person, record } = visit;
  if (!(await mayChangeFactors(runtime, person.ref, record.login)))
    return stepUpFirst(visit, "/recovery-codes/new");
  const left = recoveryOf(runtime, await read(runtime, person))?.left ?? 0;
  if (!wantsPage(req)) return sendJson(res, 200, { left });
  await sendPage(runtime, req, res, { page: "renew-recovery-codes", left });
}

async function renew(visit: Visit): Promise<void> {
  const { runtime, req, res, person, record } = visit;
  const outcome = await renewRecoveryCodes(runtime, person.ref, record.login);
  if (!outcome.ok) return refuse(visit, outcome.reason, "/recovery-codes/new");
  const { codes } = outcome;
  if (!wantsPage(req)) return sendJson(res, 200, { recoveryCodes: codes });
  await sendPage(runtime, req, res, { page: "recovery-codes", codes, account: record.account });
}

/** By whoever is signed in, of their own codes; by whoever was signed out, of those that the slip names. */
async function saved(runtime: Runtime, req: Request, res: Response): Promise<void> {
  const { slip } = bodyOf(req, bodies.saved);
  const shown = slip === undefined ? undefined : readSlip(runtime, slip);
  const returnTo = shown ? loginUrlOf(runtime, req) : await savedHere(runtime, req);
  if (shown) await runtime.store.markRecoveryCodesSaved(shown.ref, shown.set, runtime.tools.clock.now());
  if (wantsPage(req)) seeOther(res, returnTo);
  else sendJson(res, 200, { returnTo });
}

/** Returns where to go on. */
async function savedHere(runtime: Runtime, req: Request): Promise<string> {
  const { person, record } = requireSignedIn(runtime, req);
  const set = (await read(runtime, person)).vault.recoveryCodes?.id;
  if (set) await runtime.store.markRecoveryCodesSaved(person.ref, set, runtime.tools.clock.now());
  const returnTo = record.afterCodes ?? `${baseOf(runtime, req)}?notice=recovery-codes-saved`;
  delete record.afterCodes;
  return returnTo;
}

/** Changes only the order in which somebody is asked: no code is needed for it. */
async function prefer(visit: Visit): Promise<void> {
  const { runtime, req, res, person } = visit;
  const kind = enrolledKind(visit);
  if (!(await runtime.store.preferFactor(person.ref, kind))) {
    throw new SecondFactorError("factor_not_enrolled", "this factor is not enrolled");
  }
  if (wantsPage(req)) seeOther(res, `${baseOf(runtime, req)}?notice=preferred`);
  else sendJson(res, 200, { preferred: kind });
}

async function askRemoval(visit: Visit): Promise<void> {
  const { runtime, req, res, person, record } = visit;
  const kind = enrolledKind(visit);
  const { factors } = person.standing;
  const required = isRequired(kind, factors, person.demand);
  if (!required && !(await mayChangeFactors(runtime, person.ref, record.login))) {
    return stepUpFirst(visit, `/factors/${kind}/remove`);
  }
  const last = factors.filter(isPrimary).length === 1;
  if (!wantsPage(req)) return sendJson(res, 200, { kind, last, required });
  await sendPage(runtime, req, res, { page: "remove", factor: { kind }, last, required });
}

async function remove(visit: Visit): Promise<void> {
  const { runtime, req, res, person, record } = visit;
  const kind = enrolledKind(visit);
  const { login } = record;
  const outcome = await removeFactor(runtime, person.ref, { kind, login, demand: person.demand });
  if (!outcome.ok) return refuse(visit, outcome.reason, `/factors/${kind}/remove`);
  if (wantsPage(req)) seeOther(res, `${baseOf(runtime, req)}?notice=removed`);
  else sendJson(res, 200, { removed: kind });
}

const CODES = {
  "not-enrolled": "factor_not_enrolled",
  required: "forbidden",
  conflict: "conflict",
} as const satisfies Record<string, ErrorCode>;

function refuse(visit: Visit, reason: Extract<Changed, { ok: false }>["reason"], form: string): void {
  if (reason === "step-up-required") return stepUpFirst(visit, form);
  throw new SecondFactorError(CODES[reason], `refused: ${reason}`);
}

function stepUpFirst({ runtime, req, res }: Visit, form: string): void {
  askStepUp(runtime, req, res, { action: CHANGE_FACTORS, returnTo: baseOf(runtime, req) + form });
}

function enrolledKind({ req, person }: Visit): FactorKind {
  const kind = person.standing.factors.find((enrolled) => enrolled === req.params["kind"]);
  if (kind && isPrimary(kind)) return kind;
  throw new SecondFactorError("factor_not_enrolled", "this factor is not enrolled");
}

async function read({ store }: Runtime, { ref }: Person): Promise<UserState> {
  const state = await store.read(ref);
  if (!state) throw new SecondFactorError("store_unavailable", `the store does not know user "${ref.id}"`);
  return state;
}

/** Somebody whose factor was brought along has no codes yet, and is told so. */
function recoveryOf({ recovery }: Runtime, state: UserState): OverviewView["recovery"] {
  const set = state.vault.recoveryCodes;
  if (!recovery || !state.factors.some(isPrimary)) return undefined;
  const left = set?.codes.filter((code) => !code.usedAt).length ?? 0;
  return { left, total: set?.codes.length ?? recovery.count, saved: !set || set.savedAt !== undefined };
}

/** In their own settings people see the whole address. */
async function factorOf(
  { factors }: Runtime,
  { vault }: UserState,
  kind: FactorKind,
): Promise<OverviewView["factors"][number]> {
  const { address, lastUsedAt } = vault.enrolments[kind]?.active ?? {};
  const hint = address && (await factors.get(kind)?.sends?.display(address));
  return { kind, ...(hint ? { hint } : {}), ...(lastUsedAt ? { lastUsedAt } : {}) };
}

/** The guard of a named action: a fresh code for this very act, or nothing passes. */
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { type Action, boundTo } from "../core/actions.js";
import { isFresh } from "../core/assurance.js";
import { GRANT_SECONDS } from "../core/challenge.js";
import { CONFIRM, type FactorKind, isPrimary } from "../core/model.js";
import { mayDo } from "../core/own-factors.js";
import { misconfigured, SecondFactorError } from "../errors.js";
import { userOf } from "../passport/internals.js";
import { ableFactors, askingOf } from "./asking.js";
import { defaultOf } from "./challenge-views.js";
import { isGated, mountOf } from "./middleware-state.js";
import { baseOf, seeOther, sendProblem, wantsPage } from "./negotiate.js";
import { isForeign, isSafe } from "./origin.js";
import { refuse } from "./refusal.js";
import { during } from "./request-context.js";
import { refuseUnsigned } from "./require.js";
import { localPath } from "./return-address.js";
import { askStepUp, noteAsked, route, type SignedInVisitor, visitorOf } from "./route.js";
import type { Runtime } from "./runtime.js";
import { type OfferedCode, takeCode } from "./step-up-code.js";
import { answerAction, noteStepUp } from "./verify.js";

export interface StepUpOptions {
  /**
   * What the code is to be good for alone, as text of at most 1 kB: an amount and an account, a new address. Asked on
   * each request that the guard sees, whatever its method. What it throws goes to the app's error handler; anything
   * but text is 400. It is kept as a keyed digest, and shown as the action's `description` says.
   */
  bind?: (req: Request) => string | Promise<string>;
}

const MAX_TARGET_BYTES = 1024;

/** One request at the guard. */
interface Act {
  runtime: Runtime;
  req: Request;
  res: Response;
  next: NextFunction;
  action: Action;
  visitor: SignedInVisitor;
  /** The kinds that somebody has and that may answer. */
  factors: readonly FactorKind[];
  target: string | undefined;
}

/** @throws `misconfigured` at once for an action that is not there, or that cannot be bound */
export function createStepUp(runtime: Runtime, name: string, { bind }: StepUpOptions = {}): RequestHandler {
  const action = checkGuard(runtime, name, bind);
  return route(runtime, async (req, res, next) => {
    const offered = takeCode(req);
    if (!isGated(req))
      throw misconfigured("stepUp() runs before app.use(secondFactor.middleware()): move it after");
    const visitor = visitorOf(runtime, req);
    if (visitor.state !== "signed-in" || !isTheirs(runtime, req, visitor))
      return refuseUnsigned(runtime, req, res);
    if (isForeign(req, runtime.origins))
      throw new SecondFactorError("cross_origin", "an action was posted from another site");
    const factors = ableFactors(runtime, action, visitor.person);
    const target = bind && checkTarget(await bind(req));
    const act = { runtime, req, res, next, action, visitor, factors, target };
    if (factors.length === 0) return unable(act);
    if (offered && !isSafe(req)) {
      if (await during(req, () => isAnswered(act, offered))) next();
    } else if (await isApproved(act)) next();
    else askStepUp(runtime, req, res, asked(act));
  });
}

/**
 * Whether session, record and request are of one person: a strategy of the app's, such as for bearer tokens, may have put
 * somebody else on the request since the gate looked.
 */
function isTheirs({ store }: Runtime, req: Request, { person, record }: SignedInVisitor): boolean {
  const user = userOf(req);
  return Boolean(user) && record.user === person.ref.id && store.refOf(user).id === person.ref.id;
}

function checkGuard(runtime: Runtime, name: string, bind: unknown): Action {
  const action = runtime.actions.get(name);
  // A confirmation earns no grant.
  if (!action || name === CONFIRM)
    throw misconfigured(`stepUp("${name}"): no such action in \`actions\`: write actions: { "${name}": {} }`);
  if (bind !== undefined && typeof bind !== "function")
    throw misconfigured(`stepUp("${name}", { bind }): a function: (req) => text`);
  if (bind && action.maxAgeSeconds > 0)
    throw misconfigured(
      `stepUp("${name}", { bind }): a code that is bound counts once, and the action has \`maxAgeSeconds\``,
    );
  return action;
}

/** What comes out of a request's body may be anything. */
function checkTarget(target: unknown): string {
  const isText = typeof target === "string" && target !== "";
  if (isText && Buffer.byteLength(target) <= MAX_TARGET_BYTES) return target;
  throw new SecondFactorError(
    "invalid_input",
    "stepUp({ bind }) returned something other than text of 1 to 1024 bytes",
  );
}

/** What is asked of them, and where they go on. */
function asked({ runtime, req, action: { name }, target }: Act) {
  return { action: name, returnTo: wayBack(runtime, req), ...(target === undefined ? {} : { target }) };
}

/** Only what was navigated to can be gone back to: of a form that was sent, the page that it is on. */
function wayBack({ origins }: Runtime, req: Request): string {
  if (isSafe(req)) return localPath(req.originalUrl);
  const referer = req.get("referer") ?? "";
  const url = URL.canParse(referer) ? new URL(referer) : undefined;
  const isHere = url && (origins.includes(url.origin) || url.host === req.get("host"));
  return isHere ? localPath(url.pathname + url.search) : `${mountOf(req)}/`;
}

/**
 * A grant, which a safe method only looks at, so that one code covers a form and sending it; or a code for any action
 * that is new enough. Neither counts without the step-up's own proof on the record: what a recovery code earned is none.
 */
async function isApproved(act: Act): Promise<boolean> {
  const { runtime, req, action, visitor } = act;
  const { ref } = visitor.person;
  if (isProvenWithin(act, GRANT_SECONDS)) {
    const grant = { login: visitor.record.login, action: action.name, ...boundIn(act) };
    const at = runtime.tools.clock.now();
    const isGranted = isSafe(req)
      ? await mayDo(runtime, ref, grant)
      : await runtime.store.spendGrant(ref, { ...grant, at });
    if (isGranted) return true;
  }
  return action.maxAgeSeconds > 0 && isProvenWithin(act, action.maxAgeSeconds);
}

/** The proof of a login authorises nothing: only one that was given for an action counts. */
function isProvenWithin({ runtime, visitor, factors }: Act, maxAgeSeconds: number): boolean {
  const proven = visitor.record.proven.filter(({ stepUp }) => stepUp);
  return isFresh({ proven }, { kinds: factors, maxAgeSeconds, at: runtime.tools.clock.now() });
}

function boundIn({ runtime, visitor, action: { name }, target }: Act): { target?: string } {
  return boundTo(runtime.tools, { user: visitor.person.ref.id, action: name, target });
}

/** The code came with the request: a right one is spent by it, and leaves nothing that another could use. */
async function isAnswered(act: Act, { code, kind: named }: OfferedCode): Promise<boolean> {
  const { runtime, req, res, action, visitor } = act;
  noteAsked(runtime, req, asked(act));
  const asking = await askingOf(runtime, req, visitor, { action: action.name });
  const kind = (named ?? defaultOf(asking)) as FactorKind;
  const answer = await answerAction(runtime, asking, { factor: kind, code, isSpentAtOnce: true });
  if (answer.ok) await noteStepUp(runtime, req, { user: asking.ref.id, action: action.name }, answer);
  else refuse(runtime, req, res, asking, answer, { kind, code });
  return answer.ok;
}

/** Nobody passes who has a factor, be it one that does not count. */
async function unable(act: Act): Promise<void> {
  const { runtime, action, visitor, next } = act;
  const { ref } = visitor.person;
  if (action.whenNotEnrolled === "deny") return refuseUnable(act);
  if (action.whenNotEnrolled === "enrol") return askEnrolment(act);
  // Read anew: the user of the request may have come out of a cache of the app's.
  const state = await runtime.store.read(ref);
  if (!state) throw new SecondFactorError("store_unavailable", `the store does not know user "${ref.id}"`);
  return state.factors.some(isPrimary) ? askEnrolment(act) : next();
}

function refuseUnable({ req, res, action: { name } }: Act): void {
  if (wantsPage(req)) throw new SecondFactorError("forbidden", `no factor that counts for "${name}"`);
  sendProblem(res, { code: "forbidden", action: name, reason: "factor_not_enrolled" });
}

function askEnrolment({ runtime, req, res, action: { name }, visitor }: Act): void {
  const url = `${baseOf(runtime, req)}/enrol`;
  if (!wantsPage(req))
    return sendProblem(res, { code: "enrolment_required", action: name, challengeUrl: url, enrolUrl: url });
  visitor.record.afterEnrolment = wayBack(runtime, req);
  seeOther(res, url);
}

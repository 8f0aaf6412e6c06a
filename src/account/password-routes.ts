/** "Choose a new password", where a login must, and "Change your password", where somebody wants to. */
import type { NextFunction, Request, Response, Router } from "express";
import { type FactorKind, isPrimary } from "../core/model.js";
import { mayDo } from "../core/own-factors.js";
import { SecondFactorError } from "../errors.js";
import { askingOf } from "../express/asking.js";
import { defaultOf } from "../express/challenge-views.js";
import { knownUser } from "../express/enrolment-done.js";
import { bodies, bodyOf } from "../express/input.js";
import { complete } from "../express/login.js";
import { baseOf, seeOther, sendJson, sendPage, sendProblem, wantsPage } from "../express/negotiate.js";
import { refuse as refuseCode } from "../express/refusal.js";
import { askStepUp, requireSignedIn, route, type SignedInVisitor, visitorOf } from "../express/route.js";
import { type PasswordProblem, type PendingLogin, renewId } from "../express/session.js";
import { type OfferedCode, takeCode } from "../express/step-up-code.js";
import { addressAfter, answerAction, goOn, logInAgain, noteStepUp } from "../express/verify.js";
import type { PasswordView } from "../pages/views.js";
import { choosePassword, replacePassword } from "./change-password.js";
import { guessPassword } from "./guess-password.js";
import { type Account, CHANGE_PASSWORD } from "./parts.js";
import { passwordProblem, SAME } from "./password-rules.js";
import { isKnownPassword } from "./present-password.js";

interface Visit {
  account: Account;
  req: Request;
  res: Response;
  next: NextFunction;
}

/** A login that owes a new password, or somebody signed in. */
type Changer = SignedInVisitor | { state: "pending"; pending: PendingLogin };

export function passwordRoutes(account: Account, router: Router): void {
  const { runtime } = account;
  const visiting = (handler: (visit: Visit, changer: Changer) => Promise<void> | void) =>
    route(runtime, (req, res, next) => {
      const visitor = visitorOf(runtime, req);
      const mustChange = visitor.state === "pending" && visitor.pending.owes === "password";
      return handler({ account, req, res, next }, mustChange ? visitor : requireSignedIn(runtime, req));
    });
  router.get("/password", visiting(show));
  router.post(
    "/password",
    visiting((visit, changer) =>
      changer.state === "pending" ? choose(visit, changer.pending) : change(visit, changer),
    ),
  );
}

async function show(visit: Visit, changer: Changer): Promise<void> {
  const { account, req, res } = visit;
  const { runtime, rules } = account;
  if (changer.state === "signed-in" && !(await isProven(visit, changer))) return codeFirst(visit);
  const holder = changer.state === "pending" ? changer.pending : changer.record;
  const view: PasswordView = {
    page: "password",
    account: holder.account,
    forced: changer.state === "pending",
    minLength: rules.minLength,
    ...(req.query["again"] !== undefined && holder.problem ? { problem: holder.problem } : {}),
  };
  if (wantsPage(req)) return sendPage(runtime, req, res, view);
  const { account: name, forced, minLength } = view;
  sendJson(res, 200, { account: name, forced, minLength, maxLength: rules.maxLength });
}

/** A pending login goes on with the new password, to whatever it owes next. */
async function choose(visit: Visit, pending: PendingLogin): Promise<void> {
  const { account, req, res, next } = visit;
  const { runtime, rules } = account;
  const { newPassword } = bodyOf(req, bodies.password);
  const user = await knownUser({ runtime, req }, pending);
  const problem =
    (await passwordProblem(rules, newPassword, user)) ??
    ((await isKnownPassword(account, { ref: pending.user, user }, newPassword)) ? SAME : undefined);
  if (problem !== undefined) return refuse(visit, pending, { field: "newPassword", message: problem });
  await choosePassword(account, pending, { ref: pending.user, user, password: newPassword });
  complete(req, { pending, proven: pending.proven });
  const address = addressAfter(req, pending);
  const known = await knownUser({ runtime, req }, pending);
  logInAgain(req, known, pending, (error) => (error ? next(error) : goOn(req, res, address)));
}

/**
 * What is checked when: without a fresh code nothing is said of the present password; a typo uses no code up. The session
 * gets a new id, so that a copy of its cookie ends as well.
 */
async function change(visit: Visit, visitor: SignedInVisitor): Promise<void> {
  const { account, req, res } = visit;
  const { runtime, rules } = account;
  const { person, record } = visitor;
  const offered = takeCode(req);
  const { currentPassword, newPassword } = bodyOf(req, bodies.password);
  const problem =
    newPassword === currentPassword ? SAME : await passwordProblem(rules, newPassword, person.user);
  if (problem !== undefined) return refuse(visit, record, { field: "newPassword", message: problem });
  if (offered && needsCode(visitor) && !(await earn(visit, visitor, offered))) return;
  if (!(await isProven(visit, visitor))) return codeFirst(visit);
  const guessed = await guessPassword(account, person, currentPassword);
  if (guessed.outcome === "locked") return locked(visit, record, guessed.retryAfterSeconds);
  if (guessed.outcome === "wrong") return refuse(visit, record, WRONG);
  if (needsCode(visitor) && !(await spendCode(account, visitor))) return codeFirst(visit);
  await replacePassword(account, record.login, { ref: person.ref, user: person.user, password: newPassword });
  delete record.problem;
  await renewId(req);
  if (wantsPage(req)) seeOther(res, `${baseOf(runtime, req)}?notice=password-changed`);
  else sendJson(res, 200, { state: "password-changed" });
}

/** A code that came along earns its grant before the password is looked at. False: it was wrong, and that is answered. */
async function earn(
  { account: { runtime }, req, res }: Visit,
  visitor: SignedInVisitor,
  { code, kind: named }: OfferedCode,
): Promise<boolean> {
  const asking = await askingOf(runtime, req, visitor, { action: CHANGE_PASSWORD });
  const kind = (named ?? defaultOf(asking)) as FactorKind;
  const answer = await answerAction(runtime, asking, { factor: kind, code });
  if (answer.ok) {
    await noteStepUp(runtime, req, { user: asking.ref.id, action: CHANGE_PASSWORD }, answer);
    return true;
  }
  refuseCode(runtime, req, res, asking, answer, { kind, code });
  return false;
}

const WRONG: PasswordProblem = { field: "currentPassword", message: "That isn't your password." };

/** Whoever has a factor, though it be blocked, gives a fresh code; for everybody else the password is all there is. */
function needsCode({ person }: SignedInVisitor): boolean {
  return person.standing.factors.some(isPrimary);
}

async function isProven({ account }: Visit, visitor: SignedInVisitor): Promise<boolean> {
  const key = { login: visitor.record.login, action: CHANGE_PASSWORD };
  return !needsCode(visitor) || (await mayDo(account.runtime, visitor.person.ref, key));
}

function spendCode({ runtime }: Account, { person, record }: SignedInVisitor): Promise<boolean> {
  const at = runtime.tools.clock.now();
  return runtime.store.spendGrant(person.ref, { login: record.login, action: CHANGE_PASSWORD, at });
}

function codeFirst({ account: { runtime }, req, res }: Visit): void {
  askStepUp(runtime, req, res, { action: CHANGE_PASSWORD, returnTo: `${baseOf(runtime, req)}/password` });
}

/** JSON is told at once; a page goes back to the form, which says it. */
function refuse(visit: Visit, holder: { problem?: PasswordProblem }, problem: PasswordProblem): void {
  const { req } = visit;
  if (wantsPage(req)) return again(visit, holder, problem);
  throw new SecondFactorError("invalid_input", "the password was not taken", { errors: [problem] });
}

function locked(visit: Visit, holder: { problem?: PasswordProblem }, seconds: number): void {
  const { req, res } = visit;
  if (!wantsPage(req)) return sendProblem(res, { code: "locked", blocked: false }, seconds);
  const minutes = Math.ceil(seconds / 60);
  const wait = minutes === 1 ? "a minute" : `${minutes} minutes`;
  again(visit, holder, {
    field: "currentPassword",
    message: `Too many wrong passwords. Try again in about ${wait}.`,
  });
}

function again(
  { account: { runtime }, req, res }: Visit,
  holder: { problem?: PasswordProblem },
  problem: PasswordProblem,
): void {
  holder.problem = problem;
  seeOther(res, `${baseOf(runtime, req)}/password?again`);
}

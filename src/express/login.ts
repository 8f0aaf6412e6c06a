/** What stands between a right password and a session: `req.logIn` and `req.logOut`, wrapped for one request. */
import type { NextFunction, Request, Response } from "express";
import type { Proof } from "../core/assurance.js";
import { newId } from "../core/clock.js";
import type { NewBrowser } from "../core/trusted-browser.js";
import { misconfigured, SecondFactorError } from "../errors.js";
import { forgetUser, isOurPassport, passportKey, serialize } from "../passport/internals.js";
import { answerOwed, owedProblem } from "./gate-answer.js";
import { sendError, sendProblem } from "./negotiate.js";
import { endPrevious, kindsOf, type LoginOptions, startPending } from "./pending-login.js";
import { type Debt, isSettled, loginDebtOf, noteGrace, type Person, personOf } from "./person.js";
import { during } from "./request-context.js";
import type { Runtime } from "./runtime.js";
import { type PendingLogin, rotate, type SignedIn, save, signedInOf } from "./session.js";
import { setTrustCookie, trustedBrowserOf } from "./trust-cookie.js";

type Done = (error?: unknown) => void;
type LogIn = (user: unknown, options: LoginOptions, done: Done) => void;
type LogOut = (options: object, done: Done) => void;

/** A pending login whose proof has just come in, in this very request. */
export interface Completion {
  pending: PendingLogin;
  proven: Proof[];
  /** The browser it came from is to be trusted from now on. */
  trusted?: NewBrowser;
  /** The enrolment that is owed is put off. */
  skipped?: boolean;
}

const completions = new WeakMap<Request, Completion>();
const exemptions = new WeakMap<Request, string>();

/** Tells the next `req.logIn` of this request that the pending login has been proven. */
export function complete(req: Request, completion: Completion): void {
  completions.set(req, completion);
}

/** Tells the next `req.logIn` of this request that it owes nothing, and under what name. */
export function exempt(req: Request, name: string): void {
  exemptions.set(req, name);
}

/** Wraps `req.logIn` and `req.logOut` under both of their names. What a caller's callback throws goes to `next`. */
export function wrapLogin(runtime: Runtime, req: Request, res: Response, next: NextFunction): void {
  const original = {
    logIn: req.logIn as unknown as LogIn,
    logOut: promisedLogOut(req, req.logOut as unknown as LogOut),
  };

  function logIn(user: unknown, given: LoginOptions | Done | null, callback?: Done): void {
    const { options, done } = argumentsOf(given, callback);
    const login = { runtime, req, res, user, options, original: promisedLogIn(req, original.logIn) };
    during(req, () => signIn(login))
      .then(
        (answered) => answered || done(),
        (error) => failed(runtime, req, res, error, done),
      )
      .catch(next);
  }

  function logOut(given: object | Done | null, callback?: Done): void {
    const { options, done } = argumentsOf(given, callback);
    during(req, () => signOut(runtime, req, () => original.logOut(options)))
      .then(
        () => done(),
        (error) => failed(runtime, req, res, error, done),
      )
      .catch(next);
  }

  Object.assign(req, { logIn, login: logIn, logOut, logout: logOut });
}

interface Login {
  runtime: Runtime;
  req: Request;
  res: Response;
  user: unknown;
  options: LoginOptions;
  original: (user: unknown, options: LoginOptions) => Promise<void>;
}

/** Signs in somebody who owes nothing, and answers for everybody else. True: the response has been sent. */
async function signIn(login: Login): Promise<boolean> {
  const { runtime, req, user, options } = login;
  if (!isOurPassport(req, runtime.passport)) {
    throw misconfigured(
      "req.logIn was called through another Passport instance: give the one the app uses to " +
        "createSecondFactor({ passport })",
    );
  }
  if (options.session === false && options.secondFactor === "bearer") return passAlong(login);
  const completion = completions.get(req);
  completions.delete(req);
  const person = await personOf(runtime, req, user);
  if (completion && completion.pending.user.id !== person.ref.id) {
    throw new SecondFactorError(
      "store_unavailable",
      "the user behind the pending login is somebody else by now",
    );
  }
  const exempted = exemptions.get(req);
  exemptions.delete(req);
  const debt: Debt = exempted
    ? { owes: "nothing" }
    : loginDebtOf(runtime, person, kindsOf(completion?.proven ?? []));
  // Nobody can be reminded later where there is no session: a grace is a pass.
  if (options.session === false) {
    await noteGrace(runtime, person, debt);
    return isSettled(debt, { skipped: true }) ? passAlong(login) : refuseBearer(login, debt);
  }
  if (!completion) await endPrevious(runtime, req);
  const trusted = debt.owes === "challenge" && !completion ? await trustIn(login, person) : undefined;
  const isLetIn = trusted !== undefined || isSettled(debt, completion ?? {});
  if (debt.owes !== "nothing" && !isLetIn) return hold(login, person, debt, completion);
  await admit(login, person, { completion, exempted, trusted });
  return false;
}

/** A trusted browser stands for the factor that was proven there: where that would be enough now, nothing is asked. */
async function trustIn({ runtime, req }: Login, person: Person): Promise<SignedIn["trusted"]> {
  const browser = await trustedBrowserOf(runtime, req, person);
  if (!browser || loginDebtOf(runtime, person, [browser.factor]).owes !== "nothing") return undefined;
  return { browser: browser.id, factor: browser.factor };
}

async function passAlong({ original, user, options }: Login): Promise<boolean> {
  await original(user, options);
  return false;
}

/** There is no session in which they could settle it, whatever it is: they sign in with one first. */
function refuseBearer({ runtime, req, res }: Login, { owes }: Debt): boolean {
  sendProblem(res, owedProblem(runtime, req, owes === "password" ? owes : "challenge"));
  return true;
}

/** Keeps the person waiting: a pending login, and the answer to the login request. */
async function hold(
  { runtime, req, res, user, options }: Login,
  person: Person,
  owed: Exclude<Debt, { owes: "nothing" }>,
  completion?: Completion,
): Promise<boolean> {
  const serialized = await serialize(runtime.passport, req, user);
  const continues = completion && { ...completion.pending, proven: completion.proven };
  const start = { person, serialized, owed, options, ...(continues ? { continues } : {}) };
  const pending = await startPending(runtime, req, start);
  forgetUser(req);
  answerOwed(runtime, req, res, pending);
  return true;
}

/** Why somebody is let in: what they proved, or why they were not asked. */
interface Admission {
  completion: Completion | undefined;
  exempted: string | undefined;
  trusted: SignedIn["trusted"];
}

/** Passport's own `logIn`, the assurance record, the hook: where one of them fails, the session is nobody's again. */
async function admit(
  { runtime, req, res, user, options, original }: Login,
  person: Person,
  { completion, exempted, trusted }: Admission,
): Promise<void> {
  delete req.session.secondFactor;
  const proven = completion?.proven ?? [];
  const login = completion?.pending.login ?? newId(runtime.tools.random);
  const skipped = completion?.skipped ? { skipped: true } : {};
  const why = { ...skipped, ...(exempted ? { exempt: exempted } : {}), ...(trusted ? { trusted } : {}) };
  try {
    await original(user, options);
    req.session.secondFactor = { ...recordOf(runtime, person, { login, proven }), ...why };
    await runtime.onSignedIn?.(req, res, user);
    await save(req);
  } catch (error) {
    // The first failure is told; express-session forgets who it was even where the store cannot.
    await endSession(runtime, req).catch(() => undefined);
    throw error;
  }
  if (completion?.trusted) setTrustCookie(runtime, res, person.ref.id, completion.trusted);
  runtime.events.emit("signed-in", { user: person.ref.id, factors: kindsOf(proven) });
}

export function recordOf(
  runtime: Runtime,
  { user, ref, standing, organisation }: Person,
  { login, proven }: { login: string; proven: Proof[] },
): SignedIn {
  return {
    state: "signed-in",
    user: ref.id,
    ref,
    login,
    generation: standing.sessionGeneration,
    organisation: organisation.number,
    proven,
    account: runtime.accountOf(user),
  };
}

/** Takes who is signed in out of the request and out of the session, which gets a new id. */
export async function endSession(runtime: Runtime, req: Request): Promise<void> {
  forgetUser(req);
  await rotate(req, { keep: false, passportKey: passportKey(runtime.passport) });
}

/** Ends the login of this session, complete or pending, as a log-out does: nothing that was in it is left. */
export function endLogin(runtime: Runtime, req: Request): Promise<void> {
  return signOut(runtime, req, () => endSession(runtime, req));
}

/** The session ends even where the record of its end cannot be written; the failure is told all the same. */
async function signOut(runtime: Runtime, req: Request, end: () => Promise<void>): Promise<void> {
  const signedIn = signedInOf(req);
  const recorded = endPrevious(runtime, req);
  const [outcome] = await Promise.allSettled([recorded]);
  delete req.session.secondFactor;
  await end();
  if (outcome.status === "rejected") throw outcome.reason;
  if (signedIn) runtime.events.emit("signed-out", { user: signedIn.user });
}

function promisedLogIn(req: Request, logIn: LogIn): Login["original"] {
  return (user, options) =>
    new Promise((resolve, reject) => {
      logIn.call(req, user, options, (error) => (error ? reject(error) : resolve()));
    });
}

function promisedLogOut(req: Request, logOut: LogOut): (options: object) => Promise<void> {
  return (options) =>
    new Promise((resolve, reject) => {
      logOut.call(req, options, (error) => (error ? reject(error) : resolve()));
    });
}

function argumentsOf<O extends object>(
  given: O | Done | null | undefined,
  callback?: Done,
): { options: O; done: Done } {
  const done = typeof given === "function" ? (given as Done) : callback;
  if (typeof done !== "function") throw new Error("req.logIn and req.logOut take a callback function");
  const options = typeof given === "function" || !given ? ({} as O) : given;
  return { options, done };
}

/** What is ours to answer is answered here; the rest is the caller's. */
async function failed(
  runtime: Runtime,
  req: Request,
  res: Response,
  error: unknown,
  done: Done,
): Promise<void> {
  forgetUser(req);
  const answered = await sendError(runtime, req, res, error).catch(() => false);
  // What is thrown may be nothing, and nothing means to Express and Passport that all went well.
  if (!answered) done(error || new Error("the login failed"));
}

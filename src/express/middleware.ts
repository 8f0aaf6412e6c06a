/** The gate: on every request, who is signed in, who is pending, and whom to let through. */
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { countedKinds } from "../core/assurance.js";
import { newId } from "../core/clock.js";
import { forgetUser, serializedUser, userOf } from "../passport/internals.js";
import { answerOwed } from "./gate-answer.js";
import { endSession, recordOf, wrapLogin } from "./login.js";
import { markGated, rememberMount } from "./middleware-state.js";
import { sendError, wantsPage } from "./negotiate.js";
import { livePending, startPending } from "./pending-login.js";
import { debtOf, hasEnded, isSettled, loginDebtOf, type Person, personOf } from "./person.js";
import { checkPlacement } from "./placement.js";
import { during } from "./request-context.js";
import { localPath } from "./return-address.js";
import type { MaybePromise, Runtime } from "./runtime.js";
import { pendingOf, type SignedIn, signedInOf } from "./session.js";

/** Makes the one middleware. A request on a satisfied session passes in the same tick, with nothing read. */
export function createGate(runtime: Runtime, router: RequestHandler): RequestHandler {
  function proceed(req: Request, res: Response, next: NextFunction, person?: Person): void {
    markGated(req, person);
    if (isOurs(runtime, req)) during(req, () => router(req, res, next));
    else next();
  }

  return function secondFactor(req, res, next) {
    const failed = (error: unknown) => fail(runtime, req, res, next, error);
    try {
      checkPlacement(runtime, req);
      rememberMount(req);
      wrapLogin(runtime, req, res, next);
      const user = userOf(req);
      if (!user && !pendingOf(req)) return proceed(req, res, next);
      const person = user ? personOf(runtime, req, user) : undefined;
      const isKnown = person !== undefined && !(person instanceof Promise);
      if (isKnown && passes(runtime, req, person)) return proceed(req, res, next, person);
      decide(runtime, req, res, person).then((outcome) => {
        if (outcome !== "answered") proceed(req, res, next, outcome);
      }, failed);
    } catch (error) {
      failed(error);
    }
  };
}

/** Whether what this login has proven is still enough. */
function passes(runtime: Runtime, req: Request, person: Person): boolean {
  const record = recordFor(req, person);
  if (!record || hasEnded(person, record)) return false;
  return record.exempt !== undefined || isSettled(debtOf(runtime, person, countedKinds(record)), record);
}

/** The assurance record, if it is this person's. */
function recordFor(req: Request, person: Person): SignedIn | undefined {
  const record = signedInOf(req);
  return record?.user === person.ref.id ? record : undefined;
}

/** Everything that is not a plain pass. Resolves to the person let through, to nobody, or to an answer sent. */
async function decide(
  runtime: Runtime,
  req: Request,
  res: Response,
  who: MaybePromise<Person> | undefined,
): Promise<Person | undefined | "answered"> {
  const person = await who;
  if (!person) return holdPending(runtime, req, res);
  if (passes(runtime, req, person)) return person;
  const record = recordFor(req, person);
  if (record && hasEnded(person, record)) {
    await endSession(runtime, req);
    runtime.events.emit("session-ended", { user: person.ref.id });
    return undefined;
  }
  return stampOrHold(runtime, req, res, person);
}

/** A session with a user but no record that holds is decided like a login. */
async function stampOrHold(
  runtime: Runtime,
  req: Request,
  res: Response,
  person: Person,
): Promise<Person | undefined | "answered"> {
  const owed = loginDebtOf(runtime, person, []);
  if (owed.owes === "nothing") {
    const login = newId(runtime.tools.random);
    req.session.secondFactor = recordOf(runtime, person, { login, proven: [] });
    return person;
  }
  const serialized = serializedUser(req, runtime.passport);
  await startPending(runtime, req, { person, serialized, owed });
  forgetUser(req);
  return holdPending(runtime, req, res);
}

/** Answers for a pending login, but on our own pages and the open paths, which see nobody. */
function holdPending(runtime: Runtime, req: Request, res: Response): undefined | "answered" {
  const passes = isOurs(runtime, req) || runtime.isOpen(req.path);
  const pending = livePending(runtime, req);
  if (passes) return undefined;
  if (!pending) {
    delete req.session.secondFactor;
    return undefined;
  }
  if (req.method === "GET" && wantsPage(req)) pending.returnTo = localPath(req.originalUrl);
  answerOwed(runtime, req, res, pending);
  return "answered";
}

function isOurs({ basePath }: Runtime, req: Request): boolean {
  return req.path === basePath || req.path.startsWith(`${basePath}/`);
}

/** Never a pass: ours to answer, or the app's own error handler's. */
function fail(runtime: Runtime, req: Request, res: Response, next: NextFunction, error: unknown): void {
  forgetUser(req);
  // What is thrown may be nothing, and nothing means to Express that all went well.
  const failure = error || new Error("the second factor could not be decided");
  sendError(runtime, req, res, failure).then((answered) => answered || next(failure), next);
}

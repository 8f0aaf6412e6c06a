/** What follows a confirmed enrolment: the login it was part of, and the recovery codes, shown once. */
import type { NextFunction, Request, Response } from "express";
import type { Confirmed } from "../core/confirmation.js";
import { SecondFactorError } from "../errors.js";
import { deserialize } from "../passport/internals.js";
import type { Enroller } from "./enroller.js";
import { complete, endLogin } from "./login.js";
import { baseOf, loginUrlOf, seeOther, sendJson, sendPage, wantsPage } from "./negotiate.js";
import { forgetPending } from "./pending-login.js";
import type { Runtime } from "./runtime.js";
import { savedSlip } from "./saved-slip.js";
import { noteProof, type PendingLogin, signedInOf } from "./session.js";
import { addressAfter, goOn, logInAgain } from "./verify.js";

interface Exchange {
  runtime: Runtime;
  req: Request;
  res: Response;
  next: NextFunction;
}

type Done = Extract<Confirmed, { ok: true }>;

export async function confirmed(exchange: Exchange, enroller: Enroller, done: Done): Promise<void> {
  const { runtime, req } = exchange;
  if (runtime.signOutAfterEnrolment) return leave(exchange, enroller, done);
  const proof = { kind: done.kind, amr: done.amr, at: done.at.getTime() };
  if (enroller.pending) return completeLogin(exchange, enroller.pending, done, proof);
  const record = await noteProof(req, proof);
  const notice = done.first ? "turned-on" : "replaced";
  const address = record?.afterEnrolment ?? `${baseOf(runtime, req)}?notice=${notice}`;
  delete record?.afterEnrolment;
  await show(exchange, done, address);
}

/** Whoever set it up signs in with it: the session ends before anything is answered, and nothing is kept of it. */
async function leave({ runtime, req, res }: Exchange, { ref, actor }: Enroller, done: Done): Promise<void> {
  await endLogin(runtime, req);
  const loginUrl = loginUrlOf(runtime, req);
  const { recoveryCodes: codes, recoverySet: set } = done;
  if (!wantsPage(req)) {
    return sendJson(res, 200, { state: "signed-out", loginUrl, ...(codes ? { recoveryCodes: codes } : {}) });
  }
  if (!codes || !set) return seeOther(res, loginUrl);
  const slip = savedSlip(runtime, { ref, set });
  await sendPage(runtime, req, res, { page: "recovery-codes", codes, account: actor.account, slip });
}

/** The enrolment was all that this login owed, or the next debt is answered by `req.logIn` itself. */
async function completeLogin(
  exchange: Exchange,
  pending: PendingLogin,
  done: Done,
  proof: PendingLogin["proven"][number],
): Promise<void> {
  const { req, next } = exchange;
  const user = await knownUser(exchange, pending);
  complete(req, { pending, proven: [...pending.proven, proof] });
  const address = addressAfter(req, pending);
  logInAgain(req, user, pending, (error) => {
    if (error) next(error);
    else show(exchange, done, address).catch(next);
  });
}

/** Completes a login that need not enrol yet. The challenge is the login: of two requests one closes it. */
export async function skipEnrolment(exchange: Exchange, pending: PendingLogin): Promise<void> {
  const { runtime, req, res, next } = exchange;
  const { user: ref, login, proven } = pending;
  const user = await knownUser(exchange, pending);
  if (!(await runtime.store.closeChallenge(ref, { login, purpose: "login" }))) {
    throw new SecondFactorError("no_challenge", "the sign-in's challenge is gone");
  }
  complete(req, { pending, proven, skipped: true });
  const address = addressAfter(req, pending);
  logInAgain(req, user, pending, (error) => (error ? next(error) : goOn(req, res, address)));
}

/** @throws `no_challenge` where the app no longer knows the user, whose login then ends */
export async function knownUser(
  { runtime, req }: Pick<Exchange, "runtime" | "req">,
  pending: PendingLogin,
): Promise<unknown> {
  const user = await deserialize(runtime.passport, req, pending.serialized);
  if (user) return user;
  await forgetPending(runtime, req);
  throw new SecondFactorError("no_challenge", "the app no longer knows the user");
}

/** Recovery codes are in this one answer and kept nowhere, so the page is the answer to the POST itself. */
async function show({ runtime, req, res }: Exchange, done: Done, returnTo: string): Promise<void> {
  if (res.headersSent) return;
  const { recoveryCodes } = done;
  if (!wantsPage(req)) {
    return sendJson(res, 200, { state: "satisfied", returnTo, ...(recoveryCodes ? { recoveryCodes } : {}) });
  }
  if (!recoveryCodes) return seeOther(res, returnTo);
  const record = signedInOf(req);
  if (record) record.afterCodes = returnTo;
  await sendPage(runtime, req, res, {
    page: "recovery-codes",
    codes: recoveryCodes,
    account: record?.account ?? "",
  });
}

/** A login between the password and the second factor: how it begins, and how what came before it ends. */
import type { Request } from "express";
import { type Proof, provenKinds } from "../core/assurance.js";
import { openChallenge } from "../core/challenge.js";
import { later, newId } from "../core/clock.js";
import { ENROL_SECONDS } from "../core/enrolment.js";
import { type FactorKind, isPrimary } from "../core/model.js";
import { preferredFirst, stoppedLast } from "../core/own-factors.js";
import { hintsOf, sendCode } from "../core/sent-code.js";
import { SecondFactorError } from "../errors.js";
import { passportKey } from "../passport/internals.js";
import { noticeOf } from "./notice.js";
import { type Debt, loginDebtOf, noteGrace, type Person } from "./person.js";
import { keptAddress } from "./return-address.js";
import type { Runtime } from "./runtime.js";
import { noteSending, type PendingLogin, pendingOf, rotate, save, signedInOf } from "./session.js";

declare module "passport" {
  interface AuthenticateOptions {
    /** With `session: false`: the token was issued after the second factor was proven, so nothing is owed. */
    secondFactor?: "bearer";
  }
}

/** What `req.logIn` takes, Passport's own options and ours. */
export interface LoginOptions {
  session?: boolean;
  keepSessionInfo?: boolean;
  successRedirect?: string;
  successReturnToOrRedirect?: string;
  /** `bearer`: a token the app trusts was issued after the proof; only with `session: false`. */
  secondFactor?: "bearer";
}

interface Start {
  person: Person;
  /** Passport's serialised user. */
  serialized: unknown;
  owed: Exclude<Debt, { owes: "nothing" }>;
  options?: LoginOptions;
  /** Continues a login that has proven something already. */
  continues?: { login: string; proven: Proof[]; target?: string; returnTo?: string };
  returnTo?: string;
}

/**
 * Makes the session a pending login: first the challenge in the database, which *is* the login, then a session with a
 * new id that names it. Nobody is signed in by it.
 */
export async function startPending(runtime: Runtime, req: Request, start: Start): Promise<PendingLogin> {
  const { person, owed, options = {}, continues } = start;
  const login = continues?.login ?? newId(runtime.tools.random);
  const seconds = owed.owes === "challenge" ? runtime.pendingSeconds : ENROL_SECONDS;
  const opened = await openChallenge(runtime, person.ref, { login, purpose: "login", seconds });
  if (!opened) {
    throw new SecondFactorError("store_unavailable", `the store does not know user "${person.ref.id}"`);
  }
  const { challenge, before } = opened;
  const graceUntil = owed.owes === "enrolment" ? owed.until : undefined;
  await noteGrace(runtime, person, owed);
  const target = continues?.target ?? targetOf(runtime, req, options);
  const returnTo = continues?.returnTo ?? start.returnTo;
  const pending: PendingLogin = {
    state: "pending",
    login,
    user: person.ref,
    serialized: start.serialized,
    account: runtime.accountOf(person.user),
    owes: owed.owes,
    factors: stoppedLast(before, preferredFirst(owed.factors, before.vault.preferred)),
    hints: hintsOf(runtime, before),
    trusts: owed.factors.filter((kind) => completes(runtime, person, [...(continues?.proven ?? [])], kind)),
    proven: continues?.proven ?? [],
    expiresAt: later(challenge.createdAt, seconds).getTime(),
    keepSessionInfo: options.keepSessionInfo === true,
    ...(graceUntil ? { graceUntil: graceUntil.getTime() } : {}),
    ...(target ? { target } : {}),
    ...(returnTo ? { returnTo } : {}),
  };
  if (runtime.sendOn === "login") await sendAtOnce(runtime, pending);
  await rotate(req, { keep: pending.keepSessionInfo, passportKey: passportKey(runtime.passport) });
  req.session.secondFactor = pending;
  await save(req);
  return pending;
}

/** Whether nothing more is owed once this kind is proven as well. */
function completes(runtime: Runtime, person: Person, proven: readonly Proof[], kind: FactorKind): boolean {
  return isPrimary(kind) && loginDebtOf(runtime, person, [...kindsOf(proven), kind]).owes === "nothing";
}

/** Sends the code of the factor that is asked first; where that fails the page says so, and the login is no worse off. */
async function sendAtOnce(runtime: Runtime, pending: PendingLogin): Promise<void> {
  const { owes, user, login, factors, account } = pending;
  const [factor] = factors;
  if (owes !== "challenge" || !factor || !runtime.factors.get(factor)?.sends) return;
  const sent = await sendCode(runtime, user, { login, purpose: "login", allowed: factors, factor, account });
  const notice = sent.ok ? undefined : noticeOf(sent, undefined, factor);
  if (sent.ok) noteSending(pending, sent);
  else if (notice) pending.notice = notice;
}

/**
 * Where the login itself says to go on, by Passport's own rules. A guard that keeps `originalUrl` as `returnTo` keeps
 * what a link said, `//evil.test` too: what leaves the site is forgotten.
 */
function targetOf(runtime: Runtime, req: Request, options: LoginOptions): string | undefined {
  const { successReturnToOrRedirect: fallback, keepSessionInfo } = options;
  if (!fallback) return options.successRedirect;
  const kept = keepSessionInfo ? keptAddress(req.session.returnTo, runtime.origins) : undefined;
  if (kept === undefined) delete req.session.returnTo;
  else req.session.returnTo = kept;
  return kept ?? fallback;
}

/** Ends what this session was before: a complete login is recorded as ended, a pending one loses its challenge. */
export async function endPrevious(runtime: Runtime, req: Request): Promise<void> {
  const signedIn = signedInOf(req);
  const pending = pendingOf(req);
  if (signedIn) await runtime.store.endLogin(signedIn.ref, signedIn.login);
  if (pending) {
    await runtime.store.closeChallenge(pending.user, { login: pending.login, purpose: "login" });
  }
}

/** Ends a pending login, in the database and in the session, which gets a new id. */
export async function forgetPending(runtime: Runtime, req: Request): Promise<void> {
  if (!pendingOf(req)) return;
  await endPrevious(runtime, req);
  await rotate(req, { keep: false, passportKey: passportKey(runtime.passport) });
}

/** The pending login of this session, unless its time is up. */
export function livePending(runtime: Runtime, req: Request): PendingLogin | undefined {
  const pending = pendingOf(req);
  return pending && pending.expiresAt > runtime.tools.clock.now().getTime() ? pending : undefined;
}

export function kindsOf(proven: readonly Proof[]) {
  return provenKinds({ proven });
}

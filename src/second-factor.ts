/** Puts the parts together. */
import { randomBytes } from "node:crypto";
import type { Request, RequestHandler } from "express";
import defaultPassport from "passport";
import { actionsOf } from "./core/actions.js";
import type { Random } from "./core/clock.js";
import { createCodeHasher } from "./core/code-hash.js";
import { type EnrolmentParts, onFile, type RecoveryCodeMaker } from "./core/enrolment.js";
import { keepLog } from "./core/event-log.js";
import { createEvents, type Events } from "./core/events.js";
import type { CodeSender, Factor } from "./core/factor.js";
import { importFactor, type Suggested, suggestAddress } from "./core/import.js";
import type { CHANGE_FACTORS } from "./core/model.js";
import { createSealer } from "./core/sealing.js";
import { misconfigured } from "./errors.js";
import { type Administration, administrationOf } from "./express/administration.js";
import { defaultOf } from "./express/challenge-views.js";
import { complete, exempt } from "./express/login.js";
import { createGate } from "./express/middleware.js";
import { livePending } from "./express/pending-login.js";
import { defaultRoles } from "./express/person.js";
import { eventContext } from "./express/request-context.js";
import { type CheckResult, check, checkUser, createRequire, type RequireOptions } from "./express/require.js";
import { createRouter } from "./express/router.js";
import { type Runtime, rememberRuntime } from "./express/runtime.js";
import { pendingOf } from "./express/session.js";
import { createStepUp, type StepUpOptions } from "./express/step-up.js";
import { trustWanted } from "./express/trust-cookie.js";
import { sendNotices } from "./notify.js";
import { checkOptions, type SecondFactorOptions, trustOf } from "./options.js";
import { deserialize } from "./passport/internals.js";
import { type Challenged, secondFactorStrategy } from "./passport/strategy.js";
import { checkProviders } from "./provider-options.js";
import { runTimeSettings } from "./run-time.js";

/** `Action`: the names in `actions`. */
export interface SecondFactor<Action extends string = string> {
  /**
   * The one middleware: `app.use(secondFactor.middleware())`, right after `app.use(passport.session())`. It wraps
   * `req.logIn`, holds whoever still owes a second factor, and serves the pages under `basePath`.
   */
  middleware(): RequestHandler;
  /** Guards a route or a router: signed in, with nothing owed, and optionally with certain factors, proven lately. */
  require(options?: RequireOptions): RequestHandler;
  /**
   * Guards a handler by a named action: `app.post("/payouts", secondFactor.stepUp("payout"), pay)`. Whoever passes has
   * given a fresh code for it, which is then used up; a GET that is guarded too asks before a form is filled in, and
   * uses nothing up. With `bind` the code is good for one target alone.
   *
   * @throws `misconfigured` at once where there is no such action
   */
  stepUp(action: Action | typeof CHANGE_FACTORS, options?: StepUpOptions): RequestHandler;
  /**
   * Where a request stands, for sockets and custom callbacks. With `user`: what that user, who has proven nothing
   * yet, would owe; ask before handing out a token. A `user` that is nobody (`false`, `undefined`) is anonymous.
   */
  check(req: Request, ...user: [user?: unknown]): Promise<CheckResult>;
  /** Placed before `passport.authenticate` on a callback route: logins there owe nothing (their provider asked). */
  exempt(name: string): RequestHandler;
  /**
   * Brings a TOTP secret along from another system: base32 text, at least 16 bytes.
   *
   * @returns false where the user has an authenticator app already
   */
  importTotp(user: unknown, secret: string): Promise<boolean>;
  /**
   * Makes an e-mail address that was proven elsewhere the one codes go to, at once.
   *
   * @returns false where the user has one already
   * @throws `invalid_input` where it is no address
   */
  importEmail(user: unknown, address: string): Promise<boolean>;
  /** The same for a mobile number, in E.164: "+14155550123". */
  importPhone(user: unknown, number: string): Promise<boolean>;
  /**
   * Keeps a number that somebody gave elsewhere, such as in a registration form: the page that sets up text messages
   * is filled in with it. It counts for nothing until a code that went there came back.
   *
   * @returns the number in E.164, or what to say at which field
   */
  suggestPhone(user: unknown, given: { country?: unknown; number?: unknown }): Promise<Suggested>;
  /**
   * The number on file, in E.164: the one given to `suggestPhone` last, else the one codes are texted to. For a form
   * of your own that shows it; it proves nothing.
   */
  phoneOf(user: unknown): Promise<string | undefined>;
  /** The same as `suggestPhone` for an e-mail address. */
  suggestEmail(user: unknown, address: unknown): Promise<Suggested>;
  /** Helps people and looks after keys: see docs/administration.md. None of it asks who calls. */
  readonly admin: Administration;
  /** Resolves once every listener has finished, notices and log included: before a process ends. */
  settled(): Promise<void>;
  /** Adds a listener for a security event; returns what removes it. A listener that throws changes nothing. */
  on: Events["on"];
}

/**
 * Makes the second factor for an app. Registers the Passport strategy `second-factor` by name.
 *
 * @throws `misconfigured` at once where an option is missing, unknown, or cannot work
 */
export function createSecondFactor<Action extends string = never>(
  options: SecondFactorOptions<Action>,
): SecondFactor<Action> {
  checkOptions(options);
  checkProviders(options);
  const runtime = runtimeOf(options);
  if (options.eventLog) keepLog(runtime.events, options.eventLog);
  if (options.notices) sendNotices(runtime, options.notices);
  const router = createRouter(runtime);
  runtime.passport.use(
    secondFactorStrategy(runtime, {
      of: (req) => challenged(runtime, req),
      userOf: (req) => deserialize(runtime.passport, req, pendingOf(req)?.serialized),
      proven: (req, proof, trusted) => {
        const pending = pendingOf(req);
        const proven = [...(pending?.proven ?? []), proof];
        if (pending) complete(req, { pending, proven, ...(trusted ? { trusted } : {}) });
      },
    }),
  );
  const secondFactor: SecondFactor = {
    middleware: () => createGate(runtime, router),
    require: (wanted = {}) => createRequire(runtime, wanted),
    stepUp: (action, wanted) => createStepUp(runtime, action, wanted),
    check: (req, ...named) => (named.length > 0 ? checkUser(runtime, req, named[0]) : check(runtime, req)),
    exempt: (name) => exempting(name),
    importTotp: (user, secret) => importFactor(runtime, runtime.store.refOf(user), "totp", secret),
    importEmail: (user, address) => importFactor(runtime, runtime.store.refOf(user), "email", address),
    importPhone: (user, number) => importFactor(runtime, runtime.store.refOf(user), "sms", number),
    suggestPhone: (user, given) => suggestAddress(runtime, runtime.store.refOf(user), "sms", given),
    phoneOf: async (user) => onFile(await runtime.store.read(runtime.store.refOf(user)), "sms"),
    suggestEmail: (user, address) => suggestAddress(runtime, runtime.store.refOf(user), "email", { address }),
    admin: administrationOf(runtime),
    settled: runtime.events.settled,
    on: runtime.events.on,
  };
  rememberRuntime(secondFactor, runtime);
  return secondFactor;
}

/** The login of this session that a code could complete. */
async function challenged(runtime: Runtime, req: Request): Promise<Challenged | undefined> {
  const pending = livePending(runtime, req);
  if (pending?.owes !== "challenge") return undefined;
  const trust = await trustWanted(runtime, req);
  const { trusts = [] } = pending;
  return { ...pending, trusts, usual: defaultOf(pending), ...(trust ? { trust } : {}) };
}

function exempting(name: string): RequestHandler {
  if (typeof name !== "string" || name === "") throw misconfigured('exempt() takes a name: exempt("sso")');
  return function secondFactorExempt(req, _res, next) {
    exempt(req, name);
    next();
  };
}

const systemRandom: Random = { bytes: (length) => randomBytes(length) };

function runtimeOf(options: SecondFactorOptions): Runtime {
  const { issuer, origins, onSignedIn, logoUrl, support } = options;
  const { sendOn = "request", signOutAfterEnrolment = false, outboxUrl } = options;
  const trust = trustOf(options);
  const parts = partsOf(options);
  const runTime = runTimeSettings(options, parts);
  const senders = [...runTime.factors.values()].flatMap(({ sends }) => sends ?? []);
  const { basePath = "/second-factor", loginPath = "/login", logoutPath = "/logout", open = [] } = options;
  return {
    ...parts,
    ...runTime,
    passport: options.passport ?? defaultPassport,
    issuer,
    origins,
    basePath,
    loginPath,
    isOpen: openPaths([loginPath, logoutPath, ...open]),
    appliesTo: options.appliesTo as Runtime["appliesTo"],
    configured: options.factors.map((factor) => factor.kind),
    rolesOf: (options.rolesOf as Runtime["rolesOf"] | undefined) ?? defaultRoles,
    accountOf: (options.accountOf as Runtime["accountOf"] | undefined) ?? defaultAccount,
    actions: actionsOf(options.actions ?? {}, options.account?.actions),
    onSignedIn: onSignedIn as Runtime["onSignedIn"],
    get pendingSeconds() {
      return pendingSeconds(senders);
    },
    sendOn,
    signOutAfterEnrolment,
    ...(trust ? { trust } : {}),
    authorizeAdmin: options.authorizeAdmin as Runtime["authorizeAdmin"],
    ...(options.account ? { account: options.account } : {}),
    ...(options.eventLog ? { log: options.eventLog } : {}),
    tells: options.notices !== undefined,
    get outboxUrl() {
      return senders.some(({ isTest }) => isTest) ? outboxUrl : undefined;
    },
    logoUrl,
    support,
  };
}

const MIN_PENDING_SECONDS = 10 * 60;

/** A code that is sent later than at once prolongs the login by what it lacks of its own life. */
function pendingSeconds(senders: readonly CodeSender[]): number {
  return Math.max(MIN_PENDING_SECONDS, ...senders.map(({ lifeSeconds }) => lifeSeconds));
}

function partsOf(options: SecondFactorOptions): EnrolmentParts {
  const { issuer, origins, keys, store, factors, clock, random = systemRandom } = options;
  const time = clock ?? { now: () => new Date() };
  const secrets = { sealer: createSealer(keys, random), codes: createCodeHasher(keys) };
  const recovery = factors.find(isRecovery);
  return {
    store,
    factors: new Map(factors.map((factor) => [factor.kind, factor])),
    tools: { clock: time, random, ...secrets, issuer, origin: origins[0] ?? "" },
    events: createEvents(() => time.now(), eventContext),
    limiter: options.limiter ?? store.limiter,
    ...(recovery ? { recovery } : {}),
  };
}

function isRecovery(factor: Factor): factor is Factor & RecoveryCodeMaker {
  return factor.kind === "recovery-code" && "generate" in factor;
}

/** Matches as Express does by default: case and a slash at the end do not matter. */
function openPaths(paths: readonly string[]): (path: string) => boolean {
  const whole = new Set(paths.filter((path) => !path.endsWith("/*")).map(normal));
  const below = paths.filter((path) => path.endsWith("/*")).map((path) => path.slice(0, -1).toLowerCase());
  return (path) => whole.has(normal(path)) || below.some((prefix) => path.toLowerCase().startsWith(prefix));
}

function normal(path: string): string {
  return path.toLowerCase().replace(/(?<=.)\/$/, "");
}

function defaultAccount(user: unknown): string {
  const { email, username, name, id, _id } = user as Record<string, unknown>;
  const known = [email, username, name].find((value) => typeof value === "string" && value !== "");
  return String(known ?? id ?? _id ?? "");
}

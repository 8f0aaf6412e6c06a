/** Puts the parts together. */
import { randomBytes } from "node:crypto";
import type { Request, RequestHandler } from "express";
import defaultPassport from "passport";
import type { Random } from "./core/clock.js";
import type { EnrolmentParts, RecoveryCodeMaker } from "./core/enrolment.js";
import { createEvents, type Events } from "./core/events.js";
import type { Factor } from "./core/factor.js";
import { importSecret } from "./core/import.js";
import { CONFIRM } from "./core/model.js";
import { createSealer } from "./core/sealing.js";
import { misconfigured } from "./errors.js";
import { complete, exempt } from "./express/login.js";
import { createGate } from "./express/middleware.js";
import { livePending } from "./express/pending-login.js";
import { defaultRoles } from "./express/person.js";
import { type CheckResult, check, checkUser, createRequire, type RequireOptions } from "./express/require.js";
import { createRouter } from "./express/router.js";
import type { Runtime } from "./express/runtime.js";
import { pendingOf } from "./express/session.js";
import { actionsOf, checkOptions, type SecondFactorOptions } from "./options.js";
import { deserialize } from "./passport/internals.js";
import { secondFactorStrategy } from "./passport/strategy.js";

export interface SecondFactor {
  /**
   * The one middleware: `app.use(secondFactor.middleware())`, right after `app.use(passport.session())`. It wraps
   * `req.logIn`, holds whoever still owes a second factor, and serves the pages under `basePath`.
   */
  middleware(): RequestHandler;
  /** Guards a route or a router: signed in, with nothing owed, and optionally with certain factors, proven lately. */
  require(options?: RequireOptions): RequestHandler;
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
  /** Adds a listener for a security event; returns what removes it. A listener that throws changes nothing. */
  on: Events["on"];
}

/**
 * Makes the second factor for an app. Registers the Passport strategy `second-factor` by name.
 *
 * @throws `misconfigured` at once where an option is missing, unknown, or cannot work
 */
export function createSecondFactor(options: SecondFactorOptions): SecondFactor {
  checkOptions(options);
  const runtime = runtimeOf(options);
  const router = createRouter(runtime);
  runtime.passport.use(
    secondFactorStrategy(runtime, {
      of: (req) => {
        const pending = livePending(runtime, req);
        return pending?.owes === "challenge" ? pending : undefined;
      },
      userOf: (req) => deserialize(runtime.passport, req, pendingOf(req)?.serialized),
      proven: (req, proof) => {
        const pending = pendingOf(req);
        if (pending) complete(req, { pending, proven: [...pending.proven, proof] });
      },
    }),
  );
  return {
    middleware: () => createGate(runtime, router),
    require: (wanted = {}) => createRequire(runtime, wanted),
    check: (req, ...named) => (named.length > 0 ? checkUser(runtime, named[0]) : check(runtime, req)),
    exempt: (name) => exempting(name),
    importTotp: (user, secret) => importSecret(runtime, runtime.store.refOf(user), "totp", secret),
    on: runtime.events.on,
  };
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
  const { issuer, origins, policy = {}, onSignedIn, logoUrl, support } = options;
  const { basePath = "/second-factor", loginPath = "/login", logoutPath = "/logout", open = [] } = options;
  return {
    ...partsOf(options),
    passport: options.passport ?? defaultPassport,
    issuer,
    origins,
    basePath,
    loginPath,
    isOpen: openPaths([loginPath, logoutPath, ...open]),
    policy,
    configured: options.factors.map((factor) => factor.kind),
    rolesOf: (options.rolesOf as Runtime["rolesOf"] | undefined) ?? defaultRoles,
    accountOf: (options.accountOf as Runtime["accountOf"] | undefined) ?? defaultAccount,
    actions: actionsOf(options).set(CONFIRM, "continue"),
    onSignedIn: onSignedIn as Runtime["onSignedIn"],
    logoUrl,
    support,
  };
}

function partsOf({
  issuer,
  keys,
  store,
  factors,
  clock,
  random = systemRandom,
}: SecondFactorOptions): EnrolmentParts {
  const time = clock ?? { now: () => new Date() };
  const recovery = factors.find(isRecovery);
  return {
    store,
    factors: new Map(factors.map((factor) => [factor.kind, factor])),
    tools: { clock: time, random, sealer: createSealer(keys, random), issuer },
    events: createEvents(() => time.now()),
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

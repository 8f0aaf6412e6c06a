/** What `createSecondFactor` takes: every option with its default, checked once, at construction. */
import type { Request, Response } from "express";
import type { PassportStatic } from "passport";
import { type ActionOptions, checkActions } from "./core/actions.js";
import type { Clock, Random } from "./core/clock.js";
import type { Delivery, TestOutbox } from "./core/delivery.js";
import type { EventLog } from "./core/event-log.js";
import type { Extension } from "./core/extension.js";
import type { Factor } from "./core/factor.js";
import type { Limiter } from "./core/limiter.js";
import type { Policy } from "./core/policy.js";
import { policyProblems } from "./core/policy-check.js";
import type { Providers } from "./core/provider.js";
import type { Key } from "./core/sealing.js";
import { SETTINGS_PARTS, type SettingsPart, type SettingsStore } from "./core/settings.js";
import type { SecondFactorStore } from "./core/store.js";
import { misconfigured } from "./errors.js";

/** `Action`: the names of the actions. */
export interface SecondFactorOptions<Action extends string = string> {
  /** The product's name, on pages and in authenticator apps. */
  issuer: string;
  /** Origins of the site, such as `https://acme.test`: the base of every link, and who may post. */
  origins: readonly string[];
  /** Secrets for everything kept at rest, at least 32 characters each. The first seals, every one opens. */
  keys: readonly Key[];
  /** Where state lives: `mongooseStore(User)`. */
  store: SecondFactorStore;
  /** The kinds people can use: `totp()`, `emailCode(…)`, `smsCode(…)`, `recoveryCodes()`. The first that somebody has is asked first. */
  factors: readonly Factor[];
  /** Who must, who may, with what. Default: whoever has enrolled is asked. */
  policy?: Policy;
  /**
   * Whether somebody is asked here and now, where the policy says `optional` for them: an office's addresses, a kind
   * of client. It cannot exempt anybody for whom it says `required`. Asked on every request; it must not wait. If it
   * throws, nobody passes.
   */
  appliesTo?: (req: Request, user: never) => boolean;
  /** Actions that ask for a fresh code: `secondFactor.stepUp(name)` guards them. `change-factors` is always among them. */
  actions?: { readonly [name in Action]: ActionOptions };
  /** The Passport instance the app uses. Default: the one that `import passport from "passport"` gives. */
  passport?: PassportStatic;
  /** Where our pages are mounted. Default `/second-factor`. */
  basePath?: string;
  /** The app's login page and form. Default `/login`. Open while a login is pending. */
  loginPath?: string;
  /** The app's log-out. Default `/logout`. Open while a login is pending. */
  logoutPath?: string;
  /**
   * More paths that pass while a login is pending, as nobody: OAuth routes, assets, public pages. A path is matched
   * whole; one that ends in `/*` matches everything below it.
   */
  open?: readonly string[];
  /** A user's roles. Default: `user.roles` and the `roles` of each of `user.groups`. */
  rolesOf?: (user: never) => readonly string[] | Promise<readonly string[]>;
  /** What pages and authenticator apps call a user. Default: `email`, `username`, `name`, or the id. */
  accountOf?: (user: never) => string;
  /** Runs after every complete login, with or without a challenge. If it throws, the login is undone. It must not answer. */
  onSignedIn?: (req: Request, res: Response, user: never) => unknown;
  /**
   * How long a browser may skip the login's challenge, days, where the person ticks the box: 1 to 365; `false`: never.
   * Default 90, where the store can tell that a password was changed, and the site is https or localhost.
   */
  trustBrowserDays?: number | false;
  /**
   * Whether somebody who has just set up a way to confirm is signed out, to sign in with it. Default: they stay.
   */
  signOutAfterEnrolment?: boolean;
  /** When codes go out: when they are asked for, or at once for the factor that is asked first. Default `request`. */
  sendOn?: "request" | "login";
  /** Allows deliveries that keep messages instead of sending them (`createOutbox`). Refused in production. */
  allowTestMode?: boolean;
  /**
   * Where messages go while an administrator has test mode on: `createOutbox()`. With `allowTestMode` and `settings`,
   * their page has the switch; never in production. Default: there is no switch.
   */
  testOutbox?: TestOutbox;
  /** Where the app shows what such a delivery kept: the pages link to it. A path of the site. */
  outboxUrl?: string;
  /**
   * Lets an administrator change policy, code lifetimes and providers while the app runs:
   * `mongooseSettings(mongoose.connection)`. Default: none.
   */
  settings?: SettingsStore;
  /**
   * Services that an administrator may set up, for factors without a delivery of their own:
   * `{ sms: twilioProvider(…), email: smtpProvider(…) }`. Takes `settings`. Default: none.
   */
  providers?: Providers;
  /** Parts of the policy, `codeMinutes`, `providers` or `testMode`, that stay as the code says. Default: none. */
  pinned?: readonly SettingsPart[];
  /**
   * Whether the person who is signed in may administer: only `true` lets them. Without it nobody may, nor if it throws.
   * Asked without a user at each visit, and again with each user they would see or act on.
   */
  authorizeAdmin?: (req: Request, user?: never) => boolean | Promise<boolean>;
  /**
   * Passwords that must change, and how they are: `account({ … })` of `passport-second-factor/account`. Default: passwords
   * are the app's business alone.
   */
  account?: Extension;
  /** Keeps security events, so that people see their own: `mongooseEvents(mongoose.connection)`. Default: none. */
  eventLog?: EventLog;
  /** Tells people by mail what happened to their second factor. Default: nobody is told. */
  notices?: NoticeOptions;
  /** Counters shared by every process: `redisLimiter(client)`. Default: the store's own. */
  limiter?: Limiter;
  /** A logo for our pages. Default: the issuer's name. */
  logoUrl?: string;
  /** Whom to ask for help, as a person would read it. Default: an administrator. */
  support?: string;
  /** The time. Default: the system's. For tests: `manualClock()` of `passport-second-factor/testing`. */
  clock?: Clock;
  /** Chance. Default: `node:crypto`. */
  random?: Random;
}

export interface NoticeOptions {
  /** `nodemailerDelivery(transport, { from })`. */
  delivery: Delivery;
  /** The address on file; not the one codes go to. Default: `user.email`. */
  addressOf?: (user: never) => string | undefined;
}

const KNOWN = new Set<keyof SecondFactorOptions>([
  "issuer",
  "origins",
  "keys",
  "store",
  "factors",
  "policy",
  "appliesTo",
  "actions",
  "passport",
  "basePath",
  "loginPath",
  "logoutPath",
  "open",
  "rolesOf",
  "accountOf",
  "onSignedIn",
  "trustBrowserDays",
  "signOutAfterEnrolment",
  "sendOn",
  "allowTestMode",
  "account",
  "testOutbox",
  "outboxUrl",
  "eventLog",
  "notices",
  "settings",
  "providers",
  "pinned",
  "authorizeAdmin",
  "limiter",
  "logoUrl",
  "support",
  "clock",
  "random",
]);

/** @throws `misconfigured`, saying what to write instead */
export function checkOptions(options: SecondFactorOptions): void {
  const given: unknown = options;
  if (given === null || typeof given !== "object") throw misconfigured("createSecondFactor takes an object");
  refuseUnknown("option", Object.keys(given), [...KNOWN]);
  if (typeof options.issuer !== "string" || options.issuer.trim() === "") {
    throw misconfigured('`issuer` is missing: write the product\'s name, issuer: "Acme"');
  }
  if (!Array.isArray(options.keys))
    throw misconfigured('`keys` is missing: write keys: [{ id: "…", secret: … }]');
  if (typeof options.store?.reserveAttempt !== "function") {
    throw misconfigured("`store` is missing: write store: mongooseStore(User)");
  }
  checkOrigins(options.origins);
  checkFactors(options.factors);
  checkSending(options);
  checkPaths(options);
  checkLogo(options.logoUrl);
  checkPolicy(options.policy ?? {}, options.factors);
  checkAdministration(options);
  checkActions(options.actions ?? {}, options.factors);
  checkAccount(options.account);
}

function checkOrigins(origins: unknown): void {
  if (!Array.isArray(origins) || origins.length === 0) {
    throw misconfigured('`origins` is missing: write origins: ["https://acme.test"]');
  }
  for (const origin of origins) {
    if (typeof origin !== "string" || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw misconfigured(
        `origin ${JSON.stringify(origin)} is not one: write scheme and host only, "https://acme.test"`,
      );
    }
  }
}

function checkFactors(factors: unknown): void {
  if (!Array.isArray(factors) || factors.length === 0) {
    throw misconfigured("`factors` is missing: write factors: [totp(), recoveryCodes()]");
  }
  const kinds = factors.map((factor: Partial<Factor> | undefined) => factor?.kind);
  if (kinds.some((kind) => typeof kind !== "string")) {
    throw misconfigured("`factors` holds something that is no factor: did you write totp instead of totp()?");
  }
  const twice = kinds.find((kind, i) => kinds.indexOf(kind) !== i);
  if (twice) throw misconfigured(`factor "${twice}" is named twice in \`factors\`: keep one`);
}

/** A message that is kept reaches nobody: whoever reads the outbox signs in as anybody. */
function checkSending(options: SecondFactorOptions): void {
  const { factors, allowTestMode, account, sendOn = "request" } = options;
  if (sendOn !== "request" && sendOn !== "login") {
    throw misconfigured(`\`sendOn\` is ${JSON.stringify(sendOn)}: write "request" or "login"`);
  }
  const factor = factors.find(({ sends }) => sends?.isTest);
  const kept = factor ? `codes of "${factor.kind}"` : account?.delivery?.isTest && "links of the account";
  if (!kept) return;
  if (process.env["NODE_ENV"] === "production") {
    throw misconfigured(`${kept} go to an outbox: in production give a delivery that sends`);
  }
  if (allowTestMode !== true) {
    throw misconfigured(`${kept} go to an outbox: write allowTestMode: true, or give a delivery`);
  }
}

function checkPaths({ basePath, loginPath, logoutPath, outboxUrl, open }: SecondFactorOptions): void {
  const paths = { basePath, loginPath, logoutPath, outboxUrl };
  for (const [name, path] of [...Object.entries(paths), ...(open ?? []).map((path) => ["open", path])]) {
    if (path === undefined) continue;
    if (
      typeof path !== "string" ||
      !/^\/(?!\/)/.test(path) ||
      (name === "basePath" && /^\/$|\/$/.test(path))
    ) {
      throw misconfigured(`\`${name}\` holds ${JSON.stringify(path)}: write a path such as "/second-factor"`);
    }
  }
}

/** The pages' own policy lets no picture in from another host. */
function checkLogo(logoUrl: unknown): void {
  if (logoUrl === undefined || (typeof logoUrl === "string" && /^(\/(?!\/)|data:image\/)/.test(logoUrl)))
    return;
  throw misconfigured('`logoUrl` is a path of this site, "/logo.svg", or a data:image/ URL');
}

function checkPolicy(policy: Policy, factors: readonly Factor[]): void {
  const [problem] = policyProblems(
    policy,
    factors.map((factor) => factor.kind),
  );
  if (problem) throw misconfigured(problem.message);
}

/** Who may administer is the app's to say; without that there is nothing to pin or to keep. */
function checkAdministration({ settings, pinned = [], authorizeAdmin }: SecondFactorOptions): void {
  const unknown = pinned.find((part) => !SETTINGS_PARTS.includes(part));
  if (unknown !== undefined)
    throw misconfigured(`\`pinned\` names "${unknown}": there are ${SETTINGS_PARTS.join(", ")}`);
  if (authorizeAdmin !== undefined && typeof authorizeAdmin !== "function") {
    throw misconfigured('`authorizeAdmin` is a function: (req) => req.user.roles.includes("admin")');
  }
  if (settings !== undefined && typeof settings.read !== "function") {
    throw misconfigured("`settings` is a store: write settings: mongooseSettings(mongoose.connection)");
  }
}

function checkAccount(account: unknown): void {
  if (account === undefined || typeof (account as Partial<Extension> | null)?.install === "function") return;
  throw misconfigured(
    '`account` is what account() returns: import { account } from "passport-second-factor/account"',
  );
}

function refuseUnknown(what: string, given: readonly string[], known: readonly string[]): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw misconfigured(`unknown ${what} "${unknown}": there are ${known.join(", ")}`);
}

const DEFAULT_TRUST_DAYS = 90;
const MAX_TRUST_DAYS = 365;
const LOCALHOST = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * How browsers are trusted; undefined where they are not.
 *
 * @throws `misconfigured` where it was asked for and cannot be safe
 */
export function trustOf(options: SecondFactorOptions): { days: number; secure: boolean } | undefined {
  const { trustBrowserDays: asked, origins, store } = options;
  if (asked === false) return undefined;
  const days = asked === undefined ? DEFAULT_TRUST_DAYS : asked;
  if (!Number.isInteger(days) || days < 1 || days > MAX_TRUST_DAYS) {
    throw misconfigured(`\`trustBrowserDays\` is a whole number from 1 to ${MAX_TRUST_DAYS}, or false`);
  }
  const secure = origins.some((origin) => origin.startsWith("https:"));
  const problem = trustProblem(store.knowsPassword, secure || origins.every((it) => LOCALHOST.test(it)));
  if (problem && asked !== undefined) throw misconfigured(`\`trustBrowserDays\`: ${problem}`);
  return problem ? undefined : { days, secure };
}

function trustProblem(knowsPassword: boolean, isKeptSafe: boolean): string | undefined {
  if (!isKeptSafe)
    return "its cookie goes over https only (or http://localhost): correct `origins`, or write false";
  if (knowsPassword) return undefined;
  return (
    "a change of the password must end it, and the store does not know where the password is: write " +
    'mongooseStore(User, { passwordPath: "passwordHash" }), or null where there are no passwords, or write false'
  );
}

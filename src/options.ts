/** What `createSecondFactor` takes: every option with its default, checked once, at construction. */
import type { Request, Response } from "express";
import type { PassportStatic } from "passport";
import type { Clock, Random } from "./core/clock.js";
import type { Factor } from "./core/factor.js";
import { CHANGE_FACTORS } from "./core/model.js";
import type { Policy, RolePolicy } from "./core/policy.js";
import type { Key } from "./core/sealing.js";
import type { SecondFactorStore } from "./core/store.js";
import { misconfigured } from "./errors.js";

/** A named action that asks for a fresh code. */
export interface ActionOptions {
  /** What a code for it allows, as words after "Enter a new code to". Default: the name with spaces. */
  description?: string;
}

export interface SecondFactorOptions {
  /** The product's name, on pages and in authenticator apps. */
  issuer: string;
  /** Origins of the site, such as `https://acme.test`: the base of every link, and who may post. */
  origins: readonly string[];
  /** Secrets for everything kept at rest, at least 32 characters each. The first seals, every one opens. */
  keys: readonly Key[];
  /** Where state lives: `mongooseStore(User)`. */
  store: SecondFactorStore;
  /** The kinds people can use: `totp()`, `recoveryCodes()`. The first that somebody has is asked first. */
  factors: readonly Factor[];
  /** Who must, who may, with what. Default: whoever has enrolled is asked. */
  policy?: Policy;
  /** Actions that ask for a fresh code. `change-factors` is always among them. */
  actions?: Readonly<Record<string, ActionOptions>>;
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
  /** A logo for our pages. Default: the issuer's name. */
  logoUrl?: string;
  /** Whom to ask for help, as a person would read it. Default: an administrator. */
  support?: string;
  /** The time. Default: the system's. For tests: `manualClock()` of `passport-second-factor/testing`. */
  clock?: Clock;
  /** Chance. Default: `node:crypto`. */
  random?: Random;
}

const KNOWN = new Set<keyof SecondFactorOptions>([
  "issuer",
  "origins",
  "keys",
  "store",
  "factors",
  "policy",
  "actions",
  "passport",
  "basePath",
  "loginPath",
  "logoutPath",
  "open",
  "rolesOf",
  "accountOf",
  "onSignedIn",
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
  checkPaths(options);
  checkLogo(options.logoUrl);
  checkPolicy(options.policy ?? {}, options.factors);
  for (const name of Object.keys(options.actions ?? {})) {
    if (!/^[a-z][a-z0-9-]{0,63}$/.test(name))
      throw misconfigured(`action "${name}": use lower-case words and hyphens`);
  }
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

function checkPaths({ basePath, loginPath, logoutPath, open }: SecondFactorOptions): void {
  const paths = { basePath, loginPath, logoutPath };
  for (const [name, path] of [...Object.entries(paths), ...(open ?? []).map((path) => ["open", path])]) {
    if (path === undefined) continue;
    if (typeof path !== "string" || !path.startsWith("/") || (name === "basePath" && /^\/$|\/$/.test(path))) {
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

const MODES = ["off", "optional", "required"];

function checkPolicy(policy: Policy, factors: readonly Factor[]): void {
  refuseUnknown("policy option", Object.keys(policy), ["organisation", "roles", "recovery"]);
  const kinds = factors.map((factor) => factor.kind);
  checkMode("policy.organisation", policy.organisation ?? "optional");
  for (const [role, rules] of Object.entries<Partial<RolePolicy>>(policy.roles ?? {})) {
    refuseUnknown(`option of role "${role}"`, Object.keys(rules), ["mode", "factors"]);
    checkMode(`policy.roles.${role}.mode`, rules.mode);
    const missing = rules.factors?.find((kind) => !kinds.includes(kind));
    if (missing) throw misconfigured(`role "${role}" asks for "${missing}", which is not in \`factors\``);
  }
}

function checkMode(where: string, mode: unknown): void {
  if (typeof mode !== "string" || !MODES.includes(mode)) {
    throw misconfigured(`\`${where}\` is ${JSON.stringify(mode)}: write "off", "optional" or "required"`);
  }
}

function refuseUnknown(what: string, given: readonly string[], known: readonly string[]): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw misconfigured(`unknown ${what} "${unknown}": there are ${known.join(", ")}`);
}

/** Every action with the words that describe it. */
export function actionsOf({ actions = {} }: SecondFactorOptions): Map<string, string> {
  const named = Object.entries(actions).map(
    ([name, { description }]) => [name, description ?? name.replaceAll("-", " ")] as const,
  );
  return new Map([[CHANGE_FACTORS, "change your two-factor settings"], ...named]);
}

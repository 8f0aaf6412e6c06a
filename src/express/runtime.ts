/** What the Express side works with: the parts, the policy, and the app's own answers about its users. */
import type { Request, Response } from "express";
import type { PassportStatic } from "passport";
import type { Action } from "../core/actions.js";
import type { EffectiveSettings, SettingsSource, StoredParts } from "../core/current-settings.js";
import type { EnrolmentParts } from "../core/enrolment.js";
import type { EventLog } from "../core/event-log.js";
import type { Extension } from "../core/extension.js";
import type { FactorKind, UserRef } from "../core/model.js";
import { misconfigured } from "../errors.js";

export type MaybePromise<T> = T | Promise<T>;

export interface TrustOptions {
  days: number;
  /** Sent over https only, under a name that ties it to this very host. Without: http://localhost alone. */
  secure: boolean;
}

export interface Runtime extends EnrolmentParts {
  passport: PassportStatic;
  issuer: string;
  /** Base of every link, and the origins that may post; none ends in a slash. */
  origins: readonly string[];
  basePath: string;
  loginPath: string;
  /** Whether a pending person may pass, as nobody. */
  isOpen(path: string): boolean;
  settings: SettingsSource;
  /** Where events are kept, for people to see their own. */
  log?: EventLog;
  /** Whether people are told by mail what happened. */
  tells: boolean;
  /** Where the settings are kept, where an administrator may change them. */
  stored?: StoredParts;
  /** The account's life cycle, where the app wants it. */
  account?: Extension;
  /** The kinds whose messages nobody would carry, were these the settings. */
  unready(settings: EffectiveSettings): FactorKind[];
  authorizeAdmin?: ((req: Request, user?: unknown) => MaybePromise<boolean>) | undefined;
  /** Whether somebody for whom the policy is optional is asked here and now. */
  appliesTo?: ((req: Request, user: unknown) => boolean) | undefined;
  /** Kinds that are configured, in the order given. */
  configured: readonly FactorKind[];
  rolesOf(user: unknown): MaybePromise<readonly string[]>;
  /** What pages and authenticator apps call the person: an address or a name. */
  accountOf(user: unknown): string;
  onSignedIn?: ((req: Request, res: Response, user: unknown) => unknown) | undefined;
  /** Named actions, the package's own among them. */
  actions: ReadonlyMap<string, Action>;
  /** A pending login's life, seconds: the longest code life as it is now, and at least ten minutes. */
  readonly pendingSeconds: number;
  /** Whether setting up a factor ends the session it was done in. */
  signOutAfterEnrolment: boolean;
  /** Codes go out when they are asked for, or at once for the factor that is asked first. */
  sendOn: "request" | "login";
  /** Trusted browsers; absent where none can be. */
  trust?: TrustOptions;
  /** Where messages are kept that are not sent; undefined while they are sent. */
  readonly outboxUrl?: string | undefined;
  logoUrl?: string | undefined;
  support?: string | undefined;
  /** Mails somebody at the address on file, unless it is `except`; absent where no notices are. Never throws. */
  mailOnFile?: (
    ref: UserRef,
    message: { about: string; subject: string; text: string; except?: string },
  ) => Promise<boolean>;
}

const runtimes = new WeakMap<object, Runtime>();

/** Lets the package's other entry points find what a second factor works with. */
export function rememberRuntime(secondFactor: object, runtime: Runtime): void {
  runtimes.set(secondFactor, runtime);
}

/** @throws `misconfigured` where it is not what createSecondFactor() returned */
export function runtimeOf(secondFactor: object): Runtime {
  const runtime = runtimes.get(secondFactor);
  if (runtime) return runtime;
  throw misconfigured("`secondFactor` is what createSecondFactor() returned");
}

/** A browser that skips the login challenge for a while: worthless without the password, and bound to how things were. */
import { createHash } from "node:crypto";
import type { Parts } from "./attempt.js";
import { DAY_SECONDS, later, newId } from "./clock.js";
import type { Tools } from "./factor.js";
import type { FactorKind, TrustedBrowser, UserRef, UserState } from "./model.js";

/** 256 bits, base64url: what the cookie holds. */
const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;
export interface Trust {
  days: number;
  /** As a person would know the browser: "Firefox on Windows". */
  name: string;
}

export interface NewBrowser {
  browser: TrustedBrowser;
  /** For the cookie; only its hash is kept. */
  secret: string;
}

/** Makes a trusted browser out of a proof; it counts from the moment of that proof. */
export function newBrowser(
  tools: Tools,
  ref: UserRef,
  state: UserState,
  { factor, at, trust }: { factor: FactorKind; at: Date; trust: Trust },
): NewBrowser {
  const secret = Buffer.from(tools.random.bytes(SECRET_BYTES)).toString("base64url");
  const browser: TrustedBrowser = {
    id: newId(tools.random),
    hash: hashOf(secret),
    fingerprint: fingerprintOf(tools, ref, state),
    factor,
    name: trust.name,
    createdAt: at,
    lastUsedAt: at,
    expiresAt: later(at, trust.days * DAY_SECONDS),
  };
  return { browser, secret };
}

/**
 * The trusted browser that this secret belongs to, if it still is one: not forgotten, not past its time, and neither
 * the password nor a factor changed since. Says nothing of the password: callers have checked it just now.
 */
export async function useTrustedBrowser(
  { store, tools }: Parts,
  ref: UserRef,
  secret: unknown,
): Promise<TrustedBrowser | undefined> {
  if (typeof secret !== "string" || !SECRET.test(secret)) return undefined;
  const hash = hashOf(secret);
  const at = tools.clock.now();
  const state = await store.useBrowser(ref, { hash, at });
  const browser = state?.vault.browsers.find((it) => it.hash === hash);
  // A proof from the future is none: the clock was set back.
  if (!state || !browser || browser.createdAt > at) return undefined;
  return browser.fingerprint === fingerprintOf(tools, ref, state) ? browser : undefined;
}

/** The browsers that would be let through now, the one used last first. */
export async function trustedBrowsers({ store, tools }: Parts, ref: UserRef): Promise<TrustedBrowser[]> {
  const state = await store.read(ref);
  return state ? browsersIn(tools, ref, state) : [];
}

export function browsersIn(tools: Tools, ref: UserRef, state: UserState): TrustedBrowser[] {
  const fingerprint = fingerprintOf(tools, ref, state);
  const at = tools.clock.now();
  return state.vault.browsers
    .filter((browser) => browser.fingerprint === fingerprint && browser.expiresAt > at)
    .toSorted((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime());
}

/** SHA-256 suffices for 256 random bits: there is nothing to guess. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** Over the password and every factor that counts: equal for as long as none of them changed. */
function fingerprintOf({ codes }: Tools, { id }: UserRef, { passwordDigest, vault }: UserState): string {
  const factors = Object.entries(vault.enrolments).flatMap(([kind, slot]) =>
    slot.active ? [`${kind}:${slot.active.id}`] : [],
  );
  return codes.digest("browser", id, passwordDigest ?? "", ...factors.sort());
}

/** The cookie of a trusted browser: one a person, so that two people on one computer keep theirs. */
import type { Request, Response } from "express";
import type { TrustedBrowser } from "../core/model.js";
import { type NewBrowser, type Trust, useTrustedBrowser } from "../core/trusted-browser.js";
import { browserName } from "./browser-name.js";
import { isOn } from "./input.js";
import type { Person } from "./person.js";
import type { Runtime } from "./runtime.js";

/** Enough of a keyed digest to tell people apart, and to tell nobody who they are. */
const NAME_LENGTH = 16;

/** The trusted browser that this request comes from, if it is one of this person's. */
export async function trustedBrowserOf(
  runtime: Runtime,
  req: Request,
  { ref }: Person,
): Promise<TrustedBrowser | undefined> {
  const secret = runtime.trust && secretIn(runtime, req, ref.id);
  return secret === undefined ? undefined : useTrustedBrowser(runtime, ref, secret);
}

/** What the cookie holds, unchecked; undefined where there is none. */
export function secretIn(runtime: Runtime, req: Request, user: string): string | undefined {
  const name = `${nameOf(runtime, user)}=`;
  const pairs = (req.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(name))?.slice(name.length);
}

/** Whether the browser that sends this form is to be trusted, and under what name. */
export async function trustWanted(runtime: Runtime, req: Request): Promise<Trust | undefined> {
  const { trustBrowser } = (req.body ?? {}) as { trustBrowser?: unknown };
  if (!runtime.trust || !isOn(trustBrowser)) return undefined;
  return { days: runtime.trust.days, name: await browserName(req.get("user-agent")) };
}

export function setTrustCookie(
  runtime: Runtime,
  res: Response,
  user: string,
  { browser, secret }: NewBrowser,
): void {
  const maxAge = browser.expiresAt.getTime() - runtime.tools.clock.now().getTime();
  res.cookie(nameOf(runtime, user), secret, { ...attributesOf(runtime), maxAge });
}

export function clearTrustCookie(runtime: Runtime, res: Response, user: string): void {
  res.clearCookie(nameOf(runtime, user), attributesOf(runtime));
}

/** The prefix has browsers take it over https only, for this very host and all of it (RFC 6265bis §4.1.3.2). */
function nameOf({ tools, trust }: Runtime, user: string): string {
  const name = `second-factor-${tools.codes.digest("cookie", user).slice(0, NAME_LENGTH)}`;
  return trust?.secure ? `__Host-${name}` : name;
}

function attributesOf({ trust }: Runtime) {
  return { httpOnly: true, sameSite: "lax", path: "/", secure: trust?.secure === true } as const;
}

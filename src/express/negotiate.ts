/** Pages for navigations, JSON for everything else; the same strict headers on both. */
import type { Request, Response } from "express";
import { type ErrorCode, type FieldError, SecondFactorError, STATUS } from "../errors.js";
import type { Site, View } from "../pages/views.js";
import { type AssetName, loadAssets } from "./assets.js";
import { mountOf } from "./middleware-state.js";
import { textOf, titleOf } from "./problem-words.js";
import type { Runtime } from "./runtime.js";
import { type PendingLogin, signedInOf } from "./session.js";

/** Seconds after which trying again makes sense when the database was away. */
const RETRY_SECONDS = 5;

const HEADERS = {
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
} as const;

/** A problem document (RFC 9457): `code` is what clients switch on. */
export interface Problem {
  code: ErrorCode;
  detail?: string;
  errors?: readonly FieldError[];
  [extension: string]: unknown;
}

/** Whether a person looks at the answer: a navigation, or a client that names HTML. */
export function wantsPage(req: Request): boolean {
  if (req.get("sec-fetch-mode") === "navigate") return true;
  return (req.get("accept") ?? "").toLowerCase().includes("text/html");
}

export function setHeaders(res: Response): void {
  res.set(HEADERS);
  res.vary("Accept").vary("Sec-Fetch-Mode");
}

export function sendJson(res: Response, status: number, body: unknown): void {
  setHeaders(res);
  res.status(status).json(body);
}

export function sendProblem(res: Response, { code, ...rest }: Problem, retryAfterSeconds?: number): void {
  setHeaders(res);
  const status = STATUS[code];
  if (status === 401) {
    res.set("WWW-Authenticate", 'SecondFactor error="insufficient_user_authentication"');
  }
  if (status === 429 || status === 503) res.set("Retry-After", String(retryAfterSeconds ?? RETRY_SECONDS));
  const body = { title: titleOf(code), status, code, ...rest };
  res.status(status).type("application/problem+json").send(JSON.stringify(body));
}

/** POST then redirect: a reload never sends a form twice. */
export function seeOther(res: Response, location: string): void {
  setHeaders(res);
  res.redirect(303, location);
}

/** Renders a page; the renderer loads with the first one. */
export async function sendPage(
  runtime: Runtime,
  req: Request,
  res: Response,
  view: View,
  status = 200,
): Promise<void> {
  const { renderPage } = await import("../pages/render.js");
  const assets = await loadAssets();
  const site = siteOf(runtime, req);
  const url = (name: AssetName) => `${site.base}/assets/${name}?v=${assets[name].version}`;
  setHeaders(res);
  res
    .status(status)
    .type("html")
    .send(renderPage(view, site, { styleUrl: url("style.css"), scriptUrl: url("script.js") }));
}

/** Path of our pages as the browser sees it, also in an app that is mounted in another. */
export function baseOf(runtime: Runtime, req: Request): string {
  return mountOf(req) + runtime.basePath;
}

export function loginUrlOf(runtime: Runtime, req: Request): string {
  return mountOf(req) + runtime.loginPath;
}

function siteOf(runtime: Runtime, req: Request): Site {
  const { issuer, logoUrl, support, outboxUrl } = runtime;
  return {
    issuer,
    base: baseOf(runtime, req),
    loginUrl: loginUrlOf(runtime, req),
    ...(signedInOf(req) ? { homeUrl: `${mountOf(req)}/` } : {}),
    ...(logoUrl ? { logoUrl } : {}),
    ...(support ? { support } : {}),
    ...(runtime.mailOnFile ? { mailsLinks: true } : {}),
    ...(outboxUrl ? { outboxUrl: mountOf(req) + outboxUrl } : {}),
  };
}

/** Answers an error that is ours to answer; false where it is not, and the app's own handler should. */
export async function sendError(
  runtime: Runtime,
  req: Request,
  res: Response,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof SecondFactorError) || error.code === "misconfigured" || res.headersSent)
    return false;
  const way = wayOn(runtime, req, error.code);
  if (!wantsPage(req)) {
    const errors = error.errors.length > 0 ? { errors: error.errors } : {};
    sendProblem(res, { code: error.code, ...errors, ...(way ? { [way.field]: way.url } : {}) });
  } else if (way) seeOther(res, way.url);
  else await sendProblemPage(runtime, req, res, error);
  return true;
}

/** What a login that is not complete is refused with, by what it owes; where that is settled, and what JSON calls it. */
export const OWED = {
  challenge: { code: "second_factor_required", field: "challengeUrl", path: "/challenge" },
  password: { code: "password_change_required", field: "passwordUrl", path: "/password" },
  enrolment: { code: "enrolment_required", field: "challengeUrl", path: "/enrol" },
} as const satisfies Record<PendingLogin["owes"], { code: ErrorCode; field: string; path: string }>;

/** Where somebody can go who is not, or not quite, signed in. */
function wayOn(runtime: Runtime, req: Request, code: ErrorCode): { field: string; url: string } | undefined {
  if (code === "no_challenge") return { field: "loginUrl", url: loginUrlOf(runtime, req) };
  const owed = Object.values(OWED).find((it) => it.code === code);
  return owed && { field: owed.field, url: baseOf(runtime, req) + owed.path };
}

async function sendProblemPage(
  runtime: Runtime,
  req: Request,
  res: Response,
  error: SecondFactorError,
): Promise<void> {
  if (error.status === 503) res.set("Retry-After", String(RETRY_SECONDS));
  const next = { label: "Go on", url: `${mountOf(req)}/` };
  const view = { page: "problem", title: titleOf(error.code), text: textOf(error.code), next } as const;
  await sendPage(runtime, req, res, view, error.status);
}

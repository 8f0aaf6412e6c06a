/** Whether the middleware stands where it can do its work. It is refused anywhere else, with words on where it goes. */
import type { Request } from "express";
import { misconfigured, SecondFactorError } from "../errors.js";
import { hasPassport, serializedUser, userOf } from "../passport/internals.js";
import type { Runtime } from "./runtime.js";

/** @throws `misconfigured`, or `store_unavailable` where the session store left the request without a session */
export function checkPlacement(runtime: Runtime, req: Request): void {
  if (!isAtRoot(req)) {
    throw misconfigured(
      `the middleware is mounted under "${req.baseUrl}" and would guard nothing else: write ` +
        "app.use(secondFactor.middleware()), and move its pages with `basePath`",
    );
  }
  if (!req.session) {
    throw new SecondFactorError(
      "store_unavailable",
      "no req.session: the session store is away, or session() is",
    );
  }
  const serialized = serializedUser(req, runtime.passport);
  const user = userOf(req);
  if (!hasPassport(req) || (serialized !== undefined && !user)) {
    throw misconfigured(
      "the middleware runs before passport.session(): write app.use(passport.session()), then " +
        "app.use(secondFactor.middleware())",
    );
  }
  if (user && (serialized === undefined || !isFromCookie(req))) {
    throw misconfigured(
      "something logged somebody in before the middleware ran (a remember-me, a bearer token): move it after " +
        "app.use(secondFactor.middleware())",
    );
  }
}

/** Under the app itself and nothing more; as Express matches a mount, whatever its letters' case. */
function isAtRoot(req: Request): boolean {
  const { mountpath } = req.app;
  const isPattern = typeof mountpath !== "string" || /[:*{]/.test(req.app.path());
  return isPattern ? req.baseUrl !== "" : req.baseUrl.toLowerCase() === req.app.path().toLowerCase();
}

/** A login during this request gave the session an id that the browser has not sent. */
function isFromCookie(req: Request): boolean {
  const cookies = req.headers.cookie ?? "";
  return cookies.includes(req.sessionID) || cookies.includes(encodeURIComponent(req.sessionID));
}

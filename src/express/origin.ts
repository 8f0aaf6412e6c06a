/** Whether a request that changes something comes from our own pages, or from no browser at all. */
import type { Request, RequestHandler } from "express";
import { SecondFactorError } from "../errors.js";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a request, by its method, changes nothing. */
export function isSafe(req: Request): boolean {
  return SAFE.has(req.method);
}

/**
 * Whether an unsafe method comes from another site. `Sec-Fetch-Site` decides where it says `same-origin` or `none`;
 * else `Origin` must be one of ours; with neither header it is no browser. `Origin: null` is nobody's.
 */
export function isForeign(req: Request, origins: readonly string[]): boolean {
  const site = req.get("sec-fetch-site");
  const origin = req.get("origin");
  if (isSafe(req) || site === "same-origin" || site === "none") return false;
  return origin === undefined ? site !== undefined : !origins.includes(origin);
}

/** Refuses what comes from another site. */
export function checkOrigin(origins: readonly string[]): RequestHandler {
  return function secondFactorOrigin(req, _res, next) {
    const from = req.get("origin") ?? req.get("sec-fetch-site");
    next(
      isForeign(req, origins)
        ? new SecondFactorError("cross_origin", `refused a request from ${from}`)
        : undefined,
    );
  };
}

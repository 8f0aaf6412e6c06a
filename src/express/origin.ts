/** Whether a request that changes something comes from our own pages, or from no browser at all. */
import type { RequestHandler } from "express";
import { SecondFactorError } from "../errors.js";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses unsafe methods from other sites. `Sec-Fetch-Site` decides where it says `same-origin` or `none`; else
 * `Origin` must be one of ours; with neither header it is no browser. `Origin: null` is nobody's.
 */
export function checkOrigin(origins: readonly string[]): RequestHandler {
  return function secondFactorOrigin(req, _res, next) {
    const site = req.get("sec-fetch-site");
    const origin = req.get("origin");
    const allowed =
      SAFE.has(req.method) ||
      site === "same-origin" ||
      site === "none" ||
      (origin === undefined ? site === undefined : origins.includes(origin));
    next(
      allowed ? undefined : new SecondFactorError("cross_origin", `refused a request from ${origin ?? site}`),
    );
  };
}

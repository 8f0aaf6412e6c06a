/** Forms of other sites are refused: the session cookie alone does not say who filled one in. */
import type { RequestHandler } from "express";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** A browser names where a request comes from in one of two headers; with neither it is no browser. */
export function sameOrigin(origin: string): RequestHandler {
  return function refuseOtherSites(req, res, next) {
    const site = req.get("sec-fetch-site");
    const from = req.get("origin");
    const isOurs =
      site === undefined ? from === undefined || from === origin : /^(same-origin|none)$/.test(site);
    if (SAFE.has(req.method) || isOurs) next();
    else res.status(403).json({ error: "That came from another site." });
  };
}

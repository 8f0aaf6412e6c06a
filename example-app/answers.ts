/** Who gets a page and who gets JSON, and what becomes of errors. */
import type { ErrorRequestHandler, Request, Response } from "express";
import { type ComponentChild, h, type VNode } from "preact";
import { render } from "preact-render-to-string";
import { Problem } from "./pages/problem.js";
import { ShopName } from "./pages/shop-name.js";

/** A form and a navigation get a page; a JSON body and everything else get JSON. */
export function wantsPage(req: Request): boolean {
  if (req.is("application/json")) return false;
  const isForm = req.is("application/x-www-form-urlencoded") === "application/x-www-form-urlencoded";
  return (
    isForm || req.get("sec-fetch-mode") === "navigate" || (req.get("accept") ?? "").includes("text/html")
  );
}

export function sendPage(res: Response, page: VNode<ComponentChild>, status = 200): void {
  const named = h(ShopName.Provider, { value: String(res.app.locals["shopName"]), children: page });
  res
    .status(status)
    .type("html")
    .send(`<!doctype html>${render(named)}`);
}

/** What a client did wrong keeps its 4xx status; the rest is logged, and told as little as possible. */
export const answerErrors: ErrorRequestHandler = function shopErrors(error, req, res, next) {
  if (res.headersSent) return next(error);
  const status = statusOf(error);
  if (status >= 500) console.error(error);
  const title = status >= 500 ? "Something went wrong here" : "That can't be read";
  const text = status >= 500 ? "Try again in a minute." : "Go back and try again.";
  if (wantsPage(req)) sendPage(res, Problem({ title, text }), status);
  else res.status(status).json({ error: title });
};

function statusOf(error: unknown): number {
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === "number" && status >= 400 && status < 600 ? status : 500;
}

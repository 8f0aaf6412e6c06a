/** Test mode: what was kept instead of sent, for people and for tests. Whoever reads it can sign in as anybody. */
import { type Response, Router } from "express";
import type { Outbox, SecondFactor } from "passport-second-factor";
import { sendPage } from "./answers.js";
import { Outbox as OutboxPage } from "./pages/outbox.js";
import { viewerOf } from "./viewer.js";

export const OUTBOX_URL = "/outbox";

/** Open while a code is owed: that is when one looks. */
export const OUTBOX_PATHS: readonly string[] = [OUTBOX_URL, `${OUTBOX_URL}.json`];

/** The page, and `[{ to, channel, subject, text, sentAt }]`; both newest first. */
export function outboxRoutes(outbox: Outbox, secondFactor: SecondFactor): Router {
  const routes = Router();
  routes.get(OUTBOX_URL, async (req, res) => {
    const viewer = await viewerOf(req, secondFactor);
    sendPage(unkept(res), OutboxPage({ viewer, messages: outbox.messages() }));
  });
  routes.get(`${OUTBOX_URL}.json`, (_req, res) => {
    unkept(res).json(outbox.messages());
  });
  return routes;
}

function unkept(res: Response): Response {
  return res.set("Cache-Control", "no-store");
}

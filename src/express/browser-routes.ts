/** A person's trusted browsers: which there are, and forgetting them. Forgetting only asks for more codes, not for one. */
import type { Request, Response, Router } from "express";
import { hashOf, trustedBrowsers } from "../core/trusted-browser.js";
import { SecondFactorError } from "../errors.js";
import type { BrowsersView } from "../pages/views.js";
import { baseOf, seeOther, sendJson, sendPage, wantsPage } from "./negotiate.js";
import type { Person } from "./person.js";
import { requireSignedIn, route } from "./route.js";
import type { Runtime } from "./runtime.js";
import { clearTrustCookie, secretIn } from "./trust-cookie.js";

interface Visit {
  runtime: Runtime;
  req: Request;
  res: Response;
  person: Person;
}

export function browserRoutes(runtime: Runtime, router: Router): void {
  const signedIn = (handler: (visit: Visit) => Promise<void>) =>
    route(runtime, (req, res) =>
      handler({ runtime, req, res, person: requireSignedIn(runtime, req).person }),
    );
  router.get("/browsers", signedIn(list));
  router.post("/browsers/forget-all", signedIn(forgetAll));
  router.post("/browsers/:id/forget", signedIn(forgetOne));
}

const NOTICES: readonly unknown[] = ["forgotten", "all-forgotten"];

async function list(visit: Visit): Promise<void> {
  const { runtime, req, res } = visit;
  const browsers = await browsersOf(visit);
  if (!wantsPage(req)) return sendJson(res, 200, { browsers });
  const { notice } = req.query;
  await sendPage(runtime, req, res, {
    page: "browsers",
    browsers,
    ...(NOTICES.includes(notice) ? { notice: notice as NonNullable<BrowsersView["notice"]> } : {}),
  });
}

async function browsersOf({ runtime, req, person }: Visit): Promise<BrowsersView["browsers"]> {
  const secret = secretIn(runtime, req, person.ref.id);
  const hash = secret === undefined ? undefined : hashOf(secret);
  const browsers = await trustedBrowsers(runtime, person.ref);
  return browsers.map(({ id, name, createdAt, lastUsedAt, expiresAt, ...browser }) => {
    return { id, name, isThis: browser.hash === hash, createdAt, lastUsedAt, expiresAt };
  });
}

async function forgetOne(visit: Visit): Promise<void> {
  const { runtime, req, res, person } = visit;
  const id = String(req.params["id"]);
  const isThis = (await browsersOf(visit)).some((browser) => browser.id === id && browser.isThis);
  if (!(await runtime.store.forgetBrowsers(person.ref, { id }))) {
    throw new SecondFactorError("not_found", "no such browser is remembered");
  }
  if (isThis) clearTrustCookie(runtime, res, person.ref.id);
  forgotten(visit, "forgotten");
}

async function forgetAll(visit: Visit): Promise<void> {
  const { runtime, res, person } = visit;
  await runtime.store.forgetBrowsers(person.ref, "all");
  clearTrustCookie(runtime, res, person.ref.id);
  forgotten(visit, "all-forgotten");
}

function forgotten({ runtime, req, res, person }: Visit, notice: string): void {
  runtime.events.emit("browser-forgotten", { user: person.ref.id });
  if (wantsPage(req)) seeOther(res, `${baseOf(runtime, req)}/browsers?notice=${notice}`);
  else sendJson(res, 200, { state: notice });
}

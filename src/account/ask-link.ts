/** "First time here?" and "Reset your password": an address is typed, and the answer says nothing of whose it is. */
import type { Request, Response, Router } from "express";
import { takeGuess } from "../core/guesses.js";
import type { Quota } from "../core/limiter.js";
import { LINK_SECONDS } from "../core/links.js";
import { isPrimary } from "../core/model.js";
import { SecondFactorError } from "../errors.js";
import { bodies, bodyOf } from "../express/input.js";
import { sendJson, sendPage, wantsPage } from "../express/negotiate.js";
import { route } from "../express/route.js";
import { mailLink, type PasswordUse } from "./mail-link.js";
import type { Account } from "./parts.js";

interface Visit {
  account: Account;
  req: Request;
  res: Response;
  use: PasswordUse;
}

export function askLinkRoutes(account: Account, router: Router): void {
  const { runtime } = account;
  const visiting = (use: PasswordUse, handler: (visit: Visit) => Promise<void>) =>
    route(runtime, (req, res) => handler({ account, req, res, use }));
  router.get("/first-login", visiting("welcome", show));
  router.post("/first-login", visiting("welcome", ask));
  router.get("/forgot", visiting("reset", show));
  router.post("/forgot", visiting("reset", ask));
}

/** Whether anybody can ask: for a first sign-in where users can be found, for a reset where that is wanted. */
function isOpen({ account: { links }, use }: Visit): boolean {
  return links.findUser !== undefined && (use === "welcome" || links.selfReset !== "off");
}

async function show(visit: Visit): Promise<void> {
  if (!isOpen(visit)) return refuse(visit);
  const { account, req, res, use } = visit;
  if (!wantsPage(req)) return sendJson(res, 200, { use });
  await sendPage(account.runtime, req, res, { page: "ask-link", use });
}

/** A reset that nobody can ask for has a page that says whom to ask instead; a first sign-in is nowhere. */
async function refuse({ account, req, res, use }: Visit): Promise<void> {
  if (use === "welcome") throw new SecondFactorError("not_found", "no first sign-in is configured");
  const isPage = req.method === "GET" && wantsPage(req);
  if (!isPage) throw new SecondFactorError("reset_by_admin_only", "an administrator resets passwords");
  await sendPage(account.runtime, req, res, { page: "reset-closed" });
}

/**
 * The answer is the same for every address and takes as long: what differs is done once it has gone out. A limit that is
 * reached is not told either, since it would tell of others who asked.
 */
async function ask(visit: Visit): Promise<void> {
  if (!isOpen(visit)) return refuse(visit);
  const { account, req, res, use } = visit;
  const { runtime } = account;
  const address = bodyOf(req, bodies.link).address.trim();
  if (!ADDRESS.test(address)) return retry(visit, address);
  const { ok } = await takeGuess(runtime.limiter, limitsOf(visit, address), runtime.tools.clock.now());
  if (ok)
    runtime.events.follow(
      `account.${use}`,
      answered(res).then(() => mailIfTheirs(visit, address)),
    );
  const hours = LINK_SECONDS[use] / 3600;
  if (!wantsPage(req)) return sendJson(res, 202, { state: "accepted", hours });
  await sendPage(runtime, req, res, { page: "link-sent", use, address });
}

/** One address, as people type it: nothing in it that a mail system reads as more, and nothing unseen. */
const ADDRESS = /^[^\s\p{C},;:<>()[\]\\"@]+@[^\s\p{C},;:<>()[\]\\"@]+$/u;
const MESSAGE = "Enter an e-mail address like name@example.com.";

async function retry({ account, req, res, use }: Visit, address: string): Promise<void> {
  const errors = [{ field: "address", message: MESSAGE }];
  if (!wantsPage(req)) throw new SecondFactorError("invalid_input", "no address", { errors });
  await sendPage(account.runtime, req, res, { page: "ask-link", use, address, problem: MESSAGE }, 400);
}

/** So that nobody's mailbox is filled: three an hour, however the address is written. */
const PER_ADDRESS: Quota = { limit: 3, seconds: 60 * 60 };
/** A whole office may come from one address on its first day; a script that tries many comes no further. */
const PER_ORIGIN: Quota = { limit: 100, seconds: 60 * 60 };

function limitsOf({ account, req, use }: Visit, address: string) {
  const { codes } = account.runtime.tools;
  return [
    { key: `link:ip:${codes.digest("ip", req.ip ?? "")}`, quota: PER_ORIGIN },
    { key: `link:${use}:${codes.digest("address", "link", address.toLowerCase())}`, quota: PER_ADDRESS },
  ];
}

/** Resolves when the answer has gone out, or nobody waits for it any more. */
function answered(res: Response): Promise<void> {
  return new Promise((resolve) => {
    if (res.closed) resolve();
    else res.once("close", () => resolve());
  });
}

/** Only who has no password yet is welcomed; only who has one, and no factor, resets it alone. */
async function mailIfTheirs({ account, use }: Visit, address: string): Promise<void> {
  const { runtime, links } = account;
  const user = await links.findUser?.(address);
  if (!user) return;
  const ref = runtime.store.refOf(user);
  const state = await runtime.store.read(ref);
  if (!state) return;
  const isInitialised = links.isInitialised(user, state);
  const mayReset = isInitialised && !state.factors.some(isPrimary);
  if (use === "welcome" ? isInitialised : !mayReset) return;
  // What was told of a failure is told already.
  await mailLink(account, { user, ref }, { use }).catch(() => undefined);
}

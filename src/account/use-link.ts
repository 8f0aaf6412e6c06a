/** A link stands for the password, and for nothing else: what it leads to is a login, which ends with a new one. */
import type { Request, Router } from "express";
import { findLink } from "../core/links.js";
import type { KnownUser } from "../core/store.js";
import { SecondFactorError } from "../errors.js";
import { type LinkVisit, linkPages } from "../express/link-pages.js";
import { mountOf } from "../express/middleware-state.js";
import { baseOf } from "../express/negotiate.js";
import { goOn } from "../express/verify.js";
import type { PasswordUse } from "./mail-link.js";
import type { Account } from "./parts.js";

export function useLinkRoutes(account: Account, router: Router): void {
  const { runtime, links } = account;
  const isAsked = links.findUser !== undefined;
  const askUrl = {
    welcome: (req: Request) => (isAsked ? `${baseOf(runtime, req)}/first-login` : undefined),
    reset: (req: Request) => `${baseOf(runtime, req)}/forgot`,
  };
  for (const use of ["welcome", "reset"] as const) {
    linkPages(runtime, router, { use, spend: (visit) => enter(use, visit), askUrl: askUrl[use] });
  }
}

/**
 * Using it up makes the next login end with a new password, in the same write. Then every session ends and every trusted
 * browser is forgotten, so that none stands in for the second factor here.
 */
async function enter(use: PasswordUse, { runtime, req, res, next, token }: LinkVisit): Promise<boolean> {
  const { store, tools, events } = runtime;
  const found = await findLink(runtime, use, token);
  if (!found) return false;
  const { owner, link } = found;
  const { ref } = owner;
  if (!(await store.spendLink(ref, { hash: link.hash, use, at: tools.clock.now() }))) return false;
  events.emit("link-used", { user: ref.id, use });
  if (link.disables) await store.switchOff(ref);
  await store.endSessions(ref);
  const { user } = await asItIsNow(runtime.store.find(ref.id));
  req.logIn(user as Express.User, (error?: unknown) => {
    if (error) next(error);
    else goOn(req, res, `${mountOf(req)}/`);
  });
  return true;
}

async function asItIsNow(finding: Promise<KnownUser | undefined>): Promise<KnownUser> {
  const found = await finding;
  if (found) return found;
  throw new SecondFactorError("store_unavailable", "the user has gone meanwhile");
}

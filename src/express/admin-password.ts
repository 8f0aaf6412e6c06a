/** The answer that hands a temporary password over. */
import type { Request, Response } from "express";
import { type Because, temporaryPassword } from "../core/administration.js";
import type { KnownUser } from "../core/store.js";
import { SecondFactorError } from "../errors.js";
import { sendJson, sendPage, wantsPage } from "./negotiate.js";
import type { Runtime } from "./runtime.js";

/** It is in this one answer and kept nowhere, so the page is the answer to the POST itself. */
export async function handOver(
  runtime: Runtime,
  req: Request,
  res: Response,
  { ref, user }: KnownUser,
  because: Because,
): Promise<void> {
  const made = await temporaryPassword(runtime, ref, because);
  if (!made) throw new SecondFactorError("not_found", "the user has gone");
  const { password, expiresAt } = made;
  if (!wantsPage(req)) {
    return sendJson(res, 200, { state: "done", act: "temporary-password", password, expiresAt });
  }
  const person = { id: ref.id, account: runtime.accountOf(user) };
  await sendPage(runtime, req, res, { page: "temporary-password", person, password, until: expiresAt });
}

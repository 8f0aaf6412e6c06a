/** A person's reset by an administrator: a mailed link behind which they choose a new password. */
import { type Because, checkedBecause, recordAct } from "../core/administration.js";
import { DeliveryError } from "../core/delivery.js";
import type { KnownUser } from "../core/store.js";
import { misconfigured, SecondFactorError } from "../errors.js";
import type { Runtime } from "./runtime.js";

export interface ResetOptions {
  /**
   * Also switches the second factor off, for somebody who lost it, at the moment when the link is used: until then it
   * still stands before their account. They set it up anew.
   */
  disable?: boolean;
}

/**
 * Mails the link, and records one act for both. Nothing about the person changes before they use it.
 *
 * @returns false where they have no address on file
 * @throws `delivery_failed` where the mail was not taken; `misconfigured` where nothing can be mailed
 */
export async function resetByLink(
  runtime: Runtime,
  known: KnownUser,
  because: Because,
  { disable = false }: ResetOptions = {},
): Promise<boolean> {
  const checked = checkedBecause(because);
  const resets = runtime.account?.resets;
  if (!resets) throw misconfigured("this needs `account: account({ delivery })`");
  const isMailed = await resets
    .mail(runtime as never, known, { disables: disable })
    .catch((error: unknown) => {
      if (!(error instanceof DeliveryError)) throw error;
      throw new SecondFactorError("delivery_failed", "the link was not mailed", { cause: error });
    });
  if (isMailed) recordAct(runtime, known.ref, "reset", checked, disable ? { disables: true } : {});
  return isMailed;
}

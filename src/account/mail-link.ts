/** A link behind which somebody chooses a password, on its way to the address on file. */
import { newId } from "../core/clock.js";
import { deliveryErrorOf } from "../core/delivery.js";
import type { Resets } from "../core/extension.js";
import { passwordMail } from "../core/link-mail.js";
import { issueLink, LINK_SECONDS } from "../core/links.js";
import type { LinkUse, UserRef } from "../core/model.js";
import type { Runtime } from "../express/runtime.js";
import type { Account } from "./parts.js";

export type PasswordUse = Extract<LinkUse, "welcome" | "reset">;

export interface Recipient {
  user: unknown;
  ref: UserRef;
}

/**
 * Makes the link and mails it. The newest is the one that works, also where it could not be sent.
 *
 * @returns false where there is nobody, or no address
 * @throws {DeliveryError}
 */
export async function mailLink(
  { runtime, links }: Account,
  { user, ref }: Recipient,
  wanted: { use: PasswordUse; disables?: true },
): Promise<boolean> {
  const { tools, events, issuer } = runtime;
  const to = links.addressOf(user);
  const link = to && links.delivery ? await issueLink(runtime, ref, wanted) : undefined;
  if (!to || !links.delivery || !link) return false;
  const words = passwordMail(wanted.use, { issuer, url: link.url, hours: LINK_SECONDS[wanted.use] / 3600 });
  try {
    await links.delivery.send({ to, ...words, reference: newId(tools.random), at: tools.clock.now() });
  } catch (thrown) {
    const error = deliveryErrorOf(thrown);
    events.emit("notice-failed", { user: ref.id, about: wanted.use, error });
    throw error;
  }
  events.emit("link-sent", { user: ref.id, use: wanted.use });
  return true;
}

/** Resets as an administrator mails them. */
export function resetsOf(parts: Omit<Account, "runtime">): Resets {
  return {
    reaches: (user) => Boolean(parts.links.addressOf(user)),
    mail: (runtime: Runtime, known, { disables }) =>
      mailLink({ ...parts, runtime }, known, { use: "reset", ...(disables ? { disables } : {}) }),
  };
}

/** Codes by e-mail. */
import type { Factor, Given } from "../core/factor.js";
import { mailOf } from "./code-messages.js";
import { maskEmailAddress, parseEmailAddress } from "./email-address.js";
import { type SentCodeOptions, sentCodeFactor, type Way } from "./one-time-code.js";

/** `lifeMinutes`: 1 to 20, default 10 (ASVS 5.0, 6.5.5). */
export type EmailCodeOptions = SentCodeOptions;

/**
 * A factor whose codes go to an e-mail address, which counts once a code that went there came back. A mailbox is no
 * second device: NIST SP 800-63B-4 §3.1.3.1 does not count it as one.
 *
 * @throws `misconfigured` where `delivery` carries no mail, or a number is out of its range
 */
export function emailCode(options: EmailCodeOptions = {}): Factor {
  return sentCodeFactor(MAIL, options);
}

const MAIL: Way = {
  kind: "email",
  amr: "otp",
  life: { default: 10, max: 20 },
  messageOf: mailOf,
  read: async ({ address }: Given) => {
    const parsed = parseEmailAddress(address);
    if (parsed !== undefined) return { ok: true, address: parsed };
    const message = "Enter an e-mail address like name@example.com.";
    return { ok: false, errors: [{ field: "address", message }] };
  },
  hintOf: maskEmailAddress,
  form: async (address) => (address === undefined ? {} : { address }),
  display: async (address) => address,
};

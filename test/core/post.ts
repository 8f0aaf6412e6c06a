// Mail and text messages on deliveries that keep what they take, or break on request.

import type { Delivery } from "../../src/core/delivery.js";
import { createOutbox } from "../../src/delivery/outbox.js";
import { emailCode } from "../../src/factors/email-code.js";
import { smsCode } from "../../src/factors/sms-code.js";

export interface PostOptions {
  /** Of mail alone. Default as the factor's. */
  lifeMinutes?: number;
  newAddressesPerDay?: number;
}

/** Both factors whose codes are sent, and where their messages end up. */
export function newPost(options: PostOptions = {}) {
  const outbox = createOutbox();
  let breaks: (() => void) | undefined;
  const breakable = (delivery: Delivery): Delivery => ({
    ...delivery,
    async send(message) {
      breaks?.();
      await delivery.send(message);
    },
  });
  const mail = breakable(outbox.mail({ from: "Acme <no-reply@acme.test>" }));
  return {
    factors: [
      emailCode({ delivery: mail, ...options }),
      smsCode({ delivery: breakable(outbox.sms()), countries: ["US", "GB"] }),
    ],
    messages: outbox.messages,
    /** From now on every message runs this first, which may throw; undefined: they arrive again. */
    breakWith: (fault?: () => void) => {
      breaks = fault;
    },
    /** The six digits that open the newest message. */
    code: () => /^\d{6}(?= )/.exec(outbox.messages()[0]?.text ?? "")?.[0] ?? "no code",
  };
}

export type Post = ReturnType<typeof newPost>;

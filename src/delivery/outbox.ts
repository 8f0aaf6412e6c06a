/** Messages that are kept instead of sent: for tests, and for trying an app out. */
import type { Channel, Delivery, Message } from "../core/delivery.js";
import { misconfigured } from "../errors.js";
import { senderOf } from "./mail-sender.js";

/** A message that would have been sent. */
export interface OutboxMessage {
  /** An e-mail address, or a number in E.164. */
  to: string;
  channel: Channel;
  /** Empty for text messages. */
  subject: string;
  text: string;
  sentAt: Date;
}

export interface Outbox {
  /** Takes mail; `from` is whom it would come from, as {@link senderOf} reads it. @throws `misconfigured` */
  mail(options: { from: string }): Delivery;
  /** Takes text messages. */
  sms(): Delivery;
  /** What was taken by either, newest first; a copy. */
  messages(): OutboxMessage[];
}

export interface OutboxOptions {
  /** Messages that are kept; the oldest give way. Default 100. */
  limit?: number;
}

/**
 * An outbox in this process's memory. Nothing leaves the process, and codes are readable in it: `createSecondFactor`
 * takes such a delivery only with `allowTestMode: true`, and never in production.
 *
 * @throws `misconfigured` where `limit` is no whole number above 0
 */
export function createOutbox({ limit = 100 }: OutboxOptions = {}): Outbox {
  if (!Number.isInteger(limit) || limit < 1) {
    throw misconfigured("createOutbox({ limit }) is a whole number above 0");
  }
  const kept: OutboxMessage[] = [];

  async function keep(channel: Channel, { to, subject = "", text, at }: Message): Promise<void> {
    kept.unshift({ to, channel, subject, text, sentAt: new Date(at) });
    kept.length = Math.min(kept.length, limit);
  }

  return {
    mail: ({ from }) => ({
      channel: "email",
      sender: senderOf(from).address,
      isTest: true,
      send: (message) => keep("email", message),
    }),
    sms: () => ({ channel: "sms", isTest: true, send: (message) => keep("sms", message) }),
    messages: () => kept.map((message) => ({ ...message })),
  };
}

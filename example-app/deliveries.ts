/** Where messages go: out, where that is configured; else into an outbox, in test mode; else nowhere. */
import {
  createOutbox,
  type Delivery,
  nodemailerDelivery,
  type Outbox,
  twilioDelivery,
} from "passport-second-factor";
import type { DeliverySettings, MailSettings, TextSettings } from "./delivery-config.js";
import { twilioClient } from "./twilio-client.js";

/** Without `mail`, or without `texts`, there are no codes of that kind. */
export interface Deliveries {
  mail?: Delivery;
  texts?: Delivery;
  /** Test mode: what was kept instead of sent. */
  outbox?: Outbox;
}

export async function openDeliveries({
  testMode,
  mail,
  texts,
}: DeliverySettings & { testMode: boolean }): Promise<Deliveries> {
  return {
    ...(testMode ? keptMessages() : {}),
    ...(mail ? { mail: await mailBy(mail) } : {}),
    ...(texts ? { texts: await textsBy(texts) } : {}),
  };
}

/** Keeps everything, and sends nothing. */
export function keptMessages(): Required<Deliveries> {
  const outbox = createOutbox();
  return { mail: outbox.mail({ from: "Acme <no-reply@acme.test>" }), texts: outbox.sms(), outbox };
}

async function mailBy({ url, from }: MailSettings): Promise<Delivery> {
  const { createTransport } = await import("nodemailer");
  return nodemailerDelivery(createTransport(url), { from });
}

async function textsBy({ from, ...account }: TextSettings): Promise<Delivery> {
  return twilioDelivery(await twilioClient(account), { from });
}

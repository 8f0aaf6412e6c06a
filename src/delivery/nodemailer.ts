/** Mail by any transport of Nodemailer, which the app brings: this file does not load it. */
import { type Delivery, DeliveryError, type Message } from "../core/delivery.js";
import { misconfigured } from "../errors.js";
import { checkedSeconds, withinSeconds } from "./deadline.js";
import { mailErrorOf } from "./mail-errors.js";
import { isPlainAddress, type Sender, senderOf } from "./mail-sender.js";
import { limitSmtp } from "./smtp-limits.js";

/** What `nodemailer.createTransport()` returns, of Nodemailer 6 to 10, as far as it is used here. */
export interface NodemailerTransport {
  sendMail(mail: OutgoingMail): Promise<unknown>;
  readonly transporter?: unknown;
}

/** One mail, in Nodemailer's words. */
export interface OutgoingMail {
  from: Sender;
  to: Sender;
  cc: [];
  bcc: [];
  envelope: { from: string; to: string[] };
  subject: string;
  text: string;
  html?: string;
  date: Date;
  headers: Record<string, string>;
  disableFileAccess: true;
  disableUrlAccess: true;
  /** Nodemailer 10 gives up on it; older ones do not look. */
  signal: AbortSignal;
}

export interface NodemailerDeliveryOptions {
  /** Whom mail comes from: "Acme <no-reply@acme.test>", or a bare address. */
  from: string;
  /** How long handing one message over may take. Default 8, at most 60. */
  timeoutSeconds?: number;
}

/**
 * Sends mail by a transport of Nodemailer: SMTP, pooled or not, sendmail, SES and others. Each message goes to exactly
 * one recipient and is handed over once; a message that is late is given up where Nodemailer can (10 and newer).
 *
 * Where an SMTP transport leaves Nodemailer's time limits at their defaults (minutes), they are set to seconds, for
 * all mail of that transport: give codes one of their own where other mail takes longer. What the app set stays.
 *
 * @throws `misconfigured` where `from`, `timeoutSeconds` or the transport is none
 */
export function nodemailerDelivery(
  transport: NodemailerTransport,
  { from, timeoutSeconds = 8 }: NodemailerDeliveryOptions,
): Delivery {
  if (typeof transport?.sendMail !== "function") {
    throw misconfigured("nodemailerDelivery() takes what `nodemailer.createTransport()` returns");
  }
  const sender = senderOf(from);
  const seconds = checkedSeconds("nodemailerDelivery({ timeoutSeconds })", timeoutSeconds);
  limitSmtp(transport.transporter, seconds);
  return {
    channel: "email",
    sender: sender.address,
    send: (message) => send(transport, sender, seconds, message),
  };
}

async function send(
  transport: NodemailerTransport,
  sender: Sender,
  seconds: number,
  message: Message,
): Promise<void> {
  if (!isPlainAddress(message.to)) throw refusedRecipient("the recipient is not one plain address");
  const late = new AbortController();
  const mail = mailOf(message, sender, late.signal);
  try {
    const info = await withinSeconds(seconds, () => transport.sendMail(mail));
    if (isRefused(info)) throw refusedRecipient("the mail server took the message for nobody");
  } catch (error) {
    throw mailErrorOf(error);
  } finally {
    late.abort();
  }
}

/** The headers keep automatic answers away, and messages that look alike apart (RFC 3834 §5, [MS-OXCMAIL], Gmail). */
function mailOf(message: Message, sender: Sender, signal: AbortSignal): OutgoingMail {
  return {
    from: sender,
    to: { name: "", address: message.to },
    // An app's defaults for all mail, such as a copy to an archive, are not for codes.
    cc: [],
    bcc: [],
    envelope: { from: sender.address, to: [message.to] },
    subject: message.subject ?? "",
    text: message.text,
    ...(message.html === undefined ? {} : { html: message.html }),
    date: message.at,
    headers: {
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "X-Entity-Ref-ID": message.reference,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
    signal,
  };
}

/** By LMTP a message is taken or refused for each recipient. Other transports may not say. */
function isRefused(info: unknown): boolean {
  if (typeof info !== "object" || info === null) return false;
  const accepted = "accepted" in info ? info.accepted : undefined;
  const rejected = "rejected" in info ? info.rejected : undefined;
  return (
    (Array.isArray(rejected) && rejected.length > 0) || (Array.isArray(accepted) && accepted.length === 0)
  );
}

function refusedRecipient(message: string): DeliveryError {
  return new DeliveryError("invalid-recipient", message, { isDefinite: true });
}

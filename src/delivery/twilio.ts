/** Text messages by Twilio's official client, which the app makes: nothing of Twilio is loaded here. */
import type { Delivery } from "../core/delivery.js";
import { misconfigured } from "../errors.js";
import { checkedSeconds, withinSeconds } from "./deadline.js";
import { failedMessage, refusedRequest, transportError } from "./twilio-errors.js";
import { isMessagingService, isTwilioNumber, type TwilioSender } from "./twilio-sender.js";

/** What is used of Twilio's client: `twilio(accountSid, authToken, { timeout: 5000 })` is one. */
export interface TwilioClient {
  messages: { create(message: TwilioMessage): Promise<TwilioAnswer> };
  /** Must be off: a message is handed over once. */
  readonly autoRetry?: boolean;
  /** Where the answer's headers are: Twilio's errors leave them out. */
  readonly httpClient?: { lastResponse?: { statusCode: number; headers: unknown } };
}

export type TwilioMessage = { to: string; body: string } & (
  | { from: string }
  | { messagingServiceSid: string }
);

export interface TwilioAnswer {
  sid?: string;
  status?: string;
  errorCode?: number;
}

export interface TwilioOptions {
  /** How long Twilio may take, above 0 to 60. Default 5. */
  timeoutSeconds?: number;
}

/**
 * A delivery by Twilio. Each message is one request, never repeated, and Twilio sees the number and the text only.
 * Errors carry Twilio's status and code, never its words nor the client's error: those hold the number and the text.
 *
 * Give the client a `timeout` of its own as well, in milliseconds: it ends the request, which the time-out here cannot.
 */
export function twilioDelivery(
  client: TwilioClient,
  sender: TwilioSender,
  { timeoutSeconds = 5 }: TwilioOptions = {},
): Delivery {
  checkClient(client);
  const source = checkedSender(sender);
  const seconds = checkedSeconds("twilioDelivery's `timeoutSeconds`", timeoutSeconds);
  return {
    channel: "sms",
    ...("from" in source ? { sender: source.from } : {}),
    async send({ to, text }) {
      const answer = await withinSeconds(seconds, () => create(client, { to, body: text, ...source }));
      const failure = failedMessage(answer);
      if (failure) throw failure;
    },
  };
}

async function create(client: TwilioClient, message: TwilioMessage): Promise<TwilioAnswer> {
  try {
    return await client.messages.create(message);
  } catch (thrown) {
    throw refusedRequest(thrown, client.httpClient?.lastResponse) ?? transportError(thrown);
  }
}

function checkClient(client: TwilioClient): void {
  if (typeof client?.messages?.create !== "function") {
    throw misconfigured(
      "twilioDelivery takes Twilio's client: write twilioDelivery(twilio(sid, token), { from })",
    );
  }
  if (client.autoRetry) {
    throw misconfigured(
      "twilioDelivery hands a message over once: leave `autoRetry` out of the client's options",
    );
  }
}

/** Only what is meant to be sent along, whatever else the object holds. */
function checkedSender(sender: TwilioSender): TwilioSender {
  const { from, messagingServiceSid }: { from?: unknown; messagingServiceSid?: unknown } = sender ?? {};
  if ((from === undefined) === (messagingServiceSid === undefined)) {
    throw misconfigured(
      'twilioDelivery takes one sender: write { from: "+14155550123" } or { messagingServiceSid: "MG…" }',
    );
  }
  if (messagingServiceSid !== undefined) return { messagingServiceSid: checkedService(messagingServiceSid) };
  if (typeof from === "string" && isTwilioNumber(from)) return { from };
  throw misconfigured(
    'twilioDelivery\'s `from` is a number such as "+14155550123", a short code, or a name of at most 11 letters',
  );
}

function checkedService(sid: unknown): string {
  if (typeof sid === "string" && isMessagingService(sid)) return sid;
  throw misconfigured('twilioDelivery\'s `messagingServiceSid` is "MG" and 32 hexadecimal digits');
}

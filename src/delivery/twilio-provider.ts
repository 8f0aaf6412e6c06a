/** Twilio, set up by an administrator: this file does not load it, the app hands its constructor in. */
import type { Provider, ProviderField, ProviderValues } from "../core/provider.js";
import { type FieldError, misconfigured } from "../errors.js";
import { type TwilioClient, twilioDelivery } from "./twilio.js";
import { parseTwilioSender } from "./twilio-sender.js";

const FIELDS: readonly ProviderField[] = [
  { name: "accountSid", label: "Account SID", hint: "AC and 32 letters and digits.", bindsSecrets: true },
  { name: "authToken", label: "Auth token", secret: true },
  {
    name: "sender",
    label: "Sender",
    hint: "A number such as +14155550123, a short code, a name of at most 11 letters, or a messaging service (MG…).",
    marksTest: true,
  },
];

const ACCOUNT = /^AC[0-9a-fA-F]{32}$/;
/** Twilio's magic numbers: senders that only test credentials may use, and whose messages go nowhere. */
const MAGIC = /^\+1500555000[0-9]$/;

/**
 * Text messages by a Twilio account that an administrator enters.
 *
 * @param client makes the client: `(accountSid, authToken) => twilio(accountSid, authToken, { timeout: 5000 })`
 */
export function twilioProvider(client: (accountSid: string, authToken: string) => TwilioClient): Provider {
  if (typeof client !== "function") {
    throw misconfigured(
      "twilioProvider takes a function: (accountSid, authToken) => twilio(accountSid, authToken, { timeout: 5000 })",
    );
  }
  return {
    channel: "sms",
    name: "Twilio",
    fields: FIELDS,
    check,
    isTest: ({ sender = "" }) => MAGIC.test(sender),
    connect({ accountSid = "", authToken = "", sender = "" }) {
      const source = parseTwilioSender(sender);
      if (!source) throw misconfigured("twilioProvider was given a sender that is none");
      return twilioDelivery(client(accountSid, authToken), source);
    },
  };
}

function check({ accountSid = "", sender = "" }: ProviderValues): FieldError[] {
  const problems: [string, boolean, string][] = [
    ["accountSid", ACCOUNT.test(accountSid), "Enter the account SID: AC and 32 letters and digits."],
    [
      "sender",
      parseTwilioSender(sender) !== undefined,
      "Enter a number with + and its country, a short code, a name of at most 11 letters, or a messaging service.",
    ],
  ];
  return problems.flatMap(([field, isRight, message]) => (isRight ? [] : [{ field, message }]));
}

/** Where messages go, in words for whoever started the process. Never a user name or a password. */
import type { DeliverySettings, MailSettings, TextSettings } from "./delivery-config.js";
import { OUTBOX_URL } from "./outbox.js";

interface Going extends DeliverySettings {
  origin: string;
  testMode: boolean;
  /** An administrator enters the keys of a provider. */
  isEntered?: boolean;
}

export function deliveryLines({ origin, testMode, mail, texts, twilioBase, isEntered }: Going): string[] {
  const url = origin + OUTBOX_URL;
  if (isEntered) {
    const by = providerOf(twilioBase === undefined ? {} : { apiBase: twilioBase });
    return [
      `Text messages go by ${by} once an administrator has entered its keys at ${origin}/second-factor/admin/policy`,
    ];
  }
  if (testMode && !mail && !texts) return [`Messages are kept at ${url}`];
  return [
    mail ? `Mail goes by ${serverOf(mail)}` : instead(testMode, "Mail", "SMTP_URL and MAIL_FROM", url),
    texts ? `Text messages go by ${providerOf(texts)}` : instead(testMode, "Text messages", TWILIO, url),
  ];
}

const TWILIO = "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM";

function instead(testMode: boolean, what: string, variables: string, url: string): string {
  if (!testMode) return `${what}: none, and no codes by it. Set ${variables} to have them.`;
  return what === "Mail" ? `Mail is kept at ${url}` : `${what} are kept at ${url}`;
}

function serverOf({ url }: MailSettings): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

function providerOf({ apiBase }: Pick<TextSettings, "apiBase">): string {
  return apiBase === undefined ? "Twilio" : `${new URL(apiBase).origin}, in Twilio's place`;
}

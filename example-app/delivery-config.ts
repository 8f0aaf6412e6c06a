/** What the environment says about messages: who carries mail and text messages, each set of variables whole or absent. */
import type { TwilioSettings } from "./twilio-client.js";

export interface MailSettings {
  /** `smtp://user:password@host:port`, or `smtps://`. Holds a password: never shown. */
  url: string;
  /** Whom mail comes from. */
  from: string;
}

export interface TextSettings extends TwilioSettings {
  /** Whom text messages come from: a number in E.164, or a name. */
  from: string;
}

/** What is absent is not configured. */
export interface DeliverySettings {
  mail?: MailSettings;
  texts?: TextSettings;
  /** Another server in Twilio's place, also for keys that an administrator enters. */
  twilioBase?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Each variable that a set cannot do without, as one would set it. */
const MAIL = {
  SMTP_URL: "SMTP_URL=smtp://user:password@mail.example.com:587",
  MAIL_FROM: 'MAIL_FROM="Acme <no-reply@example.com>"',
};
const TWILIO = {
  TWILIO_ACCOUNT_SID: "TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000",
  TWILIO_AUTH_TOKEN: "TWILIO_AUTH_TOKEN=your-auth-token",
  TWILIO_FROM: "TWILIO_FROM=+15005550006",
};
const TWILIO_API_BASE = "TWILIO_API_BASE";

/** Expects an environment without {@link deliveryMistakes}. */
export function readDeliveries(env: Environment): DeliverySettings {
  const { SMTP_URL: url, MAIL_FROM: from } = env;
  const base = env[TWILIO_API_BASE];
  return {
    ...(url && from ? { mail: { url, from } } : {}),
    ...textsOf(env),
    ...(base ? { twilioBase: base } : {}),
  };
}

function textsOf(env: Environment): Pick<DeliverySettings, "texts"> {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_FROM: from } = env;
  const apiBase = env[TWILIO_API_BASE];
  if (!accountSid || !authToken || !from) return {};
  return { texts: { accountSid, authToken, from, ...(apiBase ? { apiBase } : {}) } };
}

/** A line for each variable that is missing or cannot be right; none repeats what may hold a password. */
export function deliveryMistakes(env: Environment): string[] {
  const { SMTP_URL: url, MAIL_FROM: from, TWILIO_ACCOUNT_SID: account, [TWILIO_API_BASE]: base } = env;
  return [
    ...missing(env, "codes by e-mail", MAIL),
    ...missing(env, "codes by text message", TWILIO),
    ...wrong(url, isMailServer, `SMTP_URL is no mail server's address: set one, such as ${MAIL.SMTP_URL}.`),
    ...wrong(from, isSender, `MAIL_FROM is not one sender: set one, such as ${MAIL.MAIL_FROM}.`),
    ...wrong(
      account,
      isAccount,
      `TWILIO_ACCOUNT_SID does not begin with AC: set the account's, such as ${TWILIO.TWILIO_ACCOUNT_SID}.`,
    ),
    ...wrong(
      base,
      isWebAddress,
      "TWILIO_API_BASE is no server's address: set one, such as TWILIO_API_BASE=http://127.0.0.1:4010, or nothing.",
    ),
  ];
}

/** What a set lacks, where any of it is set: whoever set it means to send. */
function missing(env: Environment, what: string, set: Record<string, string>): string[] {
  const given = Object.keys(set).filter((name) => env[name]);
  if (given.length === 0) return [];
  const lacking = Object.entries(set).filter(([name]) => !env[name]);
  return lacking.map(
    ([name, example]) =>
      `${name} is missing, and ${given.join(", ")} ${given.length === 1 ? "is" : "are"} set: ` +
      `${what} take all of ${Object.keys(set).join(", ")}. Set it, such as ${example}.`,
  );
}

function wrong(value: string | undefined, isRight: (value: string) => boolean, line: string): string[] {
  return value && !isRight(value) ? [line] : [];
}

const isMailServer = (text: string) => /^smtps?:\/\/./.test(text) && URL.canParse(text);

const isSender = (text: string) => /^([^<>@]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(text.trim());

const isAccount = (text: string) => text.startsWith("AC");

const isWebAddress = (text: string) => /^https?:\/\/./.test(text) && URL.canParse(text);

/** Whom text messages by Twilio come from. */

/** Exactly one: a number in E.164, a short code or an alphanumeric sender id; or a messaging service. */
export type TwilioSender = { from: string } | { messagingServiceSid: string };

const NUMBER = /^\+[1-9][0-9]{6,14}$/;
const SHORT_CODE = /^[0-9]{3,8}$/;
/** Twilio's rule: at most eleven characters, one of them a letter. */
const ALPHANUMERIC = /^(?=.*[A-Za-z])[A-Za-z0-9+\-_& ]{1,11}$/;
const SERVICE = /^MG[0-9a-fA-F]{32}$/;

export function isTwilioNumber(from: string): boolean {
  return [NUMBER, SHORT_CODE, ALPHANUMERIC].some((form) => form.test(from));
}

export function isMessagingService(sid: string): boolean {
  return SERVICE.test(sid);
}

/** Either of them, as somebody writes it into one field; undefined where it is neither. */
export function parseTwilioSender(text: string): TwilioSender | undefined {
  if (isMessagingService(text)) return { messagingServiceSid: text };
  return isTwilioNumber(text) ? { from: text } : undefined;
}

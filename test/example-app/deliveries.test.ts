// Where the demo's messages go, by real servers on loopback: what is configured is sent, in production too.
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../../example-app/config.js";
import { openDeliveries } from "../../example-app/deliveries.js";
import { type Smtp, startSmtp } from "../support/smtp.js";
import { ACCOUNT_SID, AUTH_TOKEN, startTwilio, type TwilioServer } from "../support/twilio.js";

const PRODUCTION = {
  NODE_ENV: "production",
  SESSION_SECRET: "a long secret that nobody else has, 1",
  SECOND_FACTOR_KEY: "a long secret that nobody else has, 2",
  ORIGIN: "https://shop.example.com",
  MONGODB_URI: "mongodb://db.example.com/shop",
} as const;
const NOTE = { text: "123456 is your Acme code to sign in", reference: "1", at: new Date() };

let smtp: Smtp;
let twilio: TwilioServer;
beforeAll(async () => {
  [smtp, twilio] = await Promise.all([startSmtp(), startTwilio()]);
});
afterAll(() => Promise.all([smtp?.close(), twilio?.close()]));

const MAIL = () => ({ SMTP_URL: smtp.url, MAIL_FROM: "Acme <no-reply@acme.test>" });
const TWILIO = () => ({
  TWILIO_ACCOUNT_SID: ACCOUNT_SID,
  TWILIO_AUTH_TOKEN: AUTH_TOKEN,
  TWILIO_FROM: "+15005550006",
  TWILIO_API_BASE: twilio.url,
});

const deliveriesFor = (env: Record<string, string>) => openDeliveries(readConfig(env));

test("with nothing configured everything is kept, and in production there is nowhere to send to", async () => {
  const { mail, texts, outbox } = await deliveriesFor({});
  await mail?.send({ ...NOTE, to: "eve@acme.test" });
  await texts?.send({ ...NOTE, to: "+14155550123" });
  expect(outbox?.messages().map(({ to }) => to)).toEqual(["+14155550123", "eve@acme.test"]);
  expect(await deliveriesFor(PRODUCTION)).toEqual({});
});

test.each([
  ["in production", PRODUCTION],
  ["while trying it out", {}],
])(
  "%s, mail goes by the server of SMTP_URL and texts by Twilio's client to TWILIO_API_BASE",
  async (_, env) => {
    const { mail, texts, outbox } = await deliveriesFor({ ...env, ...MAIL(), ...TWILIO() });
    await mail?.send({ ...NOTE, to: "eve@acme.test" });
    await texts?.send({ ...NOTE, to: "+14155550123" });
    expect(smtp.mails.at(-1)).toMatchObject({ from: "no-reply@acme.test", to: ["eve@acme.test"] });
    expect(twilio.requests.at(-1)?.fields).toEqual({
      To: "+14155550123",
      From: "+15005550006",
      Body: NOTE.text,
    });
    expect(outbox?.messages() ?? []).toEqual([]);
  },
);

test("with mail alone, texts are kept; in production there are none", async () => {
  const tried = await deliveriesFor(MAIL());
  expect(tried.mail?.isTest).toBeUndefined();
  expect(tried.texts?.isTest).toBe(true);
  expect(Object.keys(await deliveriesFor({ ...PRODUCTION, ...MAIL() }))).toEqual(["mail"]);
});

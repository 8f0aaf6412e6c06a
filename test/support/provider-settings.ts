// An app whose administrator enters the providers' keys: the services are on this machine, and nothing else is reached.
import type mongoose from "mongoose";
import nodemailer from "nodemailer";
import {
  createOutbox,
  emailCode,
  mongooseSettings,
  recoveryCodes,
  type SecondFactorOptions,
  smsCode,
  smtpProvider,
  totp,
  twilioProvider,
} from "passport-second-factor";
import { twilioClient } from "../../example-app/twilio-client.js";
import { ADA, POLICY, signedIn, startApp, stepUp, type TestApp, TOTP_SECRET } from "./app.js";
import { ACCOUNT_SID, AUTH_TOKEN, type TwilioServer } from "./twilio.js";
import type { Reply, Visitor } from "./visitor.js";

export const SENDER = "+14155550100";
export const TWILIO = { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, sender: SENDER };

/** Every time that the app was asked for a client of Twilio's. */
export interface Providers {
  app: TestApp;
  testOutbox: ReturnType<typeof createOutbox>;
  clients: string[][];
}

export async function startWithProviders(
  connection: mongoose.Connection,
  twilio: Pick<TwilioServer, "url">,
  { clock, ...options }: Partial<SecondFactorOptions> & { clock?: TestApp["clock"] } = {},
): Promise<Providers> {
  const testOutbox = createOutbox();
  const clients: string[][] = [];
  const app = await startApp({
    connection,
    ...(clock ? { clock } : {}),
    factors: () => [totp(), emailCode(), smsCode(), recoveryCodes()],
    options: {
      settings: mongooseSettings(connection),
      authorizeAdmin: (req) => (req.user as unknown as { email: string }).email === ADA,
      providers: {
        sms: twilioProvider((accountSid, authToken) => {
          clients.push([accountSid, authToken]);
          const client = twilioClient({ accountSid, authToken, apiBase: twilio.url });
          return {
            messages: { create: async (message) => (await client).messages.create(message as never) },
          };
        }),
        email: smtpProvider((smtp) => nodemailer.createTransport(smtp)),
      },
      testOutbox,
      outboxUrl: "/outbox",
      ...options,
    },
  });
  return { app, testOutbox, clients };
}

/** Ada, with a fresh code for one save. */
export async function administrator(app: TestApp): Promise<Visitor> {
  const ada = await signedIn(app, ADA, TOTP_SECRET);
  await stepUp(app, ada, TOTP_SECRET, "administer");
  return ada;
}

/** Saves some parts, from whatever version holds. */
export async function saves(ada: Visitor, parts: object): Promise<Reply> {
  const { version } = (await ada.get(POLICY)).json;
  return ada.ask(POLICY, { method: "PUT", body: { ...parts, version } });
}

/** Signs in as Ada, proves it, and saves. */
export async function saved(app: TestApp, parts: object): Promise<Reply> {
  return saves(await administrator(app), parts);
}

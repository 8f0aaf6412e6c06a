// Code lifetimes, providers and test mode, as an administrator changes them: two processes on one database, one clock.
import type mongoose from "mongoose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  ENROL,
  PHONE,
  POLICY,
  REPORT,
  SEND,
  signedIn,
  TOM,
  TOTP_SECRET,
} from "../support/app.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import {
  administrator,
  type Providers,
  SENDER,
  saved,
  saves,
  startWithProviders,
  TWILIO,
} from "../support/provider-settings.js";
import { type Smtp, startSmtp } from "../support/smtp.js";
import { startTwilio, type TwilioServer } from "../support/twilio.js";

let database: TestDatabase;
let connections: [mongoose.Connection, mongoose.Connection];
let twilio: TwilioServer;
let smtp: Smtp;
let here: Providers;
let there: Providers;

beforeAll(async () => {
  database = await testDatabase();
  connections = [await database.connect(), await database.connect()];
  smtp = await startSmtp();
});
afterAll(async () => {
  await smtp.close();
  await database.close();
});

beforeEach(async () => {
  await database.drop();
  smtp.mails.length = 0;
  twilio = await startTwilio();
  here = await startWithProviders(connections[0], twilio);
  there = await startWithProviders(connections[1], twilio, { clock: here.app.clock });
  await here.app.addUser({ email: ADA, secret: TOTP_SECRET });
  return async () => {
    await Promise.all([here.app.close(), there.app.close()]);
    await twilio.close();
  };
});

/** Tom, whose codes go to his phone: what sending one to him comes to, in one process. */
async function sendToTom({ app }: Providers) {
  const tom = await afterPassword(app, TOM);
  return { tom, reply: await tom.post(SEND, { factor: "sms" }) };
}
const later = () => here.app.clock.advance({ seconds: 65 });
const FORM = { hasRecovery: "on", recovery: "on", hasRoles: "on", organisation: "optional", graceDays: "0" };
const TWILIO_FORM = {
  "provider-sms-accountSid": TWILIO.accountSid,
  "provider-sms-authToken": TWILIO.authToken,
  "provider-sms-sender": TWILIO.sender,
};

describe("before a provider is set up", () => {
  test("its factor cannot be set up, and the others can", async () => {
    await here.app.addUser({ email: TOM });
    const tom = await signedIn(here.app, TOM);
    expect((await tom.get("/second-factor")).json).toMatchObject({ addable: ["totp"], configured: true });
    expect((await tom.get("/second-factor/enrol")).json).toMatchObject({ factors: [{ kind: "totp" }] });
    for (const kind of ["sms", "email"]) {
      const begun = await tom.post(`/second-factor/enrol/${kind}`, {
        address: TOM,
        country: "US",
        number: PHONE,
      });
      expect(begun).toMatchObject({ status: 403, json: { code: "factor_not_allowed" } });
    }
    expect((await tom.post(ENROL)).status).toBe(200);
  });

  test("sending to somebody who has it is 503, opens no connection, and costs nothing", async () => {
    await here.app.addUser({ email: TOM, phone: PHONE });
    for (let i = 0; i < 7; i++) {
      const { reply } = await sendToTom(here);
      expect(reply).toMatchObject({ status: 503, json: { code: "delivery_failed" } });
    }
    expect([twilio.requests, smtp.connections, here.clients]).toEqual([[], 0, []]);
    await saved(here.app, { providers: { sms: TWILIO } });
    expect((await sendToTom(here)).reply.status).toBe(202);
  });

  test("a report counts those who could use nothing else, and not once it is reviewed with a provider", async () => {
    await here.app.addUser({ email: TOM, phone: PHONE });
    const ada = await administrator(here.app);
    const report = async (parts: object) => (await ada.post(REPORT, { ...parts, version: 0 })).json;
    expect(await report({ policy: {} })).toMatchObject({
      cannot: 1,
      covered: 1,
      affected: [{ account: TOM, outcome: "cannot", why: "text messages have no provider yet" }],
    });
    expect(await report({ providers: { sms: TWILIO } })).toMatchObject({ cannot: 0, covered: 2 });
    expect(await report({ testMode: true })).toMatchObject({ cannot: 0, covered: 2 });
  });

  test("whoever must set one of them up is told that it isn't configured", async () => {
    await saved(here.app, { policy: { roles: { clerk: { mode: "required", factors: ["sms"] } } } });
    await here.app.addUser({ email: TOM, roles: ["clerk"] });
    const tom = await afterPassword(here.app, TOM);
    expect((await tom.get("/second-factor/enrol")).json).toMatchObject({ factors: [] });
    const { text } = await tom.page("/second-factor/enrol");
    expect(text).toContain("Two-factor authentication isn't configured.");
    expect((await tom.get("/account")).status).toBe(401);
  });
});

describe("a provider that was saved", () => {
  test("sends in that process at once, and in the other within five seconds", async () => {
    await here.app.addUser({ email: TOM, phone: PHONE });
    expect((await sendToTom(there)).reply.status).toBe(503);
    const reply = await saved(here.app, { providers: { sms: TWILIO } });
    expect(reply).toMatchObject({
      status: 200,
      json: { providers: { sms: { isReady: true, isTest: false } } },
    });
    expect((await sendToTom(here)).reply.status).toBe(202);
    here.app.clock.advance({ seconds: 5 });
    later();
    expect((await sendToTom(there)).reply.status).toBe(202);
    expect(twilio.requests).toMatchObject([{ fields: { From: SENDER } }, { fields: { From: SENDER } }]);
  });

  test("is connected when it is first used, and again only where its values change", async () => {
    await here.app.addUser({ email: TOM, phone: PHONE });
    const ada = await administrator(here.app);
    await saves(ada, { providers: { sms: TWILIO } });
    expect(here.clients).toEqual([]);
    await sendToTom(here);
    await saved(here.app, { policy: { graceDays: 3 }, providers: { sms: { authToken: "" } } });
    later();
    await sendToTom(here);
    expect(here.clients).toHaveLength(1);
    await saved(here.app, { providers: { sms: { sender: "Acme" } } });
    later();
    await sendToTom(here);
    expect(here.clients).toHaveLength(2);
    expect(twilio.requests.at(-1)).toMatchObject({ fields: { From: "Acme" } });
  });

  test("is shown without its secret, and removed by null", async () => {
    const shown = (await saved(here.app, { providers: { sms: TWILIO } })).json["providers"];
    expect(shown).toMatchObject({
      sms: {
        name: "Twilio",
        fields: [
          { name: "accountSid", label: "Account SID", secret: false, value: TWILIO.accountSid },
          { name: "authToken", label: "Auth token", secret: true, saved: true },
          { name: "sender", secret: false, value: SENDER },
        ],
      },
      email: { name: "SMTP", isReady: false },
    });
    const removed = await saved(here.app, { providers: { sms: null } });
    expect(removed.json["providers"]).toMatchObject({
      sms: { isReady: false, fields: [{ value: "" }, { saved: false }, {}] },
    });
  });

  test("by mail sends from the server that was entered", async () => {
    await here.app.addUser({ email: TOM, address: TOM });
    const email = { host: "127.0.0.1", port: String(smtp.port), from: "Acme <no-reply@acme.test>" };
    await saved(here.app, { providers: { email } });
    const tom = await afterPassword(here.app, TOM);
    expect((await tom.post(SEND, { factor: "email" })).status).toBe(202);
    expect(smtp.mails).toMatchObject([{ from: "no-reply@acme.test", to: [TOM] }]);
    expect((await tom.page("/second-factor/challenge")).text).toContain("no-reply@acme.test");
  });
});

describe("how long codes work", () => {
  test("is what an administrator says, for the next code, in every process", async () => {
    await here.app.addUser({ email: TOM, phone: PHONE });
    const reply = await saved(here.app, { providers: { sms: TWILIO }, codeMinutes: { sms: 9, email: 20 } });
    expect(reply.json["codeMinutes"]).toEqual({ email: 20, sms: 9 });
    here.app.clock.advance({ seconds: 5 });
    const { reply: sent, tom } = await sendToTom(there);
    const minutes = (Date.parse(String(sent.json["expiresAt"])) - here.app.clock.now().getTime()) / 60_000;
    expect(minutes).toBe(9);
    expect(twilio.requests.at(-1)?.fields["Body"]).toContain("valid 9 minutes");
    // The login waits as long as the longest code works.
    const { expiresAt } = (await tom.get("/second-factor/challenge")).json;
    expect((Date.parse(String(expiresAt)) - here.app.clock.now().getTime()) / 60_000).toBe(20);
  });

  test("stays within what the factor allows", async () => {
    const reply = await saved(here.app, { codeMinutes: { sms: 11, email: 21 } });
    expect(reply).toMatchObject({ status: 400, json: { code: "invalid_input" } });
    const { errors } = reply.json as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(["codeMinutes.sms", "codeMinutes.email"]);
  });
});

describe("test mode", () => {
  test("keeps every message in the outbox while it is on, in every process, and the pages say so", async () => {
    await here.app.addUser({ email: TOM, phone: PHONE });
    await saved(here.app, { providers: { sms: TWILIO } });
    const tom = await afterPassword(there.app, TOM);
    here.app.clock.advance({ seconds: 5 });
    expect((await tom.page("/second-factor/challenge")).text).not.toContain("Nothing is sent.");
    expect((await saved(here.app, { testMode: true })).json).toMatchObject({ testMode: true, canTest: true });
    here.app.clock.advance({ seconds: 5 });
    const { text } = await tom.page("/second-factor/challenge");
    expect(text).toContain("Nothing is sent.");
    expect(text).toContain('href="/outbox"');
    expect((await tom.post(SEND, { factor: "sms" })).status).toBe(202);
    expect(there.testOutbox.messages()).toMatchObject([{ to: PHONE, channel: "sms" }]);
    expect([twilio.requests, there.clients]).toEqual([[], []]);
    await saved(here.app, { testMode: false });
    later();
    expect((await sendToTom(there)).reply.status).toBe(202);
    expect(twilio.requests).toHaveLength(1);
  });
});

describe("in a browser", () => {
  test("a key is reviewed, and saved without having been on a page", async () => {
    const ada = await administrator(here.app);
    const reviewed = await ada.form(REPORT, { ...FORM, ...TWILIO_FORM, version: "0" });
    expect(reviewed.status).toBe(200);
    expect(reviewed.text).toContain("Entered, and not saved yet.");
    expect(reviewed.text).not.toContain(TWILIO.authToken);
    const draft = /name="draft" value="([^"]+)"/.exec(reviewed.text)?.[1] ?? "";
    const { "provider-sms-authToken": _, ...shown } = TWILIO_FORM;
    const reply = await ada.form(POLICY, { ...FORM, ...shown, version: "0", draft });
    expect(reply.location).toBe(`${POLICY}?saved`);
    const { text } = await ada.page(reply.location ?? "");
    expect(text).toContain("Saved. Enter a new one to replace it.");
    await here.app.addUser({ email: TOM, phone: PHONE });
    expect((await sendToTom(here)).reply.status).toBe(202);
  });

  test("a review that another one has taken the place of saves no older key in silence", async () => {
    const ada = await administrator(here.app);
    const first = await ada.form(REPORT, { ...FORM, ...TWILIO_FORM, version: "0" });
    const draft = /name="draft" value="([^"]+)"/.exec(first.text)?.[1] ?? "";
    await ada.form(REPORT, { ...FORM, ...TWILIO_FORM, version: "0" });
    const { "provider-sms-authToken": _, ...shown } = TWILIO_FORM;
    const reply = await ada.form(POLICY, { ...FORM, ...shown, version: "0", draft });
    expect(reply.status).toBe(400);
    expect(reply.text).toContain("What you entered for a provider is no longer here.");
    expect((await ada.get(POLICY)).json).toMatchObject({ version: 0 });
  });

  test("mistakes stand at their fields in an administrator's words, and what was typed stays, but secrets", async () => {
    const ada = await administrator(here.app);
    const fields = { ...FORM, ...TWILIO_FORM, "provider-sms-accountSid": "SK1", "codeMinutes-sms": "99" };
    const { status, text } = await ada.form(REPORT, { ...fields, graceDays: "many", version: "0" });
    expect(status).toBe(400);
    expect(text).toContain("Enter the account SID: AC and 32 letters and digits.");
    expect(text).toContain("Enter a whole number from 1 to 10.");
    expect(text).toContain("Days to set up: enter a whole number from 0 to 365.");
    expect(text).not.toContain("policy.graceDays");
    expect(text).toContain('value="SK1"');
    expect(text).not.toContain(TWILIO.authToken);
  });

  test("two rows of one role are refused, and both are still there", async () => {
    const ada = await administrator(here.app);
    const rows = {
      "role-0-name": "clerk",
      "role-0-mode": "off",
      "role-1-name": " clerk",
      "role-1-mode": "required",
    };
    const { status, text } = await ada.form(REPORT, { ...FORM, ...rows, version: "0" });
    expect(status).toBe(400);
    expect(text).toContain("is there twice: keep one row.");
    expect(text.match(/value="clerk"/g)).toHaveLength(2);
  });

  test("an empty form of a provider that was never set up changes nothing, and the box removes one that was", async () => {
    const ada = await administrator(here.app);
    const empty = Object.fromEntries(Object.keys(TWILIO_FORM).map((name) => [name, ""]));
    expect((await ada.form(POLICY, { ...FORM, ...empty, version: "0" })).location).toBe(`${POLICY}?saved`);
    await saved(here.app, { providers: { sms: TWILIO } });
    const again = await administrator(here.app);
    const form = { ...FORM, ...TWILIO_FORM, "provider-sms-remove": "on", version: "2" };
    const reviewed = await again.form(REPORT, form);
    expect(reviewed.text).toContain("These settings will be removed.");
    expect((await again.form(POLICY, form)).location).toBe(`${POLICY}?saved`);
    expect((await again.get(POLICY)).json["providers"]).toMatchObject({ sms: { isReady: false } });
  });
});

// Keys of providers: never in clear anywhere, changed by an administrator alone, and worth nothing to whoever is not one.
import { inspect } from "node:util";
import mongoose from "mongoose";
import type { EventName } from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Embedded, startEmbedded } from "../../example-app/database/index.js";
import {
  ADA,
  afterPassword,
  EVE,
  PHONE,
  POLICY,
  REPORT,
  SEND,
  signedIn,
  stepUp,
  TOM,
  TOTP_SECRET,
} from "../support/app.js";
import {
  administrator,
  type Providers,
  saved,
  saves,
  startWithProviders,
  TWILIO,
} from "../support/provider-settings.js";
import { startTwilio, type TwilioServer } from "../support/twilio.js";
import type { Reply } from "../support/visitor.js";

const EVENTS: EventName[] = [
  "settings-changed",
  "settings-refused",
  "delivery-failed",
  "code-sent",
  "listener-failed",
];
const TOKEN = TWILIO.authToken;
const PASSWORD = "a mail password nobody may read";
const MAIL = { host: "127.0.0.1", port: "2", user: "acme", password: PASSWORD, from: "no-reply@acme.test" };

let embedded: Embedded;
let connection: mongoose.Connection;
let twilio: TwilioServer;
let running: Providers;
let told: [EventName, object][] = [];

beforeAll(async () => {
  embedded = await startEmbedded();
  connection = await mongoose.createConnection(embedded.uri).asPromise();
});
afterAll(async () => {
  await connection.close();
  await embedded.close();
});

async function start(options: Parameters<typeof startWithProviders>[2] = {}): Promise<void> {
  running = await startWithProviders(connection, twilio, options);
  told = [];
  for (const name of EVENTS) running.app.secondFactor.on(name, (event) => told.push([name, event]));
}
async function restart(options: Parameters<typeof startWithProviders>[2] = {}): Promise<void> {
  const { clock } = running.app;
  await running.app.close();
  await start({ clock, ...options });
}

beforeEach(async () => {
  await connection.dropDatabase();
  twilio = await startTwilio();
  await start();
  await running.app.addUser({ email: ADA, secret: TOTP_SECRET });
  return async () => {
    vi.unstubAllEnvs();
    await running.app.close();
    await twilio.close();
  };
});

const settings = () => connection.collection("second_factor_settings");
const put = (visitor: { ask: (path: string, ask: object) => Promise<Reply> }, body: object, headers = {}) =>
  visitor.ask(POLICY, { method: "PUT", body, headers });
const KEYS = { providers: { sms: TWILIO }, version: 0 };

/** Whether text holds a secret in any form that is easily read back. */
function expectNoSecret(text: string): void {
  for (const secret of [TOKEN, PASSWORD]) {
    for (const form of ["utf8", "base64", "base64url", "hex"] as const) {
      expect(text).not.toContain(Buffer.from(secret).toString(form === "utf8" ? "utf8" : form));
    }
    expect(text).not.toContain(encodeURIComponent(secret));
  }
}

describe("a secret that was entered", () => {
  test("is in no answer, page, event, session, log or document, in clear or merely encoded", async () => {
    const logged = vi.spyOn(console, "error");
    const { app } = running;
    await app.addUser({ email: TOM, phone: PHONE, address: TOM });
    const ada = await administrator(app);
    const form = {
      organisation: "optional",
      graceDays: "0",
      hasRoles: "on",
      "provider-sms-accountSid": TWILIO.accountSid,
      "provider-sms-authToken": TOKEN,
      "provider-sms-sender": TWILIO.sender,
      ...Object.fromEntries(Object.entries(MAIL).map(([name, value]) => [`provider-email-${name}`, value])),
      version: "0",
    };
    const replies = [
      await ada.form(REPORT, form),
      await ada.form(REPORT, { ...form, graceDays: "many" }),
      await ada.form(REPORT, { ...form, "provider-sms-sender": "" }),
      await ada.form(POLICY, { ...form, version: "7" }),
      await saved(app, { providers: { sms: TWILIO, email: MAIL } }),
      await put(ada, KEYS),
      await ada.form(POLICY, form),
      await ada.get(POLICY),
      await ada.page(`${POLICY}?saved`),
      await put(ada, { providers: { sms: { ...TWILIO, sender: { $ne: "" } } }, version: 1 }),
    ];
    const tom = await afterPassword(app, TOM);
    twilio.behave({ refuse: 401, code: 20003 });
    replies.push(await tom.post(SEND, { factor: "sms" }), await tom.post(SEND, { factor: "email" }));
    replies.push(await tom.page("/second-factor/challenge"));

    expect((await ada.get(POLICY)).json["providers"]).toMatchObject({ email: { isReady: true } });
    expect(told.map(([name]) => name)).toEqual(
      expect.arrayContaining(["settings-changed", "delivery-failed"]),
    );
    for (const { text, headers } of replies) expectNoSecret(text + JSON.stringify([...headers]));
    for (const { name } of await connection.listCollections()) {
      const documents = await connection.collection(name).find({}).toArray();
      expectNoSecret(inspect(documents, { depth: null, maxStringLength: null }));
    }
    expectNoSecret(inspect(told, { depth: null, showHidden: true }));
    expectNoSecret(inspect([app.errors, logged.mock.calls], { depth: null }));
    expect(replies.map(({ text }) => text).join()).not.toMatch(/v1\.2026-11\./);
  });

  test("is sent to nobody else: with another server or account it has to be entered again", async () => {
    await saved(running.app, { providers: { sms: TWILIO, email: MAIL } });
    const elsewhere: [string, object][] = [
      ["sms.authToken", { sms: { accountSid: `AC${"1b".repeat(16)}` } }],
      ["email.password", { email: { host: "evil.test", password: "" } }],
      ["email.password", { email: { port: "2525" } }],
      ["email.password", { email: { user: "eve" } }],
    ];
    for (const [field, providers] of elsewhere) {
      const { status, json } = await saved(running.app, { providers });
      expect(status).toBe(400);
      expect(json["errors"]).toMatchObject([{ field: `providers.${field}` }]);
    }
    expect(await saved(running.app, { providers: { email: { from: "codes@acme.test" } } })).toMatchObject({
      status: 200,
    });
  });
});

describe("keys are refused", () => {
  test("from nobody, from somebody pending, and from somebody who is no administrator", async () => {
    const { app } = running;
    await app.addUser({ email: EVE, secret: TOTP_SECRET });
    const eve = await signedIn(app, EVE, TOTP_SECRET);
    await stepUp(app, eve, TOTP_SECRET, "administer");
    expect(await put(app.visitor(), KEYS)).toMatchObject({ status: 401 });
    expect(await put(await afterPassword(app, ADA), KEYS)).toMatchObject({ status: 401 });
    expect(await put(eve, KEYS)).toMatchObject({ status: 403, json: { code: "forbidden" } });
    expect(await settings().countDocuments()).toBe(0);
  });

  test("without a fresh code, and with one a second time", async () => {
    const { app } = running;
    const ada = await signedIn(app, ADA, TOTP_SECRET);
    expect(await put(ada, KEYS)).toMatchObject({ status: 401, json: { code: "step_up_required" } });
    await stepUp(app, ada, TOTP_SECRET, "administer");
    expect((await put(ada, KEYS)).status).toBe(200);
    const again = await put(ada, { providers: { sms: null }, version: 1 });
    expect(again).toMatchObject({ status: 401, json: { code: "step_up_required" } });
    expect(told).toMatchObject([["settings-changed", { by: ADA, version: 1, parts: ["providers"] }]]);
  });

  test("from another site", async () => {
    const ada = await administrator(running.app);
    for (const headers of [{ origin: "https://evil.test" }, { "sec-fetch-site": "cross-site" }]) {
      expect(await put(ada, KEYS, headers)).toMatchObject({ status: 403, json: { code: "cross_origin" } });
    }
    expect(await settings().countDocuments()).toBe(0);
  });

  test("where they are pinned: nothing of them is kept", async () => {
    await restart({ pinned: ["providers", "codeMinutes", "testMode"] });
    const parts = { providers: { sms: TWILIO }, codeMinutes: { sms: 9 }, testMode: true };
    const { json } = await saved(running.app, parts);
    expect(json).toMatchObject({
      version: 1,
      providers: { sms: { isReady: false } },
      codeMinutes: { sms: 5 },
      testMode: false,
    });
    expect(JSON.stringify(await settings().findOne({}))).not.toContain(TWILIO.accountSid);
  });
});

describe("settings that somebody edited", () => {
  beforeEach(async () => {
    await running.app.addUser({ email: TOM, phone: PHONE });
    const parts = { providers: { sms: TWILIO }, codeMinutes: { sms: 9 }, testMode: false };
    expect((await saved(running.app, parts)).status).toBe(200);
  });

  test.each<[string, (body: string) => string]>([
    ["test mode", (body) => body.replace('"testMode":false', '"testMode":true')],
    ["minutes", (body) => body.replace('"sms":9', '"sms":1')],
    ["the sender", (body) => body.replace(TWILIO.sender, "Eve")],
    ["the account", (body) => body.replace(TWILIO.accountSid, `AC${"1b".repeat(16)}`)],
  ])(
    "(%s) count for nothing: what the code says holds, no message leaves, and it is told of",
    async (_, edit) => {
      const { body } = (await settings().findOne({})) as unknown as { body: string };
      expect(edit(body)).not.toBe(body);
      await settings().updateOne({}, { $set: { body: edit(body) } });
      running.app.clock.advance({ seconds: 5 });
      const tom = await afterPassword(running.app, TOM);
      expect((await tom.post(SEND, { factor: "sms" })).status).toBe(503);
      expect([twilio.requests, running.testOutbox.messages()]).toEqual([[], []]);
      expect(told.some(([name]) => name === "settings-refused")).toBe(true);
    },
  );
});

describe("in production", () => {
  const TEST_KEY = { ...TWILIO, sender: "+15005550006" };

  test("a test key is marked elsewhere, refused when it is saved, and not used where it was saved before", async () => {
    expect((await saved(running.app, { providers: { sms: TEST_KEY } })).json["providers"]).toMatchObject({
      sms: { isReady: true, isTest: true },
    });
    await running.app.addUser({ email: TOM, phone: PHONE });
    vi.stubEnv("NODE_ENV", "production");
    await restart();
    const tom = await afterPassword(running.app, TOM);
    expect((await tom.post(SEND, { factor: "sms" })).status).toBe(503);
    expect(twilio.requests).toEqual([]);
    const { status, json } = await saved(running.app, {
      providers: { sms: { ...TEST_KEY, authToken: "x" } },
    });
    expect(status).toBe(400);
    expect(json["errors"]).toMatchObject([
      { field: "providers.sms.sender", message: expect.stringContaining("can't be used in production") },
    ]);
    expect((await saved(running.app, { providers: { sms: TWILIO } })).status).toBe(200);
  });

  test("there is no test mode: the switch is absent, cannot be set, and one that was saved is ignored", async () => {
    expect((await saved(running.app, { testMode: true, providers: { sms: TWILIO } })).status).toBe(200);
    vi.stubEnv("NODE_ENV", "production");
    await restart();
    const { app } = running;
    const ada = await administrator(app);
    expect((await ada.get(POLICY)).json).toMatchObject({ testMode: false, canTest: false });
    expect((await ada.page(POLICY)).text).not.toContain("testMode");
    expect(await saves(ada, { testMode: true })).toMatchObject({ status: 400 });
    await app.addUser({ email: TOM, phone: PHONE });
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(SEND, { factor: "sms" })).status).toBe(202);
    expect(running.testOutbox.messages()).toEqual([]);
    expect(twilio.requests).toHaveLength(1);
    expect((await tom.page("/second-factor/challenge")).text).not.toContain("Nothing is sent.");
  });
});

test("without allowTestMode nobody can switch it on", async () => {
  await restart({ allowTestMode: false });
  expect((await saved(running.app, { testMode: true })).status).toBe(400);
  expect(await settings().countDocuments()).toBe(0);
});

test("a provider that is dead costs nothing: no wait, no attempt, and the next message goes out", async () => {
  const { app } = running;
  await app.addUser({ email: TOM, phone: PHONE });
  await saved(app, { providers: { sms: TWILIO } });
  twilio.behave({ refuse: 401, code: 20003 });
  const tom = await afterPassword(app, TOM);
  for (let i = 0; i < 6; i++) {
    const reply = await tom.post(SEND, { factor: "sms" });
    expect(reply).toMatchObject({ status: 503, json: { code: "delivery_failed" } });
    expect(reply.headers.get("retry-after")).toBeTruthy();
  }
  expect((await tom.get("/account")).status).toBe(401);
  twilio.behave("success");
  expect((await tom.post(SEND, { factor: "sms" })).status).toBe(202);
});

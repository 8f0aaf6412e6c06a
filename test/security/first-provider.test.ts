// Where codes can go by a provider alone: an administrator begins on a password, and in no process a moment longer.
import type mongoose from "mongoose";
import { mongooseSettings, smsCode, twilioProvider } from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ADA, elsewhere, POLICY, signedIn, startApp, type TestApp } from "../support/app.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import { TWILIO } from "../support/provider-settings.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  const connection = await database.connect();
  for (const name of ["users", "second_factor_settings"]) await connection.collection(name).deleteMany({});
});

const start = (connection: mongoose.Connection, clock?: TestApp["clock"]) =>
  startApp({
    connection,
    ...(clock ? { clock } : {}),
    factors: () => [smsCode()],
    options: {
      settings: mongooseSettings(connection),
      authorizeAdmin: (req) => (req.user as unknown as { email: string }).email === ADA,
      providers: { sms: twilioProvider(() => ({ messages: { create: async () => ({}) } })) },
    },
  });

test("the first key takes no code, and whatever follows takes one, also where the key is not known of yet", async () => {
  const here = await start(await database.connect());
  const there = await start(await database.connect(), here.clock);
  await here.addUser({ email: ADA });
  const ada = await signedIn(here, ADA);
  const late = elsewhere(there, ada);
  expect((await late.get("/account")).status).toBe(200);

  const body = { providers: { sms: TWILIO } };
  const first = await ada.ask(POLICY, { method: "PUT", body: { ...body, version: 0 } });
  expect(first).toMatchObject({ status: 200, json: { version: 1 } });
  const refused = { status: 401, json: { code: "step_up_required" } };
  const removing = { method: "PUT", body: { providers: { sms: null }, version: 1 } };
  expect(await late.ask(POLICY, removing)).toMatchObject(refused);
  expect(await ada.ask(POLICY, removing)).toMatchObject(refused);
  await Promise.all([here.close(), there.close()]);
});

test("settings that were changed by hand do not open the beginning again", async () => {
  const connection = await database.connect();
  const app = await start(connection);
  await app.addUser({ email: ADA });
  const ada = await signedIn(app, ADA);
  const body = { providers: { sms: TWILIO } };
  expect((await ada.ask(POLICY, { method: "PUT", body: { ...body, version: 0 } })).status).toBe(200);
  await connection.collection("second_factor_settings").updateOne({}, { $set: { body: "{}" } });
  app.clock.advance({ seconds: 5 });
  const again = await ada.ask(POLICY, { method: "PUT", body: { ...body, version: 1 } });
  expect(again).toMatchObject({ status: 401, json: { code: "step_up_required" } });
  await app.close();
});

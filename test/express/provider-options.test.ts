// Which providers can be configured: those that would be used, and every factor has somebody to carry its codes.
import mongoose from "mongoose";
import {
  createOutbox,
  createSecondFactor,
  emailCode,
  memoryStore,
  type SecondFactorOptions,
  smsCode,
  smtpProvider,
  totp,
  twilioProvider,
} from "passport-second-factor";
import { describe, expect, test } from "vitest";
import { mongooseSettings } from "../../src/stores/settings-store.js";
import { KEY } from "../support/app.js";

const sms = twilioProvider(() => ({ messages: { create: async () => ({}) } }));
const email = smtpProvider(() => ({ sendMail: async () => ({}) }));
const settings = mongooseSettings(mongoose.connection);

const make = (options: Partial<SecondFactorOptions>) => () =>
  createSecondFactor({
    issuer: "Acme",
    origins: ["https://acme.test"],
    keys: [KEY],
    store: memoryStore(),
    factors: [totp(), smsCode(), emailCode()],
    providers: { sms, email },
    settings,
    trustBrowserDays: false,
    ...options,
  });
const misconfigured = (words: string) =>
  expect.objectContaining({ code: "misconfigured", message: expect.stringContaining(words) });

describe("providers", () => {
  test("for each factor that has no delivery are enough", () => {
    expect(make({})).not.toThrow();
    expect(
      make({ testOutbox: createOutbox(), pinned: ["providers", "testMode", "codeMinutes"] }),
    ).not.toThrow();
  });

  test.each<[string, Partial<SecondFactorOptions>, string]>([
    ["without settings", { settings: undefined as never }, "`providers` are kept in `settings`"],
    ["that are missing for a factor", { providers: { sms } }, 'nobody carries the codes of "email"'],
    ["that are missing altogether", { providers: undefined as never }, 'nobody carries the codes of "sms"'],
    ["of another channel", { providers: { sms: email, email } }, "`providers.sms` is none"],
    ["of no channel that there is", { providers: { fax: sms } as never }, "`providers.fax` is none"],
    ["that are null", { providers: { sms: null } as never }, "`providers.sms` is none"],
    [
      "that cannot connect",
      { providers: { sms: { ...sms, connect: 1 } } as never },
      "`providers.sms` is none",
    ],
    ["with nothing to send", { factors: [totp(), emailCode()] }, "add smsCode() to `factors`"],
    [
      "beside a delivery",
      {
        factors: [smsCode({ delivery: createOutbox().sms() }), emailCode()],
        allowTestMode: true,
      },
      "`providers.sms` would never be used",
    ],
    [
      "and an outbox that is none",
      { testOutbox: createOutbox().sms() as never },
      "`testOutbox` is an outbox",
    ],
    ["and a part to pin that is none", { pinned: ["keys" as never] }, '`pinned` names "keys"'],
  ])("%s are refused, with what to write", (_, options, words) => {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const removed = Object.keys(options).filter((name) => options[name as "settings"] === undefined);
    const create = () => {
      const nothing = Object.fromEntries(removed.map((name) => [name, undefined]));
      return make({ ...given, ...nothing } as Partial<SecondFactorOptions>)();
    };
    expect(create).toThrow(misconfigured(words));
  });
});

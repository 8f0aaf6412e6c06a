// Factors that ask the settings each time they send: how long, by whom, or to the outbox.
import { describe, expect, test } from "vitest";
import type { EffectiveSettings } from "../../src/core/current-settings.js";
import { DeliveryError } from "../../src/core/delivery.js";
import type { CodeNote, Factor } from "../../src/core/factor.js";
import { atRunTime, unreadyKinds } from "../../src/core/run-time-sender.js";
import { createOutbox } from "../../src/delivery/outbox.js";
import { emailCode } from "../../src/factors/email-code.js";
import { smsCode } from "../../src/factors/sms-code.js";
import { totp } from "../../src/factors/totp.js";
import { newPerson } from "./person.js";
import { fakeProvider, newProcess, VALUES } from "./providers.js";

const { tools } = newPerson().parts;
const NOTE: CodeNote = {
  to: "+14155550123",
  code: "123456",
  purpose: "login",
  account: "anna",
  minutes: 5,
  reference: "r1",
  at: tools.clock.now(),
};

/** A factor at run time, with settings that can be changed under it. */
function running(factor: Factor, fault?: () => never) {
  const { provider, connected, taken } = fakeProvider("sms", fault);
  const { parts } = newProcess({ provider });
  const kept = parts.desk.change("sms", VALUES, undefined);
  const outbox = createOutbox();
  let settings: EffectiveSettings = { policy: {}, codeMinutes: {}, providers: {}, testMode: false };
  const deliveries = { sms: outbox.sms(), email: outbox.mail({ from: "no-reply@acme.test" }) };
  const wrapped = atRunTime(factor, { latest: () => settings, desk: parts.desk, outbox: deliveries });
  const { sends } = wrapped;
  if (!sends) throw new Error("it sends nothing");
  return {
    wrapped,
    sends,
    connected,
    taken,
    outbox,
    desk: parts.desk,
    filled: kept.ok && kept.kept ? { sms: kept.kept } : {},
    say: (changes: Partial<EffectiveSettings>) => {
      settings = { ...settings, ...changes };
      return settings;
    },
  };
}

describe("how long its codes work", () => {
  test("is what the code says, until an administrator says something else", () => {
    const { sends, say } = running(smsCode({ lifeMinutes: 4 }));
    expect(sends.lifeSeconds).toBe(240);
    say({ codeMinutes: { sms: 9, email: 20 } });
    expect(sends.lifeSeconds).toBe(540);
    say({ codeMinutes: {} });
    expect(sends.lifeSeconds).toBe(240);
  });

  test("is never longer than the factor allows", () => {
    const { sends, say } = running(smsCode());
    say({ codeMinutes: { sms: 60 } });
    expect(sends.lifeSeconds).toBe(600);
  });
});

describe("without a delivery of its own", () => {
  test("it is not ready, sends nothing, and says so at once", async () => {
    const { sends, outbox } = running(smsCode());
    expect([sends.isReady, sends.isTest, sends.sender]).toEqual([false, false, undefined]);
    const failed = await sends.send(NOTE, tools).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DeliveryError);
    expect(failed).toMatchObject({ isDefinite: true });
    expect(outbox.messages()).toEqual([]);
  });

  test("it sends by the provider that was set up", async () => {
    const { sends, say, filled, taken, connected } = running(smsCode());
    say({ providers: filled });
    expect([sends.isReady, sends.isTest]).toEqual([true, false]);
    expect(connected).toEqual([]);
    await sends.send(NOTE, tools);
    await sends.send(NOTE, tools);
    expect(sends.sender).toBe("Acme");
    expect(taken).toMatchObject([{ to: NOTE.to, by: "acme" }, { to: NOTE.to }]);
    expect(connected).toHaveLength(1);
    say({ providers: {} });
    await expect(sends.send(NOTE, tools)).rejects.toBeInstanceOf(DeliveryError);
  });

  test("whatever else is told goes the same way", async () => {
    const { sends, say, filled, taken, outbox } = running(smsCode());
    const message = { to: NOTE.to, text: "Your codes go elsewhere.", reference: "r2", at: NOTE.at };
    await expect(sends.tell(message)).rejects.toBeInstanceOf(DeliveryError);
    say({ providers: filled });
    await sends.tell(message);
    expect(taken).toMatchObject([{ to: NOTE.to, text: message.text }]);
    say({ testMode: true });
    await sends.tell(message);
    expect(outbox.messages()).toMatchObject([{ text: message.text }]);
  });

  test("with a provider that cannot be connected it fails, and pages are drawn all the same", async () => {
    const { sends, say, filled } = running(smsCode(), () => {
      throw new Error("no");
    });
    say({ providers: filled });
    expect(sends.sender).toBeUndefined();
    await expect(sends.send(NOTE, tools)).rejects.toMatchObject({ isDefinite: true });
  });
});

describe("with a delivery of its own", () => {
  const own = createOutbox();

  test("it sends by that, whatever else is set up", async () => {
    const { isTest: _, ...delivery } = own.sms();
    const { sends, say, filled, taken } = running(smsCode({ delivery: { ...delivery, sender: "Own" } }));
    say({ providers: filled });
    await sends.send(NOTE, tools);
    expect([sends.isReady, sends.isTest, sends.sender]).toEqual([true, false, "Own"]);
    expect(own.messages()).toHaveLength(1);
    expect(taken).toEqual([]);
  });

  test("that keeps messages, it is a test also where test mode is off", () => {
    const { sends } = running(smsCode({ delivery: own.sms() }));
    expect(sends.isTest).toBe(true);
  });
});

describe("in test mode", () => {
  test("messages go to the outbox, whoever else would carry them, and back when it is off", async () => {
    const { isTest: _, ...delivery } = createOutbox().sms();
    for (const factor of [smsCode(), smsCode({ delivery })]) {
      const { sends, say, filled, outbox, taken, connected } = running(factor);
      say({ providers: filled, testMode: true });
      expect([sends.isReady, sends.isTest]).toEqual([true, true]);
      expect(sends.sender).toBeUndefined();
      await sends.send(NOTE, tools);
      expect(outbox.messages()).toHaveLength(1);
      expect([taken, connected]).toEqual([[], []]);
      say({ testMode: false });
      await sends.send(NOTE, tools);
      expect(outbox.messages()).toHaveLength(1);
    }
  });
});

test("the app's own factor stays as it was, and one that sends nothing is the same", () => {
  const factor = smsCode();
  const { wrapped, say } = running(factor);
  say({ testMode: true, codeMinutes: { sms: 1 } });
  expect(factor.sends).toMatchObject({ isReady: false, isTest: false, lifeSeconds: 300 });
  expect(wrapped.kind).toBe("sms");
  expect(wrapped.parse("123 456")).toBe("123456");
  const app = totp();
  const { desk } = newProcess().parts;
  const latest = () => ({ policy: {}, codeMinutes: {}, providers: {}, testMode: false });
  expect(atRunTime(app, { latest, desk, outbox: {} })).toBe(app);
});

test("kinds are unready whose messages nobody would carry", () => {
  const { desk, filled, say } = running(smsCode());
  const factors = [totp(), emailCode(), smsCode()];
  const unready = (changes: Partial<EffectiveSettings>) => unreadyKinds(factors, say(changes), desk);
  expect(unready({})).toEqual(["email", "sms"]);
  expect(unready({ providers: filled })).toEqual(["email"]);
  expect(unready({ testMode: true })).toEqual([]);
});

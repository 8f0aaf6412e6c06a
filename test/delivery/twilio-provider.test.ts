// A Twilio account as an administrator enters it, through Twilio's official client to a server in Twilio's place.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { twilioProvider } from "../../src/delivery/twilio-provider.js";
import { ACCOUNT_SID, AUTH_TOKEN, clientFor, startTwilio, type TwilioServer } from "../support/twilio.js";

const SERVICE = `MG${"0a".repeat(16)}`;
const VALUES = { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, sender: "+14155550100" };
const MESSAGE = { to: "+14155550123", text: "123456 is your code", reference: "r1", at: new Date(0) };

let twilio: TwilioServer;
beforeEach(async () => {
  twilio = await startTwilio();
  return () => twilio.close();
});

const never = () => {
  throw new Error("nobody asked for a client");
};
const provider = twilioProvider(never);
const problems = (changes: Partial<typeof VALUES>) =>
  provider.check({ ...VALUES, ...changes }).map(({ field }) => field);

describe("what was entered", () => {
  test.each([
    ["an account and a number", {}],
    ["letters in capitals", { accountSid: ACCOUNT_SID.replaceAll("a", "A") }],
    ["a messaging service", { sender: SERVICE }],
    ["a short code", { sender: "12345" }],
    ["a name", { sender: "Acme" }],
  ])("can be %s", (_, changes) => {
    expect(problems(changes)).toEqual([]);
  });

  test.each([
    ["no account", { accountSid: "" }, "accountSid"],
    ["an API key's", { accountSid: ACCOUNT_SID.replace("AC", "SK") }, "accountSid"],
    ["one too short", { accountSid: ACCOUNT_SID.slice(0, -1) }, "accountSid"],
    ["one too long", { accountSid: `${ACCOUNT_SID}0` }, "accountSid"],
    ["a path", { accountSid: `${ACCOUNT_SID}/../x` }, "accountSid"],
    ["a national number", { sender: "0155 5550100" }, "sender"],
    ["a service cut short", { sender: SERVICE.slice(0, -1) }, "sender"],
    ["no sender", { sender: "" }, "sender"],
  ])("cannot be %s", (_, changes, field) => {
    expect(problems(changes)).toEqual([field]);
  });

  test.each([
    ["+15005550006", true],
    ["+15005550001", true],
    ["+14155550100", false],
    ["Acme", false],
    [SERVICE, false],
  ])("is a test key by its sender: %s", (sender, isTest) => {
    expect(provider.isTest({ ...VALUES, sender })).toBe(isTest);
  });

  test("has one secret, which belongs to the account", () => {
    const { fields } = provider;
    expect(fields.filter(({ secret }) => secret).map(({ name }) => name)).toEqual(["authToken"]);
    expect(fields.filter(({ bindsSecrets }) => bindsSecrets).map(({ name }) => name)).toEqual(["accountSid"]);
    expect([provider.channel, provider.name]).toEqual(["sms", "Twilio"]);
  });
});

describe("a delivery of it", () => {
  const asked: string[][] = [];
  afterEach(() => {
    asked.length = 0;
  });

  test.each([
    [VALUES.sender, { From: VALUES.sender }],
    [SERVICE, { MessagingServiceSid: SERVICE }],
  ])("sends with the account, from %s", async (sender, fields) => {
    const client = await clientFor(twilio);
    const connecting = twilioProvider((...account) => {
      asked.push(account);
      return client;
    });
    expect(asked).toEqual([]);
    await connecting.connect({ ...VALUES, sender }).send(MESSAGE);
    expect(asked).toEqual([[ACCOUNT_SID, AUTH_TOKEN]]);
    expect(twilio.requests).toMatchObject([{ fields: { To: MESSAGE.to, Body: MESSAGE.text, ...fields } }]);
  });

  test("is none without a sender", () => {
    expect(() => provider.connect({ ...VALUES, sender: "" })).toThrow(
      expect.objectContaining({ code: "misconfigured" }),
    );
  });
});

test("what is no function is refused, with what to write", () => {
  expect(() => twilioProvider({} as never)).toThrow("twilioProvider takes a function");
});

// Through Twilio's official client, to a server that checks what Twilio checks.
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import type { Twilio } from "twilio";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { type Delivery, DeliveryError, type Message } from "../../src/core/delivery.js";
import { type TwilioClient, twilioDelivery } from "../../src/delivery/twilio.js";
import type { TwilioSender } from "../../src/delivery/twilio-sender.js";
import {
  ACCOUNT_SID,
  AUTH_TOKEN,
  type Behaviour,
  clientFor,
  startTwilio,
  type TwilioServer,
} from "../support/twilio.js";

const SENDER = { from: "+14155550199" };
const SERVICE = { messagingServiceSid: `MG${"2c".repeat(16)}` };
const MESSAGE: Message = {
  to: "+447400123456",
  text: "493817 is your Acme code to sign in, valid 5 minutes. Never share it.\n\n@acme.test #493817",
  subject: "Tom's code",
  html: "<p>Tom</p>",
  reference: "reference-of-tom",
  at: new Date("2026-01-01T12:00:00Z"),
};

let server: TwilioServer;
let client: Twilio;
let delivery: Delivery;

beforeEach(async () => {
  server = await startTwilio();
  client = await clientFor(server);
  delivery = twilioDelivery(client, SENDER);
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

const failure = (of: Delivery = delivery): Promise<DeliveryError> =>
  of.send(MESSAGE).then(
    () => expect.fail("it was sent"),
    (error) => error,
  );

function expectNoSecrets(error: unknown): void {
  const all = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
  expect(all).not.toMatch(/493817|7400123456|4155550199|Acme/);
  expect(all).not.toContain(AUTH_TOKEN);
  expect(all).not.toContain(Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString("base64"));
}

test("the official client is a client", () => {
  expectTypeOf<Twilio>().toExtend<TwilioClient>();
});

describe("what Twilio is sent", () => {
  test.each([
    ["a number", SENDER, { From: SENDER.from }],
    ["a name", { from: "Acme & Co" }, { From: "Acme & Co" }],
    ["a short code", { from: "12345" }, { From: "12345" }],
    ["a messaging service", SERVICE, { MessagingServiceSid: SERVICE.messagingServiceSid }],
  ])("is the recipient, the text and the sender, which is %s", async (_, sender, fields) => {
    await twilioDelivery(client, sender).send(MESSAGE);
    expect(server.requests.map((it) => it.fields)).toEqual([
      { To: MESSAGE.to, Body: MESSAGE.text, ...fields },
    ]);
  });

  test("is nothing else that the sender object holds", async () => {
    await twilioDelivery(client, { ...SENDER, mediaUrl: ["https://evil.test"] } as TwilioSender).send(
      MESSAGE,
    );
    expect(Object.keys(server.requests[0]?.fields ?? {}).sort()).toEqual(["Body", "From", "To"]);
  });

  test("pages name the number or the name it comes from, and no service", () => {
    expect(delivery).toMatchObject({ channel: "sms", sender: SENDER.from });
    expect(delivery.isTest).toBeUndefined();
    expect(twilioDelivery(client, SERVICE).sender).toBeUndefined();
  });
});

const UNKNOWN = { reason: "unreachable", isDefinite: false };
const refused = (reason: string) => ({ reason, isDefinite: true });

const CODES: [number, number, string][] = [
  [21211, 400, "invalid-recipient"],
  [21217, 400, "invalid-recipient"],
  [21265, 400, "invalid-recipient"],
  [21421, 400, "invalid-recipient"],
  [21614, 400, "invalid-recipient"],
  [21635, 400, "invalid-recipient"],
  [21408, 403, "unsupported-region"],
  [21215, 403, "unsupported-region"],
  [21612, 400, "unsupported-region"],
  [21610, 400, "opted-out"],
  [20429, 429, "busy"],
  [14107, 400, "busy"],
  [63038, 429, "busy"],
  [20003, 401, "unauthorised"],
  [20404, 404, "unauthorised"],
  [21606, 400, "unauthorised"],
  [21659, 400, "unauthorised"],
  [21660, 400, "unauthorised"],
  [21617, 400, "rejected"],
  [99999, 400, "rejected"],
];

const ANSWERS: [string, Behaviour, object][] = [
  ...CODES.map(([code, status, reason]): [string, Behaviour, object] => [
    `refuses with ${code}`,
    { refuse: status, code },
    { ...refused(reason), message: `Twilio answered ${status} (${code})` },
  ]),
  ["refuses with a page, 400", { refuse: 400 }, { ...refused("rejected"), message: "Twilio answered 400" }],
  ["refuses with a page, 401", { refuse: 401 }, refused("unauthorised")],
  ["refuses with a page, 403", { refuse: 403 }, refused("unauthorised")],
  ["refuses with a page, 429", { refuse: 429 }, refused("busy")],
  ["redirects", { refuse: 307 }, UNKNOWN],
  ["breaks, 500", { refuse: 500, code: 20500 }, { ...UNKNOWN, message: "Twilio answered 500 (20500)" }],
  ["breaks, 500 with the code of a refusal", { refuse: 500, code: 21211 }, UNKNOWN],
  ["is unavailable, 503", { refuse: 503, code: 20503 }, UNKNOWN],
  ["is behind a proxy that gives up, 504", { refuse: 504 }, UNKNOWN],
  ["answers 200 with a page", "garbage", UNKNOWN],
  ["cuts the connection", "reset", UNKNOWN],
  [
    "takes it, and fails with 30006",
    { status: "failed", errorCode: 30006 },
    { ...refused("invalid-recipient"), message: "Twilio could not send it (30006)" },
  ],
  [
    "takes it, and cannot reach the phone",
    { status: "undelivered", errorCode: 30003 },
    refused("invalid-recipient"),
  ],
  ["takes it, and knows no phone", { status: "undelivered", errorCode: 30005 }, refused("invalid-recipient")],
  ["takes it, and its queue is full", { status: "failed", errorCode: 30001 }, refused("busy")],
  ["takes it, and is over a carrier's limit", { status: "failed", errorCode: 30022 }, refused("busy")],
  ["takes it, and the account is suspended", { status: "failed", errorCode: 30002 }, refused("unauthorised")],
  ["takes it, and notes an error", { status: "queued", errorCode: 30007 }, refused("rejected")],
  [
    "takes it, and fails without a code",
    { status: "failed", errorCode: null },
    { ...refused("rejected"), message: "Twilio could not send it (no code)" },
  ],
];

describe("when Twilio", () => {
  test.each(ANSWERS)(
    "%s, the message was asked for once, the reason is told, and the next one goes out",
    async (_, how, expected) => {
      server.behave(how);
      const error = await failure();
      expect(error).toBeInstanceOf(DeliveryError);
      expect(error).toMatchObject(expected);
      expect(server.requests).toHaveLength(1);
      expectNoSecrets(error);
      server.behave("success");
      await delivery.send(MESSAGE);
      expect(server.requests).toHaveLength(2);
    },
  );

  test.each(["accepted", "queued", "sending", "sent", "delivered", "scheduled"])(
    "says %s, it is on its way",
    async (status) => {
      server.behave({ status, errorCode: null });
      await expect(delivery.send(MESSAGE)).resolves.toBeUndefined();
    },
  );

  test("does not know the account, the message was not sent", async () => {
    const stranger = await clientFor(server, { accountSid: ACCOUNT_SID, authToken: "guessed" });
    const error = await failure(twilioDelivery(stranger, SENDER));
    expect(error).toMatchObject({ reason: "unauthorised", isDefinite: true });
    expectNoSecrets(error);
  });

  test("is not listening, the message was not sent", async () => {
    await server.close();
    const error = await failure();
    expect(error).toMatchObject({ reason: "unreachable", isDefinite: true });
    expect(error.message).toBe("Twilio gave no usable answer (ECONNREFUSED)");
    expectNoSecrets(error);
    server = await startTwilio();
  });

  test("has no address, the message was not sent", async () => {
    const lost = await clientFor({ url: "http://twilio.invalid" });
    const error = await failure(twilioDelivery(lost, SENDER));
    expect(error).toMatchObject({ reason: "unreachable", isDefinite: true });
    expectNoSecrets(error);
  });
});

describe("how long to wait", () => {
  test("is told where Twilio says so", async () => {
    server.behave({ refuse: 429, code: 20429, retryAfter: "17" });
    expect(await failure()).toMatchObject({ reason: "busy", retryAfterSeconds: 17 });
  });

  test.each([
    ["it says nothing", { refuse: 429, code: 20429 }],
    ["it names a date", { refuse: 429, code: 20429, retryAfter: "Thu, 01 Jan 2026 12:00:00 GMT" }],
    ["it names nonsense", { refuse: 429, code: 20429, retryAfter: "-1" }],
    ["it refused for good", { refuse: 400, code: 21211, retryAfter: "17" }],
  ])("is not, where %s", async (_, how) => {
    server.behave(how);
    expect((await failure()).retryAfterSeconds).toBeUndefined();
  });
});

describe("when Twilio never answers", () => {
  test.each([
    ["five seconds, by default", {}, 5],
    ["what the app says", { timeoutSeconds: 2 }, 2],
  ])("it is a time-out after %s, of one request, whose outcome is unknown", async (_, options, seconds) => {
    server.behave("silence");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const failed = failure(twilioDelivery(client, SENDER, options));
    while (server.requests.length === 0) await setImmediate();
    vi.advanceTimersByTime(seconds * 1000);
    const error = await failed;
    expect(error).toMatchObject({ reason: "timeout", isDefinite: false });
    expect(server.requests).toHaveLength(1);
    expectNoSecrets(error);
    server.behave("success");
    await delivery.send(MESSAGE);
  });

  test("the client's own time-out is one as well", async () => {
    server.behave("silence");
    client.httpClient.defaultTimeout = 1;
    const error = await failure();
    expect(error).toMatchObject({ reason: "timeout", isDefinite: false });
    expect(server.requests.length).toBeLessThanOrEqual(1);
    expectNoSecrets(error);
  });
});

describe("a mistake in the set-up is told at construction", () => {
  test.each([
    ["no sender", {}, "one sender"],
    ["nothing at all", undefined, "one sender"],
    ["both senders", { ...SENDER, ...SERVICE }, "one sender"],
    ["a national number", { from: "(415) 555-0199" }, "`from` is a number such as"],
    ["a number of another channel", { from: "whatsapp:+14155550199" }, "`from` is"],
    ["a name that is too long", { from: "Acme & Company" }, "`from` is"],
    ["a name with an accent", { from: "Café" }, "`from` is"],
    ["a line break", { from: "Acme\n" }, "`from` is"],
    ["an empty sender", { from: "" }, "`from` is"],
    ["a list", { from: [SENDER.from] }, "`from` is"],
    ["another kind of sid", { messagingServiceSid: ACCOUNT_SID }, "`messagingServiceSid` is"],
    ["a sid that is cut short", { messagingServiceSid: "MG2c" }, "`messagingServiceSid` is"],
  ])("%s", (_, sender, message) => {
    expect(() => twilioDelivery(client, sender as TwilioSender)).toThrow(message);
  });

  test("a client that repeats requests", () => {
    expect(() => twilioDelivery({ messages: client.messages, autoRetry: true }, SENDER)).toThrow("autoRetry");
  });

  test("no client", () => {
    expect(() => twilioDelivery({} as TwilioClient, SENDER)).toThrow("Twilio's client");
    expect(() => twilioDelivery(undefined as unknown as TwilioClient, SENDER)).toThrow("Twilio's client");
  });

  test("a time-out that is none", () => {
    expect(() => twilioDelivery(client, SENDER, { timeoutSeconds: 0 })).toThrow("`timeoutSeconds`");
  });
});

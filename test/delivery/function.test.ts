import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DeliveryError, type Message } from "../../src/core/delivery.js";
import { textDelivery } from "../../src/delivery/function.js";

const MESSAGE: Message = {
  to: "+447400123456",
  text: "493817 is your Acme code to sign in",
  reference: "r1",
  at: new Date("2026-01-01T12:00:00Z"),
};

const failureOf = (send: (to: string, text: string) => Promise<unknown>): Promise<DeliveryError> =>
  textDelivery(send)
    .send(MESSAGE)
    .then(
      () => expect.fail("it was sent"),
      (error) => error,
    );

test("the function is given the number and the text, once, and nothing else", async () => {
  const send = vi.fn(async () => "whatever");
  const delivery = textDelivery(send);
  expect(delivery.channel).toBe("sms");
  await delivery.send(MESSAGE);
  expect(send.mock.calls).toEqual([[MESSAGE.to, MESSAGE.text]]);
});

describe("what it throws", () => {
  test("is passed on where it is a DeliveryError", async () => {
    const refused = new DeliveryError("opted-out", "no", { isDefinite: true });
    expect(await failureOf(() => Promise.reject(refused))).toBe(refused);
  });

  test.each([
    ["an error", new Error("no"), "the app's function failed (Error)"],
    [
      "one with Node's code",
      Object.assign(new Error("no"), { code: "ECONNRESET" }),
      "the app's function failed (Error, ECONNRESET)",
    ],
    ["a mistake in it", new TypeError("no"), "the app's function failed (TypeError)"],
    ["a string", "no", "the app's function failed (no error was thrown)"],
    ["nothing", undefined, "the app's function failed (no error was thrown)"],
  ])("has an unknown outcome otherwise: %s", async (_, thrown, message) => {
    const error = await failureOf(() => Promise.reject(thrown));
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ reason: "unreachable", isDefinite: false, message });
  });

  test("at once, not by a promise, is no different", async () => {
    const error = await failureOf(() => {
      throw new RangeError("no");
    });
    expect(error).toMatchObject({ reason: "unreachable", isDefinite: false });
  });

  test("leaves neither number nor code in the error", async () => {
    const leaky = Object.assign(new Error(`${MESSAGE.to}: ${MESSAGE.text}`), {
      name: MESSAGE.to,
      code: "493817",
      config: { data: MESSAGE },
    });
    const error = await failureOf(() => Promise.reject(leaky));
    expect(inspect(error, { depth: 10 })).not.toMatch(/493817|7400123456/);
  });
});

describe("a function that never answers", () => {
  afterEach(() => vi.useRealTimers());

  test.each([
    ["eight seconds, by default", {}, 8],
    ["what the app says", { timeoutSeconds: 2 }, 2],
  ])("is a time-out after %s", async (_, options, seconds) => {
    vi.useFakeTimers();
    const delivery = textDelivery(() => new Promise<never>(() => undefined), options);
    const sent = expect(delivery.send(MESSAGE)).rejects.toMatchObject({
      reason: "timeout",
      isDefinite: false,
      message: `no answer within ${seconds} s`,
    });
    await vi.advanceTimersByTimeAsync(seconds * 1000);
    await sent;
  });
});

test("what is no function is told at construction", () => {
  const given = { send: async () => undefined } as unknown as () => Promise<void>;
  expect(() => textDelivery(given)).toThrow("write textDelivery(async (to, text) => { … })");
  expect(() => textDelivery(async () => undefined, { timeoutSeconds: 0 })).toThrow("`timeoutSeconds`");
});

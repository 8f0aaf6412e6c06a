import { expect, test } from "vitest";
import { DeliveryError, deliveryErrorOf } from "../../src/core/delivery.js";

test("a delivery's own error stays what it is", () => {
  const cause = new Error("250 was not said");
  const error = new DeliveryError("busy", "the server is busy", {
    isDefinite: true,
    retryAfterSeconds: 30,
    cause,
  });
  expect(deliveryErrorOf(error)).toBe(error);
  expect(error).toMatchObject({
    name: "DeliveryError",
    reason: "busy",
    isDefinite: true,
    retryAfterSeconds: 30,
    cause,
  });
});

test("an error without a cause or a time to wait has neither", () => {
  const error = new DeliveryError("timeout", "nobody answered", { isDefinite: false });
  expect(error).not.toHaveProperty("cause");
  expect(error.retryAfterSeconds).toBeUndefined();
});

test.each([
  ["another error", new Error("to anna@acme.test: 123456")],
  ["a text", "to anna@acme.test: 123456"],
  ["nothing", undefined],
  ["null", null],
  ["what looks like one", { reason: "rejected", isDefinite: true }],
])("%s counts as one whose outcome is unknown, and says nothing of what it held", (_, thrown) => {
  const error = deliveryErrorOf(thrown);
  expect(error).toBeInstanceOf(DeliveryError);
  expect(error).toMatchObject({
    reason: "unreachable",
    isDefinite: false,
    message: "the delivery failed",
    cause: thrown,
  });
});

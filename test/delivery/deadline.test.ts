import { afterEach, describe, expect, test, vi } from "vitest";
import { DeliveryError } from "../../src/core/delivery.js";
import { checkedSeconds, withinSeconds } from "../../src/delivery/deadline.js";

const never = () => new Promise<never>(() => undefined);

describe("within a few seconds", () => {
  afterEach(() => vi.useRealTimers());

  test("what the work comes to is passed on, and no timer is left", async () => {
    vi.useFakeTimers();
    await expect(withinSeconds(5, async () => "sent")).resolves.toBe("sent");
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ["rejects", () => Promise.reject(new TypeError("mine"))],
    [
      "throws at once",
      () => {
        throw new TypeError("mine");
      },
    ],
  ])("what it %s with is passed on as it is, and no timer is left", async (_, work) => {
    vi.useFakeTimers();
    await expect(withinSeconds(5, work)).rejects.toThrow(new TypeError("mine"));
    expect(vi.getTimerCount()).toBe(0);
  });

  test("work that never ends is a time-out, whose outcome is unknown, not a moment before its time", async () => {
    vi.useFakeTimers();
    const settled = vi.fn();
    const late = withinSeconds(5, never).catch((error) => {
      settled();
      return error;
    });
    await vi.advanceTimersByTimeAsync(4999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    const error = await late;
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ reason: "timeout", isDefinite: false });
  });

  test("a failure after the time-out is nobody's unhandled rejection", async () => {
    vi.useFakeTimers();
    const unhandled = vi.fn();
    process.once("unhandledRejection", unhandled);
    let fail = (_: Error) => {};
    const work = () => new Promise<never>((_, reject) => (fail = reject));
    const late = expect(withinSeconds(5, work)).rejects.toMatchObject({ reason: "timeout" });
    await vi.advanceTimersByTimeAsync(5000);
    await late;
    fail(new Error("too late"));
    vi.useRealTimers();
    await new Promise(setImmediate);
    process.removeListener("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test.each([0.5, 5, 60])("%s is a number of seconds", (seconds) => {
  expect(checkedSeconds("it", seconds)).toBe(seconds);
});

test.each([0, -1, 61, Number.NaN, Number.POSITIVE_INFINITY, "5", null])("%s is none", (seconds) => {
  expect(() => checkedSeconds("it", seconds as number)).toThrow(
    "passport-second-factor: it is a number of seconds above 0, at most 60",
  );
});

import { describe, expect, test } from "vitest";
import { authenticator, manualClock } from "../../src/testing/index.js";

const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

describe("a manual clock", () => {
  test("stands still", () => {
    const clock = manualClock();
    expect(clock.now()).toEqual(new Date("2026-01-01T12:00:00Z"));
    expect(clock.now()).toEqual(clock.now());
  });

  test("starts where it is told, and is not moved by a change of that date or of one it gave", () => {
    const start = new Date("2030-02-03T04:05:06Z");
    const clock = manualClock(start);
    start.setFullYear(1999);
    clock.now().setFullYear(1999);
    expect(clock.now()).toEqual(new Date("2030-02-03T04:05:06Z"));
  });

  test.each([
    [{ seconds: 90 }, "12:01:30"],
    [{ minutes: 2 }, "12:02:00"],
    [{ hours: 3 }, "15:00:00"],
    [{ hours: 1, minutes: 1, seconds: 1 }, "13:01:01"],
    [{ seconds: -1 }, "11:59:59"],
    [{}, "12:00:00"],
  ])("advanced by %j shows %s", (by, time) => {
    const clock = manualClock();
    clock.advance(by);
    expect(clock.now()).toEqual(new Date(`2026-01-01T${time}Z`));
  });

  test("adds up what it is advanced by", () => {
    const clock = manualClock();
    clock.advance({ days: 30 });
    clock.advance({ days: 1 });
    expect(clock.now()).toEqual(new Date("2026-02-01T12:00:00Z"));
  });

  test("is set to any time", () => {
    const clock = manualClock();
    clock.set(new Date("1999-12-31T23:59:59Z"));
    expect(clock.now()).toEqual(new Date("1999-12-31T23:59:59Z"));
  });
});

describe("an authenticator app", () => {
  const clock = manualClock(new Date(59_000));

  test.each([
    ["a secret", SECRET],
    ["a secret in groups", "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"],
    ["a secret in lower case", SECRET.toLowerCase()],
    ["a URI", `otpauth://totp/Acme:anna?secret=${SECRET}&issuer=Acme`],
  ])("paired by %s shows the code of RFC 6238", async (_, pairing) => {
    expect(await authenticator(pairing, clock).code()).toBe("287082");
  });

  test("shows another code every 30 seconds, and those before and after", async () => {
    const app = authenticator(SECRET, clock);
    expect(await app.code({ seconds: 0 })).toBe("287082");
    expect(await app.code({ seconds: 1 })).toBe("359152");
    expect(await app.code({ seconds: -30 })).toBe("755224");
    expect(await app.code({ seconds: -29 })).toBe("287082");
  });

  test("follows its clock", async () => {
    const own = manualClock(new Date(0));
    const app = authenticator(SECRET, own);
    expect(await app.code()).toBe("755224");
    own.advance({ seconds: 30 });
    expect(await app.code()).toBe("287082");
  });

  test("without a clock shows six digits of this moment", async () => {
    const app = authenticator(SECRET);
    const [before, now] = [await authenticator(SECRET, { now: () => new Date() }).code(), await app.code()];
    const after = await authenticator(SECRET, { now: () => new Date() }).code();
    expect([before, after]).toContain(now);
  });

  test("paired by a URI without a secret has no code to show", async () => {
    await expect(async () => authenticator("otpauth://totp/Acme:anna", clock).code()).rejects.toThrow();
  });
});

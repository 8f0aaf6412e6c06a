import { describe, expect, test } from "vitest";
import { actionsOf, checkActions } from "../../src/core/actions.js";
import { recoveryCodes } from "../../src/factors/recovery-codes.js";
import { totp } from "../../src/factors/totp.js";

const factors = [totp(), recoveryCodes()];

describe("the words of an action", () => {
  const words = (description: Parameters<typeof actionsOf>[0][string]["description"], target?: string) =>
    actionsOf({ "change-address": description === undefined ? {} : { description } })
      .get("change-address")
      ?.words(target);

  test("are its name, unless it has a description", () => {
    expect(words(undefined)).toBe("change address");
    expect(words(undefined, "j***@new.test")).toBe("change address");
    expect(words("change your address", "j***@new.test")).toBe("change your address");
  });

  test("name the target where a function says how", () => {
    const to = (target: string) => `change your address to ${target}`;
    expect(words(to, "j***@new.test")).toBe("change your address to j***@new.test");
    expect(words(to)).toBe("change address");
  });

  test("are one line that nothing in a target turns or breaks", () => {
    expect(words((target) => `pay ${target}`, "1\u202e00\r\nto me\u0000")).toBe("pay 1 00 to me");
    expect(words(() => " \n ", "x")).toBe("change address");
  });

  test("that are no text are the app's mistake", () => {
    const wrong = (() => undefined) as unknown as () => string;
    expect(() => words(wrong, "x")).toThrow('the description of action "change-address" returned no text');
  });
});

test("the package's own are there, and only what changes factors may be described anew", () => {
  expect([...actionsOf({}).keys()]).toEqual(["change-factors", "change-address", "confirm", "administer"]);
  const own = actionsOf({ "change-factors": { description: "change your ways" }, payout: {} });
  expect(own.get("change-factors")).toMatchObject({ isOwn: false, maxAgeSeconds: 0 });
  expect(own.get("change-factors")?.words()).toBe("change your ways");
  expect(own.get("payout")).toMatchObject({ isOwn: true, maxAgeSeconds: 0, whenNotEnrolled: "enrol" });
  expect(() => checkActions({ "change-factors": { description: "change" } }, factors)).not.toThrow();
});

test.each<[object, string]>([
  [{ Payout: {} }, 'action "Payout": use lower-case words and hyphens'],
  [{ payout: null }, 'action "payout" takes an object'],
  [{ payout: "pay" }, 'action "payout" takes an object'],
  [{ payout: { maxAge: 1 } }, 'unknown option "maxAge" of action "payout"'],
  [{ payout: { description: 1 } }, 'the description of action "payout" is text, or a function'],
  [{ payout: { factors: [] } }, '`factors` of action "payout" is a list of these: totp'],
  [{ payout: { factors: "totp" } }, '`factors` of action "payout" is a list of these: totp'],
  [{ payout: { factors: ["sms"] } }, '`factors` of action "payout" is a list of these: totp'],
  [{ payout: { factors: ["recovery-code"] } }, '`factors` of action "payout" is a list of these: totp'],
  [{ payout: { maxAgeSeconds: -1 } }, '`maxAgeSeconds` of action "payout" is a whole number'],
  [{ payout: { maxAgeSeconds: 0.5 } }, '`maxAgeSeconds` of action "payout" is a whole number'],
  [{ payout: { maxAgeSeconds: 86_401 } }, '`maxAgeSeconds` of action "payout" is a whole number'],
  [{ payout: { maxAgeSeconds: "60" } }, '`maxAgeSeconds` of action "payout" is a whole number'],
  [{ payout: { whenNotEnrolled: "pass" } }, '`whenNotEnrolled` of action "payout" is "allow", "enrol" or'],
  [{ confirm: {} }, 'action "confirm" is the package\'s own'],
  [{ administer: { description: "x" } }, 'action "administer" is the package\'s own'],
  [{ "change-factors": { factors: ["totp"] } }, 'unknown option "factors" of action "change-factors"'],
])("%j is refused", (actions, message) => {
  expect(() => checkActions(actions as Record<string, unknown>, factors)).toThrow(message);
});

test("kinds for an action, where nothing is there that could confirm one, are refused and said to be none", () => {
  expect(() => checkActions({ payout: { factors: ["totp"] } }, [recoveryCodes()])).toThrow(
    "is a list of these: none",
  );
});

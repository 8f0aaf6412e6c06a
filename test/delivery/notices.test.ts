// The words of the notices: what happened, when, from where, and where to go.
import { describe, expect, test } from "vitest";
import { NOTICES, noticeText } from "../../src/delivery/notices.js";

const AT = new Date("2026-01-01T12:05:00Z");
const user = "anna";

describe("each event has its own words", () => {
  test.each([
    [
      "the first factor",
      NOTICES.enrolled({ user, factor: "totp", first: true }),
      "Two-factor authentication is on",
    ],
    ["another factor", NOTICES.enrolled({ user, factor: "sms", first: false }), "Added: text message"],
    ["one factor gone", NOTICES.removed({ user, factor: "totp", last: false }), "Removed: authenticator app"],
    [
      "the last one gone",
      NOTICES.removed({ user, factor: "totp", last: true }),
      "Two-factor authentication is off",
    ],
    ["new recovery codes", NOTICES["recovery-codes-renewed"](), "New recovery codes were made"],
    ["a recovery code", NOTICES["recovery-code-used"]({ user, left: 7 }), "A recovery code was used"],
  ])("%s", (_, words, subject) => {
    expect(words?.subject).toBe(subject);
    expect(words?.body).not.toBe("");
  });

  test("nobody is told of a factor that was brought along from elsewhere", () => {
    expect(NOTICES.enrolled({ user, factor: "totp", first: false, isImported: true })).toBeUndefined();
  });

  test("few recovery codes left: make new ones, and not before", () => {
    expect(NOTICES["recovery-code-used"]({ user, left: 3 }).body).toBe("3 left. Make new ones.");
    expect(NOTICES["recovery-code-used"]({ user, left: 4 }).body).toBe("4 left.");
  });

  test("a pause says until when, a block has no end", () => {
    const paused = NOTICES.locked({ user, purpose: "login", blocked: false, until: AT });
    const blocked = NOTICES.locked({ user, purpose: "login", blocked: true });
    expect(paused.body).toBe("Paused until 12:05 UTC. Someone may know your password.");
    expect(blocked.body).toBe("Codes are switched off. Someone may know your password.");
  });

  test("a remembered browser is named, with its last day", () => {
    const words = NOTICES["browser-trusted"]({ user, browser: "Firefox on Windows", until: AT });
    expect(words).toEqual({
      subject: "A browser is now remembered",
      body: "Firefox on Windows, until 2026-01-01.",
    });
  });
});

describe("the text ends with when, from where, and a way to act", () => {
  const words = { subject: "S", body: "B." };
  const link = "https://acme.test/second-factor";

  test("from a browser", () => {
    expect(noticeText(words, { at: AT, browser: "Firefox on Windows", link })).toBe(
      "B.\n\n2026-01-01, 12:05 UTC, Firefox on Windows. Not you? https://acme.test/second-factor\n",
    );
  });

  test("from nowhere that is known", () => {
    expect(noticeText(words, { at: AT, link })).toContain("12:05 UTC. Not you?");
  });
});

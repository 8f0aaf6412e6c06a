/** The words for why a try did not go through: they fit the place, and offer nothing that is not there. */
import type { VNode } from "preact";
import { render } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import type { DeliveryReason } from "../../src/core/delivery.js";
import { english } from "../../src/pages/messages.js";
import { type Place, problemText } from "../../src/pages/problem-text.js";
import type { FieldProblem } from "../../src/pages/views.js";
import { asset, site } from "./views.js";

const page = { site: { ...site, support: "Ada" }, asset, t: english };
const wrong = (rest: object) => ({ code: "wrong_code", ...rest }) as const;
const failed = (reason?: DeliveryReason): FieldProblem => ({
  code: "delivery_failed",
  ...(reason && { reason }),
});

function words(problem: FieldProblem, place: Place): string {
  const document: VNode = <p>{problemText(page, problem, place)}</p>;
  return render(document)
    .replace(/<[^>]+>/g, "")
    .replaceAll("&amp;", "&");
}

test.each([
  ["totp", { code: "empty" }, "Enter the 6-digit code."],
  ["totp", { code: "malformed" }, "Enter the 6-digit code."],
  ["email", { code: "expired" }, "That code has expired. Send a new code."],
  ["sms", { code: "expired" }, "That code has expired. Send a new code."],
  ["totp", { code: "expired" }, "That took too long. Enter the current code."],
  ["totp", wrong({}), "That code isn't right. Try again."],
  ["totp", wrong({ attemptsLeft: 3 }), "That code isn't right. Try again."],
  ["totp", wrong({ attemptsLeft: 2 }), "That code isn't right. Try again. 2 tries left."],
  ["totp", wrong({ attemptsLeft: 1 }), "That code isn't right. Try again. 1 try left."],
  ["totp", wrong({ attemptsLeft: 0 }), "That code isn't right. Try again."],
  ["email", wrong({ hint: "superseded" }), "That code isn't right. Try again. Only the newest code works."],
  ["totp", wrong({ hint: "used", attemptsLeft: 1 }), "That code was already used. Wait for the next one."],
  [
    "totp",
    wrong({ hint: "clock" }),
    "That code was right a few minutes ago. Set your phone's clock to automatic and use the current code.",
  ],
  ["recovery-code", { code: "empty" }, "Enter a recovery code."],
  ["recovery-code", { code: "malformed" }, "A recovery code has 16 letters and digits."],
  ["recovery-code", wrong({}), "That code isn't right. Try again."],
  ["recovery-code", wrong({ hint: "used" }), "That code was already used. Use another one."],
] as const)("%s, %j: %s", (kind, problem, said) => {
  expect(words(problem, { kind, instead: "factor" })).toBe(said);
});

test.each([
  [0, "1 second"],
  [1, "1 second"],
  [42, "42 seconds"],
  [90, "90 seconds"],
  [91, "2 minutes"],
  [600, "10 minutes"],
  [90 * 60, "90 minutes"],
  [90 * 60 + 1, "2 hours"],
  [86_400, "24 hours"],
])("a new code in %i seconds is said to come in %s", (seconds, wait) => {
  const place = { kind: "email", instead: "factor" } as const;
  expect(words({ code: "resend_too_soon", seconds }, place)).toBe(`You can ask for a new code in ${wait}.`);
});

describe("a code that could not be sent", () => {
  type Then = Record<Place["instead"], string>;
  const again: Then = {
    factor: "Try again or choose another way.",
    address: "Try again in a minute.",
    nothing: "Try again in a minute.",
  };
  const start: Then = {
    factor: "Text START to us first, or choose another way.",
    address: "Text START to us, then try again.",
    nothing: "Text START to us, then try again.",
  };
  const another = (address: string): Then => ({
    factor: "Choose another way.",
    address,
    nothing: "Ask Ada.",
  });
  const anyReason = "We couldn't send the code. ";
  const badAddress = "We can't send codes to this address. ";
  const cases: [Place["kind"], DeliveryReason | undefined, string, Then][] = [
    ["email", undefined, anyReason, again],
    ["email", "unreachable", anyReason, again],
    ["email", "timeout", anyReason, again],
    ["sms", "busy", anyReason, again],
    ["sms", "unauthorised", anyReason, again],
    ["sms", "rejected", anyReason, again],
    ["email", "invalid-recipient", badAddress, another("Use another address.")],
    ["email", "opted-out", badAddress, another("Use another address.")],
    ["sms", "invalid-recipient", "We can't text this number. ", another("Use another number.")],
    ["sms", "unsupported-region", "We can't text numbers in this country. ", another("Use another number.")],
    ["sms", "opted-out", "This number has opted out of our messages. ", start],
  ];

  test.each(cases)("by %s, %s: %s", (kind, reason, what, then) => {
    for (const instead of ["factor", "address", "nothing"] as const)
      expect(words(failed(reason), { kind, instead })).toBe(what + then[instead]);
  });
});

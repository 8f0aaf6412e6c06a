import { describe, expect, test } from "vitest";
import { createCodeHasher } from "../../src/core/code-hash.js";
import type { Tools } from "../../src/core/factor.js";
import { createSealer } from "../../src/core/sealing.js";
import { createOutbox } from "../../src/delivery/outbox.js";
import { emailCode } from "../../src/factors/email-code.js";
import { manualClock } from "../../src/testing/index.js";
import { KEY, random } from "../core/person.js";

const clock = manualClock();
const tools: Tools = {
  clock,
  random,
  sealer: createSealer([KEY], random),
  codes: createCodeHasher([KEY]),
  issuer: "Acme",
  origin: "https://acme.test",
};
const CONTEXT = { user: "anna", enrolment: "e1" };

const outbox = createOutbox();
const { enrol, sends, ...factor } = emailCode({
  delivery: outbox.mail({ from: "Acme <no-reply@acme.test>" }),
});
if (!enrol || !sends) throw new Error("nobody enrols it, or sends its codes");

const ERRORS = [{ field: "address", message: "Enter an e-mail address like name@example.com." }];

test("codes by e-mail are short, count alone, and are told of as one-time passwords", () => {
  expect(factor).toMatchObject({ kind: "email", amr: "otp", guessable: true, primary: true });
  expect(sends).toMatchObject({ channel: "email", sender: "no-reply@acme.test", isTest: true });
});

describe("an address that is given", () => {
  test("is kept in the form mail is sent to, and nothing else is", async () => {
    const given = { address: " Anna@BÜRO.test ", country: "US", number: "4155550123" };
    const material = { address: "Anna@xn--bro-hoa.test" };
    expect(await enrol.prepare(given, CONTEXT, tools)).toEqual({ ok: true, material });
  });

  test.each([
    [{}],
    [{ address: "" }],
    [{ address: "anna" }],
    [{ address: "anna@acme.test, ben@acme.test" }],
    [{ address: "anna@acme.test\r\nBcc: ben@acme.test" }],
    [{ address: ["anna@acme.test"] }],
    [{ address: { $ne: null } }],
    [{ number: "anna@acme.test" }],
  ])("is refused with its field and an example: %j", async (given) => {
    expect(await enrol.prepare(given, CONTEXT, tools)).toEqual({ ok: false, errors: ERRORS });
  });
});

describe("an address from elsewhere", () => {
  test("is read alike", async () => {
    expect(await enrol.bring("anna@ACME.test", CONTEXT, tools)).toEqual({ address: "anna@acme.test" });
  });

  test("that is none is refused, and not repeated", async () => {
    const brought = enrol.bring("anna at acme", CONTEXT, tools);
    await expect(brought).rejects.toMatchObject({ code: "invalid_input", errors: ERRORS });
    await expect(brought).rejects.not.toThrow("anna");
  });
});

test("an address is covered but for its first letter and its domain", () => {
  expect(sends.hintOf("anna@acme.test")).toBe("a***@acme.test");
});

test("an address is shown as it is", async () => {
  expect(await sends.display("anna@acme.test")).toBe("anna@acme.test");
});

test("a form has the address that is known, or nothing", async () => {
  expect(await sends.form("anna@acme.test")).toEqual({ address: "anna@acme.test" });
  expect(await sends.form()).toEqual({});
});

test("a code is mailed, with what it is for", async () => {
  const note = { to: "anna@acme.test", code: "012345", purpose: "login", account: "anna" } as const;
  await sends.send({ ...note, minutes: 10, reference: "r1", at: clock.now() }, tools);
  expect(outbox.messages()).toEqual([
    {
      to: "anna@acme.test",
      channel: "email",
      subject: expect.stringContaining("Acme"),
      text: expect.stringMatching(/^012345 is your Acme code to sign in\..* 10 minutes/s),
      sentAt: clock.now(),
    },
  ]);
});

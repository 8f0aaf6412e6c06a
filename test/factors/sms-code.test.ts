import { describe, expect, test } from "vitest";
import { createCodeHasher } from "../../src/core/code-hash.js";
import type { AddressForm, Tools } from "../../src/core/factor.js";
import { createSealer } from "../../src/core/sealing.js";
import { createOutbox } from "../../src/delivery/outbox.js";
import { type SmsCodeOptions, smsCode } from "../../src/factors/sms-code.js";
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
const NUMBER = "+14155550123";

const outbox = createOutbox();

function parts(options: Omit<SmsCodeOptions, "delivery"> = {}) {
  const { enrol, sends, ...factor } = smsCode({ delivery: outbox.sms(), ...options });
  if (!enrol || !sends) throw new Error("nobody enrols it, or sends its codes");
  return { enrol, sends, factor };
}

/** The codes of a form's countries, and the rest of it. */
function formOf(form: AddressForm) {
  if (!("countries" in form)) throw new Error("this is no form for a number");
  const { countries, ...filled } = form;
  return { countries, codes: countries.map(({ code }) => code), filled };
}

const { enrol, sends, factor } = parts();

test("codes by text message are short, count alone, and are told of as texts", () => {
  expect(factor).toMatchObject({ kind: "sms", amr: "sms", guessable: true, primary: true });
  expect(sends).toMatchObject({ channel: "sms", isTest: true });
});

describe("a number that is given", () => {
  test.each([
    ["of a country that is chosen", { country: "US", number: "(415) 555-0123" }],
    ["with its calling code", { number: "+1 415 555 0123" }],
  ])("is kept in E.164, and nothing else is: %s", async (_, given) => {
    const prepared = await enrol.prepare({ ...given, address: "anna@acme.test" }, CONTEXT, tools);
    expect(prepared).toEqual({ ok: true, material: { address: NUMBER } });
  });

  test.each([
    ["number", {}],
    ["country", { country: "Atlantis", number: "4155550123" }],
    ["country", { country: ["US"], number: "4155550123" }],
    ["number", { country: "US", number: "123" }],
    ["number", { country: "US", number: ["4155550123"] }],
    ["number", { country: "GB", number: "0906 123 4567" }],
    ["number", { country: "US", address: "4155550123" }],
  ])("is refused in its field %s: %j", async (field, given) => {
    const refused = await enrol.prepare(given, CONTEXT, tools);
    expect(refused).toMatchObject({ ok: false, errors: [{ field, message: expect.any(String) }] });
  });
});

describe("a number from elsewhere", () => {
  test("is read with its calling code", async () => {
    expect(await enrol.bring("+1 (415) 555-0123", CONTEXT, tools)).toEqual({ address: NUMBER });
  });

  test.each(["415 555 0123", "+1 415", "", "a number"])("is refused without: %j", async (text) => {
    const refused = { code: "invalid_input", message: "this is no address that codes can go to" };
    await expect(enrol.bring(text, CONTEXT, tools)).rejects.toMatchObject(refused);
  });
});

describe("countries", () => {
  test.each([["UK"], ["USA"], ["U"], [""], ["United States"], ["12"], ["XX"], ["+1"], ["ГБ"], [44], [null]])(
    "%j is refused, by name, with what to write",
    (code) => {
      const countries = ["US", code as string];
      expect(() => parts({ countries })).toThrow(
        expect.objectContaining({
          code: "misconfigured",
          message: expect.stringContaining(
            `smsCode({ countries }) holds ${JSON.stringify(code)}: write codes of ISO 3166-1, such as ["US", "GB"]`,
          ),
        }),
      );
    },
  );

  test("an empty list is refused: nobody could be texted", () => {
    expect(() => parts({ countries: [] })).toThrow(
      "smsCode({ countries }) is empty: write codes of ISO 3166-1",
    );
  });

  test("are those whose numbers are taken, in upper or lower case", async () => {
    const { enrol } = parts({ countries: ["gb", "FR"] });
    const prepare = (number: string) => enrol.prepare({ number }, CONTEXT, tools);
    expect(await prepare("+44 7400 123456")).toMatchObject({ ok: true });
    expect(await prepare("+33 6 12 34 56 78")).toMatchObject({ ok: true });
    expect(await prepare("+1 415 555 0123")).toEqual({
      ok: false,
      errors: [{ field: "country", message: "We can't text numbers in United States." }],
    });
    await expect(enrol.bring("+1 415 555 0123", CONTEXT, tools)).rejects.toMatchObject({
      code: "invalid_input",
      errors: [{ field: "country" }],
    });
  });

  test("are those of the form, by name, each with its calling code", async () => {
    const form = formOf(await parts({ countries: ["US", "GB"] }).sends.form());
    expect(form.countries).toEqual([
      { code: "GB", name: "United Kingdom", callingCode: "+44" },
      { code: "US", name: "United States", callingCode: "+1" },
    ]);
    expect(form.filled).toEqual({});
  });

  test("are all that have mobile numbers, where none are named", async () => {
    const { codes } = formOf(await sends.form());
    expect(codes.length).toBeGreaterThan(200);
    expect(codes).toEqual(expect.arrayContaining(["US", "GB", "CI", "NP"]));
  });
});

test("a form has the number that is known as it is written in its country", async () => {
  const { filled } = formOf(await sends.form(NUMBER));
  expect(filled).toEqual({ country: "US", number: "(415) 555-0123" });
});

test("a form has nothing of what is no number", async () => {
  expect(formOf(await sends.form("+999")).filled).toEqual({});
});

test("a number is covered but for its calling code and its last two digits", () => {
  expect(sends.hintOf(NUMBER)).toBe("+1********23");
});

test("a number is shown as people write it abroad", async () => {
  expect(await sends.display(NUMBER)).toBe("+1 415 555 0123");
});

test("a code is texted, with what it is for, to be filled in on this site alone", async () => {
  const note = { to: NUMBER, code: "012345", purpose: "login", account: "anna" } as const;
  await sends.send({ ...note, minutes: 5, reference: "r1", at: clock.now() }, tools);
  expect(outbox.messages()).toEqual([
    {
      to: NUMBER,
      channel: "sms",
      subject: "",
      text: expect.stringMatching(
        /^012345 is your Acme code to sign in, valid 5 minutes.*\n@acme\.test #012345$/s,
      ),
      sentAt: clock.now(),
    },
  ]);
});

test.each(["account", "//evil.test", "https://acme.test/account", ""])(
  "numberUrl is a path of the site, which %j is not",
  (numberUrl) => {
    expect(() => parts({ numberUrl })).toThrow(/numberUrl.*"\/account"/);
  },
);

import fc from "fast-check";
import addressparser from "nodemailer/lib/addressparser";
import { describe, expect, test } from "vitest";
import { maskEmailAddress, parseEmailAddress } from "../../src/factors/email-address.js";

const label = (length: number) => "a".repeat(length);

describe("one address is read", () => {
  test.each([
    ["as it is", "tom@acme.test", "tom@acme.test"],
    ["with blanks around", " \ttom@acme.test\u00a0\n", "tom@acme.test"],
    ["with capitals: the domain has none, the local part keeps them", "Tom.O@ACME.Test", "Tom.O@acme.test"],
    ["with a plus", "tom+codes@acme.test", "tom+codes@acme.test"],
    ["with every sign an atom may have", "!#$%&'*+/=?^_`{|}~-@acme.test", "!#$%&'*+/=?^_`{|}~-@acme.test"],
    ["with an international domain", "tom@münchen.test", "tom@xn--mnchen-3ya.test"],
    ["with an ideographic full stop", "tom@acme。test", "tom@acme.test"],
    ["with a domain in full width", "tom@ａｃｍｅ.test", "tom@acme.test"],
    ["with an international top level", "tom@acme.рф", "tom@acme.xn--p1ai"],
    ["with digits in its domain", "tom@1.2.3.4.test", "tom@1.2.3.4.test"],
    ["with a local part of 64", `${label(64)}@acme.test`, `${label(64)}@acme.test`],
    ["with a label of 63", `tom@${label(63)}.test`, `tom@${label(63)}.test`],
  ])("%s", (_, typed, address) => {
    expect(parseEmailAddress(typed)).toBe(address);
  });

  test("with 254 characters, and not with 255", () => {
    const domain = `${[63, 63, 63, 57].map(label).join(".")}.x`;
    expect(parseEmailAddress(`to@${domain}`)).toHaveLength(254);
    expect(parseEmailAddress(`tom@${domain}`)).toBeUndefined();
  });
});

describe("is no address that codes go to", () => {
  test.each([
    ["nothing", ""],
    ["blanks", "   "],
    ["a name", "tom"],
    ["no local part", "@acme.test"],
    ["no domain", "tom@"],
    ["two at signs", "tom@acme.test@evil.test"],
    ["two addresses, by a comma", "tom@acme.test,eve@evil.test"],
    ["two addresses, by a semicolon", "tom@acme.test;eve@evil.test"],
    ["two addresses, by a blank", "tom@acme.test eve@evil.test"],
    ["two addresses, by a line break", "tom@acme.test\neve@evil.test"],
    ["another header", "tom@acme.test\r\nBcc: eve@evil.test"],
    ["another command", "tom@acme.test>\r\nRCPT TO:<eve@evil.test"],
    ["an encoded line break", "tom@acme.test%0aBcc:eve@evil.test"],
    ["a null character", "tom\0@acme.test"],
    ["a control character in the domain", "tom@ac\u0007me.test"],
    ["a zero-width character", "tom@ac\u200bme.test"],
    ["a soft hyphen in the domain", "tom@ac\u00adme.test"],
    ["a mark that turns the direction", "\u202etom@acme.test"],
    ["a display name", "Tom <tom@acme.test>"],
    ["angle brackets", "<tom@acme.test>"],
    ["a comment", "tom(eve@evil.test)@acme.test"],
    ["a comment in the domain", "tom@acme.test(comment)"],
    ["a quoted local part", '"tom"@acme.test'],
    ["a quoted local part with an address in it", '"a@x.test, b@y.test"@z.test'],
    ["a backslash", "tom\\@acme.test"],
    ["a dot in front", ".tom@acme.test"],
    ["a dot at the end of the local part", "tom.@acme.test"],
    ["two dots", "to..m@acme.test"],
    ["a local part that is not ASCII", "jörg@acme.test"],
    ["a local part in full width", "ｔｏｍ@acme.test"],
    ["an at sign in full width", "tom＠acme.test"],
    ["a local part of 65", `${label(65)}@acme.test`],
    ["an IPv4 literal", "tom@[127.0.0.1]"],
    ["an IPv6 literal", "tom@[IPv6:::1]"],
    ["an IPv4 address", "tom@127.0.0.1"],
    ["an IPv4 address in hexadecimal", "tom@0x7f.0.0.1"],
    ["a number for a domain", "tom@2130706433"],
    ["a domain without a dot", "tom@localhost"],
    ["a dot at the end of the domain", "tom@acme.test."],
    ["an empty label", "tom@acme..test"],
    ["a hyphen in front of a label", "tom@-acme.test"],
    ["a hyphen at the end of a label", "tom@acme-.test"],
    ["an underscore in the domain", "tom@ac_me.test"],
    ["a label of 64", `tom@${label(64)}.test`],
    ["a domain that is no Punycode", "tom@xn--zz--zz.test"],
    ["a port", "tom@acme.test:25"],
    ["a path", "tom@acme.test/inbox"],
    ["an escape in the domain", "tom@acme%2etest"],
    ["a query", "tom@acme.test?cc=eve@evil.test"],
    ["a route", "@evil.test:tom@acme.test"],
    ["a bang path", "evil!tom"],
    ["ten thousand blanks around one", `${" ".repeat(10_000)}tom@acme.test`],
    ["ten thousand characters", `${"a".repeat(10_000)}@acme.test`],
    ["an array with an address", ["tom@acme.test"]],
    ["an array of two", ["tom@acme.test", "eve@evil.test"]],
    ["an object", { $ne: null }],
    ["an object with an address", { address: "tom@acme.test" }],
    ["an object that turns into an address", { toString: () => "tom@acme.test" }],
    ["a String object", Object("tom@acme.test")],
    ["a number", 1],
    ["null", null],
    ["undefined", undefined],
  ])("%s", (_, typed) => {
    expect(parseEmailAddress(typed)).toBeUndefined();
  });
});

describe("whatever is read", () => {
  const pieces = fc.constantFrom(
    "@",
    ".",
    ",",
    ";",
    "<",
    ">",
    '"',
    "(",
    ")",
    "\r\n",
    " ",
    "\\",
    ":",
    "acme.test",
    "tom",
  );
  const hostile = fc.array(fc.oneof(pieces, fc.string({ maxLength: 4, unit: "binary" })), { maxLength: 12 });
  const typed = fc.oneof(
    hostile.map((parts) => parts.join("")),
    hostile.map((parts) => `${parts.join("")}@acme.test`),
    fc.emailAddress(),
    fc.tuple(fc.emailAddress(), pieces, fc.emailAddress()).map((parts) => parts.join("")),
    fc
      .tuple(fc.constant("tom"), fc.string({ unit: "grapheme" }))
      .map(([local, domain]) => `${local}@${domain}.test`),
    fc.anything(),
  );
  const RUNS = { numRuns: 2000 };

  test("is printable ASCII with exactly one at sign, and is read as itself again", () => {
    fc.assert(
      fc.property(typed, (input) => {
        const address = parseEmailAddress(input);
        fc.pre(address !== undefined);
        expect(address).toMatch(/^[!-?A-~]+@[!-?A-~]+$/);
        expect(address?.length).toBeLessThanOrEqual(254);
        expect(parseEmailAddress(address)).toBe(address);
      }),
      RUNS,
    );
  });

  test("is the one address that Nodemailer reads in it", () => {
    fc.assert(
      fc.property(typed, (input) => {
        const address = parseEmailAddress(input);
        fc.pre(address !== undefined);
        expect(addressparser(address)).toEqual([{ name: "", address }]);
        expect(addressparser(`Tom <${address}>`)).toEqual([{ name: "Tom", address }]);
      }),
      RUNS,
    );
  });
});

describe("a covered address", () => {
  test.each([
    ["tom@acme.test", "t***@acme.test"],
    ["j@acme.test", "j***@acme.test"],
    ["jj@acme.test", "j***@acme.test"],
    [`${label(64)}@acme.test`, "a***@acme.test"],
  ])("%s is %s: how much is covered is not told", (address, covered) => {
    expect(maskEmailAddress(address)).toBe(covered);
  });
});

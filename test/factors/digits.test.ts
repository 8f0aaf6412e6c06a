import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDigits } from "../../src/factors/digits.js";

describe("six digits are read", () => {
  test.each([
    ["as they are", "012345"],
    ["with a blank in the middle", "012 345"],
    ["with blanks around", "  012345\n"],
    ["with no-break and narrow blanks", "012\u00a0345\u202f"],
    ["with a hyphen", "012-345"],
    ["with a dash and a non-breaking hyphen", "01\u20132\u201134\u20145"],
    ["with zero-width characters and a byte order mark", "\ufeff012\u200b345\u200d"],
    ["between marks of direction", "\u200e\u2067012345\u2069"],
    ["full-width", "０１２３４５"],
    ["Arabic-Indic", "٠١٢٣٤٥"],
    ["Extended Arabic-Indic, as in Persian", "۰۱۲۳۴۵"],
    ["Devanagari", "०१२३४५"],
    ["bold from a mathematical alphabet", "\u{1d7ce}\u{1d7cf}\u{1d7d0}\u{1d7d1}\u{1d7d2}\u{1d7d3}"],
    ["in two scripts", "012٣٤٥"],
  ])("%s", (_, typed) => {
    expect(parseDigits(typed, 6)).toBe("012345");
  });

  test("in every script that this runtime can write numbers in", () => {
    const systems = Intl.supportedValuesOf("numberingSystem").filter((numberingSystem) => {
      const write = new Intl.NumberFormat("en", { numberingSystem, useGrouping: false });
      return /^\p{Nd}{10}$/u.test(write.format(1_234_567_890));
    });
    for (const numberingSystem of systems) {
      const write = new Intl.NumberFormat("en", { numberingSystem, useGrouping: false });
      expect(parseDigits(write.format(1_234_567_890), 10), numberingSystem).toBe("1234567890");
    }
    expect(systems.length).toBeGreaterThan(50);
  });

  test("also where two scripts' digits stand side by side: each row of ten begins with its zero", () => {
    const digits = Array.from({ length: 0x110000 }, (_, point) => point).filter((point) =>
      /\p{Nd}/u.test(String.fromCodePoint(point)),
    );
    expect(digits.length % 10).toBe(0);
    const read = digits.map((point) => parseDigits(String.fromCodePoint(point), 1));
    expect(read).toEqual(digits.map((_, place) => String(place % 10)));
  });
});

describe("is no code of six digits", () => {
  test.each([
    ["nothing", ""],
    ["five digits", "12345"],
    ["seven digits", "1234567"],
    ["a letter among them", "12345a"],
    ["the letter O", "12345O"],
    ["a sign", "+12345"],
    ["a decimal point", "12345.0"],
    ["an exponent", "1e2345"],
    ["a combining mark", "12345\u03016"],
    ["a fraction", "1234½"],
    ["blanks only", "      "],
    ["ten thousand digits", "1".repeat(10_240)],
    ["ten thousand blanks around a code", `${" ".repeat(10_240)}123456`],
    ["a number", 123456],
    ["an array with a code", ["123456"]],
    ["an array of digits", ["1", "2", "3", "4", "5", "6"]],
    ["an object", { $ne: "" }],
    ["an object that turns into a code", { toString: () => "123456" }],
    ["null", null],
    ["undefined", undefined],
    ["true", true],
  ])("%s", (_, typed) => {
    expect(parseDigits(typed, 6)).toBeUndefined();
  });

  test("anything at all gives six ASCII digits or nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.anything()), (typed) => {
        const code = parseDigits(typed, 6);
        expect(code === undefined || /^[0-9]{6}$/.test(code)).toBe(true);
      }),
    );
  });
});

import { getCountries, getCountryCallingCode, getExampleNumber } from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, test } from "vitest";
import { maskPhoneNumber } from "../../src/factors/phone-mask.js";
import { displayPhoneNumber, parsePhoneNumber } from "../../src/factors/phone-number.js";

const NOT_MOBILE = "Enter a mobile number, like 07400 123456.";
const numberError = (message: string) => ({ ok: false, errors: [{ field: "number", message }] });
const countryError = (message: string) => ({ ok: false, errors: [{ field: "country", message }] });

describe("a mobile number is read", () => {
  test.each([
    ["GB", "07400 123456", "+447400123456", "GB"],
    ["gb", "07400-123-456", "+447400123456", "GB"],
    [" GB ", " 07400123456 ", "+447400123456", "GB"],
    ["GB", "07400–123–456", "+447400123456", "GB"],
    ["GB", "(07400) 123456", "+447400123456", "GB"],
    ["GB", "07400.123.456", "+447400123456", "GB"],
    ["GB", "07400/123456", "+447400123456", "GB"],
    ["GB", "7400 123456", "+447400123456", "GB"],
    ["GB", "07400\u00a0123\u202f456", "+447400123456", "GB"],
    ["GB", "\u202a07400 123456\u202c", "+447400123456", "GB"],
    ["GB", "+44 7400 123456", "+447400123456", "GB"],
    ["GB", "(+44) 7400 123456", "+447400123456", "GB"],
    ["GB", "+44 (0) 7400 123456", "+447400123456", "GB"],
    ["GB", "0044 7400 123456", "+447400123456", "GB"],
    ["GB", "٠٧٤٠٠ ١٢٣٤٥٦", "+447400123456", "GB"],
    ["GB", "०७४०० १२३४५६", "+447400123456", "GB"],
    ["GB", "＋４４ ７４００ １２３４５６", "+447400123456", "GB"],
    ["GB", "\u{1d7d8}\u{1d7df}400 123456", "+447400123456", "GB"],
    [undefined, "+447400123456", "+447400123456", "GB"],
    ["", "+447400123456", "+447400123456", "GB"],
    [null, "+447400123456", "+447400123456", "GB"],
    ["US", "(415) 555-0123", "+14155550123", "US"],
    ["US", "1 415 555 0123", "+14155550123", "US"],
    ["US", "415.555.0123", "+14155550123", "US"],
    [undefined, "+14155550123", "+14155550123", "US"],
    ["US", "011 44 7400 123456", "+447400123456", "GB"],
    ["CA", "506 234 5678", "+15062345678", "CA"],
    ["US", "506-234-5678", "+15062345678", "CA"],
    ["DE", "01512 3456789", "+4915123456789", "DE"],
    ["FR", "06 12 34 56 78", "+33612345678", "FR"],
    ["ES", "612 34 56 78", "+34612345678", "ES"],
    ["IT", "312 345 6789", "+393123456789", "IT"],
    ["RU", "8 (912) 345-67-89", "+79123456789", "RU"],
    ["KZ", "8 (771) 000 9998", "+77710009998", "KZ"],
    ["BR", "(11) 96123-4567", "+5511961234567", "BR"],
    ["AR", "011 15-2345-6789", "+5491123456789", "AR"],
    ["IN", "081234 56789", "+918123456789", "IN"],
    ["CN", "131 2345 6789", "+8613123456789", "CN"],
    ["JP", "090-1234-5678", "+819012345678", "JP"],
    ["AU", "0412 345 678", "+61412345678", "AU"],
    ["NG", "0802 123 4567", "+2348021234567", "NG"],
    ["EG", "٠١٠٠ ١٢٣ ٤٥٦٧", "+201001234567", "EG"],
  ])("%s %s", async (country, number, e164, its) => {
    expect(await parsePhoneNumber({ country, number })).toEqual({ ok: true, number: e164, country: its });
  });

  test.each(getCountries())("of %s, as its people write it and as others do", async (country) => {
    const example = getExampleNumber(country, examples)!;
    const expected = { ok: true, number: example.number, country };
    expect(await parsePhoneNumber({ country, number: example.formatNational() })).toEqual(expected);
    const abroad = await parsePhoneNumber({ number: example.formatInternational() });
    expect(abroad).toMatchObject({ ok: true, number: example.number });
    expect(await parsePhoneNumber({ number: example.number }, { countries: [country] })).toEqual(expected);
  });
});

describe("of a number that is refused, the field says what to write:", () => {
  test.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty one", ""],
    ["blanks", "   "],
    ["a plus", "+"],
    ["hyphens", "-----"],
    ["a landline", "020 7946 0958"],
    ["an emergency number", "999"],
    ["too short a number", "07400 12345"],
    ["too long a number", "07400 123456 7"],
    ["a number of 33 characters", `07400123456${" ".repeat(22)}`],
    ["a number of ten thousand digits", "0".repeat(10_000)],
    ["premium rate 0900", "0900 123 4567"],
    ["premium rate 0906", "0906 123 4567"],
    ["shared cost", "0843 123 4567"],
    ["toll free", "0800 123 4567"],
    ["a pager", "076 4012 3456"],
    ["a personal number", "070 1234 5678"],
    ["a company's number", "0300 123 4567"],
    ["VoIP", "056 1234 5678"],
    ["premium rate abroad", "+1 900 555 0123"],
    ["shared cost abroad", "+33 820 123 456"],
    ["toll free abroad", "+1 800 555 0123"],
    ["international toll free", "+800 1234 5678"],
    ["a satellite", "+870 773 111 632"],
    ["another satellite", "+881 612 345 678"],
    ["a calling code that there is none of", "+999 7400 123456"],
    ["two plusses", "++44 7400 123456"],
    ["a plus further on", "44+7400123456"],
    ["letters", "07400 ABCDEF"],
    ["letters behind it", "07400 123456abc"],
    ["an extension", "07400 123456 ext. 5"],
    ["an extension, in short", "07400 123456x5"],
    ["an extension behind a comma", "07400 123456,5"],
    ["an extension behind a hash", "07400 123456#5"],
    ["a parameter", "07400123456;ext=5"],
    ["a link", "tel:+447400123456"],
    ["a channel of the provider's", "whatsapp:+447400123456"],
    ["two numbers", "+447400123456,+447400123457"],
    ["a line break within", "07400\r\n123456"],
    ["a line break behind", "07400 123456\n"],
    ["a tab", "07400\t123456"],
    ["a null character", "07400 123456\0"],
    ["an asterisk", "07400*123456"],
    ["a half", "07400 12345½"],
    ["a number", 447400123456],
    ["an array", ["07400 123456"]],
    ["an object", { $ne: null }],
    ["an object that turns into a number", { toString: () => "07400 123456" }],
    ["true", true],
  ])("%s", async (_, number) => {
    expect(await parsePhoneNumber({ country: "GB", number })).toEqual(numberError(NOT_MOBILE));
  });

  test.each([
    ["US", "Enter a mobile number, like (201) 555-0123."],
    ["fr", "Enter a mobile number, like 06 12 34 56 78."],
    ["DE", "Enter a mobile number, like 01512 3456789."],
  ])("an example of %s, as it is written there", async (country, message) => {
    expect(await parsePhoneNumber({ country, number: "12" })).toEqual(numberError(message));
  });

  test.each([
    ["whose country nobody said", {}, "", "+44 7400 123456"],
    ["of the first country that is allowed", { countries: ["fr", "GB"] }, "x", "+33 6 12 34 56 78"],
    ["of the number's own country", {}, "+1 900 555 0123", "+1 201 555 0123"],
  ])("an example %s, with its calling code", async (_, options, number, example) => {
    const error = numberError(`Enter a mobile number, like ${example}.`);
    expect(await parsePhoneNumber({ number }, options)).toEqual(error);
  });
});

describe("a country that is refused is told at its own field:", () => {
  test.each([
    ["an unknown one", "XX"],
    ["a name", "France"],
    ["a key of every object", "__proto__"],
    ["a number", 44],
    ["an array", ["GB"]],
    ["an object", { $ne: null }],
  ])("%s", async (_, country) => {
    const given = { country, number: "+447400123456" };
    expect(await parsePhoneNumber(given)).toEqual(countryError("Choose a country."));
  });

  test.each([undefined, null, ""])("%s, with a number that needs one", async (country) => {
    const given = { country, number: "07400 123456" };
    expect(await parsePhoneNumber(given)).toEqual(countryError("Choose a country."));
  });

  const ONLY = { countries: ["GB", "us"] };
  test.each([
    ["one that is not allowed", "FR", "06 12 34 56 78", "France"],
    ["one that is not allowed, whatever the number", "FR", "", "France"],
    ["a number that says another", "GB", "+33 6 12 34 56 78", "France"],
    ["a number by the prefix for calls abroad", "GB", "0033 6 12 34 56 78", "France"],
    ["a number alone", undefined, "+33 6 12 34 56 78", "France"],
    ["one that shares a calling code", "US", "506 234 5678", "Canada"],
    ["an island that shares a calling code", undefined, "+44 7797 712345", "Jersey"],
    ["premium rates of one", undefined, "+33 899 123 456", "France"],
  ])("%s", async (_, country, number, name) => {
    const error = countryError(`We can't text numbers in ${name}.`);
    expect(await parsePhoneNumber({ country, number }, ONLY)).toEqual(error);
  });

  test("the number's own country counts where the two contradict each other and it is allowed", async () => {
    const read = { ok: true, number: "+14155550123", country: "US" };
    expect(await parsePhoneNumber({ country: "GB", number: "+1 415 555 0123" }, ONLY)).toEqual(read);
    expect(await parsePhoneNumber({ country: "FR", number: "+1 415 555 0123" }, ONLY)).toEqual(read);
  });

  test("of the countries that a number fits, the one that is chosen counts, or one that is allowed", async () => {
    const number = "+447924123456";
    const countryFor = async (country: string | undefined, countries?: string[]) =>
      parsePhoneNumber({ country, number }, countries ? { countries } : {});
    expect(await countryFor("IM")).toMatchObject({ country: "IM" });
    expect(await countryFor("GB")).toMatchObject({ country: "GB" });
    expect(await countryFor(undefined)).toMatchObject({ country: "GB" });
    expect(await countryFor("GB", ["IM"])).toMatchObject({ country: "IM" });
    expect(await countryFor("IM", ["GB"])).toMatchObject({ country: "GB" });
    expect(await countryFor("IM", ["JE"])).toEqual(countryError("We can't text numbers in Isle of Man."));
  });

  test("no country at all may be allowed", async () => {
    const error = countryError("We can't text numbers in United Kingdom.");
    expect(await parsePhoneNumber({ number: "+447400123456" }, { countries: [] })).toEqual(error);
  });
});

describe("a covered number", () => {
  test.each([
    ["+14155550123", "+1********23"],
    ["+447400123456", "+44********56"],
    ["+3541234567", "+354*****67"],
    ["+2901234", "+290**34"],
    ["not a number", "************"],
    ["+44", "***"],
    ["+44740012345678901", "******************"],
    ["", ""],
  ])("%s is %s", (number, covered) => expect(maskPhoneNumber(number)).toBe(covered));

  test("shows the calling code of every country, and two digits", () => {
    for (const country of getCountries()) {
      const { number } = getExampleNumber(country, examples)!;
      const shown = `+${getCountryCallingCode(country)}`;
      const covered = "*".repeat(number.length - shown.length - 2);
      expect(maskPhoneNumber(number), country).toBe(shown + covered + number.slice(-2));
    }
  });
});

describe("a number as people write it abroad", () => {
  test.each([
    ["+14155550123", "+1 415 555 0123"],
    ["+447400123456", "+44 7400 123456"],
    ["+33612345678", "+33 6 12 34 56 78"],
    ["not a number", "not a number"],
  ])("%s is %s", async (number, shown) => expect(await displayPhoneNumber(number)).toBe(shown));
});

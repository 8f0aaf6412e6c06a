/** Numbers that codes can be texted to, from what people type; in E.164 from there on. */
import type { CountryCode, PhoneNumber } from "libphonenumber-js/max";
import type { FieldError } from "../errors.js";
import { parseDigits } from "./digits.js";
import { countryName } from "./phone-countries.js";
import {
  countriesOf,
  countryOf,
  isAllowedCountry,
  type PhoneLibrary,
  phoneLibrary,
} from "./phone-library.js";

export interface PhoneNumberOptions {
  /** ISO 3166-1 alpha-2. Default: every country that has mobile numbers. */
  countries?: readonly string[];
}

export type ParsedPhoneNumber =
  | { ok: true /** E.164. */; number: string /** ISO 3166-1 alpha-2. */; country: string }
  | { ok: false; errors: FieldError[] };

/** Twice the longest number there is (E.164: 15 digits), with room for brackets. */
const MAX_LENGTH = 32;
/** Marks of direction, as phones put round a number that is copied. */
const INVISIBLE = /\p{Cf}/gu;
const ANY_DIGIT = /\p{Nd}/gu;
/** Digits and what people put between them. No letter, comma, semicolon or hash: those begin an extension. */
const WRITTEN = /^[ (]*\+?[0-9 \p{Pd}()./]+$/u;
/** Whose number is shown as an example where nobody said a country. */
const EXAMPLE_COUNTRY = "GB";

/**
 * Reads a national number of `country`, or an international one ("+44 …", or with the country's own prefix for calls
 * abroad, such as 00), whose country counts then. Blanks, hyphens, dots, brackets and digits of any script are read.
 *
 * Refused: anything else, over 32 characters, premium and shared cost rates, toll free, pagers, voicemail, personal,
 * company and VoIP numbers, landlines where the country tells them apart, satellites, and countries that are not in
 * `countries`. The errors are of the fields "country" and "number".
 *
 * Does not check that the number is in service, nor whose it is.
 */
export async function parsePhoneNumber(
  given: { country?: unknown; number?: unknown },
  { countries }: PhoneNumberOptions = {},
): Promise<ParsedPhoneNumber> {
  const library = await phoneLibrary();
  const named = countryOf(library, given.country);
  if (named === undefined && !isEmpty(given.country)) return refused("country", "Choose a country.");
  const written = legible(given.number);
  const number = written === undefined ? undefined : read(library, written, named);
  const fitting = number ? countriesOf(library, number) : [];
  const own = ownCountry(fitting, named, countries);
  const country = own ?? number?.country ?? named;
  if (country !== undefined && !isAllowedCountry(country, countries)) {
    return refused("country", `We can't text numbers in ${countryName(country)}.`);
  }
  if (number && own !== undefined) return { ok: true, number: number.number, country: own };
  if (country === undefined && written !== undefined && !written.includes("+")) {
    return refused("country", "Choose a country.");
  }
  const example = exampleFor(library, named, country ?? countries?.[0]);
  return refused("number", `Enter a mobile number, like ${example}.`);
}

/** Of the countries that the number fits: the one they chose, or else one that is allowed. */
function ownCountry(
  fitting: readonly CountryCode[],
  named: CountryCode | undefined,
  countries: readonly string[] | undefined,
): CountryCode | undefined {
  const ordered = [...fitting.filter((it) => it === named), ...fitting];
  return ordered.find((it) => isAllowedCountry(it, countries)) ?? ordered[0];
}

/** The number as people write it abroad, "+1 415 555 0123"; what is no number stays as it is. */
export async function displayPhoneNumber(e164: string): Promise<string> {
  const { parsePhoneNumberFromString } = await phoneLibrary();
  return parsePhoneNumberFromString(e164, { extract: false })?.formatInternational() ?? e164;
}

function refused(field: string, message: string): ParsedPhoneNumber {
  return { ok: false, errors: [{ field, message }] };
}

function isEmpty(given: unknown): boolean {
  return given === undefined || given === null || given === "";
}

/** The number's digits in ASCII, after its plus where it has one; undefined where something else is in it. */
function legible(given: unknown): string | undefined {
  if (typeof given !== "string" || given.length > MAX_LENGTH || /\p{Cc}/u.test(given)) return undefined;
  const text = given.normalize("NFKC").replace(INVISIBLE, "");
  const ascii = text.replace(ANY_DIGIT, (digit) => parseDigits(digit, 1) ?? "");
  return WRITTEN.test(ascii) ? ascii.replace(/[^+0-9]/g, "") : undefined;
}

function read(
  library: PhoneLibrary,
  text: string,
  defaultCountry: CountryCode | undefined,
): PhoneNumber | undefined {
  const options = defaultCountry === undefined ? {} : { defaultCountry };
  return library.parsePhoneNumberFromString(text, { ...options, extract: false });
}

/** As it is written within the country they chose; with its calling code where they chose none. */
function exampleFor(
  library: PhoneLibrary,
  named: CountryCode | undefined,
  other: string | undefined,
): string {
  const country = named ?? countryOf(library, other) ?? EXAMPLE_COUNTRY;
  const example = library.getExampleNumber(country, library.examples);
  return (named === undefined ? example?.formatInternational() : example?.formatNational()) ?? "";
}

/** What libphonenumber knows. Its tables are 145 kB and its examples 8: both load when first used. */
import type { CountryCode, PhoneNumber } from "libphonenumber-js/max";

export async function phoneLibrary() {
  const [library, { default: examples }] = await Promise.all([
    import("libphonenumber-js/max"),
    import("libphonenumber-js/mobile/examples"),
  ]);
  return { ...library, examples };
}

export type PhoneLibrary = Awaited<ReturnType<typeof phoneLibrary>>;

/**
 * Kinds of number that a text can reach at an ordinary price. North America does not tell landlines from mobiles; the
 * code that is sent does. Everything else costs more, rings elsewhere, or takes no texts.
 */
const TEXTABLE = ["MOBILE", "FIXED_LINE_OR_MOBILE"];

/** Also false where the plan has no such number, and for satellites and other numbers that are of no country. */
export function isTextable(number: PhoneNumber): boolean {
  return number.country !== undefined && number.isValid() && TEXTABLE.includes(number.getType() ?? "");
}

/**
 * The countries in whose plan it is such a number, the library's own choice first. Some plans overlap, such as those
 * of GB and the Isle of Man, Norway and Svalbard, or Italy and the Vatican: nobody can tell by the number alone.
 */
export function countriesOf(library: PhoneLibrary, number: PhoneNumber): CountryCode[] {
  const probe = library.parsePhoneNumberFromString(number.number, { extract: false });
  if (number.country === undefined || !probe || !isTextable(number)) return [];
  const others = library.getCountries().filter((country) => {
    probe.country = country;
    return library.getCountryCallingCode(country) === number.countryCallingCode && isTextable(probe);
  });
  return [number.country, ...others];
}

/** The library's own code for a country somebody or something named; undefined where it has none. */
export function countryOf({ isSupportedCountry }: PhoneLibrary, given: unknown): CountryCode | undefined {
  if (typeof given !== "string") return undefined;
  const code = given.trim().toUpperCase();
  return isSupportedCountry(code) ? code : undefined;
}

/** Every country may be, where `countries` is left out. Upper and lower case are the same. */
export function isAllowedCountry(country: string, countries: readonly string[] | undefined): boolean {
  return countries === undefined || countries.some((allowed) => allowed.toUpperCase() === country);
}

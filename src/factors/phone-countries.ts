/** Countries that have mobile numbers, for people to choose theirs. */
import type { CountryCode } from "libphonenumber-js/max";
import { isAllowedCountry, isTextable, type PhoneLibrary, phoneLibrary } from "./phone-library.js";

export interface PhoneCountry {
  /** ISO 3166-1 alpha-2. */
  code: string;
  name: string;
  /** Without its plus: "44". */
  callingCode: string;
}

/** `countries`: only these (ISO 3166-1 alpha-2), default all. `locale`: the language of the names, default "en". */
export async function listCountries({
  countries,
  locale = "en",
}: {
  countries?: readonly string[];
  locale?: string;
} = {}): Promise<PhoneCountry[]> {
  const library = await phoneLibrary();
  const { compare } = new Intl.Collator(locale);
  return library
    .getCountries()
    .filter((code) => isAllowedCountry(code, countries) && hasMobiles(library, code))
    .map((code) => ({
      code,
      name: countryName(code, locale),
      callingCode: library.getCountryCallingCode(code),
    }))
    .sort((a, b) => compare(a.name, b.name));
}

/** The country's name, or its code where this runtime has no name for it. */
export function countryName(code: string, locale = "en"): string {
  return new Intl.DisplayNames(locale, { type: "region" }).of(code) ?? code;
}

function hasMobiles({ getExampleNumber, examples }: PhoneLibrary, code: CountryCode): boolean {
  const example = getExampleNumber(code, examples);
  return example !== undefined && isTextable(example);
}

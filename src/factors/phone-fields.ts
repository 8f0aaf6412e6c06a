/** Two form fields for a mobile number, as HTML that an app puts into a form of its own. */
import { listCountries, type PhoneCountry } from "./phone-countries.js";

export interface PhoneFieldsOptions {
  /** What is filled in already: ISO 3166-1 alpha-2, upper or lower case, and the number as it was typed. */
  country?: string;
  number?: string;
  /** The choice of countries. Default: every one that has mobile numbers. */
  countries?: readonly string[];
  /** The language of the countries' names. Default "en". */
  locale?: string;
  /** The names, and ids, of the fields. Default "country" and "number". */
  names?: { country: string; number: string };
}

/** Labels, a select and an input, everything escaped, with no style and no script; for `parsePhoneNumber` to read. */
export async function phoneFields({
  country = "",
  number = "",
  names = { country: "country", number: "number" },
  ...choice
}: PhoneFieldsOptions = {}): Promise<string> {
  const options = (await listCountries(choice)).map((it) => option(it, country.toUpperCase()));
  const [countryField, numberField] = [escaped(names.country), escaped(names.number)];
  return [
    `<label for="${countryField}">Country</label>`,
    `<select id="${countryField}" name="${countryField}" autocomplete="country">`,
    '<option value="">Choose a country</option>',
    ...options,
    "</select>",
    `<label for="${numberField}">Mobile number</label>`,
    `<input id="${numberField}" name="${numberField}" type="tel" autocomplete="tel-national" value="${escaped(number)}">`,
  ].join("\n");
}

function option({ code, name, callingCode }: PhoneCountry, chosen: string): string {
  return `<option value="${code}"${code === chosen ? " selected" : ""}>${escaped(name)} (+${callingCode})</option>`;
}

/** Attributes stand in double quotes, so that single ones need no escape. */
const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
}

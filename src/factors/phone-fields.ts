/** Two form fields for a mobile number, as HTML that an app puts into a form of its own. */
import type { FieldError } from "../errors.js";
import { listCountries, type PhoneCountry } from "./phone-countries.js";

export interface PhoneFieldsOptions {
  /** What is filled in already: ISO 3166-1 alpha-2, upper or lower case, and the number as it was typed. */
  country?: string;
  number?: string;
  /** What was wrong with them, as `parsePhoneNumber` says it: each stands above its field. */
  errors?: readonly FieldError[];
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
  errors = [],
  names = { country: "country", number: "number" },
  ...choice
}: PhoneFieldsOptions = {}): Promise<string> {
  const options = (await listCountries(choice)).map((it) => option(it, country.toUpperCase()));
  const countryField = described(names.country, "country", errors);
  const numberField = described(names.number, "number", errors);
  return [
    `<label for="${countryField.id}">Country</label>`,
    ...countryField.error,
    `<select ${countryField.attributes} autocomplete="country">`,
    '<option value="">Choose a country</option>',
    ...options,
    "</select>",
    `<label for="${numberField.id}">Mobile number</label>`,
    ...numberField.error,
    `<input ${numberField.attributes} type="tel" autocomplete="tel-national" value="${escaped(number)}">`,
  ].join("\n");
}

/** A field's attributes, and what was wrong with it for above it, which who listens is told with the field. */
function described(name: string, field: "country" | "number", errors: readonly FieldError[]) {
  const id = escaped(name);
  const own = errors.filter((error) => error.field === field).map(({ message }) => escaped(message));
  const isWrong = own.length > 0;
  const more = isWrong ? ` aria-invalid="true" aria-describedby="${id}-error"` : "";
  const error = isWrong ? [`<p id="${id}-error" class="error">${own.join(" ")}</p>`] : [];
  return { id, attributes: `id="${id}" name="${id}"${more}`, error };
}

function option({ code, name, callingCode }: PhoneCountry, chosen: string): string {
  return `<option value="${code}"${code === chosen ? " selected" : ""}>${escaped(name)} (+${callingCode})</option>`;
}

/** Attributes stand in double quotes, so that single ones need no escape. */
const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
}

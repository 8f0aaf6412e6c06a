/** A known number, taken apart for a form. */
import { phoneLibrary } from "./phone-library.js";

/** Country and national number of one in E.164, as a person would fill them in; neither where it is no number. */
export async function nationalPhoneNumber(e164: string): Promise<{ country?: string; number?: string }> {
  const { parsePhoneNumberFromString } = await phoneLibrary();
  const parsed = parsePhoneNumberFromString(e164, { extract: false });
  return parsed?.country ? { country: parsed.country, number: parsed.formatNational() } : {};
}

/** Codes by text message. */
import type { Factor } from "../core/factor.js";
import { misconfigured } from "../errors.js";
import { textOf } from "./code-messages.js";
import { type SentCodeOptions, sentCodeFactor, type Way } from "./one-time-code.js";
import { listCountries } from "./phone-countries.js";
import { maskPhoneNumber } from "./phone-mask.js";
import { nationalPhoneNumber } from "./phone-national.js";
import { displayPhoneNumber, parsePhoneNumber } from "./phone-number.js";

/** `lifeMinutes`: 1 to 10, default 5 (NIST SP 800-63B-4 §3.1.3.2). */
export interface SmsCodeOptions extends SentCodeOptions {
  /** Countries whose numbers may be texted (ISO 3166-1 alpha-2). Name those your people live in. Default: all. */
  countries?: readonly string[];
  /**
   * A path of the site: your own page where people keep their number (`suggestPhone`). Setting text messages up then
   * takes that number and no other, and links there. Default: the number is asked for while they are set up.
   */
  numberUrl?: string;
}

/**
 * A factor whose codes go to a mobile number, which counts once a code that went there came back. A restricted
 * authenticator (NIST SP 800-63B-4 §3.1.3.3): numbers are taken over and texts are read on the way, so offer an app too.
 *
 * @throws `misconfigured` where `delivery` carries no text messages, or an option is out of its range
 */
export function smsCode({ countries, numberUrl, ...options }: SmsCodeOptions = {}): Factor {
  const unknown = countries?.find((code) => !isCountry(code));
  if (unknown !== undefined || countries?.length === 0) {
    const what = unknown === undefined ? "is empty" : `holds ${JSON.stringify(unknown)}`;
    throw misconfigured(`smsCode({ countries }) ${what}: write codes of ISO 3166-1, such as ["US", "GB"]`);
  }
  if (numberUrl !== undefined && !/^\/(?!\/)/.test(numberUrl)) {
    throw misconfigured('smsCode({ numberUrl }) is a path of the site: write one such as "/account"');
  }
  const way = textMessages(countries ? { countries } : {});
  return sentCodeFactor(numberUrl === undefined ? way : { ...way, numberUrl }, options);
}

function textMessages(allowed: { countries?: readonly string[] }): Way {
  return {
    kind: "sms",
    amr: "sms",
    life: { default: 5, max: 10 },
    messageOf: textOf,
    read: async ({ country, number }) => {
      const parsed = await parsePhoneNumber({ country, number }, allowed);
      return parsed.ok ? { ok: true, address: parsed.number } : parsed;
    },
    hintOf: maskPhoneNumber,
    form: async (address) => {
      const listed = await listCountries(allowed);
      const countries = listed.map((it) => ({ ...it, callingCode: `+${it.callingCode}` }));
      return { countries, ...(address === undefined ? {} : await nationalPhoneNumber(address)) };
    },
    display: displayPhoneNumber,
  };
}

const REGIONS = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** Regions that have a name and are no country of ISO 3166-1: unions, parts that it only reserves, placeholders. */
const NO_COUNTRIES = ["CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "UN", "XA", "XB", "ZZ"];

/** "UK" has a name as well, as another word for GB; numbers know only the one. */
function isCountry(code: unknown): boolean {
  if (typeof code !== "string" || !/^[A-Za-z]{2}$/.test(code)) return false;
  const upper = code.toUpperCase();
  const isItself = new Intl.Locale(`und-${upper}`).region === upper && REGIONS.of(upper) !== undefined;
  return isItself && !NO_COUNTRIES.includes(upper);
}

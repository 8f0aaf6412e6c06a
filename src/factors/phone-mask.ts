/** A number with all but a little of it covered, for the pages of a sign-in. */

/** E.164 without its calling code, which is one digit, two or three (ITU-T E.164, list of assigned codes). */
const CALLING_CODE = /^\+(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3})/;
const SHOWN = 2;

/** "+1********23": the calling code and the last two digits. Text that is no number is covered whole. */
export function maskPhoneNumber(e164: string): string {
  const code = /^\+[0-9]{7,15}$/.test(e164) ? (CALLING_CODE.exec(e164)?.[0] ?? "") : "";
  const shown = code === "" ? "" : e164.slice(-SHOWN);
  return code + "*".repeat(e164.length - code.length - shown.length) + shown;
}

/** The alphabet of text messages (GSM 03.38): what fits one, and how other text is written in it. */

/** Septets of one message; one letter outside the alphabet turns all of it into UCS-2, with 70 to a message. */
export const SEGMENT = 160;

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
  "abcdefghijklmnopqrstuvwxyzäöñüà";
/** These take an escape before them. */
const EXTENDED = "\f^{}\\[~]|€";

const SIZES = new Map([
  ...Array.from(BASIC, (letter) => [letter, 1] as const),
  ...Array.from(EXTENDED, (letter) => [letter, 2] as const),
]);

/** What people would write, for letters that Unicode does not take apart. */
const SUBSTITUTES = new Map(
  Object.entries({
    "'": "‘’‚‛‹›`´ʼ′",
    '"': "“”„‟«»″",
    "-": "‐‑‒–—―−",
    ".": "·•",
    oe: "œ",
    OE: "Œ",
    l: "ł",
    L: "Ł",
    d: "đð",
    D: "ĐÐ",
    i: "ı",
    th: "þ",
    Th: "Þ",
    SS: "ẞ",
  }).flatMap(([plain, letters]) => Array.from(letters, (letter) => [letter, plain] as const)),
);

/** Septets that a text takes; Infinity where a letter of it is not of the alphabet. */
export function septets(text: string): number {
  return Array.from(text).reduce((sum, letter) => sum + (SIZES.get(letter) ?? Number.POSITIVE_INFINITY), 0);
}

/**
 * The text in the alphabet: accents that it lacks are dropped, typographer's marks made plain. What cannot be written
 * is a "?", one for each run: nothing disappears from what somebody is asked to confirm.
 */
export function toGsm7(text: string): string {
  return Array.from(text.normalize("NFC"), spell).join("").replace(/\?+/g, "?");
}

function spell(letter: string): string {
  if (SIZES.has(letter)) return letter;
  const known = SUBSTITUTES.get(letter);
  if (known !== undefined) return known;
  const parts = letter.normalize("NFKD").replace(/[\p{M}\p{Cf}]/gu, "");
  return Array.from(parts, (part) => (SIZES.has(part) ? part : (SUBSTITUTES.get(part) ?? "?"))).join("");
}

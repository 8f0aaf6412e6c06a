/** Names and descriptions that come from elsewhere, made fit to be read. */

/** Line breaks and other controls, halves of surrogate pairs, and marks that turn the direction of what follows. */
const UNFIT = /[\s\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu;

/** One line of text: whatever would break or turn it is a blank, and blanks are single. */
export function oneLine(text: string): string {
  return text.replace(UNFIT, " ").trim();
}

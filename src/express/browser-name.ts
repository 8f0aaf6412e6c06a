/** What a person would call a browser: "Firefox on Windows". */

const MAX_USER_AGENT = 512;
const UNKNOWN = "A browser";

/** From the `User-Agent` header, which is only a claim; the parser loads when first used. */
export async function browserName(userAgent: string | undefined): Promise<string> {
  if (!userAgent || userAgent.length > MAX_USER_AGENT) return UNKNOWN;
  const { default: bowser } = await import("bowser");
  const { browser, os } = bowser.parse(userAgent);
  if (!browser.name) return UNKNOWN;
  return os.name ? `${browser.name} on ${os.name}` : browser.name;
}

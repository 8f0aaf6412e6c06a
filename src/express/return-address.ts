/** Where a person goes back to: always a path of this site. */

const BASE = "http://site.invalid";

/** A path with query and fragment, or "/" for anything that would leave the site, however it is spelled. */
export function localPath(address: unknown): string {
  if (typeof address !== "string" || !address.startsWith("/") || address.length > 2048) return "/";
  const url = URL.canParse(address, BASE) ? new URL(address, BASE) : undefined;
  if (!url || url.origin !== BASE || url.username || url.password) return "/";
  const path = url.pathname + url.search + url.hash;
  return path.startsWith("//") || path.includes("\\") ? "/" : path;
}

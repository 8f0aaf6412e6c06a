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

/** What the app kept as a return address: a path of this site or a URL of its origins; undefined for any other. */
export function keptAddress(address: unknown, origins: readonly string[]): string | undefined {
  if (typeof address !== "string") return undefined;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url) return origins.includes(`${url.protocol}//${url.host}`) ? url.href : undefined;
  const path = localPath(address);
  return path === "/" && address !== "/" ? undefined : path;
}

/** Trusted browsers on the memory store's state. */
import type { State } from "./memory-state.js";

export function useBrowser({ vault }: State, { hash, at }: { hash: string; at: Date }): boolean {
  const browser = vault.browsers.find((it) => it.hash === hash && it.expiresAt > at);
  if (!browser) return false;
  browser.lastUsedAt = at;
  return true;
}

export function forgetBrowsers({ vault }: State, which: { id: string } | "all"): boolean {
  const others = which === "all" ? [] : vault.browsers.filter(({ id }) => id !== which.id);
  const wasThere = others.length < vault.browsers.length;
  vault.browsers = others;
  return wasThere;
}

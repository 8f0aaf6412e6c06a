/** Trusted browsers as guarded writes. */
import { BROWSERS, type Command } from "./mongoose-paths.js";

export function useBrowser({ hash, at }: { hash: string; at: Date }): Command {
  return {
    guard: { [BROWSERS]: { $elemMatch: { hash, expiresAt: { $gt: at } } } },
    update: { $set: { [`${BROWSERS}.$[used].lastUsedAt`]: at } },
    arrayFilters: [{ "used.hash": hash }],
  };
}

export function forgetBrowsers(which: { id: string } | "all"): Command {
  if (which === "all") {
    return { guard: { [`${BROWSERS}.0`]: { $exists: true } }, update: { $set: { [BROWSERS]: [] } } };
  }
  const { id } = which;
  return { guard: { [BROWSERS]: { $elemMatch: { id } } }, update: { $pull: { [BROWSERS]: { id } } } };
}

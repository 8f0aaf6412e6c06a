/** The settings under the first key: for whoever takes an older one out of `keys`. */
import { SecondFactorError } from "../errors.js";
import type { StoredParts } from "./current-settings.js";
import { resealed } from "./kept-provider.js";
import type { Sealer } from "./sealing.js";

/** Administrators save by hand: one that is in the way again and again is a machine. */
const TRIES = 10;

export interface RotationParts extends Pick<StoredParts, "store" | "signer" | "events"> {
  sealer: Sealer;
}

export type SettingsRotated = "resealed" | "as-it-was" | "refused";

/**
 * Seals the providers' secrets anew and signs the settings anew, as a version of their own in which nothing else is
 * changed. Settings that somebody else wrote are left as they are, and told of: signing them would make them ours.
 *
 * `refused`: somebody else wrote them, and whoever drops a key may be asked for it by what they wrote.
 *
 * @throws `conflict` where somebody else is always faster; `misconfigured` where a key is gone already
 */
export async function rotateSettings({
  store,
  signer,
  events,
  sealer,
}: RotationParts): Promise<SettingsRotated> {
  for (let tries = 0; tries < TRIES; tries++) {
    const record = await store.read();
    if (!record) return "as-it-was";
    const saved = signer.open(record);
    if (!saved) {
      events.emit("settings-refused", { version: record.version });
      return "refused";
    }
    const { providers, stale } = resealed(sealer, saved.providers ?? {});
    if (!stale && !signer.isStale(record)) return "as-it-was";
    const anew = { ...saved, ...(saved.providers ? { providers } : {}) };
    if (await store.write(signer.sign(record.version + 1, anew))) return "resealed";
  }
  throw new SecondFactorError("conflict", "the settings were changed again and again meanwhile");
}

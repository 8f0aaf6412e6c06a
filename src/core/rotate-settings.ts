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

/**
 * Seals the providers' secrets anew and signs the settings anew, as a version of their own in which nothing else is
 * changed. Settings that somebody else wrote are left as they are, and told of: signing them would make them ours.
 *
 * @returns whether anything was under another key than the first
 * @throws `conflict` where somebody else is always faster; `misconfigured` where a key is gone already
 */
export async function rotateSettings({ store, signer, events, sealer }: RotationParts): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    const record = await store.read();
    if (!record) return false;
    const saved = signer.open(record);
    if (!saved) {
      events.emit("settings-refused", { version: record.version });
      return false;
    }
    const { providers, stale } = resealed(sealer, saved.providers ?? {});
    if (!stale && !signer.isStale(record)) return false;
    const anew = { ...saved, ...(saved.providers ? { providers } : {}) };
    if (await store.write(signer.sign(record.version + 1, anew))) return true;
  }
  throw new SecondFactorError("conflict", "the settings were changed again and again meanwhile");
}

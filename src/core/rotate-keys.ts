/** A change of keys: everything sealed is sealed anew under the first key, after which the others can be dropped. */
import type { Parts } from "./attempt.js";
import { resealingOf } from "./resealing.js";
import type { KeptVault } from "./store.js";

export interface Rotated {
  /** People of whom anything was kept, each of them looked at. */
  people: number;
  /** Those of whom something was under another key. */
  resealed: number;
  /** Those of whom something would not open: its key is gone, or it was altered. It stays as it is. */
  failed: readonly { user: string; why: string }[];
}

export interface Progress {
  done: number;
  /** As counted at the start. */
  total: number;
}

/** People looked at side by side: the database waits for us, not the reverse. */
const SIDE_BY_SIDE = 8;
/** Somebody who uses their second factor meanwhile makes one try lose; nobody does it that often. */
const TRIES = 10;

/**
 * Goes through everybody once. Each person is one guarded write, so it may be stopped anywhere, run again, and run while
 * the app does: a second run finds what the first has left. Codes on their way are dropped; people ask for new ones.
 *
 * The new key has to be the first of `keys` in every process of the app before: one that still seals under an old key
 * would leave more behind.
 *
 * @throws `store_unavailable` where the database fails: what was done until then stays done
 */
export async function rotateKeys(
  parts: Parts,
  { onProgress = () => {} }: { onProgress?: (progress: Progress) => void } = {},
): Promise<Rotated> {
  const total = await parts.store.countVaults();
  const vaults = parts.store.vaults();
  const failed: { user: string; why: string }[] = [];
  let done = 0;
  let resealed = 0;

  async function work(): Promise<void> {
    try {
      for (let next = await vaults.next(); !next.done; next = await vaults.next()) {
        const outcome = await rotate(parts, next.value);
        if (outcome === "resealed") resealed++;
        else if (outcome !== "as-it-was") failed.push({ user: next.value.ref.id, ...outcome });
        onProgress({ done: ++done, total });
      }
    } finally {
      // The one that fails ends it for all.
      await vaults.return(undefined);
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return { people: done, resealed, failed };
}

type Outcome = "resealed" | "as-it-was" | { why: string };

async function rotate({ store, tools }: Parts, { ref, vault: first }: KeptVault): Promise<Outcome> {
  let vault: KeptVault["vault"] | undefined = first;
  for (let tries = 0; tries < TRIES && vault; tries++) {
    const wanted = resealingOf(tools, ref, vault);
    if ("why" in wanted) return wanted;
    if (!wanted.resealing) return "as-it-was";
    if (await store.reseal(ref, wanted.resealing)) return "resealed";
    vault = (await store.read(ref))?.vault;
  }
  // Who is gone has nothing to seal.
  return vault ? { why: `it changed at each of ${TRIES} tries: run this again` } : "as-it-was";
}

/** A change of keys: everything sealed is sealed anew under the first key, after which the others can be dropped. */
import type { Parts } from "./attempt.js";
import type { Tools } from "./factor.js";
import type { FactorKind, UserRef, UserState } from "./model.js";
import { recoveryContext, type SealContext, secretContext } from "./sealing.js";
import type { Resealing } from "./store.js";

export interface Rotated {
  /** People of whom anything was kept, each of them looked at. */
  people: number;
  /** Those of whom something was under another key. */
  resealed: number;
  /** Those of whom something would not open: its key is gone, or it was altered. It stays as it is. */
  failed: readonly { user: string; error: unknown }[];
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
 */
export async function rotateKeys(
  parts: Parts,
  { onProgress = () => {} }: { onProgress?: (progress: Progress) => void } = {},
): Promise<Rotated> {
  const query = { only: "with-state" } as const;
  const total = await parts.store.countPeople(query);
  const people = parts.store.people(query)[Symbol.asyncIterator]();
  const failed: { user: string; error: unknown }[] = [];
  let done = 0;
  let resealed = 0;

  async function work(): Promise<void> {
    for (let next = await people.next(); !next.done; next = await people.next()) {
      const { ref } = next.value;
      try {
        if (await rotate(parts, ref)) resealed++;
      } catch (error) {
        failed.push({ user: ref.id, error });
      }
      onProgress({ done: ++done, total });
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return { people: done, resealed, failed };
}

/** Whether there was anything to seal anew. */
async function rotate({ store, tools }: Parts, ref: UserRef): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    const state = await store.read(ref);
    const resealing = state && resealingOf(tools, ref, state);
    if (!resealing) return false;
    if (await store.reseal(ref, resealing)) return true;
  }
  throw new Error(`user "${ref.id}" changed at each of ${TRIES} tries`);
}

/** Undefined where everything is under the first key. */
function resealingOf(tools: Tools, { id }: UserRef, { vault }: UserState): Resealing | undefined {
  const { enrolments, recoveryCodes: set, challenges } = vault;
  const secrets = Object.entries(enrolments).flatMap(([kind, slot]) =>
    (["active", "pending"] as const).flatMap((of) => {
      const { id: enrolment = "", secret } = slot[of] ?? {};
      const resealed = again(tools, secret, secretContext(id, kind, enrolment));
      return resealed ? [{ kind: kind as FactorKind, of, ...resealed }] : [];
    }),
  );
  const codes = (set?.codes ?? []).flatMap((code) => {
    const resealed = again(tools, code.hash, recoveryContext(id, set?.id ?? "", code.id));
    return resealed ? [{ id: code.id, ...resealed }] : [];
  });
  const dropped = challenges.flatMap(({ code }) =>
    code && tools.codes.isStale(code.hash) ? [code.hash] : [],
  );
  if (secrets.length + codes.length + dropped.length === 0) return undefined;
  return { secrets, dropped, ...(set && codes.length > 0 ? { recovery: { set: set.id, codes } } : {}) };
}

/** The same under the first key; undefined where it is there already. */
function again({ sealer }: Tools, sealed: string | undefined, context: SealContext) {
  if (sealed === undefined) return undefined;
  const { plain, stale } = sealer.open(sealed, context);
  return stale ? { from: sealed, to: sealer.seal(plain, context) } : undefined;
}

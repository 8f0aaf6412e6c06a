/** Saving a policy: by one administrator at a time, and never over what another has just saved. */
import type { CurrentSettings, StoredParts } from "./current-settings.js";
import { currentIn, mergedPolicy } from "./current-settings.js";
import type { Policy } from "./policy.js";
import type { Generation } from "./settings.js";

export interface PolicyChange {
  policy: Policy;
  /** The version that the change was made from. */
  version: number;
  /** Who does it, as the app calls them, and by which login: its session is the one that does not end. */
  by: string;
  login?: string;
}

export type PolicySaved =
  | { ok: true; current: CurrentSettings }
  /** Somebody else saved first: what they saved. */
  | { ok: false; reason: "conflict"; current: CurrentSettings };

/**
 * Saves a policy. Where the organisation begins to require a second factor, every session ends but exempted ones and
 * the one of the login that did it. Parts that are pinned in code stay as they are.
 *
 * Does not check that the policy makes sense: see `checkPolicy`.
 */
export async function savePolicy(parts: StoredParts, change: PolicyChange): Promise<PolicySaved> {
  const { store, signer, clock, events } = parts;
  const before = await currentIn(parts);
  if (before.version !== change.version) return { ok: false, reason: "conflict", current: before };
  const { policy, by } = change;
  const generation = generationAfter(parts, before, change);
  const saved = { policy, generation, savedAt: clock.now().toISOString(), savedBy: by };
  const won = await store.write(signer.sign(before.version + 1, saved));
  if (won) events.emit("policy-changed", { by, version: before.version + 1 });
  const current = await currentIn(parts);
  return won ? { ok: true, current } : { ok: false, reason: "conflict", current };
}

/** Only what will hold counts: a part that is pinned activates nothing, one that is left out is what the code says. */
function generationAfter(
  parts: StoredParts,
  { policy, generation }: CurrentSettings,
  change: PolicyChange,
): Generation {
  const after = mergedPolicy(parts, change.policy);
  const isActivated = policy.organisation !== "required" && after.organisation === "required";
  if (!isActivated) return generation;
  return { number: generation.number + 1, ...(change.login ? { raisedBy: change.login } : {}) };
}

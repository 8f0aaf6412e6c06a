/** Saving settings: by one administrator at a time, and never over what another has just saved. */
import {
  type CurrentSettings,
  currentIn,
  currentOf,
  type EffectiveSettings,
  type StoredParts,
  storedIn,
} from "./current-settings.js";
import type { KeptProviders } from "./provider.js";
import type { Generation, Settings } from "./settings.js";
import { prepareChange, type SettingsChange, type SettingsProblem } from "./settings-change.js";

export interface SettingsToSave extends SettingsChange {
  /** The version that the change was made from. */
  version: number;
  /** Who does it, as the app calls them, and by which login: its session is the one that does not end. */
  by: string;
  login?: string;
  /** Providers as they were reviewed: see {@link prepareChange}. */
  draft?: KeptProviders | undefined;
}

export type SettingsSaved =
  | { ok: true; current: CurrentSettings }
  | { ok: false; reason: "invalid"; errors: readonly SettingsProblem[] }
  /** Somebody else saved first: what they saved. */
  | { ok: false; reason: "conflict"; current: CurrentSettings };

/**
 * Saves the parts that a change says, and leaves the others as they are. Where the organisation begins to require a
 * second factor, every session ends but exempted ones and the one of the login that did it.
 */
export async function saveSettings(
  parts: StoredParts,
  { version, by, login, draft, ...change }: SettingsToSave,
): Promise<SettingsSaved> {
  const stored = await storedIn(parts);
  const before = currentOf(parts, stored);
  if (before.version !== version) return { ok: false, reason: "conflict", current: before };
  const prepared = prepareChange(parts, stored.saved, change, draft);
  if (!prepared.ok) return { ok: false, reason: "invalid", errors: prepared.errors };
  const saved = {
    ...sealedAnew(parts, prepared.next),
    generation: generationAfter(before, prepared.after, login),
    savedAt: parts.clock.now().toISOString(),
    savedBy: by,
    ...(before.hadProvider || Object.keys(prepared.next.providers ?? {}).length > 0
      ? { hadProvider: true }
      : {}),
  };
  const won = await parts.store.write(parts.signer.sign(version + 1, saved));
  if (won) parts.events.emit("settings-changed", { by, version: version + 1, parts: prepared.parts });
  const current = await currentIn(parts);
  return won ? { ok: true, current } : { ok: false, reason: "conflict", current };
}

/** What is signed under the first key is sealed under it: with another key gone, all of it opens or nothing does. */
function sealedAnew({ desk }: StoredParts, { providers, ...settings }: Settings): Settings {
  return { ...settings, ...(providers ? { providers: desk.resealed(providers) } : {}) };
}

/** Only what will hold counts: a part that is pinned activates nothing, one that is left out is what the code says. */
function generationAfter(
  { policy, generation }: CurrentSettings,
  { policy: after }: EffectiveSettings,
  login: string | undefined,
): Generation {
  const isActivated = policy.organisation !== "required" && after.organisation === "required";
  if (!isActivated) return generation;
  return { number: generation.number + 1, ...(login ? { raisedBy: login } : {}) };
}

/** The settings as they are now: what was saved, over what the code says. Read at most every few seconds. */
import type { Clock } from "./clock.js";
import type { Events } from "./events.js";
import type { Policy } from "./policy.js";
import type { Generation, SettingsSigner, SettingsStore } from "./settings.js";

export interface CurrentSettings {
  policy: Policy;
  generation: Generation;
  /** Of what was saved; 0 where nothing was. */
  version: number;
}

export interface SettingsSource {
  /** What is known, where it is fresh enough to decide by; else `load`. */
  fresh(): CurrentSettings | undefined;
  /** Reads anew; one read serves all who ask meanwhile. @throws `store_unavailable` */
  load(): Promise<CurrentSettings>;
}

/** A change in another process holds here within five seconds, the time of the read included. */
const FRESH_MS = 4000;

const NO_GENERATION: Generation = { number: 0 };

/** The options in code, and nothing else. */
export function fixedSettings(policy: Policy): SettingsSource {
  const current = { policy, generation: NO_GENERATION, version: 0 };
  return { fresh: () => current, load: async () => current };
}

export interface StoredParts {
  store: SettingsStore;
  signer: SettingsSigner;
  clock: Clock;
  events: Events;
  /** What the code says: the default of each part that was never saved. */
  policy: Policy;
  /** Parts of it that nobody may change. */
  pinned: readonly (keyof Policy)[];
}

/** What was saved, kept for a few seconds. A record that was tampered with counts for nothing, and is told of. */
export function storedSettings(parts: StoredParts): SettingsSource {
  let known: { current: CurrentSettings; at: number } | undefined;
  let reading: Promise<CurrentSettings> | undefined;

  async function read(): Promise<CurrentSettings> {
    const at = parts.clock.now().getTime();
    const current = await currentIn(parts);
    known = { current, at };
    return current;
  }

  return {
    fresh() {
      const age = known ? parts.clock.now().getTime() - known.at : Number.NaN;
      return age >= 0 && age < FRESH_MS ? known?.current : undefined;
    },
    load() {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}

/** Straight from the store. */
export async function currentIn({ store, signer, events, ...code }: StoredParts): Promise<CurrentSettings> {
  const record = await store.read();
  const saved = record && signer.open(record);
  if (record && !saved) events.emit("settings-refused", { version: record.version });
  const version = record?.version ?? 0;
  return {
    policy: mergedPolicy(code, saved?.policy),
    generation: saved?.generation ?? NO_GENERATION,
    version,
  };
}

/** What would hold: what was saved, over what the code says, whose own words win where they are pinned. */
export function mergedPolicy(
  { policy, pinned }: Pick<StoredParts, "policy" | "pinned">,
  saved?: Policy,
): Policy {
  const fixed = Object.fromEntries(pinned.map((part) => [part, policy[part]]));
  return { ...policy, ...saved, ...fixed };
}

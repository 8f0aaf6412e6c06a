/** The settings as they are now: what was saved, over what the code says. Read at most every few seconds. */
import type { Clock } from "./clock.js";
import type { CodeLives, CodeMinutes } from "./code-minutes.js";
import type { Events } from "./events.js";
import type { FactorKind } from "./model.js";
import type { Policy } from "./policy.js";
import type { KeptProviders } from "./provider.js";
import type { ProviderDesk } from "./provider-desk.js";
import type { Generation, Saved, Settings, SettingsPart, SettingsSigner, SettingsStore } from "./settings.js";

/** What holds. */
export interface EffectiveSettings {
  policy: Policy;
  codeMinutes: CodeMinutes;
  providers: KeptProviders;
  testMode: boolean;
}

export interface CurrentSettings extends EffectiveSettings {
  generation: Generation;
  /** Of what was saved; 0 where nothing was. */
  version: number;
  /** A provider was entered at some time, or nobody can tell. */
  hadProvider: boolean;
}

export interface SettingsSource {
  /** What was read last, however long ago; the options in code where nothing was. For what cannot wait. */
  latest(): CurrentSettings;
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
  const nothing = { codeMinutes: {}, providers: {}, testMode: false };
  const current = { policy, ...nothing, generation: NO_GENERATION, version: 0, hadProvider: false };
  return { latest: () => current, fresh: () => current, load: async () => current };
}

/** What the code says: the default of each part that was never saved, and what may be saved at all. */
export interface CodeSettings {
  policy: Policy;
  /** Parts that nobody may change. */
  pinned: readonly SettingsPart[];
  /** Whether test mode may be switched on. */
  canTest: boolean;
}

export interface StoredParts extends CodeSettings {
  store: SettingsStore;
  signer: SettingsSigner;
  clock: Clock;
  events: Events;
  /** Kinds that are configured. */
  configured: readonly FactorKind[];
  lives: CodeLives;
  desk: ProviderDesk;
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
    latest: () => known?.current ?? currentOf(parts, { version: 0 }),
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

export interface Stored {
  /** 0 where nothing was saved. */
  version: number;
  /** Absent also where it was not this app that wrote it. */
  saved?: Saved;
}

/** Straight from the store. */
export async function storedIn({
  store,
  signer,
  events,
}: Pick<StoredParts, "store" | "signer" | "events">): Promise<Stored> {
  const record = await store.read();
  if (!record) return { version: 0 };
  const saved = signer.open(record);
  if (!saved) events.emit("settings-refused", { version: record.version });
  return { version: record.version, ...(saved ? { saved } : {}) };
}

/** What holds, straight from the store. */
export async function currentIn(parts: StoredParts): Promise<CurrentSettings> {
  return currentOf(parts, await storedIn(parts));
}

export function currentOf(code: CodeSettings, { version, saved }: Stored): CurrentSettings {
  return {
    ...effective(code, saved),
    generation: saved?.generation ?? NO_GENERATION,
    version,
    // What somebody else wrote says nothing of what was there before.
    hadProvider: saved ? saved.hadProvider === true : version > 0,
  };
}

/** What would hold: what was saved, over what the code says, whose own words win where they are pinned. */
export function effective({ policy, pinned, canTest }: CodeSettings, saved?: Settings): EffectiveSettings {
  const fixed = Object.fromEntries(
    pinned.flatMap((part) => (isOfPolicy(part) ? [[part, policy[part]]] : [])),
  );
  const unless = <T>(part: SettingsPart, value: T) => (pinned.includes(part) ? undefined : value);
  return {
    policy: { ...policy, ...saved?.policy, ...fixed },
    codeMinutes: unless("codeMinutes", saved?.codeMinutes) ?? {},
    providers: unless("providers", saved?.providers) ?? {},
    testMode: canTest && unless("testMode", saved?.testMode) === true,
  };
}

export function isOfPolicy(part: SettingsPart): part is keyof Policy {
  return part !== "codeMinutes" && part !== "providers" && part !== "testMode";
}

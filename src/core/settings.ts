/** What an administrator may change while the app runs: one record, signed, so that a change by hand is noticed. */
import type { CodeMinutes } from "./code-minutes.js";
import { createKeyedMac, firstOf } from "./keyed-mac.js";
import type { Policy } from "./policy.js";
import { POLICY_PARTS } from "./policy-check.js";
import type { KeptProviders } from "./provider.js";
import type { Key } from "./sealing.js";

/** Raised to end every session that was begun before it, but the one of the login that raised it. */
export interface Generation {
  number: number;
  raisedBy?: string;
}

export const SETTINGS_PARTS = [...POLICY_PARTS, "codeMinutes", "providers", "testMode"] as const;

/** What can be changed, shown and pinned by itself. */
export type SettingsPart = (typeof SETTINGS_PARTS)[number];

/** What an administrator says. A part that was never saved is what the code says. */
export interface Settings {
  policy: Policy;
  codeMinutes?: CodeMinutes | undefined;
  providers?: KeptProviders | undefined;
  /** Messages are kept in an outbox and not sent; counts only where the code allows it. */
  testMode?: boolean | undefined;
}

/** What is saved. */
export interface Saved extends Settings {
  generation: Generation;
  /** ISO 8601. */
  savedAt: string;
  /** Who saved it, as the app calls them. */
  savedBy: string;
  /** A provider was entered at some time: the days when an administrator began without a code are over. */
  hadProvider?: boolean;
}

/** As it is kept: text, since a role may be called anything, and a field of a database may not. */
export interface SettingsRecord {
  /** 1 for the first that was saved. */
  version: number;
  /** {@link Saved} as JSON. */
  body: string;
  /** `<key id>.<base64url>` over version and body. */
  mac: string;
}

export interface SettingsStore {
  /** Fresh; undefined where nothing was ever saved. @throws `store_unavailable` */
  read(): Promise<SettingsRecord | undefined>;
  /** Only where the stored version is the one before: of two who save at once, one wins. */
  write(record: SettingsRecord): Promise<boolean>;
}

export interface SettingsSigner {
  sign(version: number, saved: Saved): SettingsRecord;
  /** What was saved; undefined where somebody else wrote it. @throws `misconfigured` where its key is gone */
  open(record: SettingsRecord): Saved | undefined;
  /** Whether it was signed with a key that is no longer the first. */
  isStale(record: SettingsRecord): boolean;
}

/** Signs the version with what was saved, so that neither can be exchanged. */
export function createSettingsSigner(keys: readonly Key[]): SettingsSigner {
  const mac = createKeyedMac(keys, "settings", "the settings were signed");
  const textOf = (version: number, body: string) => `${version}.${body}`;
  return {
    sign(version, saved) {
      const body = JSON.stringify(saved);
      return { version, body, mac: mac.sign(textOf(version, body)) };
    },
    open({ version, body, mac: signature }) {
      // Whatever a hand wrote there: what is no signature of ours says nothing.
      if (typeof signature !== "string" || !/^[\w-]{1,32}\.[\w-]+$/.test(signature)) return undefined;
      return mac.verify(signature, textOf(version, body)) ? (JSON.parse(body) as Saved) : undefined;
    },
    isStale: ({ mac: signature }) => !signature.startsWith(`${firstOf(keys).id}.`),
  };
}

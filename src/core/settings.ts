/** What an administrator may change while the app runs: one record, signed, so that a change by hand is noticed. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { misconfigured } from "../errors.js";
import type { Policy } from "./policy.js";
import { type Key, subkey } from "./sealing.js";

/** Raised to end every session that was begun before it, but the one of the login that raised it. */
export interface Generation {
  number: number;
  raisedBy?: string;
}

/** What is saved. */
export interface Saved {
  policy: Policy;
  generation: Generation;
  /** ISO 8601. */
  savedAt: string;
  /** Who saved it, as the app calls them. */
  savedBy: string;
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
}

/** HMAC-SHA-256 under a subkey of its own; the first key signs, every one verifies. */
export function createSettingsSigner(keys: readonly Key[]): SettingsSigner {
  const subkeys = new Map(keys.map((key) => [key.id, subkey(key, "settings")]));
  const [primary] = keys;
  if (!primary) throw misconfigured("`keys` is empty");
  const first = primary.id;

  function mac(id: string, version: number, body: string): Buffer {
    const key = subkeys.get(id);
    if (!key)
      throw misconfigured(`the settings were signed with key "${id}", which is not in \`keys\`: add it back`);
    return createHmac("sha256", key).update(`${version}.${body}`).digest();
  }

  return {
    sign(version, saved) {
      const body = JSON.stringify(saved);
      return { version, body, mac: `${first}.${mac(first, version, body).toString("base64url")}` };
    },
    open({ version, body, mac: signature }) {
      // Whatever a hand wrote there: what is no signature of ours says nothing.
      const [, id, value] = /^([\w-]{1,32})\.([\w-]+)$/.exec(String(signature)) ?? [];
      if (typeof signature !== "string" || id === undefined || value === undefined) return undefined;
      const expected = mac(id, version, body);
      const actual = Buffer.from(value, "base64url");
      const isGenuine = actual.length === expected.length && timingSafeEqual(actual, expected);
      return isGenuine ? (JSON.parse(body) as Saved) : undefined;
    },
  };
}

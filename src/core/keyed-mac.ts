/** HMAC-SHA-256 under a subkey of its own: the first key signs, every one verifies. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { misconfigured } from "../errors.js";
import { type Key, subkey } from "./sealing.js";

export interface KeyedMac {
  /** `<key id>.<base64url>`. */
  sign(text: string): string;
  /** Compares in constant time. @throws `misconfigured` where no key has the stored id */
  verify(stored: string, text: string): boolean;
  /** Signed under a key that is no longer the first. */
  isStale(stored: string): boolean;
}

/** `use` names the subkey; `done` is how an error begins that misses a key: "a code was hashed". */
export function createKeyedMac(keys: readonly Key[], use: string, done: string): KeyedMac {
  const subkeys = new Map(keys.map((key) => [key.id, subkey(key, use)]));
  const first = firstOf(keys).id;

  function mac(id: string, text: string): Buffer {
    const key = subkeys.get(id);
    if (!key) throw misconfigured(`${done} with key "${id}", which is not in \`keys\`: add it back`);
    return createHmac("sha256", key).update(text).digest();
  }

  return {
    isStale: (stored) => stored.split(".")[0] !== first,
    sign: (text) => `${first}.${mac(first, text).toString("base64url")}`,
    verify(stored, text) {
      const [id = "", value = ""] = stored.split(".");
      const expected = mac(id, text);
      const actual = Buffer.from(value, "base64url");
      return actual.length === expected.length && timingSafeEqual(actual, expected);
    },
  };
}

/** The key that signs and digests. */
export function firstOf([first]: readonly Key[]): Key {
  if (!first) throw misconfigured("`keys` is empty");
  return first;
}

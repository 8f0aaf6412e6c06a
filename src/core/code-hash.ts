/** Codes that were sent, at rest: HMAC-SHA-256 over all they are good for, so that one is worth nothing elsewhere. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { misconfigured } from "../errors.js";
import type { Purpose } from "./model.js";
import { type Key, subkey } from "./sealing.js";

/** What a code is bound to. The challenge names the login as well. */
export interface CodeBinding {
  user: string;
  purpose: Purpose;
  challenge: string;
  factor: string;
  /** Of the factor: the one whose address the code went to. */
  enrolment: string;
  code: string;
}

export interface CodeHasher {
  /** `<key id>.<base64url>`. */
  hash(binding: CodeBinding): string;
  /** Compares in constant time. @throws `misconfigured` where no key has the stored id */
  matches(stored: string, binding: CodeBinding): boolean;
  /** One way and keyed, for anything else that is looked up again: `use` keeps the uses apart. */
  digest(use: string, ...parts: readonly string[]): string;
}

/** The first key hashes; codes hashed under another still match until they expire. */
export function createCodeHasher(keys: readonly Key[]): CodeHasher {
  const subkeys = new Map(keys.map((key) => [key.id, subkey(key, "code")]));
  const [primary] = keys;
  if (!primary) throw misconfigured("`keys` is empty");
  const first = primary.id;
  const digestKey = subkey(primary, "digest");

  function mac(id: string, binding: CodeBinding): Buffer {
    const key = subkeys.get(id);
    if (!key)
      throw misconfigured(`a code was hashed with key "${id}", which is not in \`keys\`: add it back`);
    const { user, purpose, challenge, factor, enrolment, code } = binding;
    return hmac(key, [purpose, user, challenge, factor, enrolment, code]);
  }

  return {
    hash: (binding) => `${first}.${mac(first, binding).toString("base64url")}`,
    matches(stored, binding) {
      const [id = "", value = ""] = stored.split(".");
      const expected = mac(id, binding);
      const actual = Buffer.from(value, "base64url");
      return actual.length === expected.length && timingSafeEqual(actual, expected);
    },
    digest: (use, ...parts) => hmac(digestKey, [use, ...parts]).toString("base64url"),
  };
}

function hmac(key: Uint8Array, parts: readonly string[]): Buffer {
  return createHmac("sha256", key).update(JSON.stringify(parts)).digest();
}

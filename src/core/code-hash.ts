/** Codes that were sent, at rest: HMAC-SHA-256 over all they are good for, so that one is worth nothing elsewhere. */
import { createHmac } from "node:crypto";
import { createKeyedMac, firstOf } from "./keyed-mac.js";
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
  /** Hashed under a key that is no longer the first. */
  isStale(stored: string): boolean;
  /** One way and keyed, for anything else that is looked up again: `use` keeps the uses apart. */
  digest(use: string, ...parts: readonly string[]): string;
}

/** The first key hashes; codes hashed under another still match until they expire. */
export function createCodeHasher(keys: readonly Key[]): CodeHasher {
  const mac = createKeyedMac(keys, "code", "a code was hashed");
  const digestKey = subkey(firstOf(keys), "digest");
  return {
    hash: (binding) => mac.sign(textOf(binding)),
    isStale: mac.isStale,
    matches: (stored, binding) => mac.verify(stored, textOf(binding)),
    digest: (use, ...parts) =>
      createHmac("sha256", digestKey)
        .update(JSON.stringify([use, ...parts]))
        .digest("base64url"),
  };
}

function textOf({ purpose, user, challenge, factor, enrolment, code }: CodeBinding): string {
  return JSON.stringify([purpose, user, challenge, factor, enrolment, code]);
}

/** Encryption at rest. The first key seals, every key opens, and each use has a subkey of its own. */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { misconfigured, SecondFactorError } from "../errors.js";
import type { Random } from "./clock.js";

/** A master key: a name that is stored beside what it seals, and at least 32 characters of secret. */
export interface Key {
  id: string;
  secret: string;
}

/** What a sealed value belongs to: it opens nowhere else. */
export interface SealContext {
  user: string;
  kind: string;
  record: string;
}

/** Where the secret of an enrolment belongs. */
export function secretContext(user: string, kind: string, enrolment: string): SealContext {
  return { user, kind, record: enrolment };
}

/** Where a recovery code's hash belongs. */
export function recoveryContext(user: string, set: string, code: string): SealContext {
  return { user, kind: "recovery-code", record: `${set}/${code}` };
}

/** Where the hash of a temporary password belongs. */
export function temporaryContext(user: string, password: string): SealContext {
  return { user, kind: "temporary-password", record: password };
}

export interface Opened {
  plain: Uint8Array;
  /** Sealed under a key that is no longer the first: seal it anew when it is written next. */
  stale: boolean;
}

export interface Sealer {
  seal(plain: Uint8Array, context: SealContext): string;
  /** @throws `misconfigured` where no key has the stored id; `store_unavailable` where the value was altered. */
  open(sealed: string, context: SealContext): Opened;
  /** Ids of the keys: the first seals. */
  readonly keyIds: readonly string[];
  /** Sealed under a key that is no longer the first; tells without opening. */
  isStale(sealed: string): boolean;
}

const VERSION = "v1";
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SUBKEY_BYTES = 32;
const MIN_SECRET_LENGTH = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;
const HOW_TO =
  "make one with: node -e \"console.log(require('node:crypto').randomBytes(32).toString('base64url'))\"";

/** A key for one use, derived from a master key (HKDF-SHA-256, RFC 5869). */
export function subkey(key: Key, use: string): Uint8Array {
  const info = `passport-second-factor/${VERSION}/${use}`;
  return new Uint8Array(hkdfSync("sha256", key.secret, "", info, SUBKEY_BYTES));
}

/**
 * Seals with AES-256-GCM: `v1.<key id>.<base64url of nonce, ciphertext, tag>`; version, user, kind and record are
 * associated data, so that a value moved to another place does not open.
 */
export function createSealer(keys: readonly Key[], random: Random): Sealer {
  const first = checkKeys(keys);
  const subkeys = new Map(keys.map((key) => [key.id, subkey(key, "seal")]));

  function keyOf(id: string): Uint8Array {
    const found = subkeys.get(id);
    if (found) return found;
    throw misconfigured(`a stored secret was sealed with key "${id}", which is not in \`keys\`: add it back`);
  }

  const isStale = (sealed: string) => sealed.split(".")[1] !== first.id;

  return {
    keyIds: keys.map(({ id }) => id),
    isStale,
    seal(plain, context) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, keyOf(first.id), nonce).setAAD(associatedData(context));
      const body = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
      return `${VERSION}.${first.id}.${Buffer.concat(body).toString("base64url")}`;
    },
    open(sealed, context) {
      const [version, id, body] = sealed.split(".");
      if (version !== VERSION || id === undefined || body === undefined) throw altered(context);
      const plain = decrypt(keyOf(id), Buffer.from(body, "base64url"), context);
      return { plain, stale: isStale(sealed) };
    },
  };
}

function decrypt(key: Uint8Array, bytes: Buffer, context: SealContext): Uint8Array {
  try {
    const tag = bytes.subarray(-TAG_BYTES);
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), options);
    decipher.setAAD(associatedData(context)).setAuthTag(tag);
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw altered(context, cause);
  }
}

function altered(context: SealContext, cause?: unknown): SecondFactorError {
  const message = `a stored ${context.kind} secret does not open: it was altered, moved, or its key was changed`;
  return new SecondFactorError("store_unavailable", message, { cause });
}

function associatedData({ user, kind, record }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([VERSION, user, kind, record]));
}

function checkKeys(keys: readonly Key[]): Key {
  const [first] = keys;
  if (!first) throw misconfigured(`\`keys\` is empty: write keys: [{ id: "…", secret: … }]; ${HOW_TO}`);
  for (const { id, secret } of keys) {
    if (typeof id !== "string" || !KEY_ID.test(id)) {
      throw misconfigured('a key\'s `id` is 1 to 32 letters, digits, "-" or "_", such as "2026-11"');
    }
    if (typeof secret !== "string" || secret.length < MIN_SECRET_LENGTH) {
      throw misconfigured(
        `the secret of key "${id}" is shorter than ${MIN_SECRET_LENGTH} characters; ${HOW_TO}`,
      );
    }
  }
  if (new Set(keys.map((key) => key.id)).size < keys.length)
    throw misconfigured("two keys have the same `id`");
  return first;
}

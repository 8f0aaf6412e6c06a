/** Codes that people copy from paper or hear read out: no two signs look or sound the same, and nobody guesses one. */
import { scrypt } from "node:crypto";
import type { Random } from "./clock.js";
import { compact } from "./typed.js";

/** Crockford's base32: no I, L, O, U. 16 characters are 80 bits (NIST SP 800-63B-4 §3.1.2, ASVS 6.5.2). */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 16;
const CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);
const GROUP = 4;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const SCRYPT = { N: 2 ** 14, r: 8, p: 1 };

export function newPrintedCode(random: Random): string {
  return Array.from(random.bytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

/** As it is shown: in groups of four. */
export function grouped(code: string): string {
  return Array.from({ length: LENGTH / GROUP }, (_, i) => code.slice(i * GROUP, (i + 1) * GROUP)).join("-");
}

/** Case, blanks, hyphens and look-alike letters are forgiven; undefined where it cannot be a code. */
export function parsePrintedCode(input: unknown): string | undefined {
  const code = compact(input)?.toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
  return code !== undefined && CODE.test(code) ? code : undefined;
}

/** base64url. */
export function newSalt(random: Random): string {
  return Buffer.from(random.bytes(SALT_BYTES)).toString("base64url");
}

/** scrypt, 32 bytes. */
export function hashPrintedCode(code: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(code, Buffer.from(salt, "base64url"), HASH_BYTES, SCRYPT, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}

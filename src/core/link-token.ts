/** The part of a mailed link that proves it: whose it is, and 256 random bits of which a hash is kept. */
import { createHash } from "node:crypto";
import type { Random } from "./clock.js";

const SECRET_BYTES = 32;
/** An id of up to 384 bytes in base64url, a dot, 43 characters. Anything longer is not even decoded. */
const TOKEN = /^(?<user>[\w-]{1,512})\.(?<secret>[\w-]{43})$/;

/** A new link's text, and the hash to keep in its place. */
export function newLinkToken(random: Random, user: string): { token: string; hash: string } {
  const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url");
  return { token: `${Buffer.from(user).toString("base64url")}.${secret}`, hash: hashOf(secret) };
}

/** Whose a link says it is, and the hash to look for there; undefined where it cannot be a link of ours. */
export function readLinkToken(text: unknown): { user: string; hash: string } | undefined {
  const parts = typeof text === "string" ? TOKEN.exec(text)?.groups : undefined;
  if (!parts) return undefined;
  const { user = "", secret = "" } = parts;
  return { user: Buffer.from(user, "base64url").toString(), hash: hashOf(secret) };
}

/** Random enough not to need a salt, a key or a slow hash. */
function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

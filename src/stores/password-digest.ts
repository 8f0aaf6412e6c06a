/** A digest of what the app keeps of the password: enough to see that it was changed, and nothing more. */
import { createHash } from "node:crypto";

/** SHA-256 of the text, base64url, as a field to spread; nothing where there is no text. */
export function passwordDigestOf(kept: unknown): { passwordDigest?: string } {
  if (typeof kept !== "string") return {};
  return { passwordDigest: createHash("sha256").update(kept).digest("base64url") };
}

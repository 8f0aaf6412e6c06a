/** A code that is on its way, as JSON clients read it. */
import type { Sending } from "../core/sent-code.js";
import type { KeptSending } from "./session.js";

export function sendingJson({ kind, hint, expiresAt, resendAt }: Sending | KeptSending) {
  return { kind, hint, expiresAt: isoOf(expiresAt), resendAt: isoOf(resendAt) };
}

export function isoOf(moment: Date | number): string {
  return new Date(moment).toISOString();
}

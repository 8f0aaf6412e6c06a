/** What the stand-in identity provider says about somebody: signed, for a minute, and for one sign-in. */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface Assertion {
  email: string;
  /** What the sign-in was begun with, in the same browser. */
  state: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** The key that the shop and the provider share, made of a secret that is there anyway. */
export function assertionKey(secret: string): Buffer {
  return createHmac("sha256", secret).update("stand-in identity provider").digest();
}

/** `body.signature`, both base64url. */
export function signAssertion(key: Buffer, assertion: Assertion): string {
  const body = Buffer.from(JSON.stringify(assertion)).toString("base64url");
  return `${body}.${signatureOf(key, body).toString("base64url")}`;
}

/** Undefined for whatever is not signed, no text, or too late. */
export function openAssertion(key: Buffer, text: unknown, at: number): Assertion | undefined {
  if (typeof text !== "string") return undefined;
  const [body = "", signature = "", ...more] = text.split(".");
  const given = Buffer.from(signature, "base64url");
  const expected = signatureOf(key, body);
  if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return undefined;
  }
  const assertion = JSON.parse(Buffer.from(body, "base64url").toString()) as Assertion;
  return assertion.expiresAt > at ? assertion : undefined;
}

const signatureOf = (key: Buffer, body: string) => createHmac("sha256", key).update(body).digest();

/** Whom mail comes from, and what counts as one plain address. */
import { misconfigured } from "../errors.js";

/** A mailbox: `name` is empty where there is none. */
export interface Sender {
  name: string;
  address: string;
}

/** Nothing in it that any mail system reads as a second address, a name, a comment, a quote or a line's end. */
const PLAIN_ADDRESS = /^[^\s\p{C},;:<>()[\]\\"@]+@[^\s\p{C},;:<>()[\]\\"@]+$/u;
const NAMED = /^(?<name>[^<>\p{Cc}]*)<(?<address>[^<>]*)>$/u;

/** Whether mail to this goes to one recipient at most. Does not check that there is such an address. */
export function isPlainAddress(address: string): boolean {
  return PLAIN_ADDRESS.test(address);
}

/**
 * Reads `Acme <no-reply@acme.test>`, `"Acme, Inc." <no-reply@acme.test>` or a bare address.
 *
 * @throws `misconfigured` for anything else
 */
export function senderOf(from: unknown): Sender {
  const text = typeof from === "string" ? from.trim() : "";
  const named = NAMED.exec(text)?.groups;
  const name = (named?.["name"] ?? "").trim().replace(/^"(.*)"$/, "$1");
  const address = (named?.["address"] ?? text).trim();
  if (isPlainAddress(address)) return { name, address };
  throw misconfigured('`from` of mail is one address, such as "Acme <no-reply@acme.test>"');
}

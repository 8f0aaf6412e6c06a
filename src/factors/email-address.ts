/** E-mail addresses that codes may go to: one plain address, and nothing a mail system would read as more. */
import { domainToASCII } from "node:url";

/** RFC 5321 §4.5.3.1, as corrected by erratum 1690. */
const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;

/** RFC 5322 §3.2.3: dot-atom, the local parts that need no quotes. */
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/** RFC 1035 §2.3.1, at least two labels; the last is no number, or it were an IPv4 address. */
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9]+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** What the URL rules, which turn a domain into ASCII, would take away or read as an end. */
const UNFIT_IN_DOMAIN = /[\s\p{C}%/\\?#:@[\]<>^|]/u;

/**
 * The one address that was typed, in the form mail is sent to; undefined for anything else. Blanks around it are
 * dropped. The domain is lower-cased and turned into ASCII (`münchen.test` is `xn--mnchen-3ya.test`) and has at least
 * one dot. The local part is kept as typed and is ASCII without quotes: addresses that need more (SMTPUTF8, quoted
 * local parts, IP literals) are refused. Does not check that the domain exists, nor that anybody reads there.
 */
export function parseEmailAddress(input: unknown): string | undefined {
  if (typeof input !== "string" || input.length > MAX_LENGTH * 2) return undefined;
  const [local = "", typedDomain = "", ...more] = input.trim().split("@");
  if (more.length > 0 || local.length > MAX_LOCAL_LENGTH || !LOCAL.test(local)) return undefined;
  const domain = asciiDomain(typedDomain);
  const address = `${local}@${domain}`;
  return domain && address.length <= MAX_LENGTH ? address : undefined;
}

/** `j***@acme.test`: the first letter and the domain; the asterisks do not tell how much they cover. */
export function maskEmailAddress(address: string): string {
  const [first = ""] = address;
  return `${first}***${address.slice(address.lastIndexOf("@"))}`;
}

function asciiDomain(typed: string): string | undefined {
  if (UNFIT_IN_DOMAIN.test(typed)) return undefined;
  const domain = domainToASCII(typed);
  return DOMAIN.test(domain) ? domain : undefined;
}

/** How often a login may be tried, counted before anything is compared. */
import { isIPv6 } from "node:net";
import type { Request } from "express";
import { DAY_SECONDS } from "../core/clock.js";
import { type Guess, type Limit, takeGuess } from "../core/guesses.js";
import type { Runtime } from "../express/runtime.js";

/** For a name from one address: somebody who mistypes waits a quarter of an hour, and locks nobody else out. */
const PER_NAME_AND_ADDRESS = { limit: 10, seconds: 15 * 60 };
/** For a name from anywhere: no more than a hundred (NIST SP 800-63B-4 §3.2.2), in a day. */
const PER_NAME = { limit: 100, seconds: DAY_SECONDS };
/** From one address, which an office may share: one password tried on many names. */
const PER_ADDRESS = { limit: 100, seconds: 60 * 60 };

/** Only what fails stays counted. Names and addresses are kept as keyed digests. @throws `store_unavailable` */
export function takeLogin({ limiter, tools }: Runtime, req: Request, name: string): Promise<Guess> {
  const who = tools.codes.digest("login-name", name.normalize("NFKC").trim().toLowerCase());
  const where = tools.codes.digest("login-address", networkOf(req.ip ?? ""));
  const limits: Limit[] = [
    { key: `login:${who}:${where}`, quota: PER_NAME_AND_ADDRESS },
    { key: `login-address:${where}`, quota: PER_ADDRESS },
    { key: `login-name:${who}`, quota: PER_NAME },
  ];
  return takeGuess(limiter, limits, tools.clock.now());
}

const NETWORK_GROUPS = 4;

/** Of IPv6 the first 64 bits: one household has all the addresses that begin with them. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const groups = (part: string) => part.split(":").filter((group) => group !== "");
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const whole = [...groups(head), ...Array<string>(missing).fill("0"), ...groups(tail ?? "")];
  return whole
    .slice(0, NETWORK_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

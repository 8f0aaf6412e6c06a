/** Links that are mailed: each for one use, once, for a while. Looking at one changes nothing. */
import type { Parts } from "./attempt.js";
import { DAY_SECONDS, later, newId } from "./clock.js";
import type { Tools } from "./factor.js";
import { newLinkToken, readLinkToken } from "./link-token.js";
import type { Link, LinkUse, UserRef, UserState } from "./model.js";
import type { KnownUser } from "./store.js";

const HOUR_SECONDS = 60 * 60;

/**
 * A link's life. A first login may lie over a week-end; a reset is asked for by somebody who waits for it; a change of
 * address can be stopped for a week, for somebody who is away; an account that was locked by somebody else is unlocked
 * when its owner reads their mail.
 */
export const LINK_SECONDS: Record<LinkUse, number> = {
  welcome: 72 * HOUR_SECONDS,
  reset: HOUR_SECONDS,
  stop: 7 * DAY_SECONDS,
  unlock: 72 * HOUR_SECONDS,
};

export interface LinkParts extends Pick<Parts, "store" | "tools"> {
  /** Where our pages are. */
  basePath: string;
}

/** A link that is good for something, as it is mailed. */
export interface MailedLink {
  url: string;
  expiresAt: Date;
}

type Wanted = Pick<Link, "use" | "about" | "disables">;

/** A new link: what is kept of it, and the token that is mailed. */
export function newLink(
  { random, clock }: Pick<Tools, "random" | "clock">,
  ref: UserRef,
  wanted: Wanted,
): { link: Link; token: string } {
  const { token, hash } = newLinkToken(random, ref.id);
  const expiresAt = later(clock.now(), LINK_SECONDS[wanted.use]);
  return { link: { ...wanted, id: newId(random), hash, expiresAt }, token };
}

/** Its address: on the site's own first origin, whatever a request says of its host. */
export function linkUrl(
  { tools, basePath }: Pick<LinkParts, "tools" | "basePath">,
  use: LinkUse,
  token: string,
): string {
  return `${tools.origin}${basePath}/${use}/${token}`;
}

/** Makes a link and keeps it; undefined where there is no such user. */
export async function issueLink(
  parts: LinkParts,
  ref: UserRef,
  wanted: Wanted,
): Promise<MailedLink | undefined> {
  const { link, token } = newLink(parts.tools, ref, wanted);
  const isKept = await parts.store.addLink(ref, link, parts.tools.clock.now());
  return isKept ? { url: linkUrl(parts, wanted.use, token), expiresAt: link.expiresAt } : undefined;
}

/** A link that works, and whose it is. */
export interface LiveLink {
  owner: KnownUser;
  state: UserState;
  link: Link;
}

/** The link behind a token, for this use; undefined where it does not work: used, over, or never there. */
export async function findLink(
  { store, tools }: Pick<LinkParts, "store" | "tools">,
  use: LinkUse,
  token: unknown,
): Promise<LiveLink | undefined> {
  const read = readLinkToken(token);
  const owner = read && (await store.find(read.user));
  const state = owner && (await store.read(owner.ref));
  const at = tools.clock.now();
  const link = state?.vault.links.find(
    (kept) => kept.hash === read?.hash && kept.use === use && kept.expiresAt > at,
  );
  return owner && state && link ? { owner, state, link } : undefined;
}

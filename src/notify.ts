/** Mails a notice for each event that is worth one: to the address on file, whatever comes of it. */
import { DAY_SECONDS, newId } from "./core/clock.js";
import { deliveryErrorOf } from "./core/delivery.js";
import type { EventContext, SecurityEvents } from "./core/events.js";
import type { LinkWords } from "./core/link-mail.js";
import { issueLink, type MailedLink } from "./core/links.js";
import type { UserRef } from "./core/model.js";
import { NOTICES, type NoticeName, type NoticeWords, noticeText } from "./delivery/notices.js";
import { browserName } from "./express/browser-name.js";
import type { Runtime } from "./express/runtime.js";
import type { NoticeOptions } from "./options.js";

/**
 * Listens to the events of a runtime, and gives it the way to the address on file. A notice that fails changes nothing,
 * and is itself an event.
 */
export function sendNotices(runtime: Runtime, options: NoticeOptions): void {
  runtime.mailOnFile = (ref, message) => mail(runtime, options, ref.id, message);
  for (const name of Object.keys(NOTICES) as NoticeName[]) listen(runtime, options, name);
}

type Wording<E extends NoticeName> = (
  detail: SecurityEvents[E],
  link?: MailedLink,
) => NoticeWords | undefined;
type Told = { user: string; at: Date } & EventContext;

function listen<E extends NoticeName>(runtime: Runtime, options: NoticeOptions, name: E): void {
  const wordsOf = NOTICES[name] as Wording<E>;
  runtime.events.on(name, async (event) => {
    const link =
      name === "locked" ? await unlockLink(runtime, event as Told & { blocked: boolean }) : undefined;
    const words = wordsOf(event, link);
    if (!words) return;
    const { user } = event;
    const isSent = await mail(runtime, options, user, {
      about: name,
      ...(await noticeOf(runtime, name, event, words)),
    });
    if (isSent && link) runtime.events.emit("link-sent", { user, use: "unlock" });
  });
}

async function noticeOf(
  { tools, basePath }: Runtime,
  about: NoticeName,
  { at, userAgent }: Told,
  words: NoticeWords,
): Promise<LinkWords> {
  // Of an administrator's act the browser is theirs, and none of the person's business.
  const isOwn = about !== "administered";
  const browser = isOwn && userAgent ? { browser: await browserName(userAgent) } : {};
  const link = `${tools.origin}${basePath}`;
  return { subject: words.subject, text: noticeText(words, { at, link, ...browser }) };
}

/**
 * Somebody who has both the password and the mailbox could guess on for ever: one link a week, each good for eighty
 * more guesses, is less than they would get without the block.
 */
const UNLOCKS = { limit: 1, seconds: 7 * DAY_SECONDS };

/** The way back in for somebody whose codes were switched off; the notice goes out without it where it fails. */
async function unlockLink(
  runtime: Runtime,
  { user, blocked, at }: Told & { blocked: boolean },
): Promise<MailedLink | undefined> {
  if (!blocked) return undefined;
  const { limiter, store, tools } = runtime;
  try {
    const taken = await limiter.take(`unlock:${tools.codes.digest("unlock", user)}`, UNLOCKS, at);
    const found = taken.ok ? await store.find(user) : undefined;
    return found && (await issueLink(runtime, found.ref, { use: "unlock" }));
  } catch {
    return undefined;
  }
}

/** To the address on file, unless it went there already. False: there is none, or it was not taken. */
async function mail(
  { store, tools, events }: Runtime,
  { delivery, addressOf = emailOf }: NoticeOptions,
  user: UserRef["id"],
  { about, subject, text, except }: LinkWords & { about: string; except?: string },
): Promise<boolean> {
  try {
    const found = await store.find(user);
    const to = found && (addressOf as (user: unknown) => string | undefined)(found.user);
    if (!to || to.toLowerCase() === except?.toLowerCase()) return false;
    await delivery.send({ to, subject, text, reference: newId(tools.random), at: tools.clock.now() });
    return true;
  } catch (thrown) {
    events.emit("notice-failed", { user, about, error: deliveryErrorOf(thrown) });
    return false;
  }
}

function emailOf(user: unknown): string | undefined {
  const { email } = user as { email?: unknown };
  return typeof email === "string" ? email : undefined;
}

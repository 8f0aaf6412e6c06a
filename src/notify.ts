/** Mails a notice for each event that is worth one: to the address on file, whatever comes of it. */
import { newId } from "./core/clock.js";
import { deliveryErrorOf } from "./core/delivery.js";
import type { EventContext, SecurityEvents } from "./core/events.js";
import { NOTICES, type NoticeName, type NoticeWords, noticeText } from "./delivery/notices.js";
import { browserName } from "./express/browser-name.js";
import type { Runtime } from "./express/runtime.js";
import type { NoticeOptions } from "./options.js";

/** Listens to the events of a runtime. A notice that fails changes nothing, and is itself an event. */
export function sendNotices(runtime: Runtime, options: NoticeOptions): void {
  for (const name of Object.keys(NOTICES) as NoticeName[]) listen(runtime, options, name);
}

function listen<E extends NoticeName>(runtime: Runtime, options: NoticeOptions, name: E): void {
  const wordsOf = NOTICES[name] as (detail: SecurityEvents[E]) => NoticeWords | undefined;
  runtime.events.on(name, (event) => {
    const words = wordsOf(event);
    return words && mail(runtime, options, name, event, words);
  });
}

async function mail(
  runtime: Runtime,
  { delivery, addressOf = emailOf }: NoticeOptions,
  about: NoticeName,
  { user, at, userAgent }: { user: string; at: Date } & EventContext,
  words: NoticeWords,
): Promise<void> {
  const { store, tools, events, basePath } = runtime;
  const found = await store.find(user);
  const to = found && (addressOf as (user: unknown) => string | undefined)(found.user);
  if (!to) return;
  // Of an administrator's act the browser is theirs, and none of the person's business.
  const isOwn = about !== "administered";
  const browser = isOwn && userAgent ? { browser: await browserName(userAgent) } : {};
  const text = noticeText(words, { at, link: `${tools.origin}${basePath}`, ...browser });
  try {
    await delivery.send({ to, subject: words.subject, text, reference: newId(tools.random), at });
  } catch (thrown) {
    events.emit("notice-failed", { user, about, error: deliveryErrorOf(thrown) });
  }
}

function emailOf(user: unknown): string | undefined {
  const { email } = user as { email?: unknown };
  return typeof email === "string" ? email : undefined;
}

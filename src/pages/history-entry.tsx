/** What happened to an account: in words, when, from where, and why where an administrator did it. */
import type { Context } from "./layout.js";
import { Time } from "./time.js";
import type { HistoryView } from "./views.js";

type Event = HistoryView["events"][number];

interface EntriesProps {
  events: readonly Event[];
  page: Context;
}

/** Newest first. */
export function Entries({ events, page }: EntriesProps) {
  return (
    <ol class="rows">
      {events.map((event) => (
        <Entry key={`${event.event} ${event.at.getTime()}`} event={event} page={page} />
      ))}
    </ol>
  );
}

/** The browser is what it said of itself: it keeps to its own direction. */
function Entry({ event, page: { t } }: { event: Event; page: Context }) {
  return (
    <li class="event">
      <p class="row-title">{t.history.words(event.event, event.detail)}</p>
      <Because event={event} t={t} />
      <p class="row-note">
        {event.browser && (
          <>
            <bdi>{event.browser}</bdi>,{" "}
          </>
        )}
        <Time at={event.at} t={t} />
      </p>
    </li>
  );
}

function Because({ event: { event, detail }, t }: { event: Event; t: Context["t"] }) {
  if (event !== "administered") return null;
  const { by, reason } = detail;
  return (
    <p class="row-note">
      {t.history.because(<bdi>{String(by ?? "")}</bdi>, <bdi>{String(reason ?? "")}</bdi>)}
    </p>
  );
}

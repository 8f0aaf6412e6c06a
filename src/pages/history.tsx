/** "Security history": what happened to the account, newest first, so that what one did not do oneself stands out. */
import { ButtonLink, Help } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { Time } from "./time.js";
import type { HistoryView } from "./views.js";

export function History({ view, ...page }: PageProps<HistoryView>) {
  const { t, site } = page;
  const { events, older } = view;
  return (
    <Layout page={page} heading={t.history.heading} {...(events.length === 0 && { lead: t.history.none })}>
      {events.length > 0 && (
        <ol class="rows">
          {events.map((event) => (
            <Entry key={`${event.event} ${event.at.getTime()}`} event={event} page={page} />
          ))}
        </ol>
      )}
      {events.length > 0 && <p>{t.history.notYou}</p>}
      <ButtonLink href={site.base}>{t.history.secure}</ButtonLink>
      {older && (
        <Help>
          <ButtonLink look="link" href={`${site.base}/events?before=${encodeURIComponent(older)}`}>
            {t.history.older}
          </ButtonLink>
        </Help>
      )}
    </Layout>
  );
}

/** The browser is what it said of itself: it keeps to its own direction. */
function Entry({ event, page: { t } }: { event: HistoryView["events"][number]; page: Context }) {
  return (
    <li class="event">
      <p class="row-title">{t.history.words(event.event, event.detail)}</p>
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

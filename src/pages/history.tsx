/** "Security history": what happened to the account, newest first, so that what one did not do oneself stands out. */
import { ButtonLink, Help } from "./components.js";
import { Entries } from "./history-entry.js";
import { Layout, type PageProps } from "./layout.js";
import type { HistoryView } from "./views.js";

export function History({ view, ...page }: PageProps<HistoryView>) {
  const { t, site } = page;
  const { events, older } = view;
  return (
    <Layout page={page} heading={t.history.heading} {...(events.length === 0 && { lead: t.history.none })}>
      {events.length > 0 && <Entries events={events} page={page} />}
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

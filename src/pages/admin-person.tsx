/** One person, to help them: how they stand, what they have, what can be done, what happened. */
import { ACTS } from "./admin-acts.js";
import { AdminNav } from "./admin-nav.js";
import { Facts } from "./admin-person-facts.js";
import { Browsers, Ways } from "./admin-person-has.js";
import { ButtonLink, Notice } from "./components.js";
import { Entries } from "./history-entry.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { personPath } from "./people-url.js";
import type { AdminPersonView } from "./views.js";

export function AdminPerson({ view, ...page }: PageProps<AdminPersonView>) {
  const { t } = page;
  const { person, notice, history } = view;
  const name = person.account || person.id;
  return (
    <Layout page={page} heading={name} shown={<bdi>{name}</bdi>} wide>
      <AdminNav page={page} to={[{ path: "/admin/users", label: t.people.heading }]} />
      {notice && <Said notice={notice} t={t} />}
      <Facts person={person} t={t} />
      <Ways person={person} t={t} />
      <Browsers person={person} t={t} />
      <Actions view={view} page={page} />
      {history && <History person={person} history={history} page={page} />}
    </Layout>
  );
}

function Said({ notice, t }: { notice: NonNullable<AdminPersonView["notice"]>; t: Context["t"] }) {
  if (notice === "unchanged") return <Notice tone="warn">{t.person.unchanged}</Notice>;
  return <Notice tone="ok">{t.person.acts[notice].done}</Notice>;
}

/** A page each, which asks for the reason. Nothing is offered that there is nothing to do for. */
function Actions({ view: { person, acts }, page: { t, site } }: { view: AdminPersonView; page: Context }) {
  return (
    <section class="stack" aria-labelledby="actions">
      <h2 id="actions">{t.person.actions}</h2>
      <div class="row-actions">
        {acts
          .filter((act) => ACTS[act].isDue(person))
          .map((act) => (
            <ButtonLink key={act} look="quiet" href={`${site.base}${personPath(person)}/${act}`}>
              {t.person.acts[act].link}
            </ButtonLink>
          ))}
      </div>
    </section>
  );
}

interface HistoryProps extends Pick<AdminPersonView, "person"> {
  history: NonNullable<AdminPersonView["history"]>;
  page: Context;
}

function History({ person, history: { events, older }, page }: HistoryProps) {
  const { t, site } = page;
  const url = site.base + personPath(person);
  return (
    <section class="stack" aria-labelledby="history">
      <h2 id="history">{t.history.heading}</h2>
      {events.length > 0 ? <Entries events={events} page={page} /> : <p>{t.history.none}</p>}
      {older && (
        <ButtonLink look="link" href={`${url}?before=${encodeURIComponent(older)}#history`}>
          {t.history.older}
        </ButtonLink>
      )}
    </section>
  );
}

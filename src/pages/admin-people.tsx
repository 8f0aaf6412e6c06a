/** "People": everybody with how they stand; found by name, or by what is the matter with them. */
import { AdminNav } from "./admin-nav.js";
import { PeopleSearch } from "./admin-people-search.js";
import { PeopleTable } from "./admin-people-table.js";
import { ButtonLink } from "./components.js";
import { Layout, type PageProps } from "./layout.js";
import { peopleUrl } from "./people-url.js";
import type { AdminPeopleView } from "./views.js";

export function AdminPeople({ view, ...page }: PageProps<AdminPeopleView>) {
  const { t, site } = page;
  const { people, next, hasPolicy } = view;
  return (
    <Layout page={page} heading={t.people.heading} wide>
      {hasPolicy && <AdminNav page={page} to={[{ path: "/admin/policy", label: t.adminPolicy.heading }]} />}
      <PeopleSearch view={view} page={page} />
      {people.length > 0 && <PeopleTable view={view} page={page} />}
      {people.length === 0 && <p>{next ? t.people.nobodyYet : t.people.nobody}</p>}
      {next && (
        <ButtonLink look="quiet" href={peopleUrl(site, { ...view, cursor: next })}>
          {t.people.next}
        </ButtonLink>
      )}
    </Layout>
  );
}

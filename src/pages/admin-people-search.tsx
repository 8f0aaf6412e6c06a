/** Finding people: a field for a part of their name, and a link for each thing that may be the matter. */
import { Button } from "./components.js";
import { Field } from "./field.js";
import type { Context } from "./layout.js";
import { peopleUrl } from "./people-url.js";
import type { AdminPeopleView, PeopleFilter } from "./views.js";

interface Props {
  view: AdminPeopleView;
  page: Context;
}

export function PeopleSearch(props: Props) {
  return (
    <>
      <SearchForm {...props} />
      <Filters {...props} />
    </>
  );
}

/** Changes nothing: what was searched for stands in the address. */
function SearchForm({ view: { text = "", filter }, page: { t, site } }: Props) {
  return (
    <search>
      <form method="get" action={`${site.base}/admin/users`} class="search">
        {filter && <input type="hidden" name="filter" value={filter} />}
        <Field t={t} id="q" label={t.people.searchFor}>
          <input
            id="q"
            name="q"
            type="search"
            dir="auto"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            value={text}
          />
        </Field>
        <Button>{t.people.search}</Button>
      </form>
    </search>
  );
}

const FILTERS: readonly PeopleFilter[] = ["not-set-up", "must-set-up", "in-grace", "locked"];

function Filters({ view, page: { t, site } }: Props) {
  const { text, filter, counts } = view;
  const choices = [undefined, ...FILTERS].map((name) => ({
    name,
    label: name ? t.people.filters[name] : t.people.everybody,
    count: counts[name ?? "people"],
  }));
  return (
    <nav aria-label={t.people.show}>
      <ul class="filters">
        {choices.map(({ name, label, count }) => (
          <li key={label}>
            <a
              class="filter"
              href={peopleUrl(site, { ...(text && { text }), filter: name })}
              {...(name === filter && { "aria-current": "true" as const })}
            >
              {label} <span class="count">{t.people.counted(count, counts.isPartial)}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

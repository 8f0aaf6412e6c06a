/** People in a table; where there is no room for one, each cell says what it is. */
import type { ComponentChildren } from "preact";
import { Lock, Roles, StatusBadge } from "./admin-status.js";
import { Badge } from "./components.js";
import type { Context } from "./layout.js";
import { personPath } from "./people-url.js";
import { Time } from "./time.js";
import type { AdminPeopleView, AdminPersonRow } from "./views.js";

interface TableProps {
  view: AdminPeopleView;
  page: Context;
}

export function PeopleTable({ view: { people, text, filter }, page }: TableProps) {
  const { people: words } = page.t;
  const shown = filter ? words.filters[filter] : words.everybody;
  return (
    <table class="people">
      <caption>{words.caption(shown, text && <bdi>{text}</bdi>)}</caption>
      <thead>
        <tr>
          {[words.person, words.status, words.ways, words.roles].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {people.map((person) => (
          <Row key={person.id} person={person} page={page} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  person: AdminPersonRow;
  page: Context;
}

/** A name is from outside, and may be missing: what leads to the page never is. */
function Row({ person, page }: RowProps) {
  const { t, site } = page;
  const { none, status, ways, roles } = t.people;
  return (
    <tr>
      <th scope="row">
        <a href={site.base + personPath(person)}>
          <bdi>{person.account || person.id}</bdi>
        </a>
      </th>
      <Cell label={status}>
        <Status person={person} page={page} />
      </Cell>
      <Cell label={ways}>{person.factors.map((kind) => t.factors[kind].name).join(", ") || none}</Cell>
      <Cell label={roles}>
        <Roles roles={person.roles} t={t} />
      </Cell>
    </tr>
  );
}

function Cell({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <td>
      <span class="cell-label">{label}</span>
      <div>{children}</div>
    </td>
  );
}

function Status({ person: { coverage, until, locked }, page: { t } }: RowProps) {
  return (
    <>
      <StatusBadge coverage={coverage} t={t} /> {locked && <Badge tone="warn">{t.person.locked}</Badge>}
      {until && (
        <span class="row-note">
          {t.person.coverages[coverage].sentence(<Time at={until} t={t} show="date" />)}
        </span>
      )}
      {locked && (
        <span class="row-note">
          <Lock lock={locked} t={t} />
        </span>
      )}
    </>
  );
}

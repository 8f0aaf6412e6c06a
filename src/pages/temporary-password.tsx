/** "Temporary password for ada": shown once, to read out or to copy. */
import { ButtonLink } from "./components.js";
import { Layout, type PageProps } from "./layout.js";
import { personPath } from "./people-url.js";
import { Time } from "./time.js";
import type { TemporaryPasswordView } from "./views.js";
import { plain } from "./words.js";

export function TemporaryPassword({ view, ...page }: PageProps<TemporaryPasswordView>) {
  const { t, site } = page;
  const { person, password, until } = view;
  const name = person.account || person.id;
  const { heading, once, after, back } = t.temporaryPassword;
  return (
    <Layout
      page={page}
      heading={plain(heading(name))}
      shown={heading(<bdi>{name}</bdi>)}
      lead={once(<Time at={until} t={t} />)}
    >
      <section class="sheet" aria-label={t.password.temporary}>
        <ul class="codes">
          <li>
            <bdi dir="ltr">{password}</bdi>
          </li>
        </ul>
      </section>
      <p>{after}</p>
      <ButtonLink href={site.base + personPath(person)}>{back}</ButtonLink>
    </Layout>
  );
}

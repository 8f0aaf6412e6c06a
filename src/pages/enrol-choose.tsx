/** "Set up two-factor authentication": which way to add. */
import { Badge, ButtonLink, CancelSignIn, Help } from "./components.js";
import { Layout, type PageProps } from "./layout.js";
import { PostRow } from "./rows.js";
import type { EnrolChooseView } from "./views.js";

export function EnrolChoose({ view, ...page }: PageProps<EnrolChooseView>) {
  const { t, site } = page;
  const kinds = view.factors.filter((kind) => kind !== "recovery-code");
  return (
    <Layout
      page={page}
      heading={view.required ? t.enrol.requiredHeading : t.enrol.heading}
      lead={view.required ? t.enrol.requiredLead(<bdi>{site.issuer}</bdi>) : t.enrol.lead}
    >
      <ul class="rows choices">
        {kinds.map((kind) => (
          <PostRow
            key={kind}
            kind={kind}
            site={site}
            to={`/enrol/${kind}`}
            note={t.factors[kind].note}
            badge={kind === "totp" && <Badge tone="ok">{t.enrol.recommended}</Badge>}
          >
            {t.factors[kind].name}
          </PostRow>
        ))}
      </ul>
      <Help>
        {view.required ? (
          <CancelSignIn site={site} label={t.shared.signOut} />
        ) : (
          <ButtonLink look="link" href={site.base}>
            {t.shared.cancel}
          </ButtonLink>
        )}
      </Help>
    </Layout>
  );
}

/** "Remove authenticator app?": asks first, and says what it costs. */
import { Button, ButtonLink, Form, Ltr, Notice } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import type { RemoveView } from "./views.js";

export function Remove({ view, ...page }: PageProps<RemoveView>) {
  const { t } = page;
  const { kind, hint } = view.factor;
  return (
    <Layout
      page={page}
      heading={t.overview.removeHeading(t.factors[kind].inSentence)}
      {...(hint && { lead: <Ltr>{hint}</Ltr> })}
    >
      {view.required ? <Required page={page} /> : <Ask view={view} page={page} />}
    </Layout>
  );
}

function Required({ page: { t, site } }: { page: Context }) {
  return (
    <>
      <Notice tone="warn">{t.overview.requiredHere}</Notice>
      <ButtonLink look="quiet" href={site.base}>
        {t.overview.keepIt}
      </ButtonLink>
    </>
  );
}

function Ask({ view, page: { t, site } }: { view: RemoveView; page: Context }) {
  return (
    <>
      {view.last && <Notice tone="warn">{t.overview.lastOne}</Notice>}
      <Form site={site} to={`/factors/${view.factor.kind}/remove`} class="actions">
        <Button look="danger">{t.overview.remove}</Button>
        <ButtonLink look="quiet" href={site.base}>
          {t.overview.keepIt}
        </ButtonLink>
      </Form>
    </>
  );
}

/** Behind a mailed link: a button first, since whatever reads mail opens links; then what came of it. */
import { Button, ButtonLink, Form } from "./components.js";
import { Layout, type PageProps } from "./layout.js";
import type { LinkDoneView, LinkExpiredView, LinkView } from "./views-links.js";
import { Support } from "./way-out.js";

export function MailedLink({ view, ...page }: PageProps<LinkView>) {
  const { t, site } = page;
  const words = t.links.opened[view.use];
  return (
    <Layout
      page={page}
      heading={words.title(site.issuer)}
      shown={words.heading(<bdi>{site.issuer}</bdi>)}
      lead={words.lead}
      secret
    >
      <Form site={site} to={view.to}>
        <Button>{words.go}</Button>
      </Form>
    </Layout>
  );
}

export function LinkDone({ view, ...page }: PageProps<LinkDoneView>) {
  const { t, site } = page;
  const words = t.links.done[view.use];
  return (
    <Layout page={page} heading={words.heading} lead={words.lead(<Support page={page} />)} secret>
      <ButtonLink href={site.loginUrl}>{t.links.signIn}</ButtonLink>
    </Layout>
  );
}

export function LinkExpired({ view, ...page }: PageProps<LinkExpiredView>) {
  const { t, site } = page;
  const { askUrl } = view;
  return (
    <Layout page={page} heading={t.links.expiredHeading} lead={t.links.expiredLead} secret>
      {askUrl === undefined ? (
        <ButtonLink href={site.loginUrl}>{t.shared.backToSignIn}</ButtonLink>
      ) : (
        <ButtonLink href={askUrl}>{t.links.askAgain}</ButtonLink>
      )}
    </Layout>
  );
}

/** "Two-factor authentication": what a person has, and what they can change. */
import { Badge, Button, ButtonLink, Form, Help, Ltr, Notice } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { FactorRow } from "./overview-factor.js";
import { BrowsersRow, RecoveryRow } from "./overview-rows.js";
import type { OverviewView } from "./views.js";
import { Support } from "./way-out.js";

export function Overview({ view, ...page }: PageProps<OverviewView>) {
  const { t } = page;
  return (
    <Layout page={page} heading={t.overview.heading} lead={lead(view, page)}>
      {view.notice && <Notice tone="ok">{t.overview.notices[view.notice]}</Notice>}
      <Rows view={view} page={page} />
      <WayOn view={view} page={page} />
      <Form site={page.site} to="/sessions/end-others" class="apart">
        <Button look="quiet">{t.overview.endOthers}</Button>
      </Form>
      <Links view={view} page={page} />
    </Layout>
  );
}

function Links({ view: { history, password }, page: { t, site } }: { view: OverviewView; page: Context }) {
  if (!history && !password) return null;
  return (
    <Help>
      {password && (
        <ButtonLink look="link" href={`${site.base}/password`}>
          {t.password.heading}
        </ButtonLink>
      )}
      {history && (
        <ButtonLink look="link" href={`${site.base}/events`}>
          {t.history.heading}
        </ButtonLink>
      )}
    </Help>
  );
}

function lead({ on, account }: OverviewView, { t }: Context) {
  return (
    <>
      {on ? <Badge tone="ok">{t.overview.on}</Badge> : <Badge tone="plain">{t.overview.off}</Badge>}{" "}
      <Ltr>{account}</Ltr>
    </>
  );
}

/** What somebody has; a list with nothing in it is not one. */
function Rows({ view, page }: { view: OverviewView; page: Context }) {
  const { factors, recovery, browsers = 0 } = view;
  if (factors.length === 0 && !recovery && browsers === 0) return null;
  const orderOf = (at: number) => (factors.length === 1 ? "only" : at === 0 ? "first" : "later");
  return (
    <ul class="rows">
      {factors.map((factor, at) => (
        <FactorRow key={factor.kind} factor={factor} order={orderOf(at)} page={page} />
      ))}
      {recovery && <RecoveryRow recovery={recovery} page={page} />}
      {browsers > 0 && <BrowsersRow count={browsers} page={page} />}
    </ul>
  );
}

function WayOn({ view, page }: { view: OverviewView; page: Context }) {
  const { t, site } = page;
  const enrol = `${site.base}/enrol`;
  if (!view.configured && !view.on) return <p>{t.overview.notConfigured(<Support page={page} />)}</p>;
  if (!view.on) return <ButtonLink href={enrol}>{t.overview.turnOn}</ButtonLink>;
  if (view.addable.length === 0) return null;
  return <ButtonLink href={enrol}>{t.overview.addAnother}</ButtonLink>;
}

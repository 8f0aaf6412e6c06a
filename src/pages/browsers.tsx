/** "Remembered browsers": which ones skip the code, until when, and how to end it. */
import { Button, ButtonLink, Form, Help, Notice } from "./components.js";
import { Icon } from "./icons.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { Time } from "./time.js";
import type { BrowsersView } from "./views.js";

export function Browsers({ view, ...page }: PageProps<BrowsersView>) {
  const { t, site } = page;
  const has = view.browsers.length > 0;
  return (
    <Layout page={page} heading={t.browsers.heading} lead={has ? t.browsers.lead : t.browsers.none}>
      {view.notice && <Notice tone="ok">{t.browsers.notices[view.notice]}</Notice>}
      {has && <List browsers={view.browsers} page={page} />}
      <Help>
        <ButtonLink look="link" href={site.base}>
          {t.shared.back}
        </ButtonLink>
      </Help>
    </Layout>
  );
}

function List({ browsers, page }: Pick<BrowsersView, "browsers"> & { page: Context }) {
  const { t, site } = page;
  return (
    <>
      <ul class="rows">
        {browsers.map((browser) => (
          <BrowserRow key={browser.id} browser={browser} page={page} />
        ))}
      </ul>
      <Form site={site} to="/browsers/forget-all">
        <Button>{t.browsers.forgetAll}</Button>
      </Form>
    </>
  );
}

/** The name is what the browser said of itself: it keeps to its own direction. */
function BrowserRow(props: { browser: BrowsersView["browsers"][number]; page: Context }) {
  const { t, site } = props.page;
  const { id, name, isThis, lastUsedAt, expiresAt } = props.browser;
  const shown = <bdi>{name}</bdi>;
  return (
    <li class="entry">
      <Icon name="browser" />
      <div class="row-text">
        <p class="row-title">{isThis ? t.browsers.thisOne(shown) : shown}</p>
        <p class="row-note">
          {t.browsers.dates(<Time at={lastUsedAt} t={t} />, <Time at={expiresAt} t={t} show="date" />)}
        </p>
      </div>
      <div class="row-actions">
        <Form site={site} to={`/browsers/${encodeURIComponent(id)}/forget`}>
          <Button look="quiet" label={t.browsers.forgetNamed(name)}>
            {t.browsers.forget}
          </Button>
        </Form>
      </div>
    </li>
  );
}

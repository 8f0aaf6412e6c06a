/** "Too many wrong codes": says how long, and what can be done meanwhile. Never reloads by itself. */
import { Button, ButtonLink, Form, Help } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import type { LockedView } from "./views.js";
import { aboutOf, challengePath, Support, WayOut } from "./way-out.js";

export function Locked({ view, ...page }: PageProps<LockedView>) {
  const { t } = page;
  return (
    <Layout
      page={page}
      heading={view.stopped ? t.locked.stoppedHeading : t.locked.heading}
      lead={lead(view, page)}
    >
      <WayOn view={view} page={page} />
      <Help>
        {view.recovery && !view.action && (
          <ButtonLink look="link" href={challengePath(page.site.base, "", view, "recovery-code")}>
            {t.choose.ways["recovery-code"]()}
          </ButtonLink>
        )}
        {view.stopped?.others && (
          <ButtonLink look="link" href={challengePath(page.site.base, "/choose", view)}>
            {t.challenge.tryAnotherWay}
          </ButtonLink>
        )}
        {!view.outlasts && <WayOut page={page} asked={view} />}
      </Help>
    </Layout>
  );
}

function lead({ minutes, action }: LockedView, page: Context) {
  const { locked } = page.t;
  if (minutes === undefined) {
    const words = page.site.mailsLinks ? locked.blockedMailed : locked.blocked;
    return words(<Support page={page} />);
  }
  return `${locked.paused(minutes)} ${action ? locked.notYouSignedIn : locked.notYou}`;
}

/** A blocked way does not come back by trying again. */
function WayOn({ view, page: { t, site } }: { view: LockedView; page: Context }) {
  if (view.outlasts) return <ButtonLink href={site.loginUrl}>{t.shared.backToSignIn}</ButtonLink>;
  if (view.minutes === undefined) return null;
  if (view.retryUrl) return <ButtonLink href={view.retryUrl}>{t.locked.tryAgain}</ButtonLink>;
  return (
    <Form site={site} to="/challenge/send" hidden={aboutOf(view, view.factor ?? "totp")}>
      <Button>{t.locked.tryAgain}</Button>
    </Form>
  );
}

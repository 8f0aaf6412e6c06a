/** The challenge, or the whole sign-in, took too long: one button goes on. */
import { Button, ButtonLink, Form, Help } from "./components.js";
import { Layout, type PageProps } from "./layout.js";
import type { ExpiredView } from "./views.js";
import { aboutOf, WayOut } from "./way-out.js";

type Props = PageProps<ExpiredView>;

export function Expired(props: Props) {
  return props.view.over ? <Over {...props} /> : <StillOpen {...props} />;
}

function Over({ view: _, ...page }: Props) {
  const { t, site } = page;
  return (
    <Layout page={page} heading={t.expired.overHeading} lead={t.expired.overLead}>
      <ButtonLink href={site.loginUrl}>{t.expired.signInAgain}</ButtonLink>
    </Layout>
  );
}

/** Only a code that was sent expires before the eyes of a person; an app shows the next one. */
function StillOpen({ view, ...page }: Props) {
  const { t, site } = page;
  const kind = view.factor?.kind ?? "totp";
  const wasSent = kind === "email" || kind === "sms";
  return (
    <Layout
      page={page}
      heading={wasSent ? t.expired.heading : t.expired.appHeading}
      lead={t.expired.stillOpen}
    >
      <Form site={site} to="/challenge/send" hidden={aboutOf(view, kind)}>
        <Button>{wasSent ? t.challenge.sendAgain : t.challenge.submit}</Button>
      </Form>
      <Help>
        <WayOut page={page} asked={view} />
      </Help>
    </Layout>
  );
}

/** Where somebody asks for a link by mail, and what they are told, whoever they are. */
import { Button, ButtonLink, Form, Help, Ltr } from "./components.js";
import { describing, Field } from "./field.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import type { AskLinkView, LinkSentView, ResetClosedView } from "./views-links.js";
import { Support } from "./way-out.js";

export function AskLink({ view, ...page }: PageProps<AskLinkView>) {
  const { t, site } = page;
  const { use, problem } = view;
  const words = t.links.asked[use];
  const said = { error: problem };
  return (
    <Layout page={page} heading={words.heading} failed={problem !== undefined}>
      <Form site={site} to={words.path} class="stack" novalidate>
        <Field t={t} id="address" label={words.address} {...said}>
          <input
            id="address"
            name="address"
            type="email"
            dir="ltr"
            autocomplete="email"
            value={view.address ?? ""}
            {...(problem && { "aria-invalid": "true" as const, autofocus: true })}
            {...describing("address", said)}
          />
        </Field>
        <Button>{t.links.send}</Button>
      </Form>
      <Help>
        <ToSignIn page={page} />
      </Help>
    </Layout>
  );
}

export function LinkSent({ view, ...page }: PageProps<LinkSentView>) {
  const { t } = page;
  const address = <Ltr>{view.address}</Ltr>;
  return (
    <Layout page={page} heading={t.links.sentHeading} lead={t.links.asked[view.use].sent(address)}>
      <ToSignIn page={page} />
    </Layout>
  );
}

export function ResetClosed({ view: _, ...page }: PageProps<ResetClosedView>) {
  const { t } = page;
  const lead = t.links.resetClosed(<Support page={page} />);
  return (
    <Layout page={page} heading={t.links.asked.reset.heading} lead={lead}>
      <ToSignIn page={page} />
    </Layout>
  );
}

function ToSignIn({ page: { t, site } }: { page: Context }) {
  return (
    <ButtonLink look="link" href={site.loginUrl}>
      {t.shared.backToSignIn}
    </ButtonLink>
  );
}

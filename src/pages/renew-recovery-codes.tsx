/** "Make new recovery codes?": asks before the old ones stop working. */
import { Button, ButtonLink, Form } from "./components.js";
import { Layout, type PageProps } from "./layout.js";
import type { RenewRecoveryCodesView } from "./views.js";

export function RenewRecoveryCodes({ view, ...page }: PageProps<RenewRecoveryCodesView>) {
  const { t, site } = page;
  return (
    <Layout page={page} heading={t.recoveryCodes.renewHeading} lead={t.recoveryCodes.renewLead(view.left)}>
      <Form site={site} to="/recovery-codes" class="actions">
        <Button>{t.recoveryCodes.makeNew}</Button>
        <ButtonLink look="quiet" href={site.base}>
          {t.recoveryCodes.keepOld}
        </ButtonLink>
      </Form>
    </Layout>
  );
}

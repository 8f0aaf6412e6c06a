/** What a reload of the recovery codes finds: they were shown once, and can only be made anew. */
import { ButtonLink, Help } from "./components.js";
import { Layout, type PageProps } from "./layout.js";
import type { RecoveryCodesGoneView } from "./views.js";

export function RecoveryCodesGone({ view, ...page }: PageProps<RecoveryCodesGoneView>) {
  const { t, site } = page;
  return (
    <Layout page={page} heading={t.recoveryCodes.goneHeading} lead={t.recoveryCodes.gone}>
      <p>{t.recoveryCodes.left(view.left, view.total)}.</p>
      <ButtonLink href={`${site.base}/recovery-codes/new`}>{t.recoveryCodes.makeNew}</ButtonLink>
      <Help>
        <ButtonLink look="link" href={site.base}>
          {t.shared.back}
        </ButtonLink>
      </Help>
    </Layout>
  );
}

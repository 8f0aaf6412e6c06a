/** "Two-factor policy": who must, with which ways, by whom codes go; reviewed first, then saved. */
import { AdminNav } from "./admin-nav.js";
import { Codes } from "./admin-policy-codes.js";
import { GraceDays, Organisation, Recovery } from "./admin-policy-fields.js";
import { Providers } from "./admin-policy-provider.js";
import { Review } from "./admin-policy-review.js";
import { Roles } from "./admin-policy-roles.js";
import { TestSwitch } from "./admin-policy-test.js";
import { Button, ButtonLink, ErrorNotice, Form, Help, Notice } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import type { AdminPolicyView } from "./views.js";
import type { PartOfSettings } from "./views-admin.js";

export function AdminPolicy({ view, ...page }: PageProps<AdminPolicyView>) {
  const { t, site } = page;
  const failed = view.conflict === true || hasErrors(view) || view.confirmUrl !== undefined;
  const isUnsaved = failed || view.report !== undefined;
  return (
    <Layout page={page} heading={t.adminPolicy.heading} failed={failed} wide>
      <AdminNav page={page} to={[{ path: "/admin/users", label: t.people.heading }]} />
      <Said view={view} page={page} />
      {view.report && <Review view={view} report={view.report} page={page} />}
      <Editor view={view} page={page} />
      <Help>
        {isUnsaved && (
          <ButtonLink look="link" href={`${site.base}/admin/policy`}>
            {t.adminPolicy.showSaved}
          </ButtonLink>
        )}
      </Help>
    </Layout>
  );
}

interface PartProps {
  view: AdminPolicyView;
  page: Context;
}

/** What is wrong may quote what somebody typed: it keeps to its own direction. */
function Said({ view, page: { t } }: PartProps) {
  const { saved, confirmed, conflict, confirmUrl } = view;
  const problem = view.problem ?? (hasErrors(view) ? t.adminPolicy.seeBelow : undefined);
  return (
    <>
      {confirmed && <Notice tone="ok">{t.adminPolicy.confirmed}</Notice>}
      {confirmUrl !== undefined && <Unconfirmed url={confirmUrl} t={t} />}
      {saved && <Notice tone="ok">{t.adminPolicy.saved}</Notice>}
      {conflict && (
        <ErrorNotice t={t} id="conflict">
          {t.adminPolicy.conflict}
        </ErrorNotice>
      )}
      {problem !== undefined && (
        <ErrorNotice t={t} id="problem">
          <bdi>{problem}</bdi>
        </ErrorNotice>
      )}
    </>
  );
}

function hasErrors({ problem, errors = {} }: AdminPolicyView): boolean {
  return problem !== undefined || Object.keys(errors).length > 0;
}

/** In a tab of its own: this one holds what is not saved. */
function Unconfirmed({ url, t }: { url: string; t: Context["t"] }) {
  return (
    <ErrorNotice t={t} id="confirm">
      {t.adminPolicy.confirmFirst}{" "}
      <a href={url} target="_blank" rel="noopener">
        {t.adminPolicy.confirm}
      </a>
    </ErrorNotice>
  );
}

/** Whether a part is there at all, and can be changed. */
function isOpen({ pinned, codes, providers, testMode }: AdminPolicyView): boolean {
  const there: PartOfSettings[] = ["organisation", "graceDays", "recovery", "roles"];
  if (codes.length > 0) there.push("codeMinutes");
  if (providers.length > 0) there.push("providers");
  if (testMode !== undefined) there.push("testMode");
  return there.some((part) => !pinned.includes(part));
}

/** With every part set in code there is nothing to send. */
function Editor({ view, page }: PartProps) {
  const { t, site } = page;
  const parts = (
    <>
      <Organisation view={view} t={t} />
      <GraceDays view={view} t={t} />
      <Recovery view={view} t={t} />
      <Roles view={view} t={t} />
      <Codes view={view} t={t} />
      <Providers view={view} t={t} />
      <TestSwitch view={view} t={t} />
    </>
  );
  if (!isOpen(view)) return <div class="stack loose">{parts}</div>;
  const hidden = { version: String(view.version), draft: view.draft };
  return (
    <Form site={site} to="/admin/policy/report" class="stack loose" hidden={hidden}>
      {parts}
      <Button look={view.report ? "quiet" : "primary"}>{t.adminPolicy.review}</Button>
    </Form>
  );
}

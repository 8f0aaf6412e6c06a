/** "Two-factor policy": who must, with which ways; reviewed first, then saved. */
import { AdminNav } from "./admin-nav.js";
import { GraceDays, Organisation, Recovery } from "./admin-policy-fields.js";
import { Review } from "./admin-policy-review.js";
import { Roles } from "./admin-policy-roles.js";
import { Button, ButtonLink, ErrorNotice, Form, Help, Notice } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import type { AdminPolicyView } from "./views.js";

export function AdminPolicy({ view, ...page }: PageProps<AdminPolicyView>) {
  const { t, site } = page;
  const failed = view.conflict === true || view.problem !== undefined;
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
function Said({ view: { saved, conflict, problem }, page: { t } }: PartProps) {
  return (
    <>
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

const PARTS = ["organisation", "graceDays", "recovery", "roles"] as const;

/** With every part set in code there is nothing to send. */
function Editor({ view, page }: PartProps) {
  const { t, site } = page;
  const parts = (
    <>
      <Organisation view={view} t={t} />
      <GraceDays view={view} t={t} />
      <Recovery view={view} t={t} />
      <Roles view={view} t={t} />
    </>
  );
  if (PARTS.every((part) => view.pinned.includes(part))) return <div class="stack loose">{parts}</div>;
  const hidden = { version: String(view.version) };
  return (
    <Form site={site} to="/admin/policy/report" class="stack loose" hidden={hidden}>
      {parts}
      <Button look={view.report ? "quiet" : "primary"}>{t.adminPolicy.review}</Button>
    </Form>
  );
}

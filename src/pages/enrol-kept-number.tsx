/** "Set up codes by text message": the number that the account has, and the way to change it there. */
import { ButtonLink, ErrorNotice, Form, Help, Ltr } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { SendButton } from "./sent-code.js";
import type { EnrolSmsView } from "./views.js";
import { EnrolWayOut, Support } from "./way-out.js";

export function EnrolKeptNumber({ view, ...page }: PageProps<EnrolSmsView>) {
  const { address, problem, numberProblem, required } = view;
  const { t } = page;
  const lead = address === undefined ? noNumber(view, page) : t.enrolSms.kept(<Ltr>{address}</Ltr>);
  return (
    <Layout page={page} heading={t.enrolSms.keptHeading} lead={lead} failed={!!(problem ?? numberProblem)}>
      {numberProblem !== undefined && (
        <ErrorNotice t={t} id="number-error">
          {numberProblem}
        </ErrorNotice>
      )}
      {address === undefined ? <ToAccount view={view} page={page} /> : <TextIt view={view} page={page} />}
      <Help>
        <EnrolWayOut page={page} required={required} />
      </Help>
    </Layout>
  );
}

function noNumber({ kept }: EnrolSmsView, page: Context) {
  const { enrolSms } = page.t;
  return kept?.url === undefined ? enrolSms.askForNumber(<Support page={page} />) : enrolSms.noneKept;
}

function ToAccount({ view: { kept }, page: { t } }: { view: EnrolSmsView; page: Context }) {
  return kept?.url === undefined ? null : <ButtonLink href={kept.url}>{t.enrolSms.openAccount}</ButtonLink>;
}

function TextIt({ view: { kept, problem }, page }: { view: EnrolSmsView; page: Context }) {
  const { t, site } = page;
  return (
    <>
      <Form site={site} to="/enrol/sms" class="stack">
        <SendButton page={page} problem={problem} place={{ kind: "sms", instead: "address" }}>
          {t.enrolSms.send}
        </SendButton>
      </Form>
      {kept?.url !== undefined && (
        <ButtonLink look="quiet" href={kept.url}>
          {t.enrolSms.changeKept}
        </ButtonLink>
      )}
    </>
  );
}

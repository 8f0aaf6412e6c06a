/** "Which number should we text?": the country and the number, then the code that went there. */
import { Form, Help } from "./components.js";
import { EnrolCode } from "./enrol-code.js";
import { EnrolKeptNumber } from "./enrol-kept-number.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { PhoneFields } from "./phone-fields.js";
import { SendButton } from "./sent-code.js";
import type { EnrolSmsView } from "./views.js";
import { EnrolWayOut } from "./way-out.js";

export function EnrolSms({ view, ...page }: PageProps<EnrolSmsView>) {
  const { address, problem, required, sent } = view;
  if (sent) return <EnrolCode kind="sms" {...{ page, address, sent, problem, required }} />;
  if (view.kept) return <EnrolKeptNumber view={view} {...page} />;
  return (
    <Layout
      page={page}
      heading={page.t.enrolSms.heading}
      failed={!!problem || view.numberProblem !== undefined}
    >
      <NumberForm view={view} page={page} />
      <Help>
        <EnrolWayOut page={page} required={required} />
      </Help>
    </Layout>
  );
}

function NumberForm({ view, page }: { view: EnrolSmsView; page: Context }) {
  const { t, site } = page;
  const { countries, country, number, numberProblem } = view;
  return (
    <Form site={site} to="/enrol/sms" class="stack" novalidate>
      <PhoneFields
        t={t}
        countries={countries}
        country={country}
        number={number}
        hint={t.enrolSms.numberHint}
        errors={{ number: numberProblem }}
        isOwn
      />
      <SendButton page={page} problem={view.problem} place={{ kind: "sms", instead: "address" }}>
        {t.enrolSms.send}
      </SendButton>
    </Form>
  );
}

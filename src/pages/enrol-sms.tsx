/** "Which number should we text?": the country and the number, then the code that went there. */
import { Form, Help } from "./components.js";
import { EnrolCode } from "./enrol-code.js";
import { EnrolKeptNumber } from "./enrol-kept-number.js";
import { describing, Field } from "./field.js";
import { type Context, Layout, type PageProps } from "./layout.js";
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
  return (
    <Form site={site} to="/enrol/sms" class="stack" novalidate>
      <CountryField view={view} t={t} />
      <NumberField view={view} t={t} />
      <SendButton page={page} problem={view.problem} place={{ kind: "sms", instead: "address" }}>
        {t.enrolSms.send}
      </SendButton>
    </Form>
  );
}

type FieldProps = { view: EnrolSmsView } & Pick<Context, "t">;

/** A browser shows the first of a list as if it were chosen: with nothing known and a choice to make, nothing is. */
function CountryField({ view: { countries, country }, t }: FieldProps) {
  const isOpen = countries.length > 1 && !countries.some(({ code }) => code === country);
  return (
    <Field t={t} id="country" label={t.enrolSms.country}>
      <select id="country" name="country" autocomplete="country">
        {isOpen && (
          <option value="" selected>
            {t.enrolSms.chooseCountry}
          </option>
        )}
        {countries.map(({ code, name, callingCode }) => (
          <option key={code} value={code} selected={code === country}>
            {t.enrolSms.countryOption(name, callingCode)}
          </option>
        ))}
      </select>
    </Field>
  );
}

function NumberField({ view, t }: FieldProps) {
  const words = { hint: t.enrolSms.numberHint, error: view.numberProblem };
  return (
    <Field t={t} id="number" label={t.enrolSms.number} {...words}>
      <input
        id="number"
        name="number"
        type="tel"
        dir="ltr"
        autocomplete="tel-national"
        value={view.number ?? ""}
        {...(words.error && { "aria-invalid": "true" as const, autofocus: true })}
        {...describing("number", words)}
      />
    </Field>
  );
}

/** "Where should we send codes?": the address, then the code that went there. */
import { Form, Help } from "./components.js";
import { EnrolCode } from "./enrol-code.js";
import { describing, Field } from "./field.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { SendButton } from "./sent-code.js";
import type { EnrolEmailView } from "./views.js";
import { EnrolWayOut } from "./way-out.js";

export function EnrolEmail({ view, ...page }: PageProps<EnrolEmailView>) {
  const { address, problem, required, sent } = view;
  if (sent) return <EnrolCode kind="email" {...{ page, address, sent, problem, required }} />;
  return (
    <Layout
      page={page}
      heading={page.t.enrolEmail.heading}
      failed={!!problem || view.addressProblem !== undefined}
    >
      <AddressForm view={view} page={page} />
      <Help>
        <EnrolWayOut page={page} required={required} />
      </Help>
    </Layout>
  );
}

function AddressForm({ view, page }: { view: EnrolEmailView; page: Context }) {
  const { t, site } = page;
  return (
    <Form site={site} to="/enrol/email" class="stack" novalidate>
      <AddressField view={view} t={t} />
      <SendButton page={page} problem={view.problem} place={{ kind: "email", instead: "address" }}>
        {t.enrolEmail.send}
      </SendButton>
    </Form>
  );
}

function AddressField({ view, t }: { view: EnrolEmailView } & Pick<Context, "t">) {
  const words = { hint: t.enrolEmail.addressHint, error: view.addressProblem };
  return (
    <Field t={t} id="address" label={t.enrolEmail.address} {...words}>
      <input
        id="address"
        name="address"
        type="email"
        dir="ltr"
        autocomplete="email"
        value={view.address ?? ""}
        {...(words.error && { "aria-invalid": "true" as const, autofocus: true })}
        {...describing("address", words)}
      />
    </Field>
  );
}

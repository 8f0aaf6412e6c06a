/** "Switch off two-factor authentication for ada?": one thing an administrator does for somebody, and why. */
import { ACTS } from "./admin-acts.js";
import { Button, ButtonLink, Form } from "./components.js";
import { describing, Field } from "./field.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { personPath } from "./people-url.js";
import { PhoneFields } from "./phone-fields.js";
import type { AdminActView } from "./views.js";
import { plain } from "./words.js";

export function AdminAct({ view, ...page }: PageProps<AdminActView>) {
  const { t, site } = page;
  const { act, person, errors = [] } = view;
  const words = t.person.acts[act];
  const name = person.account || person.id;
  const path = personPath(person);
  return (
    <Layout
      page={page}
      heading={plain(words.heading(name))}
      shown={words.heading(<bdi>{name}</bdi>)}
      {...(view.isTold && { lead: t.person.told })}
      failed={errors.length > 0}
    >
      <Form site={site} to={`${path}/${act}`} class="stack" novalidate>
        <Phone view={view} t={t} />
        <Reason view={view} t={t} />
        <Disables view={view} t={t} />
        <div class="actions">
          <Button look={ACTS[act].look}>{words.submit}</Button>
          <ButtonLink look="quiet" href={site.base + path}>
            {t.shared.cancel}
          </ButtonLink>
        </div>
      </Form>
    </Layout>
  );
}

interface FieldProps {
  view: AdminActView;
  t: Context["t"];
}

const errorAt = ({ errors = [] }: AdminActView, name: string) =>
  errors.find(({ field }) => field === name)?.message;

/** Of somebody else: an administrator's browser has nothing to fill in. */
function Phone({ view, t }: FieldProps) {
  if (!view.countries) return null;
  const errors = { country: errorAt(view, "country"), number: errorAt(view, "number") };
  return (
    <PhoneFields
      t={t}
      countries={view.countries}
      country={view.typed?.country}
      number={view.typed?.number}
      hint={t.person.stillToProve}
      errors={errors}
      isOwn={false}
    />
  );
}

function Disables({ view, t }: FieldProps) {
  if (!view.mayDisable) return null;
  return (
    <div class="check">
      <input
        type="checkbox"
        id="disable"
        name="disable"
        value="on"
        checked={view.typed?.disable === true}
        aria-describedby="disable-hint"
      />
      <label for="disable">{t.person.resetDisables}</label>
      <p class="hint" id="disable-hint">
        {t.person.resetDisablesHint}
      </p>
    </div>
  );
}

/** As long as a reason may be: a browser stops there, and nothing that was written is lost. */
const MAX_REASON = 500;

function Reason({ view, t }: FieldProps) {
  const error = errorAt(view, "reason");
  const isOnly = view.errors?.every(({ field }) => field === "reason") ?? false;
  return (
    <Field t={t} id="reason" label={t.person.reason} error={error}>
      <input
        id="reason"
        name="reason"
        type="text"
        dir="auto"
        autocomplete="off"
        maxlength={MAX_REASON}
        value={view.typed?.reason ?? ""}
        {...(error && { "aria-invalid": "true" as const, autofocus: isOnly })}
        {...describing("reason", { error })}
      />
    </Field>
  );
}

/** The services that carry messages: what is saved of a secret is said, and never shown. */
import { type FieldsProps, Fixed } from "./admin-policy-fields.js";
import { Notice } from "./components.js";
import { describing, Field } from "./field.js";
import type { Messages } from "./messages.js";
import type { AdminPolicyView } from "./views.js";
import type { ProviderFieldView, ProviderView } from "./views-admin.js";

export function Providers({ view, t }: FieldsProps) {
  const { provider: words } = t.adminPolicy;
  if (view.pinned.includes("providers")) {
    return view.providers.map(({ channel, name }) => (
      <Fixed key={channel} t={t} label={words.heading[channel]} value={<bdi>{name}</bdi>} />
    ));
  }
  return view.providers.map((provider) => (
    <ProviderFields key={provider.channel} provider={provider} errors={view.errors ?? {}} t={t} />
  ));
}

interface ProviderProps {
  provider: ProviderView;
  errors: NonNullable<AdminPolicyView["errors"]>;
  t: Messages;
}

function ProviderFields({ provider, errors, t }: ProviderProps) {
  const { channel, name, fields, isReady, isTest, isRemoved } = provider;
  const { provider: words } = t.adminPolicy;
  return (
    <fieldset class="stack">
      <legend>
        {words.heading[channel]}: <bdi>{name}</bdi>
      </legend>
      {isRemoved && <Notice tone="warn">{words.isRemoved}</Notice>}
      {!isRemoved && isTest && <Notice tone="warn">{words.isTest}</Notice>}
      {!isRemoved && !isTest && !isReady && <p class="hint">{words.notReady}</p>}
      {fields.map((field) => {
        const error = errors[`providers.${channel}.${field.name}`];
        const id = `provider-${channel}-${field.name}`;
        return <ProviderField key={field.name} id={id} field={field} t={t} {...(error && { error })} />;
      })}
      {isSaved(provider) && <Remove provider={provider} t={t} />}
    </fieldset>
  );
}

interface FieldProps {
  id: string;
  field: ProviderFieldView;
  error?: string;
  t: Messages;
}

/** A secret is a password to browsers that would keep or fill it in: it is a new one each time. */
function ProviderField({ id, field, error, t }: FieldProps) {
  const hint = hintOf(field, t);
  // What a provider of the app's own says keeps to its own direction.
  const about = { hint: hint && <bdi>{hint}</bdi>, error: error && <bdi>{error}</bdi> };
  const kind = field.secret
    ? ({ type: "password", autocomplete: "new-password" } as const)
    : ({ type: "text", autocomplete: "off", value: field.value } as const);
  return (
    <Field t={t} id={id} label={<bdi>{field.label}</bdi>} {...about}>
      <input
        id={id}
        name={id}
        dir="ltr"
        autocapitalize="none"
        spellcheck={false}
        {...kind}
        {...(error && { "aria-invalid": "true" as const })}
        {...describing(id, { hint, error })}
      />
    </Field>
  );
}

function hintOf(field: ProviderFieldView, t: Messages): string | undefined {
  const { provider: words } = t.adminPolicy;
  if (field.secret && field.isEntered) return words.entered;
  return field.secret && field.saved ? words.saved : field.hint;
}

function isSaved({ fields, isRemoved }: ProviderView): boolean {
  return isRemoved || fields.some((field) => (field.secret ? field.saved : field.value !== ""));
}

function Remove({ provider: { channel, name, isRemoved }, t }: Omit<ProviderProps, "errors">) {
  const id = `provider-${channel}-remove`;
  const { remove, removeNamed } = t.adminPolicy.provider;
  return (
    <div class="check">
      <input
        id={id}
        name={id}
        type="checkbox"
        value="on"
        checked={isRemoved}
        aria-label={removeNamed(name)}
      />
      <label for={id}>{remove}</label>
    </div>
  );
}

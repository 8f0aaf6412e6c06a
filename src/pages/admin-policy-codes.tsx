/** How long codes that are sent work. */
import { type FieldsProps, Fixed } from "./admin-policy-fields.js";
import { describing, Field } from "./field.js";
import type { AdminPolicyView } from "./views.js";

type Code = AdminPolicyView["codes"][number];

export function Codes({ view, t }: FieldsProps) {
  const { codes, pinned } = view;
  const { codes: words } = t.adminPolicy;
  if (codes.length === 0) return null;
  if (pinned.includes("codeMinutes")) {
    const said = codes.map((code) => <div key={code.kind}>{words.fixed(code.kind, code.usual)}</div>);
    return <Fixed t={t} label={words.heading} value={said} />;
  }
  return (
    <fieldset class="stack">
      <legend>{words.heading}</legend>
      {codes.map((code) => (
        <Minutes key={code.kind} code={code} view={view} t={t} />
      ))}
    </fieldset>
  );
}

/** What was typed and is no number is not shown again. */
function Minutes({ code: { kind, minutes, usual, max }, view, t }: FieldsProps & { code: Code }) {
  const { codes: words } = t.adminPolicy;
  const id = `codeMinutes-${kind}`;
  const error = view.errors?.[`codeMinutes.${kind}`];
  const about = { hint: words.hint(max, usual), error };
  return (
    <Field t={t} id={id} label={words.label[kind]} hint={about.hint} error={error && <bdi>{error}</bdi>}>
      <input
        class="short"
        id={id}
        name={id}
        type="text"
        inputmode="numeric"
        autocomplete="off"
        dir="ltr"
        value={Number.isFinite(minutes) ? minutes : ""}
        {...(error && { "aria-invalid": "true" as const })}
        {...describing(id, about)}
      />
    </Field>
  );
}

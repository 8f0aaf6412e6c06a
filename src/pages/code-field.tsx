/** The one field a code is typed into. */
import type { ComponentChildren } from "preact";
import { describing, Field } from "./field.js";
import type { Context } from "./layout.js";
import { type Place, problemText } from "./problem-text.js";
import type { FieldProblem } from "./views.js";

interface CodeFieldProps {
  page: Context;
  /** A recovery code has letters, so another keyboard and no autofill. */
  place: Place;
  problem: FieldProblem | undefined;
  hint?: ComponentChildren;
  /** Ids of what else describes the field, read after the error. */
  describedBy?: readonly string[];
  /** The field is what the page is for. It also has the focus after an error. */
  focus?: boolean;
}

/** No maxlength, no pattern, no placeholder: pasting "123 456" must work, the server tidies up. */
const INPUT = {
  digits: { inputmode: "numeric", autocomplete: "one-time-code" },
  recovery: { inputmode: "text", autocomplete: "off", autocapitalize: "characters" },
} as const;

export function CodeField({ page, place, problem, hint, describedBy = [], focus = false }: CodeFieldProps) {
  const { field } = page.t;
  const type = place.kind === "recovery-code" ? "recovery" : "digits";
  const error = problem && problemText(page, problem, place);
  return (
    <Field
      t={page.t}
      id="code"
      label={type === "digits" ? field.code : field.recoveryCode}
      hint={hint}
      error={error}
    >
      <input
        class={`code ${type}`}
        id="code"
        name="code"
        type="text"
        dir="ltr"
        spellcheck={false}
        {...INPUT[type]}
        {...(problem && isAboutCode(problem) && { "aria-invalid": "true" as const })}
        {...describing("code", { hint, error, others: describedBy })}
        autofocus={focus || problem !== undefined}
      />
    </Field>
  );
}

/** That no new code went out says nothing against what was typed. */
const isAboutCode = ({ code }: FieldProblem) => code !== "resend_too_soon" && code !== "delivery_failed";

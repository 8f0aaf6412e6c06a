/** A field of a form: its label, a hint, what was wrong with it, and the input itself. */
import type { JSX } from "preact";

interface FieldProps {
  /** Its id as well. */
  name: string;
  label: string;
  hint?: string;
  problem?: string | undefined;
  input: JSX.IntrinsicElements["input"];
}

export function Field({ name, label, hint, problem, input }: FieldProps) {
  const described = [problem && `${name}-error`, hint && `${name}-hint`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {problem && (
        <p class="error" id={`${name}-error`}>
          {problem}
        </p>
      )}
      <input
        {...input}
        id={name}
        name={name}
        {...(problem && { "aria-invalid": "true" as const })}
        {...(described && { "aria-describedby": described })}
      />
    </div>
  );
}

/** The fields of the library, whose HTML is escaped already. */
export function PhoneFields({ html }: { html: string }) {
  return <div class="field phone" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** What every field has: a label, a hint, what was wrong with it above it, and words for who listens. */
import type { ComponentChildren } from "preact";
import { ErrorNotice } from "./components.js";
import type { Messages } from "./messages.js";

interface FieldProps {
  t: Messages;
  /** Of the field; `{id}-hint` and `{id}-error` are derived from it. */
  id: string;
  label: ComponentChildren;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  /** The field itself, described with {@link describing}. */
  children: ComponentChildren;
}

export function Field({ t, id, label, hint, error, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <ErrorNotice t={t} id={`${id}-error`}>
          {error}
        </ErrorNotice>
      )}
      {children}
    </div>
  );
}

interface Described {
  hint?: unknown;
  error?: unknown;
  /** Ids of what else describes the field, read after the error. */
  others?: readonly string[];
}

/** The attribute that names what describes the field, error first. */
export function describing(id: string, { hint, error, others = [] }: Described) {
  const ids = [error && `${id}-error`, ...others, hint && `${id}-hint`].filter(Boolean);
  return ids.length > 0 && { "aria-describedby": ids.join(" ") };
}

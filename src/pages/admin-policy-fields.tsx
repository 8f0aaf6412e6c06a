/** The fields of a policy that hold for everybody. A part that is set in code is shown, and has no field. */
import type { ComponentChildren } from "preact";
import type { Mode } from "../core/policy.js";
import { describing, Field } from "./field.js";
import type { Messages } from "./messages.js";
import type { AdminPolicyView } from "./views.js";

export interface FieldsProps {
  view: AdminPolicyView;
  t: Messages;
}

/** The order they are chosen from, weakest first. */
export const MODES: readonly Mode[] = ["off", "optional", "required"];

export function Organisation({ view: { organisation, pinned }, t }: FieldsProps) {
  const { organisation: label, modes } = t.adminPolicy;
  if (pinned.includes("organisation")) return <Fixed t={t} label={label} value={modes[organisation].name} />;
  return (
    <fieldset>
      <legend>{label}</legend>
      {MODES.map((mode) => (
        <ModeChoice key={mode} mode={mode} isChosen={mode === organisation} t={t} />
      ))}
    </fieldset>
  );
}

function ModeChoice({ mode, isChosen, t }: { mode: Mode; isChosen: boolean; t: Messages }) {
  const id = `organisation-${mode}`;
  const { name, hint } = t.adminPolicy.modes[mode];
  return (
    <div class="check">
      <input
        id={id}
        name="organisation"
        type="radio"
        value={mode}
        checked={isChosen}
        {...describing(id, { hint })}
      />
      <label for={id}>{name}</label>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}

/** What was typed and is no number is not shown again: the field is empty, and is what is wrong. */
export function GraceDays({ view: { graceDays, problem, pinned }, t }: FieldsProps) {
  const { graceDays: label, graceDaysHint: hint } = t.adminPolicy;
  if (pinned.includes("graceDays")) return <Fixed t={t} label={label} value={graceDays} />;
  const isNumber = Number.isFinite(graceDays);
  const others = isNumber || problem === undefined ? [] : ["problem"];
  return (
    <Field t={t} id="graceDays" label={label} hint={hint}>
      <input
        class="short"
        id="graceDays"
        name="graceDays"
        type="text"
        inputmode="numeric"
        autocomplete="off"
        dir="ltr"
        value={isNumber ? graceDays : ""}
        {...(!isNumber && { "aria-invalid": "true" as const, autofocus: true })}
        {...describing("graceDays", { hint, others })}
      />
    </Field>
  );
}

/** A box that is not ticked sends nothing: what is sent beside it says that it was there. */
export function Recovery({ view: { recovery, pinned }, t }: FieldsProps) {
  if (pinned.includes("recovery")) return <FixedRecovery recovery={recovery} t={t} />;
  return (
    <div class="check">
      <input type="hidden" name="hasRecovery" value="on" />
      <input id="recovery" name="recovery" type="checkbox" value="on" checked={recovery} />
      <label for="recovery">{t.adminPolicy.recovery}</label>
    </div>
  );
}

function FixedRecovery({ recovery, t }: { recovery: boolean; t: Messages }) {
  const { yes, no } = t.adminPolicy.recoveryCounts;
  return <Fixed t={t} label={t.factors["recovery-code"].name} value={recovery ? yes : no} />;
}

interface FixedProps {
  t: Messages;
  label: string;
  value: ComponentChildren;
}

export function Fixed({ t, label, value }: FixedProps) {
  return (
    <div class="field">
      <p class="label">{label}</p>
      <div>{value}</div>
      <p class="hint">{t.adminPolicy.setInCode}</p>
    </div>
  );
}

/** The switch for test mode, where there is one. */
import { type FieldsProps, Fixed } from "./admin-policy-fields.js";
import { describing } from "./field.js";

export function TestSwitch({ view: { testMode, pinned }, t }: FieldsProps) {
  const { testMode: words } = t.adminPolicy;
  if (testMode === undefined) return null;
  if (pinned.includes("testMode")) return <Fixed t={t} label={words.label} value={words.off} />;
  return (
    <div class="check">
      <input type="hidden" name="hasTestMode" value="on" />
      <input
        id="testMode"
        name="testMode"
        type="checkbox"
        value="on"
        checked={testMode}
        {...describing("testMode", { hint: words.hint })}
      />
      <label for="testMode">{words.label}</label>
      <p class="hint" id="testMode-hint">
        {words.hint}
      </p>
    </div>
  );
}

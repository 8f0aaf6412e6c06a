/** The one field a code is typed into, with its error above it and its hint. */
import type { ComponentChildren } from "preact";
import { Notice } from "./components.js";
import type { Messages } from "./messages.js";
import type { FieldProblem } from "./views.js";

interface CodeFieldProps {
  t: Messages;
  /** Six digits, or a recovery code: letters, so another keyboard and no autofill. */
  type: "digits" | "recovery";
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

export function CodeField({ t, type, problem, hint, describedBy = [], focus = false }: CodeFieldProps) {
  const ids = [problem && "code-error", ...describedBy, hint && "code-hint"].filter(Boolean);
  return (
    <div class="field">
      <label for="code">{type === "digits" ? t.field.code : t.field.recoveryCode}</label>
      {hint && (
        <p class="hint" id="code-hint">
          {hint}
        </p>
      )}
      {problem && (
        <Notice tone="danger" id="code-error">
          <span class="unseen">{t.shared.error} </span>
          {problemText(t, type, problem)}
        </Notice>
      )}
      <input
        class={`code ${type}`}
        id="code"
        name="code"
        type="text"
        dir="ltr"
        spellcheck={false}
        {...INPUT[type]}
        {...(problem && { "aria-invalid": "true" as const })}
        {...(ids.length > 0 && { "aria-describedby": ids.join(" ") })}
        autofocus={focus || problem !== undefined}
      />
    </div>
  );
}

/** Says what was wrong with the last try, in the words of the kind of code. */
export function problemText(t: Messages, type: CodeFieldProps["type"], problem: FieldProblem): string {
  const isRecovery = type === "recovery";
  if (problem.code !== "wrong_code") {
    if (!isRecovery) return t.field.enterCode;
    return problem.code === "empty" ? t.field.enterRecoveryCode : t.field.malformedRecoveryCode;
  }
  if (problem.hint === "used") return isRecovery ? t.field.usedRecoveryCode : t.field.used;
  const said = problem.hint === "clock" ? [t.field.clock] : [t.field.wrong];
  if (problem.hint === "superseded") said.push(t.field.superseded);
  const left = problem.attemptsLeft ?? 0;
  if (left === 1 || left === 2) said.push(t.field.triesLeft(left));
  return said.join(" ");
}

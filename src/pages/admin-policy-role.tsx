/** One row of the roles: its name, its rule, and the ways that count for it. */
import type { FactorKind } from "../core/model.js";
import type { Mode } from "../core/policy.js";
import { MODES } from "./admin-policy-fields.js";
import type { Messages } from "./messages.js";

/** With no name and no rule: the row in which a new one is written. */
export interface RoleRow {
  name: string;
  mode: Mode | "";
  factors?: readonly FactorKind[];
}

interface RoleProps {
  at: number;
  role: RoleRow;
  t: Messages;
}

export function RoleFields({ kinds, ...row }: RoleProps & { kinds: readonly FactorKind[] }) {
  return (
    <tr>
      <NameCell {...row} />
      <RuleCell {...row} />
      <WaysCell kinds={kinds} {...row} />
    </tr>
  );
}

/** Labels are seen where the table is too narrow for its head; fields are named for their row to who listens. */
function NameCell({ at, role, t }: RoleProps) {
  const { role: label, addRole } = t.adminPolicy;
  const id = `role-${at}-name`;
  return (
    <td>
      {role.name === "" ? (
        <label for={id}>{addRole}</label>
      ) : (
        <label class="cell-label" for={id}>
          {label}
        </label>
      )}
      <input
        id={id}
        name={id}
        type="text"
        dir="auto"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={role.name}
        aria-label={role.name === "" ? addRole : label}
      />
    </td>
  );
}

function RuleCell({ at, role, t }: RoleProps) {
  const { rule, ruleNamed, newRole, noRule, modes } = t.adminPolicy;
  const id = `role-${at}-mode`;
  return (
    <td>
      <label class="cell-label" for={id}>
        {rule}
      </label>
      <select id={id} name={id} aria-label={ruleNamed(role.name || newRole)}>
        <option value="" selected={role.mode === ""}>
          {noRule}
        </option>
        {MODES.map((mode) => (
          <option key={mode} value={mode} selected={mode === role.mode}>
            {modes[mode].name}
          </option>
        ))}
      </select>
    </td>
  );
}

function WaysCell({ at, role, t, kinds }: RoleProps & { kinds: readonly FactorKind[] }) {
  const { ways, waysNamed, newRole } = t.adminPolicy;
  const field = `role-${at}-factors`;
  return (
    <td>
      <span class="cell-label" aria-hidden="true">
        {ways}
      </span>
      <fieldset class="ways" aria-label={waysNamed(role.name || newRole)}>
        {kinds.map((kind) => (
          <div class="check" key={kind}>
            <input
              id={`${field}-${kind}`}
              name={field}
              type="checkbox"
              value={kind}
              checked={role.factors?.includes(kind) ?? false}
            />
            <label for={`${field}-${kind}`}>{t.factors[kind].name}</label>
          </div>
        ))}
      </fieldset>
    </td>
  );
}

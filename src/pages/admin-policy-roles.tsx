/** The rules of a policy by role: a table of fields with an empty row to add one, or of words where it is set in code. */
import type { ComponentChildren } from "preact";
import type { FactorKind } from "../core/model.js";
import { type FieldsProps, Fixed } from "./admin-policy-fields.js";
import { RoleFields, type RoleRow } from "./admin-policy-role.js";
import type { Messages } from "./messages.js";

export function Roles({ view: { roles, factors, pinned }, t }: FieldsProps) {
  if (pinned.includes("roles")) return <FixedRoles roles={roles} t={t} />;
  const rows: RoleRow[] = [...roles, { name: "", mode: "" }];
  const { adminPolicy: words } = t;
  return (
    <fieldset aria-describedby="roles-hint">
      <legend>{words.roles}</legend>
      <p class="hint" id="roles-hint">
        {words.rolesHint}
      </p>
      <input type="hidden" name="hasRoles" value="on" />
      <Table t={t}>
        {rows.map((role, at) => (
          <RoleFields key={at} at={at} role={role} kinds={kindsOf(factors, role, t)} t={t} />
        ))}
      </Table>
    </fieldset>
  );
}

/**
 * With a kind that the role is narrowed to and that is no longer configured: with its box left out, a role that
 * takes nothing else would be saved as one that takes everything.
 */
function kindsOf(configured: readonly FactorKind[], { factors = [] }: RoleRow, t: Messages): FactorKind[] {
  const known = new Set<string>(Object.keys(t.factors));
  return [...configured, ...factors.filter((kind) => known.has(kind) && !configured.includes(kind))];
}

function Table({ t, children }: { t: Messages; children: ComponentChildren }) {
  const { role, rule, ways } = t.adminPolicy;
  return (
    <table>
      <thead>
        <tr>
          {[role, rule, ways].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

type FixedRow = FieldsProps["view"]["roles"][number];

function FixedRoles({ roles, t }: { roles: readonly FixedRow[]; t: Messages }) {
  const { roles: label, noRoles } = t.adminPolicy;
  const rows = roles.map((role) => <FixedRole key={role.name} role={role} t={t} />);
  return <Fixed t={t} label={label} value={rows.length === 0 ? noRoles : <Table t={t}>{rows}</Table>} />;
}

function FixedRole({ role, t }: { role: FixedRow; t: Messages }) {
  const { role: roleWord, rule, ways, everyWay, modes } = t.adminPolicy;
  const cells = [
    [roleWord, <bdi key="name">{role.name}</bdi>],
    [rule, modes[role.mode].name],
    [ways, role.factors?.map((kind) => t.factors[kind].name).join(", ") ?? everyWay],
  ] as const;
  return (
    <tr>
      {cells.map(([label, shown]) => (
        <td key={label}>
          <span class="cell-label">{label}</span>
          {shown}
        </td>
      ))}
    </tr>
  );
}

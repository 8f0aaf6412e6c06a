/** Between a policy and the form that an administrator edits it in. */
import type { StoredParts } from "../core/current-settings.js";
import { type FactorKind, isPrimary } from "../core/model.js";
import type { Mode, Policy, RolePolicy } from "../core/policy.js";
import type { AdminPolicyView } from "../pages/views.js";
import type { Report } from "./policy-report.js";
import type { Runtime } from "./runtime.js";

/** Fields of a form that was sent: a box that is not ticked is not there. */
export type Form = Readonly<Record<string, unknown>>;

/** The policy that a form says, over parts that it does not have because they are pinned; unchecked. */
export function policyOf(form: Form, base: Policy): Policy {
  return {
    organisation: (form["organisation"] ?? base.organisation ?? "optional") as Mode,
    graceDays: form["graceDays"] === undefined ? (base.graceDays ?? 0) : numberIn(form["graceDays"]),
    recovery: form["hasRecovery"] === undefined ? (base.recovery ?? true) : form["recovery"] === "on",
    roles: form["hasRoles"] === undefined ? (base.roles ?? {}) : rolesIn(form),
  };
}

/** Rows `role-0-name`, `role-0-mode`, `role-0-factors`, …; one without a name, or with no rule, is left out. */
function rolesIn(form: Form): Record<string, RolePolicy> {
  const rows = Object.keys(form).flatMap((field) => /^role-(\d{1,3})-name$/.exec(field)?.[1] ?? []);
  const roles = rows.flatMap((row): [string, RolePolicy][] => {
    const { name, mode, factors } = rowIn(form, row);
    if (name === "" || mode === "") return [];
    return [[name, { mode: mode as Mode, ...(factors.length > 0 ? { factors } : {}) }]];
  });
  return Object.fromEntries(roles);
}

function rowIn(form: Form, row: string) {
  const text = (field: string) => String(form[`role-${row}-${field}`] ?? "").trim();
  const factors = [form[`role-${row}-factors`] ?? []].flat() as FactorKind[];
  return { name: text("name"), mode: text("mode"), factors };
}

/** What is no number stays one that no policy may have. */
function numberIn(text: unknown): number {
  return typeof text === "string" && /^\d{1,4}$/.test(text.trim()) ? Number(text) : Number.NaN;
}

interface Shown {
  policy: Policy;
  version: number;
  report?: Report;
  conflict?: boolean;
  saved?: boolean;
  problem?: string;
}

export function policyView(
  runtime: Runtime,
  { pinned }: Pick<StoredParts, "pinned">,
  { policy, version, ...shown }: Shown,
): AdminPolicyView {
  const { organisation = "optional", graceDays = 0, recovery = true, roles = {} } = policy;
  return {
    page: "admin-policy",
    version,
    organisation,
    graceDays,
    recovery,
    roles: Object.entries(roles).map(([name, rules]) => ({ name, ...rules })),
    factors: runtime.configured.filter(isPrimary),
    pinned,
    ...shown,
  };
}

/** Whether a policy can be one: what code and administrators may write. */
import type { FieldError } from "../errors.js";
import type { FactorKind } from "./model.js";

export const POLICY_PARTS = ["organisation", "roles", "recovery", "graceDays"] as const;

const MODES: readonly unknown[] = ["off", "optional", "required"];
const MAX_GRACE_DAYS = 365;
/** Of roles in one policy, and of letters in a role's name. */
const MAX_ROLES = 200;
const MAX_ROLE_NAME = 100;

/** Every mistake, by the part it is in; none where the policy is sound. `configured`: the factors there are. */
export function policyProblems(policy: unknown, configured: readonly FactorKind[]): FieldError[] {
  if (!isRecord(policy)) return [{ field: "policy", message: "a policy is an object" }];
  const { organisation = "optional", roles = {}, recovery = true, graceDays = 0 } = policy;
  const days = Number.isInteger(graceDays) && Number(graceDays) >= 0 && Number(graceDays) <= MAX_GRACE_DAYS;
  return [
    ...unknownIn("policy", "policy option", policy, POLICY_PARTS),
    ...modeProblem("organisation", "policy.organisation", organisation),
    ...(days
      ? []
      : [problem("graceDays", `\`policy.graceDays\` is a whole number from 0 to ${MAX_GRACE_DAYS}`)]),
    ...(typeof recovery === "boolean" ? [] : [problem("recovery", "`policy.recovery` is true or false")]),
    ...rolesProblems(roles, configured),
  ];
}

function rolesProblems(roles: unknown, configured: readonly FactorKind[]): FieldError[] {
  if (!isRecord(roles)) return [problem("roles", "`policy.roles` is an object, by role")];
  const entries = Object.entries(roles);
  if (entries.length > MAX_ROLES) return [problem("roles", `there may be ${MAX_ROLES} roles`)];
  return entries.flatMap(([role, rules]) => roleProblems(role, rules, configured));
}

function roleProblems(role: string, rules: unknown, configured: readonly FactorKind[]): FieldError[] {
  const field = `roles.${role}`;
  if (role === "" || role.length > MAX_ROLE_NAME)
    return [problem("roles", "a role has a name, of 100 letters at most")];
  if (!isRecord(rules)) return [problem(field, `role "${role}" takes an object: { mode: "required" }`)];
  return [
    ...unknownIn(field, `option of role "${role}"`, rules, ["mode", "factors"]),
    ...modeProblem(field, `policy.roles.${role}.mode`, rules["mode"]),
    ...factorsProblems(field, role, rules["factors"], configured),
  ];
}

function factorsProblems(
  field: string,
  role: string,
  factors: unknown,
  configured: readonly FactorKind[],
): FieldError[] {
  if (factors === undefined) return [];
  if (!Array.isArray(factors) || factors.length === 0) {
    return [problem(field, `role "${role}" takes a list of factors, or none at all for every one`)];
  }
  const at = factors.findIndex((kind) => !configured.includes(kind as FactorKind));
  if (at >= 0) {
    return [problem(field, `role "${role}" asks for "${String(factors[at])}", which is not in \`factors\``)];
  }
  if (!factors.some((kind) => kind === "recovery-code")) return [];
  return [
    problem(
      field,
      `role "${role}" asks for recovery codes, which are the way back in and no factor of their own`,
    ),
  ];
}

function modeProblem(field: string, where: string, mode: unknown): FieldError[] {
  if (MODES.includes(mode)) return [];
  return [problem(field, `\`${where}\` is ${JSON.stringify(mode)}: write "off", "optional" or "required"`)];
}

function unknownIn(field: string, what: string, given: object, known: readonly string[]): FieldError[] {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  return unknown === undefined
    ? []
    : [problem(field, `unknown ${what} "${unknown}": there are ${known.join(", ")}`)];
}

function problem(field: string, message: string): FieldError {
  return { field, message };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

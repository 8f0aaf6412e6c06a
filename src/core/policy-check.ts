/** Whether a policy can be one: what code and administrators may write. */
import type { FieldError } from "../errors.js";
import type { FactorKind } from "./model.js";

export const POLICY_PARTS = ["organisation", "roles", "recovery", "graceDays"] as const;

const MODES: readonly unknown[] = ["off", "optional", "required"];
const MAX_GRACE_DAYS = 365;
/** Of roles in one policy, and of letters in a role's name. */
const MAX_ROLES = 200;
const MAX_ROLE_NAME = 100;

/** `message` is for whoever writes code, `plain` for whoever fills in a form. */
export interface PolicyProblem extends FieldError {
  plain: string;
}

/** Every mistake, by the part it is in; none where the policy is sound. `configured`: the factors there are. */
export function policyProblems(policy: unknown, configured: readonly FactorKind[]): PolicyProblem[] {
  if (!isRecord(policy)) return [problem("policy", "a policy is an object", "The policy can't be read.")];
  const { organisation = "optional", roles = {}, recovery = true, graceDays = 0 } = policy;
  const days = Number.isInteger(graceDays) && Number(graceDays) >= 0 && Number(graceDays) <= MAX_GRACE_DAYS;
  return [
    ...unknownIn("policy", "policy option", policy, POLICY_PARTS),
    ...modeProblem("organisation", "policy.organisation", organisation),
    ...(days ? [] : [GRACE_PROBLEM]),
    ...(typeof recovery === "boolean" ? [] : [RECOVERY_PROBLEM]),
    ...rolesProblems(roles, configured),
  ];
}

const GRACE_PROBLEM = problem(
  "graceDays",
  `\`policy.graceDays\` is a whole number from 0 to ${MAX_GRACE_DAYS}`,
  `Days to set up: enter a whole number from 0 to ${MAX_GRACE_DAYS}.`,
);
const RECOVERY_PROBLEM = problem(
  "recovery",
  "`policy.recovery` is true or false",
  "Say whether recovery codes count.",
);

function rolesProblems(roles: unknown, configured: readonly FactorKind[]): PolicyProblem[] {
  if (!isRecord(roles))
    return [problem("roles", "`policy.roles` is an object, by role", "The roles can't be read.")];
  const entries = Object.entries(roles);
  if (entries.length > MAX_ROLES)
    return [problem("roles", `there may be ${MAX_ROLES} roles`, `There may be ${MAX_ROLES} roles at most.`)];
  return entries.flatMap(([role, rules]) => roleProblems(role, rules, configured));
}

function roleProblems(role: string, rules: unknown, configured: readonly FactorKind[]): PolicyProblem[] {
  const field = `roles.${role}`;
  if (role === "" || role.length > MAX_ROLE_NAME) {
    const plain = `A role's name has ${MAX_ROLE_NAME} letters at most.`;
    return [problem("roles", `a role has a name, of ${MAX_ROLE_NAME} letters at most`, plain)];
  }
  if (!isRecord(rules)) {
    const message = `role "${role}" takes an object: { mode: "required" }`;
    return [problem(field, message, `Role "${role}" can't be read.`)];
  }
  return [
    ...unknownIn(field, `option of role "${role}"`, rules, ["mode", "factors"]),
    ...modeProblem(field, `policy.roles.${role}.mode`, rules["mode"], `Role "${role}": choose`),
    ...factorsProblems(field, role, rules["factors"], configured),
  ];
}

function factorsProblems(
  field: string,
  role: string,
  factors: unknown,
  configured: readonly FactorKind[],
): PolicyProblem[] {
  if (factors === undefined) return [];
  if (!Array.isArray(factors) || factors.length === 0) {
    const message = `role "${role}" takes a list of factors, or none at all for every one`;
    return [problem(field, message, `Role "${role}": tick the ways that count, or none for every way.`)];
  }
  const at = factors.findIndex((kind) => !configured.includes(kind as FactorKind));
  if (at >= 0) {
    const message = `role "${role}" asks for "${String(factors[at])}", which is not in \`factors\``;
    return [problem(field, message, `Role "${role}" counts a way that isn't there any more: untick it.`)];
  }
  if (!factors.some((kind) => kind === "recovery-code")) return [];
  const message = `role "${role}" asks for recovery codes, which are the way back in and no factor of their own`;
  return [
    problem(field, message, `Role "${role}": recovery codes are for getting back in. Choose other ways.`),
  ];
}

function modeProblem(
  field: string,
  where: string,
  mode: unknown,
  ask = "Organisation: choose",
): PolicyProblem[] {
  if (MODES.includes(mode)) return [];
  const message = `\`${where}\` is ${JSON.stringify(mode)}: write "off", "optional" or "required"`;
  return [problem(field, message, `${ask} Off, Optional or Required.`)];
}

function unknownIn(field: string, what: string, given: object, known: readonly string[]): PolicyProblem[] {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return [];
  const message = `unknown ${what} "${unknown}": there are ${known.join(", ")}`;
  return [problem(field, message, "The form has a part that isn't known here. Open the page again.")];
}

function problem(field: string, message: string, plain: string): PolicyProblem {
  return { field, message, plain };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FactorKind } from "../../src/core/model.js";
import { demandOf, owed, type Policy } from "../../src/core/policy.js";
import { policyProblems } from "../../src/core/policy-check.js";

const CONFIGURED: FactorKind[] = ["totp", "email", "recovery-code"];
const problems = (policy: unknown) => policyProblems(policy, CONFIGURED);

describe("a policy that can be one", () => {
  const role = (name: string, rules: object = { mode: "required" }) =>
    JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(rules)}}`) as object;
  test.each<[string, object]>([
    ["nothing", {}],
    ["every part", { organisation: "required", roles: {}, recovery: false, graceDays: 365 }],
    ["no grace", { graceDays: 0 }],
    ["no roles", { roles: {} }],
    ["a role with factors", { roles: role("admin", { mode: "optional", factors: ["email", "totp"] }) }],
    ["a role called __proto__", { roles: role("__proto__") }],
    ["a role called constructor", { roles: role("constructor") }],
    ["a role with a dot", { roles: role("a.b") }],
    ["a role called $set", { roles: role("$set") }],
    ["a role of 100 letters", { roles: role("x".repeat(100)) }],
    ["200 roles", { roles: rolesNamed(200) }],
  ])("%s", (_, policy) => {
    expect(problems(policy)).toEqual([]);
  });
});

function rolesNamed(count: number, length = 0): Record<string, object> {
  const names = Array.from({ length: count }, (_, i) => `role-${i}`.padEnd(length, "x"));
  return Object.fromEntries(names.map((name) => [name, { mode: "required" }]));
}

describe("a policy that cannot be one says which part", () => {
  const admin = (rules: unknown) => ({ roles: { admin: rules } });
  test.each<[string, unknown, string]>([
    ["null", null, "policy"],
    ["undefined", undefined, "policy"],
    ["text", "required", "policy"],
    ["a list", [], "policy"],
    ["a part nobody knows", { mode: "required" }, "policy"],
    ["an organisation's mode nobody knows", { organisation: "must" }, "organisation"],
    ["in capitals", { organisation: "Required" }, "organisation"],
    ["a mode in a list", { organisation: ["required"] }, "organisation"],
    ["null for a mode", { organisation: null }, "organisation"],
    ["less than no days", { graceDays: -1 }, "graceDays"],
    ["half a day", { graceDays: 0.5 }, "graceDays"],
    ["more than a year", { graceDays: 366 }, "graceDays"],
    ["no number", { graceDays: Number.NaN }, "graceDays"],
    ["days without an end", { graceDays: Number.POSITIVE_INFINITY }, "graceDays"],
    ["days as text", { graceDays: "14" }, "graceDays"],
    ["days in a list", { graceDays: [14] }, "graceDays"],
    ["null for days", { graceDays: null }, "graceDays"],
    ["recovery as text", { recovery: "false" }, "recovery"],
    ["null for recovery", { recovery: null }, "recovery"],
    ["roles as a list", { roles: ["admin"] }, "roles"],
    ["null for roles", { roles: null }, "roles"],
    ["a role without a name", { roles: { "": { mode: "off" } } }, "roles"],
    ["a role of 101 letters", { roles: { ["x".repeat(101)]: { mode: "off" } } }, "roles"],
    ["201 roles", { roles: rolesNamed(201) }, "roles"],
    ["a mode for a role's rules", admin("required"), "roles.admin"],
    ["null for a role", admin(null), "roles.admin"],
    ["a list for a role", admin([]), "roles.admin"],
    ["a role without a mode", admin({}), "roles.admin"],
    ["a role with another mode", admin({ mode: "on" }), "roles.admin"],
    ["a role with an option nobody knows", admin({ mode: "off", factor: ["totp"] }), "roles.admin"],
    ["a role that takes nothing", admin({ mode: "required", factors: [] }), "roles.admin"],
    ["factors as text", admin({ mode: "required", factors: "totp" }), "roles.admin"],
    ["null for factors", admin({ mode: "required", factors: null }), "roles.admin"],
    ["a factor that is not configured", admin({ mode: "required", factors: ["totp", "sms"] }), "roles.admin"],
    ["a factor nobody knows", admin({ mode: "required", factors: ["toString"] }), "roles.admin"],
    ["a factor in a list", admin({ mode: "required", factors: [["totp"]] }), "roles.admin"],
    ["null for a factor", admin({ mode: "required", factors: [null] }), "roles.admin"],
    ["undefined for a factor", admin({ mode: "required", factors: [undefined] }), "roles.admin"],
    [
      "recovery codes alone, which are nobody's factor",
      admin({ mode: "required", factors: ["recovery-code"] }),
      "roles.admin",
    ],
  ])("%s", (_, policy, field) => {
    const found = problems(policy);
    expect(found.map((problem) => problem.field)).toContain(field);
    for (const { message } of found) expect(message).toMatch(/\S/);
  });

  test("every mistake is told, not the first alone", () => {
    const fields = problems({
      organisation: "must",
      graceDays: "x",
      recovery: 1,
      roles: { a: 1, b: { mode: "required" }, c: {} },
    }).map(({ field }) => field);
    expect(new Set(fields)).toEqual(new Set(["organisation", "graceDays", "recovery", "roles.a", "roles.c"]));
  });
});

test("whatever is no policy is told of, and never throws; whatever is one can be decided by", () => {
  const part = fc.oneof(fc.constantFrom("off", "optional", "required", 0, 14, true), fc.anything());
  const rules = fc.oneof(
    fc.record({ mode: part, factors: fc.oneof(fc.constant(["totp"]), fc.anything()) }, { requiredKeys: [] }),
    fc.anything(),
  );
  const roles = fc.oneof(fc.dictionary(fc.string(), rules, { maxKeys: 3 }), fc.anything());
  const policy = fc.record(
    { organisation: part, graceDays: part, recovery: part, roles },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(policy, fc.anything()), (given) => {
      const found = problems(given);
      if (found.length > 0) return;
      const sound = given as Policy;
      const held = Object.keys(sound.roles ?? {});
      const standing = { factors: ["totp" as const], sessionGeneration: 0, endedLogins: [] };
      expect(["off", "optional", "required"]).toContain(demandOf(sound, held, CONFIGURED).mode);
      owed(demandOf(sound, held, CONFIGURED), standing, [], CONFIGURED);
    }),
    { numRuns: 3000 },
  );
});

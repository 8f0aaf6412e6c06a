import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FactorKind, NO_STANDING } from "../../src/core/model.js";
import type { Mode, Policy } from "../../src/core/policy.js";
import { type Assessed, assess, counted, emptyTally } from "../../src/core/report.js";

const CONFIGURED: FactorKind[] = ["totp", "email", "recovery-code"];

function assessed(policy: Policy, roles: string[], factors: FactorKind[], configured = CONFIGURED): Assessed {
  return assess(policy, { roles, standing: { ...NO_STANDING, factors } }, configured);
}

describe("what a policy would mean for somebody", () => {
  const required: Policy = { organisation: "required" };
  const totpOnly: Policy = { roles: { admin: { mode: "required", factors: ["totp"] } } };
  const apart: Policy = {
    roles: {
      admin: { mode: "required", factors: ["totp"] },
      clerk: { mode: "optional", factors: ["email"] },
      guest: { mode: "optional" },
    },
  };

  test.each<[string, Policy, string[], FactorKind[], Assessed["outcome"]]>([
    ["off: nobody is asked, with a factor or without", { organisation: "off" }, [], ["totp"], "not-asked"],
    ["optional: nobody is asked who has none", {}, [], [], "not-asked"],
    ["optional: whoever has one is covered", {}, [], ["totp"], "covered"],
    ["required: whoever has one is covered", required, [], ["email", "recovery-code"], "covered"],
    ["required: whoever has none must enrol", required, [], [], "must"],
    ["required: recovery codes alone are none", required, [], ["recovery-code"], "must"],
    ["whoever has one that does not count must enrol one that does", totpOnly, ["admin"], ["email"], "must"],
    ["whoever has another role need not", totpOnly, ["staff"], [], "not-asked"],
    ["a grace changes nothing: they must, later", { ...required, graceDays: 30 }, [], [], "must"],
    ["roles that accept nothing in common: they cannot", apart, ["admin", "clerk"], [], "cannot"],
    ["nor can they with a factor of either", apart, ["admin", "guest", "clerk"], ["totp", "email"], "cannot"],
    ["a factor that is no longer configured cannot be given", {}, [], ["sms"], "cannot"],
    ["unless recovery codes are there to give", {}, [], ["sms", "recovery-code"], "covered"],
    ["not where they do not count", { recovery: false }, [], ["sms", "recovery-code"], "cannot"],
  ])("%s", (_, policy, roles, factors, outcome) => {
    expect(assessed(policy, roles, factors).outcome).toBe(outcome);
  });

  test("whoever cannot is told of with the roles that stand against each other, and no other", () => {
    const { why } = assessed(apart, ["admin", "guest", "clerk", "unknown"], []);
    expect(why).toMatch(/admin/);
    expect(why).toMatch(/clerk/);
    expect(why).not.toMatch(/guest|unknown/);
  });

  test("or with the fact that no factor serves, where no role is to blame", () => {
    expect(assessed({ organisation: "required" }, ["staff"], [], ["recovery-code"])).toEqual({
      outcome: "cannot",
      why: "no factor serves",
    });
    expect(assessed({}, ["constructor", "__proto__"], ["sms"]).why).toBe("no factor serves");
  });

  test("nobody else is given a reason", () => {
    expect(assessed(required, [], [])).toEqual({ outcome: "must" });
    expect(assessed(required, [], ["totp"])).toEqual({ outcome: "covered" });
    expect(assessed({}, [], [])).toEqual({ outcome: "not-asked" });
  });
});

describe("ways that nobody would carry codes for", () => {
  const required: Policy = { organisation: "required" };
  const kinds: FactorKind[] = ["totp", "email", "sms"];
  const outcome = (factors: FactorKind[], unready: FactorKind[], configured = kinds) =>
    assess(required, { roles: [], standing: { ...NO_STANDING, factors } }, configured, unready);

  test("are no ways: whoever could use nothing else cannot, and the reason says which", () => {
    const silent = { outcome: "cannot", why: "text messages have no provider yet" };
    expect(outcome([], ["sms"], ["sms"])).toEqual(silent);
    expect(outcome(["sms"], ["sms"])).toEqual(silent);
    expect(outcome([], ["email", "sms"], ["email", "sms"]).why).toBe(
      "e-mail has no provider yet, text messages have no provider yet",
    );
  });

  test("keep nobody from another way", () => {
    expect(outcome([], ["email", "sms"]).outcome).toBe("must");
    expect(outcome(["totp", "sms"], ["sms"]).outcome).toBe("covered");
  });
});

test("for every policy and person it is what the words say", () => {
  const kinds = fc.uniqueArray(fc.constantFrom<FactorKind>("totp", "email", "sms", "recovery-code"));
  const mode = fc.constantFrom<Mode>("off", "optional", "required");
  fc.assert(
    fc.property(
      mode,
      mode,
      fc.option(kinds, { nil: undefined }),
      kinds,
      (organisation, role, factors, has) => {
        const policy: Policy = {
          organisation,
          roles: { admin: { mode: role, ...(factors ? { factors } : {}) } },
        };
        const isRequired = organisation === "required" || role === "required";
        const counts = (["totp", "email"] as const).filter((kind) => factors?.includes(kind) ?? true);
        const own = has.filter((kind) => kind !== "recovery-code");
        const { outcome } = assessed(policy, ["admin"], has);
        if (!isRequired && role === "off") return void expect(outcome).toBe("not-asked");
        if (own.length === 0 && !isRequired) return void expect(outcome).toBe("not-asked");
        if (own.some((kind) => counts.includes(kind as "totp"))) return void expect(outcome).toBe("covered");
        // None counts. What they have must at least be given once; what is gone can be given by recovery codes alone.
        const canProve = has.some((kind) => kind === "totp" || kind === "email" || kind === "recovery-code");
        if (own.length > 0 && !canProve) return void expect(outcome).toBe("cannot");
        if (isRequired) return void expect(outcome).toBe(counts.length > 0 ? "must" : "cannot");
      },
    ),
    { numRuns: 2000 },
  );
});

test("a tally counts each person once, in one column", () => {
  const outcomes: Assessed["outcome"][] = [
    "must",
    "covered",
    "must",
    "cannot",
    "not-asked",
    "not-asked",
    "must",
  ];
  const before = emptyTally();
  const tally = outcomes.reduce((sum, outcome) => counted(sum, { outcome }), before);
  expect(tally).toEqual({ people: 7, covered: 1, must: 3, cannot: 1, notAsked: 2 });
  expect(before).toEqual({ people: 0, covered: 0, must: 0, cannot: 0, notAsked: 0 });
});

test("an app that nobody can pair with has no provider to wait for", () => {
  const nobody = { roles: [], standing: { ...NO_STANDING, factors: [] } };
  const found = assess({ organisation: "required" }, nobody, ["totp"], ["totp"]);
  expect(found).toEqual({ outcome: "cannot", why: "no factor serves" });
});

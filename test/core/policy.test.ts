import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FactorKind, NO_STANDING } from "../../src/core/model.js";
import {
  demandOf,
  graceEnd,
  type Mode,
  type Owed,
  owed,
  type Policy,
  type RolePolicy,
} from "../../src/core/policy.js";

const CONFIGURED: FactorKind[] = ["totp", "email", "passkey", "recovery-code"];

interface Case {
  policy?: Policy;
  roles?: string[];
  enrolled?: FactorKind[];
  proven?: FactorKind[];
  configured?: FactorKind[];
}

function owes({ policy = {}, roles = [], enrolled = [], proven = [], configured = CONFIGURED }: Case): Owed {
  const demand = demandOf(policy, roles, configured);
  return owed(demand, { ...NO_STANDING, factors: enrolled }, proven, configured);
}

const nothing = { owes: "nothing" };
const challenge = (...factors: FactorKind[]) => ({ owes: "challenge", factors });

describe("a person's mode", () => {
  const roles = {
    off: { mode: "off" },
    optional: { mode: "optional" },
    required: { mode: "required" },
  } as const;

  test.each<[organisation: Mode | undefined, roles: string[], mode: Mode]>([
    [undefined, [], "optional"],
    [undefined, ["unknown"], "optional"],
    ["off", [], "off"],
    ["optional", [], "optional"],
    ["required", [], "required"],
    ["required", ["off"], "required"],
    ["optional", ["required"], "required"],
    ["off", ["off", "required", "optional"], "required"],
    ["optional", ["off"], "off"],
    ["optional", ["unknown", "off"], "off"],
    ["off", ["optional"], "optional"],
    ["off", ["off", "optional"], "optional"],
    ["off", ["optional", "off"], "optional"],
  ])("organisation %s, roles %j: %s", (organisation, held, mode) => {
    const policy: Policy = { ...(organisation ? { organisation } : {}), roles };
    expect(demandOf(policy, held, CONFIGURED).mode).toBe(mode);
  });

  test("does not change with roles where the policy names none", () => {
    expect(demandOf({}, ["admin"], CONFIGURED).mode).toBe("optional");
  });

  test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "a role called %j is no policy",
    (role) => {
      const demand = demandOf(
        { organisation: "off", roles: { admin: { mode: "required" } } },
        [role],
        CONFIGURED,
      );
      expect(demand).toEqual(demandOf({ organisation: "off" }, [], CONFIGURED));
    },
  );

  test("nor is one that the policy only inherits", () => {
    const roles: Policy["roles"] & {} = Object.create({ admin: { mode: "required", factors: ["passkey"] } });
    expect(demandOf({ roles }, ["admin"], CONFIGURED)).toEqual(demandOf({}, [], CONFIGURED));
  });

  test.each(["constructor", "__proto__"])(
    "a role called %j is one where the policy has it as its own",
    (role) => {
      const roles = JSON.parse(
        `{ "${role}": { "mode": "required", "factors": ["passkey"] } }`,
      ) as Policy["roles"] & {};
      expect(demandOf({ roles }, [role], CONFIGURED)).toMatchObject({
        mode: "required",
        accepts: ["passkey"],
      });
    },
  );
});

describe("what counts", () => {
  test("is every configured factor, recovery codes aside, where no role narrows", () => {
    const demand = demandOf({ roles: { admin: { mode: "required" } } }, ["admin"], CONFIGURED);
    expect(demand).toEqual({
      mode: "required",
      accepts: ["totp", "email", "passkey"],
      recovery: true,
      graceDays: 0,
    });
  });

  test("is what every role that narrows lets through, in the configured order", () => {
    const roles = {
      admin: { mode: "required", factors: ["passkey", "totp"] },
      staff: { mode: "optional", factors: ["email", "totp"] },
      guest: { mode: "optional" },
    } as const;
    expect(demandOf({ roles }, ["admin", "guest"], CONFIGURED).accepts).toEqual(["totp", "passkey"]);
    expect(demandOf({ roles }, ["admin", "staff"], CONFIGURED).accepts).toEqual(["totp"]);
  });

  test("is never a recovery code, and never what is not configured", () => {
    const roles = { admin: { mode: "required", factors: ["recovery-code", "sms", "totp"] } } as const;
    expect(demandOf({ roles }, ["admin"], CONFIGURED).accepts).toEqual(["totp"]);
  });

  test("recovery codes count at login where they are configured, unless the policy says no", () => {
    expect(demandOf({}, [], CONFIGURED).recovery).toBe(true);
    expect(demandOf({ recovery: true }, [], CONFIGURED).recovery).toBe(true);
    expect(demandOf({ recovery: false }, [], CONFIGURED).recovery).toBe(false);
    expect(demandOf({}, [], ["totp"]).recovery).toBe(false);
  });
});

describe("what a person owes", () => {
  const admin: Pick<Case, "policy" | "roles"> = {
    policy: { roles: { admin: { mode: "required", factors: ["passkey"] } } },
    roles: ["admin"],
  };
  const everybody: Pick<Case, "policy"> = { policy: { organisation: "required" } };

  const cases: [string, Case, object][] = [
    ["off asks nobody, enrolled or not", { policy: { organisation: "off" }, enrolled: ["totp"] }, nothing],
    ["optional asks nobody who has not enrolled", {}, nothing],
    ["optional asks those who have", { enrolled: ["totp"] }, challenge("totp")],
    [
      "recovery codes are offered last",
      { enrolled: ["recovery-code", "totp"] },
      challenge("totp", "recovery-code"),
    ],
    [
      "unless they do not count",
      { policy: { recovery: false }, enrolled: ["totp", "recovery-code"] },
      challenge("totp"),
    ],
    ["a proof settles it", { enrolled: ["totp"], proven: ["totp"] }, nothing],
    ["so does a recovery code", { enrolled: ["totp", "recovery-code"], proven: ["recovery-code"] }, nothing],
    [
      "a proof of what one does not have does not",
      { enrolled: ["totp"], proven: ["email"] },
      challenge("totp"),
    ],
    [
      "required makes everybody enrol",
      everybody,
      { owes: "enrolment", factors: ["totp", "email", "passkey"], first: true },
    ],
    [
      "recovery codes alone are no factor",
      { ...everybody, enrolled: ["recovery-code"] },
      { owes: "enrolment", factors: ["totp", "email", "passkey"], first: true },
    ],
    [
      "where a factor counts, the others are not asked",
      { ...admin, enrolled: ["totp", "passkey"] },
      challenge("passkey"),
    ],
    [
      "nor do they settle it",
      { ...admin, enrolled: ["totp", "passkey"], proven: ["totp"] },
      challenge("passkey"),
    ],
    [
      "where none counts, one of them is proven first",
      { ...admin, enrolled: ["totp", "email"] },
      challenge("totp", "email"),
    ],
    [
      "and then one that does is enrolled",
      { ...admin, enrolled: ["totp"], proven: ["totp"] },
      { owes: "enrolment", factors: ["passkey"], first: false },
    ],
    [
      "also after a recovery code",
      { ...admin, enrolled: ["totp", "recovery-code"], proven: ["recovery-code"] },
      { owes: "enrolment", factors: ["passkey"], first: false },
    ],
    [
      "optional asks for what there is, and makes nobody enrol",
      {
        policy: { roles: { a: { mode: "optional", factors: ["passkey"] } } },
        roles: ["a"],
        enrolled: ["totp"],
        proven: ["totp"],
      },
      nothing,
    ],
    ["a factor that is no longer configured can only be refused", { enrolled: ["sms"] }, challenge()],
    ["also where one must enrol", { ...everybody, enrolled: ["sms"], proven: ["sms"] }, challenge()],
    ["but for recovery codes", { enrolled: ["sms", "recovery-code"] }, challenge("recovery-code")],
  ];

  test.each(cases)("%s", (_, situation, expected) => {
    expect(owes(situation)).toEqual(expected);
  });
});

describe("an enrolment may be put off", () => {
  const NOW = new Date("2026-11-22T12:00:00.000Z");
  const day = 86_400_000;
  const daysLater = (days: number) => new Date(NOW.getTime() + days * day);
  const end = (graceDays: number | undefined, requiredSince: Date | undefined, at = NOW) =>
    graceEnd(
      demandOf(
        { organisation: "required", ...(graceDays === undefined ? {} : { graceDays }) },
        [],
        CONFIGURED,
      ),
      { ...NO_STANDING, ...(requiredSince ? { requiredSince } : {}) },
      at,
    );

  test("not at all where the policy says nothing of it, or no days", () => {
    expect(end(undefined, undefined)).toBeUndefined();
    expect(end(0, undefined)).toBeUndefined();
    expect(end(0, NOW)).toBeUndefined();
  });

  test("from the first login at which it was required, to the millisecond", () => {
    expect(end(14, undefined)).toEqual(daysLater(14));
    expect(end(14, NOW)).toEqual(daysLater(14));
    expect(end(14, daysLater(-13))).toEqual(daysLater(1));
    expect(end(14, new Date(daysLater(-14).getTime() + 1))).toEqual(new Date(NOW.getTime() + 1));
    expect(end(14, daysLater(-14))).toBeUndefined();
    expect(end(14, daysLater(-400))).toBeUndefined();
  });

  test("until the same date, however the clock jumps", () => {
    for (const jump of [-400, -14, -1, 0, 13]) expect(end(14, NOW, daysLater(jump))).toEqual(daysLater(14));
    for (const jump of [14, 15, 4000]) expect(end(14, NOW, daysLater(jump))).toBeUndefined();
  });

  test("for as long as the policy says now, not as it said at that login", () => {
    expect(end(7, daysLater(-10))).toBeUndefined();
    expect(end(14, daysLater(-10))).toEqual(daysLater(4));
  });
});

describe("for every policy and person", () => {
  const kind = fc.constantFrom<FactorKind>("totp", "email", "sms", "passkey", "recovery-code");
  const kinds = fc.uniqueArray(kind);
  const mode = fc.constantFrom<Mode>("off", "optional", "required");
  const role = fc.constantFrom("admin", "staff", "guest", "constructor", "__proto__", "unknown");
  const roleRules = fc.record(
    { mode, factors: kinds },
    { requiredKeys: ["mode"] },
  ) as fc.Arbitrary<RolePolicy>;
  const rules = fc
    .uniqueArray(fc.tuple(fc.constantFrom("admin", "staff", "guest", "__proto__"), roleRules), {
      selector: ([name]) => name,
    })
    .map((entries) => Object.fromEntries(entries));
  const policy = fc.record(
    { organisation: mode, roles: rules, recovery: fc.boolean() },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Policy>;
  const situation = fc.record({
    policy,
    roles: fc.array(role, { maxLength: 4 }),
    enrolled: kinds,
    proven: kinds,
    configured: kinds,
  });

  /** Section 6 of the design, sentence by sentence, on sets. */
  function asWritten({ policy = {}, roles = [], enrolled = [], proven = [], configured = [] }: Case): object {
    const held = Object.entries(policy.roles ?? {}).filter(([name]) => roles.includes(name));
    const said = new Set(held.map(([, rule]) => rule.mode));
    const organisation = policy.organisation ?? "optional";
    // "`required` if the organisation or any of their roles says so; else the strongest their roles say; else the
    // organisation's default"
    let mode: Mode = organisation;
    if (organisation !== "required") {
      for (const weaker of ["off", "optional", "required"] as const) if (said.has(weaker)) mode = weaker;
    }
    // "`factors` narrows what counts for a role"
    let counts = new Set(configured);
    counts.delete("recovery-code");
    for (const [, { factors }] of held) {
      if (factors) counts = new Set([...counts].filter((it) => new Set(factors).has(it)));
    }
    // "`off` asks nobody"
    if (mode === "off") return nothing;
    // "`optional` asks those who have enrolled"
    const has = new Set(enrolled);
    const hasRecovery = has.delete("recovery-code");
    if (has.size === 0 && mode === "optional") return nothing;
    if (has.size === 0) return { owes: "enrolment", factors: [...counts], first: true };
    // "Somebody whose factor does not count for their role proves it first, then enrols one that does"
    const good = [...has].filter((it) => counts.has(it));
    const may = good.length > 0 ? good : [...has].filter((it) => new Set(configured).has(it));
    // "recovery codes always count at login unless `recovery: false`"
    if (hasRecovery && policy.recovery !== false && configured.includes("recovery-code"))
      may.push("recovery-code");
    if (may.every((it) => !new Set(proven).has(it))) return challenge(...may);
    if (mode === "required" && good.length === 0)
      return { owes: "enrolment", factors: [...counts], first: false };
    return nothing;
  }

  test("it is what the words say", () => {
    fc.assert(
      fc.property(situation, (it) => {
        expect(owes(it)).toEqual(asWritten(it));
      }),
      { numRuns: 3000 },
    );
  });

  test("whoever has a factor and is asked gets by with a proof of it only", () => {
    fc.assert(
      fc.property(situation, (it) => {
        const demand = demandOf(it.policy, it.roles, it.configured);
        const hasOne = it.enrolled.some((factor) => factor !== "recovery-code");
        fc.pre(demand.mode !== "off" && hasOne && owes(it).owes !== "challenge");
        expect(
          it.proven.some((factor) => it.enrolled.includes(factor) && it.configured.includes(factor)),
        ).toBe(true);
      }),
    );
  });

  test("where it is required, nobody gets by without a factor that counts", () => {
    fc.assert(
      fc.property(situation, (it) => {
        const { mode, accepts } = demandOf(it.policy, it.roles, it.configured);
        fc.pre(mode === "required" && !it.enrolled.some((factor) => accepts.includes(factor)));
        expect(owes(it)).not.toEqual(nothing);
      }),
    );
  });

  test("a proof more never makes anybody owe a challenge that they did not", () => {
    fc.assert(
      fc.property(situation, kind, (it, more) => {
        fc.pre(owes(it).owes !== "challenge");
        expect(owes({ ...it, proven: [...it.proven, more] })).toEqual(owes(it));
      }),
    );
  });
});

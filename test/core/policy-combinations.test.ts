// Every organisation × role × group's role × factors × grace × recovery codes, against the words of the design.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type FactorKind, NO_STANDING, type Standing } from "../../src/core/model.js";
import { demandOf, graceEnd, type Mode, owed, type Policy, type RolePolicy } from "../../src/core/policy.js";
import { defaultRoles } from "../../src/express/person.js";

const NOW = new Date("2026-11-22T12:00:00.000Z");
const HOUR = 3_600_000;

interface Situation {
  organisation?: Mode | undefined;
  /** What the policy says of the person's own role and of their group's; undefined: it does not name it. */
  role?: RolePolicy | undefined;
  groupRole?: RolePolicy | undefined;
  recovery?: boolean | undefined;
  graceDays?: number | undefined;
  enrolled: readonly FactorKind[];
  proven: readonly FactorKind[];
  configured: readonly FactorKind[];
  /** Hours since the first login at which they had to enrol; undefined: this is it. */
  hoursSince?: number | undefined;
}

/** What becomes of a login, in words that say no more than a person sees. */
interface Fate {
  is: "in" | "asked" | "sent to enrol" | "in, or sent to enrol later" | "stuck";
  with: FactorKind[];
  until?: string;
}

/** As the code decides it. */
function decided(it: Situation): Fate {
  const policy: Policy = {
    ...(it.organisation ? { organisation: it.organisation } : {}),
    roles: {
      ...(it.role ? { own: it.role } : {}),
      ...(it.groupRole ? { group: it.groupRole } : {}),
    },
    ...(it.recovery === undefined ? {} : { recovery: it.recovery }),
    ...(it.graceDays === undefined ? {} : { graceDays: it.graceDays }),
  };
  const roles = defaultRoles({ roles: ["own"], groups: [{ roles: ["group", "unnamed"] }] });
  const demand = demandOf(policy, roles, it.configured);
  const requiredSince = it.hoursSince === undefined ? {} : { requiredSince: hoursAgo(it.hoursSince) };
  const standing: Standing = { ...NO_STANDING, factors: it.enrolled, ...requiredSince };
  const debt = owed(demand, standing, it.proven, it.configured);
  if (debt.owes === "nothing") return { is: "in", with: [] };
  const factors = [...debt.factors].sort();
  if (factors.length === 0) return { is: "stuck", with: [] };
  if (debt.owes === "challenge") return { is: "asked", with: factors };
  const until = graceEnd(demand, standing, NOW);
  if (!until) return { is: "sent to enrol", with: factors };
  return { is: "in, or sent to enrol later", with: factors, until: until.toISOString() };
}

function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * HOUR);
}

/** As it is written, sentence by sentence. */
function written(it: Situation): Fate {
  const rules = [it.role, it.groupRole].filter((rule) => rule !== undefined);
  const says = (mode: Mode) => rules.some((rule) => rule.mode === mode);
  const organisation = it.organisation ?? "optional";

  // "required if the organisation or any of their roles says so; else the strongest their roles say; else the
  // organisation's default (optional)"
  const isRequired = organisation === "required" || says("required");
  const byRoles = says("optional") ? "optional" : says("off") ? "off" : organisation;
  // "off asks nobody"
  if (!isRequired && byRoles === "off") return { is: "in", with: [] };

  // "factors narrows what counts for a role"; a recovery code is the way back in, and nobody's factor
  const isPrimary = (kind: FactorKind) => kind !== "recovery-code";
  const isForAll = (kind: FactorKind) => rules.every((rule) => !rule.factors || rule.factors.includes(kind));
  const counts = it.configured.filter((kind) => isPrimary(kind) && isForAll(kind));
  const has = it.enrolled.filter(isPrimary);

  // "optional asks those who have enrolled"
  if (has.length === 0) return isRequired ? toEnrol(it, counts) : { is: "in", with: [] };

  // "Somebody whose factor does not count for their role proves it first, then enrols one that does"
  const good = has.filter((kind) => counts.includes(kind));
  const first = good.length > 0 ? good : has.filter((kind) => it.configured.includes(kind));
  // "recovery codes always count at login unless `recovery: false`"
  const printed = it.enrolled.includes("recovery-code") && it.configured.includes("recovery-code");
  const asks: FactorKind[] = printed && it.recovery !== false ? [...first, "recovery-code"] : first;
  if (asks.length === 0) return { is: "stuck", with: [] };
  if (!asks.some((kind) => it.proven.includes(kind))) return { is: "asked", with: asks.sort() };
  return isRequired && good.length === 0 ? toEnrol(it, counts) : { is: "in", with: [] };
}

// "graceDays (default 0) lets a person who must enrol skip it until the date shown, counted from the first login at
// which it was required"
function toEnrol({ graceDays = 0, hoursSince = 0 }: Situation, counts: readonly FactorKind[]): Fate {
  if (counts.length === 0) return { is: "stuck", with: [] };
  const hoursLeft = graceDays * 24 - hoursSince;
  const kinds = [...counts].sort();
  if (hoursLeft <= 0) return { is: "sent to enrol", with: kinds };
  return { is: "in, or sent to enrol later", with: kinds, until: hoursAgo(-hoursLeft).toISOString() };
}

const CONFIGURED: FactorKind[] = ["totp", "email", "recovery-code"];
const MODES: Mode[] = ["off", "optional", "required"];
const NARROWINGS: (readonly FactorKind[] | undefined)[] = [undefined, ["totp"], ["email"]];
const RULES: (RolePolicy | undefined)[] = [
  undefined,
  ...MODES.flatMap((mode) => NARROWINGS.map((factors) => ({ mode, ...(factors ? { factors } : {}) }))),
];
/** None; not begun; running; in its last hour; over to the hour; long over. */
const GRACES: Pick<Situation, "graceDays" | "hoursSince">[] = [
  {},
  { graceDays: 14 },
  { graceDays: 14, hoursSince: 14 * 24 - 1 },
  { graceDays: 14, hoursSince: 14 * 24 },
  { graceDays: 1, hoursSince: 9999 },
];

/** One proof is as good as several; those come in the property below. */
const PROOFS: FactorKind[][] = [[], ["totp"], ["email"], ["recovery-code"]];
const SETS = subsets<FactorKind>(["totp", "email", "recovery-code"]);

function subsets<T>([first, ...rest]: readonly T[]): T[][] {
  if (first === undefined) return [[]];
  const without = subsets(rest);
  return [...without, ...without.map((set) => [first, ...set])];
}

function* situations(): Generator<Situation> {
  for (const organisation of [undefined, ...MODES])
    for (const role of RULES)
      for (const groupRole of RULES)
        for (const enrolled of SETS)
          for (const grace of GRACES)
            for (const recovery of [undefined, false])
              for (const proven of PROOFS)
                yield {
                  organisation,
                  role,
                  groupRole,
                  enrolled,
                  ...grace,
                  recovery,
                  proven,
                  configured: CONFIGURED,
                };
}

const textOf = (fate: Fate) => `${fate.is}: ${fate.with} ${fate.until}`;

test("every combination is decided as it is written", () => {
  const seen = new Map<string, number>();
  const wrong: object[] = [];
  for (const it of situations()) {
    const [is, should] = [decided(it), written(it)];
    seen.set(should.is, (seen.get(should.is) ?? 0) + 1);
    if (textOf(is) !== textOf(should) && wrong.length < 5) wrong.push({ it, is, should });
  }
  expect(wrong).toEqual([]);
  // Each fate is there, so that the table cannot pass by saying one thing.
  expect([...seen.keys()].sort()).toEqual([
    "asked",
    "in",
    "in, or sent to enrol later",
    "sent to enrol",
    "stuck",
  ]);
  expect(Math.min(...seen.values())).toBeGreaterThan(1000);
});

const kind = fc.constantFrom<FactorKind>("totp", "email", "sms", "passkey", "recovery-code");
const kinds = fc.uniqueArray(kind);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const rule: fc.Arbitrary<RolePolicy> = fc
  .tuple(fc.constantFrom(...MODES), maybe(kinds))
  .map(([mode, factors]) => ({ mode, ...(factors ? { factors } : {}) }));
const situation: fc.Arbitrary<Situation> = fc.record({
  organisation: maybe(fc.constantFrom(...MODES)),
  role: maybe(rule),
  groupRole: maybe(rule),
  recovery: maybe(fc.boolean()),
  graceDays: maybe(fc.integer({ min: 0, max: 365 })),
  enrolled: kinds,
  proven: kinds,
  configured: kinds,
  hoursSince: maybe(fc.integer({ min: -10, max: 400 * 24 })),
});

test("so is whatever else may be configured, enrolled and proven, at any hour", () => {
  fc.assert(
    fc.property(situation, (it) => {
      expect(decided(it)).toEqual(written(it));
    }),
    { numRuns: 5000 },
  );
});

test("more days never end a grace earlier, and none lets a challenge be put off", () => {
  fc.assert(
    fc.property(situation, fc.integer({ min: 0, max: 365 }), (it, more) => {
      const [less, longer] = [decided(it), decided({ ...it, graceDays: (it.graceDays ?? 0) + more })];
      if (less.is === "in, or sent to enrol later") {
        expect(longer.is).toBe(less.is);
        expect(Date.parse(longer.until ?? "")).toBeGreaterThanOrEqual(Date.parse(less.until ?? ""));
      }
      if (less.is === "asked" || less.is === "stuck" || less.is === "in") expect(longer).toEqual(less);
    }),
    { numRuns: 2000 },
  );
});

test("a stricter organisation never asks for less", () => {
  const strictness = { in: 0, "in, or sent to enrol later": 1, "sent to enrol": 2, asked: 2, stuck: 2 };
  fc.assert(
    fc.property(situation, (it) => {
      const required = decided({ ...it, organisation: "required" });
      for (const organisation of [undefined, "off", "optional"] as const) {
        expect(strictness[decided({ ...it, organisation }).is]).toBeLessThanOrEqual(strictness[required.is]);
      }
    }),
    { numRuns: 2000 },
  );
});

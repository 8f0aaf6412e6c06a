import { describe, expect, test } from "vitest";
import {
  type AssuranceRecord,
  countedKinds,
  isEnded,
  isEndedForAll,
  isFresh,
  provenKinds,
} from "../../src/core/assurance.js";
import { NO_STANDING } from "../../src/core/model.js";
import { demandOf, owed } from "../../src/core/policy.js";

const NOW = new Date("2026-11-22T12:00:00.000Z");
const secondsAgo = (seconds: number) => NOW.getTime() - seconds * 1000;

const record: AssuranceRecord = {
  user: "anna",
  login: "login-1",
  generation: 3,
  organisation: 2,
  proven: [
    { kind: "recovery-code", amr: "otp", at: secondsAgo(900) },
    { kind: "totp", amr: "otp", at: secondsAgo(300) },
  ],
};

describe("a login is ended", () => {
  const standing = { ...NO_STANDING, sessionGeneration: 3 };

  test("not while its generation is the person's", () => {
    expect(isEnded(record, standing)).toBe(false);
    expect(isEnded(record, { ...standing, raisedBy: "login-2", endedLogins: ["login-2"] })).toBe(false);
  });

  test("when it is among the ended ones", () => {
    expect(isEnded(record, { ...standing, endedLogins: ["login-0", "login-1"] })).toBe(true);
  });

  test("when another login raised the generation, or nobody's did", () => {
    expect(isEnded(record, { ...standing, sessionGeneration: 4, raisedBy: "login-2" })).toBe(true);
    expect(isEnded(record, { ...standing, sessionGeneration: 4 })).toBe(true);
  });

  test("not when it raised the generation itself, unless it was ended since", () => {
    const raised = { ...standing, sessionGeneration: 4, raisedBy: "login-1" };
    expect(isEnded(record, raised)).toBe(false);
    expect(isEnded(record, { ...raised, endedLogins: ["login-1"] })).toBe(true);
  });

  test("when a restored database knows an older generation", () => {
    expect(isEnded(record, { ...standing, sessionGeneration: 2 })).toBe(true);
  });
});

describe("a login is ended for all", () => {
  test("not while its generation is the organisation's, whoever raised that", () => {
    expect(isEndedForAll(record, { number: 2 })).toBe(false);
    expect(isEndedForAll(record, { number: 2, raisedBy: "login-2" })).toBe(false);
  });

  test("when the organisation's was raised since, or is an older one by now", () => {
    for (const number of [0, 1, 3, 4]) {
      expect(isEndedForAll(record, { number })).toBe(true);
      expect(isEndedForAll(record, { number, raisedBy: "login-2" })).toBe(true);
    }
  });

  test("not when it raised that itself, until another one raises it again", () => {
    expect(isEndedForAll(record, { number: 3, raisedBy: "login-1" })).toBe(false);
    expect(isEndedForAll(record, { number: 4, raisedBy: "login-2" })).toBe(true);
  });

  test("as one that began before there was anything to raise, where it knows no generation", () => {
    const { login } = record;
    expect(isEndedForAll({ login }, { number: 0 })).toBe(false);
    expect(isEndedForAll({ login }, { number: 1 })).toBe(true);
  });
});

describe("a proof is fresh", () => {
  const fresh = (maxAgeSeconds: number, kinds: ("totp" | "passkey" | "recovery-code")[] = ["totp"]) =>
    isFresh(record, { kinds, maxAgeSeconds, at: NOW });

  test("up to its age, to the millisecond", () => {
    expect(fresh(300)).toBe(true);
    expect(isFresh(record, { kinds: ["totp"], maxAgeSeconds: 300, at: new Date(NOW.getTime() + 1) })).toBe(
      false,
    );
  });

  test("only if its kind counts", () => {
    expect(fresh(300, ["passkey"])).toBe(false);
    expect(fresh(300, ["passkey", "totp"])).toBe(true);
    expect(fresh(300, [])).toBe(false);
  });

  test("by its own age, not by that of another proof", () => {
    expect(fresh(300, ["recovery-code"])).toBe(false);
    expect(fresh(900, ["recovery-code"])).toBe(true);
  });

  test("not when it is of the future: the clock went backwards", () => {
    const earlier = new Date(secondsAgo(301));
    expect(isFresh(record, { kinds: ["totp"], maxAgeSeconds: 86_400, at: earlier })).toBe(false);
    expect(isFresh(record, { kinds: ["totp"], maxAgeSeconds: 0, at: new Date(secondsAgo(300)) })).toBe(true);
  });

  test("not where nothing was proven", () => {
    expect(isFresh({ proven: [] }, { kinds: ["totp"], maxAgeSeconds: 300, at: NOW })).toBe(false);
  });
});

test("the kinds that were proven are told in their order", () => {
  expect(provenKinds(record)).toEqual(["recovery-code", "totp"]);
});

describe("what counts for the login itself", () => {
  test("is what was proven", () => {
    expect(countedKinds(record)).toEqual(["recovery-code", "totp"]);
    expect(countedKinds({ proven: [] })).toEqual([]);
  });

  test("and what was proven when the browser was trusted, which is no proof, and never fresh", () => {
    const trusted: AssuranceRecord = { ...record, proven: [], trusted: { browser: "b1", factor: "email" } };
    expect(countedKinds(trusted)).toEqual(["email"]);
    expect(countedKinds({ ...trusted, proven: record.proven })).toEqual(["recovery-code", "totp", "email"]);
    expect(provenKinds(trusted)).toEqual([]);
    expect(isFresh(trusted, { kinds: ["email"], maxAgeSeconds: 86_400, at: NOW })).toBe(false);
  });

  test("settles a login as far as its factor still counts for it", () => {
    const trusted: AssuranceRecord = { ...record, proven: [], trusted: { browser: "b1", factor: "email" } };
    const configured = ["totp", "email"] as const;
    const policy = { roles: { admin: { mode: "required", factors: ["totp"] } } } as const;
    const standing = { ...NO_STANDING, factors: configured };
    const owes = (roles: string[]) =>
      owed(demandOf(policy, roles, configured), standing, countedKinds(trusted), configured);
    expect(owes([])).toEqual({ owes: "nothing" });
    expect(owes(["admin"])).toEqual({ owes: "challenge", factors: ["totp"] });
  });
});

import { describe, expect, test } from "vitest";
import {
  isRequired,
  mayChangeFactors,
  preferredFirst,
  removeFactor,
  renewRecoveryCodes,
} from "../../src/core/own-factors.js";
import type { Demand } from "../../src/core/policy.js";
import { recoveryCodes } from "../../src/factors/recovery-codes.js";
import { totp } from "../../src/factors/totp.js";
import { NOBODY, newPerson, type Person, personWithRecoveryCodes, personWithTotp } from "./person.js";

const OPTIONAL: Demand = { mode: "optional", accepts: ["totp", "email"], recovery: true, graceDays: 0 };
const REQUIRED: Demand = { ...OPTIONAL, mode: "required" };
const NOT_ENROLLED = { ok: false, reason: "not-enrolled" };
const STEP_UP_REQUIRED = { ok: false, reason: "step-up-required" };
const CONFLICT = { ok: false, reason: "conflict" };

describe("a login may change factors", () => {
  const may = (person: Person, login = "login-1") => mayChangeFactors(person.parts, person.ref, login);

  test("while it holds the grant, which asking does not spend", async () => {
    const person = await personWithTotp();
    await person.grant();
    expect([await may(person), await may(person)]).toEqual([true, true]);
    person.clock.advance({ seconds: 299 });
    expect(await may(person)).toBe(true);
    person.clock.advance({ seconds: 1 });
    expect(await may(person)).toBe(false);
  });

  test("not with another login's grant, nor with one for another action", async () => {
    const person = await personWithTotp();
    await person.grant("change-factors", "login-2");
    await person.grant("payout", "login-1");
    expect(await may(person)).toBe(false);
  });

  test("not where there is no such user", async () => {
    expect(await mayChangeFactors(newPerson().parts, NOBODY, "login-1")).toBe(false);
  });
});

test("a factor is required where none that counts would be left", () => {
  expect(isRequired("totp", ["totp"], REQUIRED)).toBe(true);
  expect(isRequired("totp", ["totp", "recovery-code"], REQUIRED)).toBe(true);
  expect(isRequired("totp", ["totp", "sms"], REQUIRED)).toBe(true);
  expect(isRequired("totp", ["totp", "email"], REQUIRED)).toBe(false);
  expect(isRequired("totp", ["totp"], OPTIONAL)).toBe(false);
});

describe("the order people are asked in", () => {
  test("begins with the one they prefer, and else is as given", () => {
    const factors = ["totp", "email", "sms", "recovery-code"] as const;
    expect(preferredFirst(factors, "sms")).toEqual(["sms", "totp", "email", "recovery-code"]);
    expect(preferredFirst(factors, "totp")).toEqual(factors);
    expect(preferredFirst(factors)).toEqual(factors);
  });

  test("adds none that may not be asked", () => {
    expect(preferredFirst(["totp", "email"], "sms")).toEqual(["totp", "email"]);
    expect(preferredFirst([], "sms")).toEqual([]);
  });
});

describe("a factor is removed", () => {
  const remove = (person: Person, changes: Partial<Parameters<typeof removeFactor>[2]> = {}) =>
    removeFactor(person.parts, person.ref, { kind: "totp", login: "login-1", demand: OPTIONAL, ...changes });

  test("with a grant, ends the person's other sessions, and is told of", async () => {
    const person = await personWithTotp();
    await person.grant();
    person.heard();
    expect(await remove(person)).toEqual({ ok: true });
    expect(await person.state()).toMatchObject({ factors: [], sessionGeneration: 1, raisedBy: "login-1" });
    expect((await person.vault()).enrolments).toEqual({});
    expect(person.heard()).toEqual([
      ["removed", { user: "anna", factor: "totp", last: true, at: person.clock.now() }],
    ]);
  });

  test("and the recovery codes with the last one", async () => {
    const person = await personWithRecoveryCodes();
    await person.grant();
    await remove(person);
    expect((await person.state()).factors).toEqual([]);
    expect((await person.vault()).recoveryCodes).toBeUndefined();
  });

  test("and the recovery codes stay while another is left", async () => {
    const person = await personWithRecoveryCodes();
    await person.seed("email");
    await person.grant();
    expect(await remove(person)).toEqual({ ok: true });
    expect((await person.state()).factors).toEqual(["recovery-code", "email"]);
    expect((await person.vault()).recoveryCodes).toBeDefined();
  });

  test("not without a grant, nor with another login's", async () => {
    const person = await personWithTotp();
    expect(await remove(person)).toEqual(STEP_UP_REQUIRED);
    await person.grant("change-factors", "login-2");
    expect(await remove(person)).toEqual(STEP_UP_REQUIRED);
    expect((await person.state()).factors).toEqual(["totp"]);
  });

  test("not where the policy requires it, which spends no grant", async () => {
    const person = await personWithTotp();
    await person.grant();
    expect(await remove(person, { demand: REQUIRED })).toEqual({ ok: false, reason: "required" });
    expect(await mayChangeFactors(person.parts, person.ref, "login-1")).toBe(true);
  });

  test("not where there is none: another kind, recovery codes alone, nobody", async () => {
    const person = await personWithRecoveryCodes();
    await person.grant();
    expect(await remove(person, { kind: "email" })).toEqual(NOT_ENROLLED);
    expect(await remove(person, { kind: "recovery-code" })).toEqual(NOT_ENROLLED);
    expect(await remove({ ...person, ref: NOBODY })).toEqual(NOT_ENROLLED);
    expect((await person.vault()).grants).toHaveLength(1);
  });

  test("not where the factors changed while it was being decided", async () => {
    const person = await personWithTotp();
    await person.grant();
    const removing = remove(person);
    await person.seed("email");
    expect(await removing).toEqual(CONFLICT);
    expect((await person.state()).factors).toEqual(["totp", "email"]);
  });
});

describe("recovery codes are renewed", () => {
  const renew = (person: Person, login = "login-1") => renewRecoveryCodes(person.parts, person.ref, login);

  test("with a grant: new ones are shown once, the old ones are gone, and it is told of", async () => {
    const person = await personWithRecoveryCodes();
    const { recoveryCodes: before } = await person.vault();
    await person.grant();
    person.heard();
    const renewed = await renew(person);
    expect(renewed).toEqual({ ok: true, codes: [expect.any(String), expect.any(String)] });
    const { recoveryCodes: after, grants } = await person.vault();
    expect(after?.id).not.toBe(before?.id);
    expect(grants).toEqual([]);
    expect(JSON.stringify(after)).not.toContain(renewed.ok && renewed.codes[0]);
    expect(person.heard()).toEqual([["recovery-codes-renewed", { user: "anna", at: person.clock.now() }]]);
  });

  test("also where the person has none yet", async () => {
    const person = await personWithTotp();
    await person.grant();
    expect(await renew(person)).toMatchObject({ ok: true });
    expect((await person.state()).factors).toEqual(["totp", "recovery-code"]);
  });

  test("not without a grant", async () => {
    const person = await personWithTotp();
    await person.grant("change-factors", "login-2");
    expect(await renew(person)).toEqual(STEP_UP_REQUIRED);
  });

  test("not where they are not configured, no factor is enrolled, or nobody is there", async () => {
    const without = await personWithTotp({ factors: [totp()] });
    await without.grant();
    expect(await renew(without)).toEqual(NOT_ENROLLED);
    expect(await renew(newPerson())).toEqual(NOT_ENROLLED);
    expect(await renew({ ...newPerson(), ref: NOBODY })).toEqual(NOT_ENROLLED);
  });

  test("not where the last factor was removed while they were made", async () => {
    const person = await personWithTotp();
    await person.grant();
    const real = recoveryCodes();
    const generate: typeof real.generate = async (user, tools) => {
      const removal = { kind: "totp", login: "login-2", factors: ["totp"], remaining: [] } as const;
      await person.store.removeFactor(person.ref, removal);
      return real.generate(user, tools);
    };
    const parts = { ...person.parts, recovery: { ...real, generate } };
    expect(await renewRecoveryCodes(parts, person.ref, "login-1")).toEqual(CONFLICT);
    expect((await person.state()).factors).toEqual([]);
  });
});

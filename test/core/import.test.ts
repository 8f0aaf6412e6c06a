import { describe, expect, test } from "vitest";
import { answerChallenge } from "../../src/core/challenge.js";
import { importFactor, suggestAddress } from "../../src/core/import.js";
import { authenticator } from "../../src/testing/index.js";
import { MAIL_ADDRESS, NOBODY, NUMBER, newPerson, personWithTotp, SECRET } from "./person.js";
import { newPost } from "./post.js";

describe("a secret brought from another system", () => {
  test("is active at once, sealed, told of, and its app answers a challenge", async () => {
    const person = newPerson();
    expect(await importFactor(person.parts, person.ref, "totp", SECRET)).toBe(true);
    expect((await person.state()).factors).toEqual(["totp"]);
    expect(JSON.stringify(await person.vault())).not.toContain(SECRET);
    const enrolled = { user: "anna", factor: "totp", first: false, isImported: true, at: person.clock.now() };
    expect(person.heard()).toEqual([["enrolled", enrolled]]);

    await person.open();
    const code = await authenticator(SECRET, person.clock).code();
    const question = { login: "login-1", purpose: "login", allowed: ["totp"], factor: "totp", code } as const;
    expect(await answerChallenge(person.parts, person.ref, question)).toMatchObject({ ok: true });
  });

  test("does not take the place of one that is active", async () => {
    const person = await personWithTotp();
    const before = await person.vault();
    expect(await importFactor(person.parts, person.ref, "totp", "A".repeat(32))).toBe(false);
    expect(await person.vault()).toEqual(before);
    expect(person.heard()).toEqual([]);
  });

  test("is nobody's where nobody is known", async () => {
    const { parts } = newPerson();
    expect(await importFactor(parts, NOBODY, "totp", SECRET)).toBe(false);
  });

  test.each(["passkey", "recovery-code"] as const)("cannot be one of %s", async (kind) => {
    const { parts, ref } = newPerson();
    await expect(importFactor(parts, ref, kind, SECRET)).rejects.toMatchObject({
      code: "factor_not_allowed",
    });
  });

  test("is refused where it is malformed, and nothing is kept", async () => {
    const person = newPerson();
    const refused = { code: "invalid_input", errors: [{ field: "secret" }] };
    await expect(importFactor(person.parts, person.ref, "totp", "not base32!")).rejects.toMatchObject(
      refused,
    );
    expect((await person.state()).factors).toEqual([]);
  });
});

/** Anna, to whom codes could be sent. */
const reachable = () => newPerson({ more: newPost().factors });

describe("an address brought from another system", () => {
  test.each([
    ["email", " anna@ACME.test ", MAIL_ADDRESS],
    ["sms", "+1 (415) 555-0123", NUMBER],
  ] as const)("is active at once, in the form codes are sent to: %s", async (kind, text, address) => {
    const person = reachable();
    expect(await importFactor(person.parts, person.ref, kind, text)).toBe(true);
    const { factors, vault } = await person.state();
    expect(factors).toEqual([kind]);
    expect(vault.enrolments[kind]?.active).toMatchObject({ address, confirmedAt: person.clock.now() });
    expect(vault.enrolments[kind]?.active).not.toHaveProperty("secret");
  });

  test.each([
    ["email", "anna@acme", "address"],
    ["email", "anna@acme.test, ben@acme.test", "address"],
    ["sms", "415 555 0123", "country"],
    ["sms", "+49 1512 3456789", "country"],
    ["sms", "+1 900 555 0123", "number"],
  ] as const)("is refused where nobody could be reached there: %s %s", async (kind, text, field) => {
    const person = reachable();
    const importing = importFactor(person.parts, person.ref, kind, text);
    const errors = [{ field, message: expect.any(String) }];
    await expect(importing).rejects.toMatchObject({ code: "invalid_input", errors });
    await expect(importing).rejects.not.toThrow(text);
    expect((await person.state()).factors).toEqual([]);
  });
});

describe("an address that is suggested", () => {
  test("is kept in the form codes are sent to, and counts for nothing", async () => {
    const person = reachable();
    const given = { country: "us", number: "415-555-0123" };
    expect(await suggestAddress(person.parts, person.ref, "sms", given)).toEqual({
      ok: true,
      address: NUMBER,
    });
    const { factors, vault } = await person.state();
    expect(factors).toEqual([]);
    expect(vault.enrolments).toEqual({ sms: { suggested: NUMBER } });
    expect(person.heard()).toEqual([]);
  });

  test("takes the place of the one before", async () => {
    const person = reachable();
    await suggestAddress(person.parts, person.ref, "email", { address: "old@acme.test" });
    await suggestAddress(person.parts, person.ref, "email", { address: MAIL_ADDRESS });
    expect((await person.vault()).enrolments.email).toEqual({ suggested: MAIL_ADDRESS });
  });

  test("that is none is refused with the field and why, and leaves the one before", async () => {
    const person = reachable();
    await suggestAddress(person.parts, person.ref, "email", { address: MAIL_ADDRESS });
    const refused = await suggestAddress(person.parts, person.ref, "email", { address: ["a@b.test"] });
    expect(refused).toEqual({ ok: false, errors: [{ field: "address", message: expect.any(String) }] });
    expect((await person.vault()).enrolments.email).toEqual({ suggested: MAIL_ADDRESS });
  });

  test("cannot be one of a kind that is not configured, or that nobody enrols", async () => {
    const { parts, ref } = newPerson();
    for (const kind of ["email", "recovery-code"] as const) {
      await expect(suggestAddress(parts, ref, kind, { address: MAIL_ADDRESS })).rejects.toMatchObject({
        code: "factor_not_allowed",
      });
    }
  });

  test("is an error for somebody the store does not know", async () => {
    const { parts } = reachable();
    await expect(suggestAddress(parts, NOBODY, "email", { address: MAIL_ADDRESS })).rejects.toMatchObject({
      code: "store_unavailable",
      message: 'the store does not know user "nobody"',
    });
  });
});

test("an address suggested for an app is none", async () => {
  const { parts, ref } = newPerson();
  expect(await suggestAddress(parts, ref, "totp", {})).toEqual({ ok: true, address: "" });
});

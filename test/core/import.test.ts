import { describe, expect, test } from "vitest";
import { answerChallenge } from "../../src/core/challenge.js";
import { importFactor } from "../../src/core/import.js";
import { authenticator } from "../../src/testing/index.js";
import { NOBODY, newPerson, personWithTotp, SECRET } from "./person.js";

describe("a secret brought from another system", () => {
  test("is active at once, sealed, told of, and its app answers a challenge", async () => {
    const person = newPerson();
    expect(await importFactor(person.parts, person.ref, "totp", SECRET)).toBe(true);
    expect((await person.state()).factors).toEqual(["totp"]);
    expect(JSON.stringify(await person.vault())).not.toContain(SECRET);
    const enrolled = { user: "anna", factor: "totp", first: false, at: person.clock.now() };
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

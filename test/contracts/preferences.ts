// The contract's part on what the person, or whoever set the account up, would rather have.
import { describe, expect, test } from "vitest";
import { NOW, pending, type Subject } from "./store-records.js";

export function describePreferences({ store, ref, state, vault }: Subject): void {
  const withFactors = async () => {
    await store().importEnrolment(ref(), "totp", pending());
    await store().importEnrolment(ref(), "email", pending({ id: "e-mail" }));
    await store().replaceRecoveryCodes(ref(), { id: "set-1", salt: "salt", createdAt: NOW, codes: [] });
  };
  const preferred = async () => (await vault()).preferred;
  const remove = async (kind: "totp" | "email") => {
    const { factors } = await state();
    const remaining = factors.filter((it) => it !== kind);
    return store().removeFactor(ref(), { kind, login: "login-1", factors, remaining });
  };

  describe("the preferred factor", () => {
    test("is one that the person has, and the last one they said", async () => {
      await withFactors();
      expect(await state()).not.toHaveProperty("vault.preferred");
      expect(await store().preferFactor(ref(), "email")).toBe(true);
      expect(await preferred()).toBe("email");
      expect(await store().preferFactor(ref(), "totp")).toBe(true);
      expect(await preferred()).toBe("totp");
    });

    test.each(["sms", "recovery-code"] as const)("is not %s, and stays what it was", async (kind) => {
      await withFactors();
      await store().preferFactor(ref(), "email");
      expect(await store().preferFactor(ref(), kind)).toBe(false);
      expect(await preferred()).toBe("email");
    });

    test("goes with the factor, and stays where another is removed", async () => {
      await withFactors();
      await store().preferFactor(ref(), "email");
      expect(await remove("totp")).toBe(true);
      expect(await preferred()).toBe("email");
      expect(await remove("email")).toBe(true);
      expect(await state()).not.toHaveProperty("vault.preferred");
    });
  });

  describe("a suggested address", () => {
    const slot = async () => (await vault()).enrolments.email;

    test("is kept, replaced and taken away, and counts for nothing", async () => {
      expect(await store().suggestAddress(ref(), "email", "anna@acme.test")).toBe(true);
      expect(await slot()).toEqual({ suggested: "anna@acme.test" });
      expect((await state()).factors).toEqual([]);
      expect(await store().suggestAddress(ref(), "email", "anna@other.test")).toBe(true);
      expect(await slot()).toEqual({ suggested: "anna@other.test" });
      expect(await store().suggestAddress(ref(), "email", undefined)).toBe(true);
      expect(await slot()).not.toHaveProperty("suggested");
    });

    test("is taken away where there is none, and nothing changes", async () => {
      const before = await state();
      expect(await store().suggestAddress(ref(), "email", undefined)).toBe(true);
      expect(await state()).toEqual(before);
    });

    test("waits beside an enrolment that is begun, and one that is active", async () => {
      await store().suggestAddress(ref(), "email", "anna@acme.test");
      await store().beginEnrolment(ref(), "email", pending({ id: "e2" }), { at: NOW });
      await store().importEnrolment(ref(), "email", pending());
      expect(await slot()).toMatchObject({
        suggested: "anna@acme.test",
        active: { id: "e1" },
        pending: { id: "e2" },
      });
    });
  });
}

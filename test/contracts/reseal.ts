// The contract's part on a change of keys: whom it means, and the exchange of what was sealed.
import { describe, expect, test } from "vitest";
import type { Resealing } from "../../src/core/store.js";
import {
  challenge,
  confirmation,
  ENROL,
  inMinutes,
  NOW,
  pending,
  racers,
  recoverySet,
  type Subject,
  sendReservation,
  sentCode,
  temporaryPassword,
  totpCompletion,
  wins,
} from "./store-records.js";

const NOTHING: Resealing = { secrets: [], ended: [], dropped: [] };
const ACTIVE = { kind: "totp", of: "active", from: "sealed-1", to: "anew-1" } as const;
const PENDING = { kind: "totp", of: "pending", from: "sealed-2", to: "anew-2" } as const;
const SECOND = { id: "r2", from: "sealed-r2", to: "anew-r2" };
const TEMPORARY = { from: "sealed-t1", to: "anew-t1" };

export function describeResealing({ fixture, store, ref, state, vault, open }: Subject): void {
  const reseal = (changes: Partial<Resealing>) => store().reseal(ref(), { ...NOTHING, ...changes });
  const everything: Partial<Resealing> = {
    secrets: [ACTIVE, PENDING],
    recovery: { set: "set-1", codes: [SECOND, { id: "r3", from: "sealed-r3", to: "anew-r3" }] },
    temporary: TEMPORARY,
    dropped: ["hash-1"],
  };

  /** An app, another one that waits for its code, recovery codes, a temporary password, a code on its way. */
  async function withEverything() {
    await store().setTemporaryPassword(ref(), temporaryPassword());
    await store().importEnrolment(ref(), "totp", pending());
    await store().replaceRecoveryCodes(ref(), recoverySet());
    const replacement = pending({ id: "e2", secret: "sealed-2", first: false });
    await store().beginEnrolment(ref(), "totp", replacement, { at: NOW });
    await open({}, { id: "c2", login: "login-2" });
    await store().reserveSend(ref(), sendReservation());
  }

  describe("exchanging what was sealed", () => {
    test("exchanges all that is named, and changes nothing else", async () => {
      await withEverything();
      const before = await state();
      expect(await reseal(everything)).toBe(true);
      const { enrolments, recoveryCodes, temporaryPassword: kept, challenges } = before.vault;
      const codes = ["sealed-r1", "anew-r2", "anew-r3"].map((hash, i) => ({ id: `r${i + 1}`, hash }));
      const { code: _dropped, ...first } = challenges[0] ?? challenge();
      expect(await state()).toEqual({
        ...before,
        vault: {
          ...before.vault,
          enrolments: {
            totp: {
              active: { ...enrolments.totp?.active, secret: "anew-1" },
              pending: { ...enrolments.totp?.pending, secret: "anew-2" },
            },
          },
          recoveryCodes: { ...recoveryCodes, codes },
          temporaryPassword: { ...kept, hash: "anew-t1" },
          challenges: [first, challenges[1]],
        },
      });
    });

    test.each<[string, Partial<Resealing>]>([
      ["a secret", { secrets: [{ ...ACTIVE, from: "sealed-9" }, PENDING] }],
      ["a pending secret", { secrets: [ACTIVE, { ...PENDING, from: "sealed-9" }] }],
      ["a secret of a kind that is not there", { secrets: [ACTIVE, { ...PENDING, kind: "passkey" }] }],
      ["a recovery code", { recovery: { set: "set-1", codes: [{ ...SECOND, from: "sealed-r3" }] } }],
      ["a recovery code's id", { recovery: { set: "set-1", codes: [{ ...SECOND, id: "r9" }] } }],
      ["the set", { recovery: { set: "set-9", codes: [SECOND] } }],
      ["the temporary password", { temporary: { ...TEMPORARY, from: "sealed-t9" } }],
      ["an enrolment that ran out", { ended: [{ kind: "sms", enrolment: "e2" }] }],
      ["its id", { secrets: [ACTIVE], ended: [{ kind: "totp", enrolment: "e9" }] }],
    ])("loses as a whole where %s is not as it was read", async (_, changes) => {
      await withEverything();
      const before = await state();
      expect(await reseal({ ...everything, ...changes })).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("takes a pending enrolment away that ran out, and leaves the active one", async () => {
      await withEverything();
      const { enrolments } = await vault();
      expect(await reseal({ ended: [{ kind: "totp", enrolment: "e2" }] })).toBe(true);
      expect((await vault()).enrolments).toEqual({ totp: { active: enrolments.totp?.active } });
    });

    test("drops no code that was sent meanwhile", async () => {
      await withEverything();
      expect(await reseal({ secrets: [ACTIVE], dropped: ["hash-9"] })).toBe(true);
      expect((await vault()).challenges[0]?.code).toEqual(sentCode());
    });

    test("marks no recovery code as unused that was used", async () => {
      await withEverything();
      const spend = { kind: "recovery-code", set: "set-1", code: "r2", left: 2 } as const;
      await store().completeChallenge(ref(), totpCompletion({ spend }));
      expect(await reseal({ recovery: { set: "set-1", codes: [SECOND] } })).toBe(true);
      const { recoveryCodes } = await vault();
      expect(recoveryCodes?.codes[1]).toEqual({ id: "r2", hash: "anew-r2", usedAt: NOW });
    });

    test("does nothing for nobody, nor for somebody else", async () => {
      await withEverything();
      const other = await fixture().newUser();
      expect(await store().reseal(fixture().nobody, { ...NOTHING, secrets: [ACTIVE] })).toBe(false);
      expect(await store().reseal(other, { ...NOTHING, secrets: [ACTIVE] })).toBe(false);
    });

    test("fifty at once: one wins", async () => {
      await withEverything();
      const results = await racers(50, (index) => reseal({ secrets: [{ ...ACTIVE, to: `anew-${index}` }] }));
      expect(wins(results)).toBe(1);
      expect((await vault()).enrolments.totp?.active?.secret).toBe(`anew-${results.indexOf(true)}`);
    });

    test("an enrolment that is confirmed as it was read before does not bring the old value back", async () => {
      await store().beginEnrolment(ref(), "totp", pending(), { at: NOW });
      await open({ id: "c-enrol", ...ENROL });
      expect(await reseal({ secrets: [{ ...ACTIVE, of: "pending" }] })).toBe(true);
      expect(await store().confirmEnrolment(ref(), confirmation())).toBe(false);
      const enrolment = pending({ secret: "anew-1" });
      expect(await store().confirmEnrolment(ref(), confirmation({ enrolment }))).toBe(true);
      expect((await vault()).enrolments.totp?.active?.secret).toBe("anew-1");
    });
  });

  describe("going through what is kept", () => {
    async function all() {
      const found = new Map<string, unknown>();
      for await (const { ref: named, vault: kept } of store().vaults()) {
        expect(found.has(named.id)).toBe(false);
        found.set(named.id, { ref: named, vault: kept });
      }
      return found;
    }

    test("finds everybody of whom anything secret is kept, as the store names them, with all of it", async () => {
      await withEverything();
      expect((await all()).get(ref().id)).toEqual({ ref: ref(), vault: await vault() });
    });

    test.each<[string, () => Promise<unknown>]>([
      ["an enrolment", () => store().importEnrolment(ref(), "totp", pending())],
      ["a challenge", () => open({})],
      ["a temporary password", () => store().setTemporaryPassword(ref(), temporaryPassword())],
    ])("finds somebody of whom nothing is kept but %s", async (_, keep) => {
      const count = await store().countVaults();
      await keep();
      expect((await all()).has(ref().id)).toBe(true);
      expect(await store().countVaults()).toBe(count + 1);
    });

    test("leaves out whoever has nothing", async () => {
      expect((await all()).has(ref().id)).toBe(false);
    });

    test("goes on where somebody changes meanwhile, and sees each once", async () => {
      await withEverything();
      for await (const { ref: named } of store().vaults()) {
        await store().reseal(named, { ...NOTHING, secrets: [ACTIVE] });
        await store().endLogin(named, inMinutes(1).toISOString());
      }
      expect((await all()).size).toBe(await store().countVaults());
    });
  });
}

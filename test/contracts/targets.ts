// The contract's part on what an action is bound to: a challenge and a grant are good for their own target alone.
import { describe, expect, test } from "vitest";
import {
  challenge,
  grant,
  inMinutes,
  NOW,
  pending,
  racers,
  reservation,
  type Subject,
  sendReservation,
  sentCode,
  totpCompletion,
  wins,
} from "./store-records.js";

const PAYOUT = { login: "login-1", purpose: "action:payout" } as const;
const FOR_A = { ...PAYOUT, target: "digest-a" };
const FOR_B = { ...PAYOUT, target: "digest-b" };
/** Asked of a challenge for a: another target, and none. */
const STRANGERS = [FOR_B, PAYOUT];

export function describeTargets({ store, ref, state, vault, open }: Subject): void {
  const withTotp = () => store().importEnrolment(ref(), "totp", pending());

  describe("a challenge that is bound to a target", () => {
    test("takes the place of one for another target, or for none, and keeps its own", async () => {
      await open({ ...PAYOUT, code: sentCode() }, { ...FOR_A, id: "a", code: sentCode() });
      expect((await vault()).challenges).toEqual([challenge({ ...FOR_A, id: "a", code: sentCode() })]);
      await open({ ...FOR_B, id: "b" });
      expect((await vault()).challenges).toEqual([challenge({ ...FOR_B, id: "b" })]);
      await open({ ...PAYOUT, id: "c" });
      expect((await vault()).challenges).toEqual([challenge({ ...PAYOUT, id: "c" })]);
    });

    test("counts an attempt for its own target", async () => {
      await open(FOR_A);
      const reserved = await store().reserveAttempt(ref(), reservation(FOR_A));
      expect(reserved).toMatchObject({ won: true, challenge: challenge(FOR_A) });
    });

    test.each(STRANGERS)("is no challenge to an attempt, a code or an answer for %j", async (other) => {
      await withTotp();
      await open({ ...FOR_A, attempts: 4 });
      const before = await state();
      const code = sendReservation({ ...other, challenge: challenge({ ...FOR_A, attempts: 4 }) });
      expect((await store().reserveAttempt(ref(), reservation(other))).won).toBe(false);
      expect(await store().reserveSend(ref(), code)).toBe(false);
      expect(await store().completeChallenge(ref(), totpCompletion({ ...other, grant: grant() }))).toBe(
        false,
      );
      expect(await store().renewChallenge(ref(), other, { id: "new", at: NOW, maxAttempts: 4 })).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("and one that is bound to none answers to no target", async () => {
      await withTotp();
      await open(PAYOUT);
      const before = await state();
      expect((await store().reserveAttempt(ref(), reservation(FOR_A))).won).toBe(false);
      expect(await store().completeChallenge(ref(), totpCompletion(FOR_A))).toBe(false);
      expect(await state()).toEqual(before);
    });
  });

  describe("a grant that is bound to a target", () => {
    const GRANT = { login: "login-1", action: "payout" };
    const withGrant = async (target?: string) => {
      await withTotp();
      const bound = target === undefined ? {} : { target };
      await open({ ...PAYOUT, ...bound });
      const completion = totpCompletion({ ...PAYOUT, ...bound, grant: grant(bound) });
      expect(await store().completeChallenge(ref(), completion)).toBe(true);
    };

    test("is spent for it, once and in time", async () => {
      await withGrant("digest-a");
      expect((await vault()).grants).toEqual([grant({ target: "digest-a" })]);
      const late = { ...GRANT, target: "digest-a", at: inMinutes(5) };
      expect(await store().spendGrant(ref(), late)).toBe(false);
      expect(await store().spendGrant(ref(), { ...late, at: inMinutes(4) })).toBe(true);
      expect(await store().spendGrant(ref(), { ...late, at: inMinutes(4) })).toBe(false);
      expect((await vault()).grants).toEqual([]);
    });

    test.each([
      ["digest-a", "digest-b"],
      ["digest-a", undefined],
      [undefined, "digest-a"],
    ])("(%s) is not spent for %s", async (issued, wanted) => {
      await withGrant(issued);
      const before = await state();
      const bound = wanted === undefined ? {} : { target: wanted };
      expect(await store().spendGrant(ref(), { ...GRANT, ...bound, at: NOW })).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("of fifty at once one spends it", async () => {
      await withGrant("digest-a");
      const spend = () => store().spendGrant(ref(), { ...GRANT, target: "digest-a", at: NOW });
      expect(wins(await racers(50, spend))).toBe(1);
    });
  });
}

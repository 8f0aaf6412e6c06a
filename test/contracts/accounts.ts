// The contract's part on passwords that must change, temporary ones, and what a new one ends.
import { describe, expect, test } from "vitest";
import { describeLinks } from "./links.js";
import {
  browser,
  grant,
  inMinutes,
  link,
  NOW,
  pending,
  racers,
  type Subject,
  temporaryPassword,
  totpCompletion,
  wins,
} from "./store-records.js";

export function describeAccounts(subject: Subject): void {
  const { fixture, store, ref, state, vault, open } = subject;
  const standing = async () => (await store().load(ref()))?.standing;
  const setTemporary = (changes = {}) => store().setTemporaryPassword(ref(), temporaryPassword(changes));
  const spend = (changes: Partial<{ hash: string; at: Date }> = {}) =>
    store().spendTemporaryPassword(ref(), { hash: "sealed-t1", at: NOW, ...changes });

  /** A factor, a grant, a trusted browser, two logins under way, and a link of each use. */
  async function withEverything() {
    await store().importEnrolment(ref(), "totp", pending());
    await open({});
    await store().completeChallenge(ref(), totpCompletion({ grant: grant(), trust: browser() }));
    await open({}, { id: "c2", login: "login-2" });
    for (const use of ["welcome", "reset", "stop", "unlock"] as const) {
      await store().addLink(ref(), link({ id: use, hash: `hash-${use}`, use }), NOW);
    }
  }

  describe("a password that must change", () => {
    test("is asked for once, and nothing else changes", async () => {
      await withEverything();
      const before = await state();
      expect(before).not.toHaveProperty("mustChangePassword");
      expect(await store().requirePasswordChange(ref())).toBe(true);
      expect(await store().requirePasswordChange(ref())).toBe(false);
      expect(await state()).toEqual({ ...before, mustChangePassword: true });
    });

    test("is told with the standing of a loaded user, and is nobody else's", async () => {
      const other = await fixture().newUser();
      await store().requirePasswordChange(ref());
      const loaded = await store().load(ref());
      expect(loaded?.standing.mustChangePassword).toBe(true);
      expect(store().standingOf(loaded?.user)?.mustChangePassword).toBe(true);
      expect(await store().read(other)).not.toHaveProperty("mustChangePassword");
    });

    test("is asked for by one of twenty at once", async () => {
      expect(wins(await racers(20, () => store().requirePasswordChange(ref())))).toBe(1);
    });
  });

  describe("a temporary password", () => {
    test("is kept as it was made, in the place of an older one", async () => {
      expect(await setTemporary({ id: "t0", hash: "sealed-t0" })).toBe(true);
      expect(await spend({ hash: "sealed-t0" })).toBe(true);
      expect(await setTemporary()).toBe(true);
      expect((await vault()).temporaryPassword).toEqual(temporaryPassword());
      expect(await spend({ hash: "sealed-t0" })).toBe(false);
    });

    test("ends every session and login, and drops the links that lead to a password", async () => {
      await withEverything();
      await store().endOtherSessions(ref(), "login-1");
      const { enrolments } = await vault();
      await setTemporary();
      const after = await state();
      expect(after).toMatchObject({ factors: ["totp"], sessionGeneration: 2, mustChangePassword: true });
      expect(after).not.toHaveProperty("raisedBy");
      expect(after.vault).toMatchObject({ enrolments, challenges: [], grants: [], browsers: [] });
      expect(after.vault.links.map(({ use }) => use)).toEqual(["stop", "unlock"]);
    });

    test("is used once, and the login it opens ends with another", async () => {
      await setTemporary();
      expect(await standing()).toMatchObject({ mustChangePassword: true });
      expect(await spend({ at: inMinutes(5) })).toBe(true);
      expect((await vault()).temporaryPassword).toEqual(temporaryPassword({ spentAt: inMinutes(5) }));
      expect(await spend({ at: inMinutes(5) })).toBe(false);
      expect(await standing()).toMatchObject({ mustChangePassword: true });
    });

    test.each([{ hash: "sealed-t9" }, { hash: "" }, { at: inMinutes(60) }])(
      "%j does not use it up, and nothing changes",
      async (changes) => {
        await setTemporary();
        const before = await state();
        expect(await spend(changes)).toBe(false);
        expect(await state()).toEqual(before);
      },
    );

    test("is nothing where none was made", async () => {
      expect(await spend()).toBe(false);
      expect(await state()).not.toHaveProperty("mustChangePassword");
    });

    test("opens one login of fifty at once", async () => {
      await setTemporary();
      expect(wins(await racers(50, () => spend()))).toBe(1);
    });
  });

  describe("a new password", () => {
    test("ends all the old one earned but the session that changed it", async () => {
      await setTemporary();
      await spend();
      await withEverything();
      const { enrolments } = await vault();
      expect(await store().passwordChanged(ref(), { login: "login-1" })).toBe(true);
      const after = await state();
      expect(after).toMatchObject({ factors: ["totp"], sessionGeneration: 2, raisedBy: "login-1" });
      expect(after).not.toHaveProperty("mustChangePassword");
      expect(after.vault).toMatchObject({ enrolments, challenges: [], grants: [], browsers: [] });
      expect(after.vault).not.toHaveProperty("temporaryPassword");
      expect(after.vault.links.map(({ use }) => use)).toEqual(["stop", "unlock"]);
      expect(await standing()).not.toHaveProperty("mustChangePassword");
    });

    test("without a login it ends every session", async () => {
      await store().endOtherSessions(ref(), "login-1");
      expect(await store().passwordChanged(ref(), {})).toBe(true);
      expect(await state()).toMatchObject({ sessionGeneration: 2 });
      expect(await state()).not.toHaveProperty("raisedBy");
    });

    test("is no new factor and forgives no wrong code", async () => {
      await open({});
      await store().reserveAttempt(ref(), {
        login: "login-1",
        purpose: "login",
        at: NOW,
        maxAttempts: 5,
        budget: "login",
        lock: { closed: [], blockAt: 100 },
      });
      const { failures } = await vault();
      await store().passwordChanged(ref(), { login: "login-1" });
      expect(failures.login?.count).toBe(1);
      expect((await vault()).failures).toEqual(failures);
      expect((await state()).factors).toEqual([]);
    });
  });

  describeLinks(subject);
}

// The contract's part on what an administrator does: take everything away, end sessions, forget wrong codes.
import { describe, expect, test } from "vitest";
import {
  challenge,
  grant,
  inMinutes,
  LOGIN,
  NOW,
  pending,
  racers,
  reservation,
  type Subject,
  sendReservation,
  sentCode,
  totpCompletion,
  unlocked,
  wins,
} from "./store-records.js";
import { describeSwitchingOff, fail, withEverything } from "./switching-off.js";

export function describeAdministration(subject: Subject): void {
  const { fixture, store, ref, state, vault, open } = subject;

  describeSwitchingOff(subject);

  describe("ending every session", () => {
    test("raises the generation in nobody's name, and drops challenges, grants and trusted browsers", async () => {
      const before = await withEverything(subject);
      expect(before.raisedBy).toBe("login-1");
      expect(await store().endSessions(ref())).toBe(true);
      const after = await state();
      const { raisedBy: _, ...rest } = before;
      expect(after).toEqual({
        ...rest,
        sessionGeneration: before.sessionGeneration + 1,
        vault: { ...before.vault, challenges: [], grants: [], browsers: [] },
      });
    });

    test("is done each time, and also for somebody who has nothing", async () => {
      expect(wins(await racers(50, () => store().endSessions(ref())))).toBe(50);
      expect((await state()).sessionGeneration).toBe(50);
    });

    test("is nobody else's, and nobody's", async () => {
      const other = await fixture().newUser();
      await store().endSessions(ref());
      expect((await store().read(other))?.sessionGeneration).toBe(0);
      expect(await store().endSessions(fixture().nobody)).toBe(false);
    });

    test("takes the challenge from under a code: it completes before, or not at all", async () => {
      await store().importEnrolment(ref(), "totp", pending());
      await open({});
      await store().reserveAttempt(ref(), reservation());
      const [, completed] = await racers(2, (index) =>
        index
          ? store().completeChallenge(ref(), totpCompletion({ grant: grant() }))
          : store().endSessions(ref()),
      );
      const { enrolments, challenges, grants } = await vault();
      expect(enrolments.totp?.active?.lastStep).toBe(completed ? 100 : undefined);
      expect(challenges).toEqual([]);
      if (!completed) expect(grants).toEqual([]);
      expect(await store().completeChallenge(ref(), totpCompletion())).toBe(false);
    });

    test("stops a code that is on its way: there is nothing left to send it for, nor to answer", async () => {
      await store().importEnrolment(ref(), "email", pending({ address: "anna@acme.test" }));
      await open({});
      await store().reserveSend(ref(), sendReservation());
      await store().endSessions(ref());
      const spend = { kind: "sent-code", factor: "email", enrolment: "e1", hash: "hash-1" } as const;
      expect(await store().completeChallenge(ref(), { ...LOGIN, at: NOW, spend, reset: [] })).toBe(false);
      const again = sendReservation({ code: sentCode({ sentAt: inMinutes(2) }) });
      expect(await store().reserveSend(ref(), again)).toBe(false);
    });
  });

  describe("unlocking", () => {
    test.each(["login", "signedIn"] as const)(
      "forgets the wrong codes of %s, and nothing else",
      async (budget) => {
        await store().importEnrolment(ref(), "totp", pending());
        const before = await state();
        await fail(subject, budget);
        await store().closeChallenge(ref(), { login: `failing-${budget}`, purpose: "login" });
        expect((await vault()).failures[budget]?.count).toBe(1);
        expect(await store().unlock(ref())).toBe(true);
        expect(await state()).toEqual(before);
      },
    );

    test("does nothing where there were none, also once they are forgotten", async () => {
      expect(await store().unlock(ref())).toBe(false);
      await fail(subject);
      expect(await store().unlock(ref())).toBe(true);
      expect(await store().unlock(ref())).toBe(false);
      await withEverything(subject);
      await store().unlock(ref());
      const before = await state();
      expect(await store().unlock(ref())).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("lets an attempt be reserved again that was refused", async () => {
      await open({});
      for (let index = 0; index < 5; index++) await store().reserveAttempt(ref(), reservation());
      await open({ id: "c2", login: "login-2" });
      const next = reservation({ login: "login-2" });
      expect((await store().reserveAttempt(ref(), next)).won).toBe(false);
      await store().unlock(ref());
      expect((await store().reserveAttempt(ref(), next)).won).toBe(true);
      expect((await vault()).failures.login?.count).toBe(1);
    });

    test("gives a challenge no attempts back", async () => {
      await open({});
      for (let index = 0; index < 5; index++) await store().reserveAttempt(ref(), unlocked(reservation()));
      await fail(subject);
      await store().unlock(ref());
      expect((await store().reserveAttempt(ref(), reservation())).won).toBe(false);
    });

    test("is won by one of fifty, and is nobody else's, and nobody's", async () => {
      const other = await fixture().newUser();
      const login = "theirs";
      await store().openChallenge(other, challenge({ id: login, login }));
      await store().reserveAttempt(other, reservation({ login }));
      await fail(subject);
      expect(wins(await racers(50, () => store().unlock(ref())))).toBe(1);
      expect((await store().read(other))?.vault.failures.login?.count).toBe(1);
      expect(await store().unlock(fixture().nobody)).toBe(false);
    });
  });
}

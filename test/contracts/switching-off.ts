// The contract's part on switching somebody's second factor off: all of it goes, whatever is under way.
import { describe, expect, test } from "vitest";
import type { Budget, UserState } from "../../src/core/model.js";
import {
  browser,
  challenge,
  codeCompletion,
  confirmation,
  ENROL,
  grant,
  link,
  NOW,
  pending,
  racers,
  recoverySet,
  reservation,
  type Subject,
  sendReservation,
  temporaryPassword,
  totpCompletion,
  wins,
} from "./store-records.js";

/** Counts a wrong code. */
export async function fail({ store, ref }: Subject, budget: Budget = "login"): Promise<void> {
  const login = `failing-${budget}`;
  await store().openChallenge(ref(), challenge({ id: login, login }));
  await store().reserveAttempt(ref(), reservation({ login, budget }));
}

/** Of everything that is kept about a person, something. */
export async function withEverything(subject: Subject): Promise<UserState> {
  const { store, ref, state, open } = subject;
  await store().setTemporaryPassword(ref(), temporaryPassword());
  await store().importEnrolment(ref(), "totp", pending());
  await store().importEnrolment(ref(), "sms", pending({ id: "s1", address: "+14155550123" }));
  await store().replaceRecoveryCodes(ref(), recoverySet());
  await open({});
  await store().completeChallenge(ref(), totpCompletion({ grant: grant(), trust: browser() }));
  await store().beginEnrolment(ref(), "email", pending({ id: "m1", first: false }), { at: NOW });
  await store().suggestAddress(ref(), "sms", "+14155550199");
  await store().preferFactor(ref(), "totp");
  await fail(subject, "login");
  await fail(subject, "signedIn");
  await open({}, { id: "c2", login: "login-2" });
  await store().reserveSend(ref(), sendReservation());
  await store().endLogin(ref(), "login-0");
  await store().endOtherSessions(ref(), "login-1");
  await store().noteRequired(ref(), NOW);
  await store().addLink(ref(), link(), NOW);
  return state();
}

export function describeSwitchingOff(subject: Subject): void {
  const { fixture, store, ref, state, vault, open } = subject;
  const begin = (changes = {}) => store().beginEnrolment(ref(), "totp", pending(changes), { at: NOW });
  const hasFactor = async () => (await state()).factors.length > 0;

  describe("switching off", () => {
    test("takes every factor and what belongs to it away, and ends every session and every login", async () => {
      const before = await withEverything(subject);
      expect(before.factors).toEqual(["totp", "sms", "recovery-code"]);
      expect(await store().switchOff(ref())).toBe(true);
      const after = await state();
      expect(after).toMatchObject({
        factors: [],
        sessionGeneration: before.sessionGeneration + 1,
        endedLogins: ["login-0"],
        requiredSince: NOW,
        vault: { challenges: [], grants: [], browsers: [], failures: {} },
      });
      expect(after).not.toHaveProperty("raisedBy");
      expect(after.vault).not.toHaveProperty("recoveryCodes");
      expect(after.vault).not.toHaveProperty("preferred");
      for (const slot of Object.values(after.vault.enrolments)) {
        expect(slot).not.toHaveProperty("active");
        expect(slot).not.toHaveProperty("pending");
      }
    });

    test("leaves what was suggested, what was sent, and whatever is about the password", async () => {
      const before = await withEverything(subject);
      await store().switchOff(ref());
      const { vault: after, mustChangePassword } = await state();
      expect(after.enrolments.sms).toEqual({ suggested: "+14155550199" });
      const { sends, links, temporaryPassword: temporary } = before.vault;
      expect(sends).toHaveLength(1);
      expect(links).toHaveLength(1);
      expect(after).toMatchObject({ sends, links, temporaryPassword: temporary });
      expect(mustChangePassword).toBe(before.mustChangePassword);
    });

    test("leaves nothing that could be used: code, recovery code, browser, grant, enrolment", async () => {
      await withEverything(subject);
      await begin({ id: "e2", first: false });
      await open({ id: "c-enrol", ...ENROL });
      await store().switchOff(ref());
      await open({});
      expect(await store().completeChallenge(ref(), totpCompletion())).toBe(false);
      expect(await store().completeChallenge(ref(), codeCompletion())).toBe(false);
      expect(await store().useBrowser(ref(), { hash: "hash-b1", at: NOW })).toBeUndefined();
      const spent = { login: "login-1", action: "payout", at: NOW };
      expect(await store().spendGrant(ref(), spent)).toBe(false);
      await open({ id: "c-enrol", ...ENROL });
      const late = confirmation({ enrolment: pending({ id: "e2", first: false }) });
      expect(await store().confirmEnrolment(ref(), late)).toBe(false);
      expect(await hasFactor()).toBe(false);
    });

    test("does nothing where no factor is active, whatever else there is", async () => {
      await begin();
      await open({ id: "c-enrol", ...ENROL });
      await fail(subject);
      const before = await state();
      expect(await store().switchOff(ref())).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("lets a factor be enrolled anew, which is then the first", async () => {
      await withEverything(subject);
      await store().switchOff(ref());
      await begin({ id: "e9" });
      await open({ id: "c-enrol", ...ENROL });
      const first = confirmation({
        enrolment: pending({ id: "e9" }),
        recoveryCodes: recoverySet({ id: "set-2" }),
      });
      expect(await store().confirmEnrolment(ref(), first)).toBe(true);
      expect((await state()).factors).toEqual(["totp", "recovery-code"]);
    });

    test("is nobody else's, and nobody's", async () => {
      await withEverything(subject);
      const other = await fixture().newUser();
      await store().importEnrolment(other, "totp", pending());
      await store().switchOff(ref());
      expect((await store().read(other))?.factors).toEqual(["totp"]);
      expect(await store().switchOff(fixture().nobody)).toBe(false);
    });

    test("is won by one of fifty", async () => {
      const { sessionGeneration } = await withEverything(subject);
      expect(wins(await racers(50, () => store().switchOff(ref())))).toBe(1);
      expect((await state()).sessionGeneration).toBe(sessionGeneration + 1);
    });
  });

  describe("switching off while somebody sets a factor up", () => {
    test("that is their first: either it is confirmed and then taken away, or it was never there to take", async () => {
      await begin();
      await open({ id: "c-enrol", ...ENROL });
      const confirm = () => store().confirmEnrolment(ref(), confirmation());
      const results = await racers(20, (index) => (index % 2 ? store().switchOff(ref()) : confirm()));
      const confirmed = results.filter((won, index) => won && index % 2 === 0).length;
      const switchedOff = results.filter((won, index) => won && index % 2 === 1).length;
      expect(confirmed).toBe(1);
      expect(await hasFactor()).toBe(switchedOff === 0);
    });

    test("beside another: whichever comes first, nothing is left", async () => {
      await store().importEnrolment(ref(), "email", pending({ id: "m1" }));
      await begin({ first: false });
      await open({ id: "c-enrol", ...ENROL });
      const adding = confirmation({ enrolment: pending({ first: false }) });
      await racers(10, (index) =>
        index % 2 ? store().switchOff(ref()) : store().confirmEnrolment(ref(), adding),
      );
      expect(await hasFactor()).toBe(false);
      expect(await store().confirmEnrolment(ref(), adding)).toBe(false);
    });

    test("takes back a login that was about to be completed", async () => {
      await store().importEnrolment(ref(), "totp", pending());
      await open({});
      const results = await racers(2, (index) =>
        index
          ? store().switchOff(ref())
          : store().completeChallenge(ref(), totpCompletion({ trust: browser() })),
      );
      expect(results[1]).toBe(true);
      expect(await vault()).toMatchObject({ challenges: [], browsers: [] });
    });

    test("loses to nothing: new recovery codes and a preference find no factor any more", async () => {
      await store().importEnrolment(ref(), "totp", pending());
      await store().switchOff(ref());
      expect(await store().replaceRecoveryCodes(ref(), recoverySet())).toBe(false);
      expect(await store().preferFactor(ref(), "totp")).toBe(false);
      expect(await state()).toMatchObject({ factors: [] });
    });
  });
}

// What every store promises: each verb, each of its guards both ways, and one winner among racers.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { later } from "../../src/core/clock.js";
import type { Challenge, PendingEnrolment, Purpose, UserRef } from "../../src/core/model.js";
import type { Completion, Confirmation, Reservation, SecondFactorStore } from "../../src/core/store.js";
import { describeAccounts } from "./accounts.js";
import { describeAdministration } from "./administration.js";
import { describeLinkActs } from "./link-acts.js";
import { describePeople } from "./people.js";
import { describePreferences } from "./preferences.js";
import { describeRequirements } from "./requirements.js";
import { describeResealing } from "./reseal.js";
import { describeSentCodes } from "./sent-codes.js";
import { describeSpentCodes } from "./spent-codes.js";
import {
  browser,
  challenge,
  codeCompletion,
  confirmation,
  ENROL,
  grant,
  inMinutes,
  LOGIN,
  link,
  NOW,
  pending,
  racers,
  recoverySet,
  reservation,
  type StoreFixture,
  type Subject,
  sendReservation,
  sentCode,
  temporaryPassword,
  totpCompletion,
  unlocked,
  wins,
} from "./store-records.js";
import { describeTargets } from "./targets.js";
import { describeTrustedBrowsers } from "./trusted-browsers.js";

export type { StoreFixture };

/** Runs the contract on one store. */
export function describeStore(name: string, makeFixture: () => Promise<StoreFixture>): void {
  describe(`${name} keeps the store's contract`, () => {
    let fixture: StoreFixture;
    let store: SecondFactorStore;
    let ref: UserRef;

    beforeAll(async () => {
      fixture = await makeFixture();
      store = fixture.store;
    });
    afterAll(() => fixture.close());
    beforeEach(async () => {
      ref = await fixture.newUser();
    });

    const state = async () => {
      const found = await store.read(ref);
      if (!found) throw new Error("the user is gone");
      return found;
    };
    const vault = async () => (await state()).vault;
    const open = (...list: Partial<Challenge>[]) =>
      list.reduce<Promise<unknown>>(
        (before, changes) => before.then(() => store.openChallenge(ref, challenge(changes))),
        Promise.resolve(),
      );
    const subject: Subject = {
      fixture: () => fixture,
      store: () => store,
      ref: () => ref,
      state,
      vault,
      open,
    };
    const begin = (changes: Partial<PendingEnrolment> = {}, options: { at?: Date; replaces?: string } = {}) =>
      store.beginEnrolment(ref, "totp", pending(changes), { at: NOW, ...options });
    const withPending = async (changes: Partial<PendingEnrolment> = {}) => {
      await begin(changes);
      await open({ id: "c-enrol", ...ENROL });
    };
    const withTotp = () => store.importEnrolment(ref, "totp", pending());
    const withCodes = async () => {
      await withTotp();
      await store.replaceRecoveryCodes(ref, recoverySet());
    };
    const fail = async (times: number, at = NOW) => {
      for (let index = 0; index < times; index++) {
        const login = `failing-${index}`;
        await store.openChallenge(ref, challenge({ id: login, login, expiresAt: later(at, 600) }));
        await store.reserveAttempt(ref, {
          ...reservation({ login, at }),
          lock: { closed: [], blockAt: 1000 },
        });
      }
    };

    describe("users", () => {
      test("a new user has no second factor, and nothing is kept about it", async () => {
        expect(await state()).toEqual({
          factors: [],
          sessionGeneration: 0,
          endedLogins: [],
          vault: {
            enrolments: {},
            challenges: [],
            grants: [],
            failures: {},
            browsers: [],
            sends: [],
            links: [],
          },
        });
      });

      test("a loaded user names itself again, and comes with its standing", async () => {
        await withTotp();
        const loaded = await store.load(ref);
        expect(store.refOf(loaded?.user)).toEqual(ref);
        expect(loaded?.standing).toEqual({ factors: ["totp"], sessionGeneration: 0, endedLogins: [] });
      });

      test.each([undefined, null, "u1", 7, {}, { id: "" }, { id: {} }, { id: null }, { id: ["u1"] }])(
        "%j is not a user",
        (value) => {
          expect(() => store.refOf(value)).toThrow(expect.objectContaining({ code: "misconfigured" }));
        },
      );

      test("a plain object that only names a user carries no standing", () => {
        expect(store.standingOf({ id: ref.id, factors: [] })).toBeUndefined();
        expect(store.standingOf(undefined)).toBeUndefined();
      });

      test("nobody has no state, and every verb loses", async () => {
        const { nobody } = fixture;
        expect(await store.load(nobody)).toBeUndefined();
        expect(await store.read(nobody)).toBeUndefined();
        expect(await store.reserveAttempt(nobody, reservation())).toMatchObject({
          won: false,
          state: { factors: [], vault: { challenges: [] } },
        });
        const before = await state();
        const results = [
          store.openChallenge(nobody, challenge()),
          store.renewChallenge(nobody, LOGIN, { id: "c2", at: NOW, maxAttempts: 5 }),
          store.closeChallenge(nobody, LOGIN),
          store.refundAttempt(nobody, reservation(), {
            ...before,
            vault: { ...before.vault, challenges: [challenge()] },
          }),
          store.completeChallenge(nobody, totpCompletion()),
          store.reserveSend(nobody, sendReservation()),
          store.undoSend(nobody, sendReservation()),
          store.useBrowser(nobody, { hash: "hash-b1", at: NOW }),
          store.forgetBrowsers(nobody, { id: "b1" }),
          store.forgetBrowsers(nobody, "all"),
          store.preferFactor(nobody, "totp"),
          store.suggestAddress(nobody, "email", "anna@acme.test"),
          store.suggestAddress(nobody, "email", undefined),
          store.beginEnrolment(nobody, "totp", pending(), { at: NOW }),
          store.confirmEnrolment(nobody, confirmation()),
          store.removeFactor(nobody, { kind: "totp", login: "login-1", factors: ["totp"], remaining: [] }),
          store.importEnrolment(nobody, "totp", pending()),
          store.replaceRecoveryCodes(nobody, recoverySet()),
          store.markRecoveryCodesSaved(nobody, "set-1", NOW),
          store.spendGrant(nobody, { login: "login-1", action: "payout", at: NOW }),
          store.noteRequired(nobody, NOW),
          store.endOtherSessions(nobody, "login-1"),
          store.endLogin(nobody, "login-1"),
          store.requirePasswordChange(nobody),
          store.setTemporaryPassword(nobody, temporaryPassword()),
          store.spendTemporaryPassword(nobody, { hash: "sealed-t1", at: NOW }),
          store.passwordChanged(nobody, { login: "login-1" }),
          store.addLink(nobody, link(), NOW),
          store.spendLink(nobody, { hash: "hash-l1", use: "reset", at: NOW }),
          store.stopFactors(nobody, { hash: "hash-l1", at: NOW, enrolments: [], generation: 0 }),
          store.reopenBudgets(nobody, { hash: "hash-l1", at: NOW, budgets: [], blockedAt: 100, count: 20 }),
        ];
        expect((await Promise.all(results)).filter(Boolean)).toEqual([]);
        expect(await store.read(nobody)).toBeUndefined();
      });

      test("what a store returns is a copy", async () => {
        await open({});
        const read = await vault();
        Object.assign(read.challenges[0] ?? {}, { attempts: 99 });
        expect((await vault()).challenges[0]?.attempts).toBe(0);
      });
    });

    describe("challenges", () => {
      test("a challenge is kept as it was opened", async () => {
        expect(await store.openChallenge(ref, challenge())).toBeDefined();
        expect((await vault()).challenges).toEqual([challenge()]);
      });

      test("opening one tells how everything was before", async () => {
        await withTotp();
        const first = await store.openChallenge(ref, challenge());
        const second = await store.openChallenge(ref, challenge({ id: "c2" }));
        expect(first).toMatchObject({ factors: ["totp"], vault: { challenges: [] } });
        expect(second?.vault).toMatchObject({
          challenges: [challenge()],
          enrolments: { totp: { active: { id: "e1" } } },
        });
      });

      test.each<Purpose>(["login", "enrol:totp", "action:payout"])(
        "a second challenge for %s takes the place of the first",
        async (purpose) => {
          await open({ login: "other", purpose }, { purpose });
          expect(await store.openChallenge(ref, challenge({ id: "c2", purpose, attempts: 0 }))).toBeDefined();
          expect((await vault()).challenges.map(({ id, login }) => [id, login])).toEqual([
            ["c1", "other"],
            ["c2", "login-1"],
          ]);
        },
      );

      test("opening a challenge resets no budget", async () => {
        await fail(3);
        await open({});
        expect((await vault()).failures.login?.count).toBe(3);
      });

      test("five challenges are kept; the oldest give way", async () => {
        for (let index = 1; index <= 7; index++) await open({ id: `c${index}`, login: `login-${index}` });
        const kept = (await vault()).challenges.map(({ id }) => id);
        expect(kept).toEqual(["c3", "c4", "c5", "c6", "c7"]);
      });

      test("parallel openings for one key leave one challenge", async () => {
        const purpose = "action:payout";
        const opened = await racers(20, (index) =>
          store.openChallenge(ref, challenge({ id: `c${index}`, purpose })),
        );
        expect(opened.filter((before) => before !== undefined)).toHaveLength(20);
        expect((await vault()).challenges).toHaveLength(1);
      });

      test("renewing gives a new id, fresh attempts and no code, and leaves the expiry and the budget", async () => {
        await open({ attempts: 5, code: sentCode() });
        await fail(2);
        expect(await store.renewChallenge(ref, LOGIN, { id: "c2", at: NOW, maxAttempts: 5 })).toBe(true);
        const { challenges, failures } = await vault();
        expect(challenges[0]).toEqual(challenge({ id: "c2", attempts: 0 }));
        expect(failures.login?.count).toBe(2);
      });

      test("an expired or absent challenge is not renewed", async () => {
        await open({ attempts: 5 });
        const renewal = { id: "c2", at: NOW, maxAttempts: 5 };
        expect(await store.renewChallenge(ref, LOGIN, { ...renewal, at: inMinutes(10) })).toBe(false);
        expect(await store.renewChallenge(ref, ENROL, renewal)).toBe(false);
        expect(await store.renewChallenge(ref, { ...LOGIN, login: "x" }, renewal)).toBe(false);
        expect((await vault()).challenges).toEqual([challenge({ attempts: 5 })]);
      });

      test("a challenge with attempts left is not renewed, and keeps its code", async () => {
        await open({ attempts: 4, code: sentCode() });
        expect(await store.renewChallenge(ref, LOGIN, { id: "c2", at: NOW, maxAttempts: 5 })).toBe(false);
        expect((await vault()).challenges).toEqual([challenge({ attempts: 4, code: sentCode() })]);
      });

      test("closing takes out one challenge, once", async () => {
        await open({}, { id: "c2", ...ENROL }, { id: "c3", login: "login-3" });
        expect(await store.closeChallenge(ref, LOGIN)).toBe(true);
        expect(await store.closeChallenge(ref, LOGIN)).toBe(false);
        expect((await vault()).challenges.map(({ id }) => id)).toEqual(["c2", "c3"]);
      });
    });

    describe("attempts", () => {
      test("a reservation counts on the challenge and on its budget, and returns the record before it", async () => {
        await withTotp();
        await open({ id: "c0", login: "other" }, {});
        const reserved = await store.reserveAttempt(ref, reservation());
        expect(reserved).toMatchObject({ won: true, challenge: challenge(), before: { factors: ["totp"] } });
        expect(reserved.won && reserved.before.vault.failures).toEqual({});
        const { challenges, failures } = await vault();
        expect(challenges.map(({ attempts }) => attempts)).toEqual([0, 1]);
        expect(failures).toEqual({ login: { count: 1, lastAt: NOW } });
      });

      test("budgets are apart", async () => {
        await fail(5);
        await open({ id: "c9", purpose: "action:payout" });
        const other = reservation({ purpose: "action:payout", budget: "signedIn" });
        expect(await store.reserveAttempt(ref, other)).toMatchObject({ won: true });
        expect((await vault()).failures).toMatchObject({ login: { count: 5 }, signedIn: { count: 1 } });
      });

      test("without a lock the budget is neither checked nor counted", async () => {
        await fail(100);
        await open({});
        const before = (await vault()).failures;
        expect(await store.reserveAttempt(ref, unlocked(reservation()))).toMatchObject({ won: true });
        expect((await vault()).failures).toEqual(before);
      });

      test.each<[string, Partial<Challenge>, Partial<Reservation>]>([
        ["no challenge", { login: "other" }, {}],
        ["one for another purpose", { purpose: "enrol:totp" }, {}],
        ["an expired one", {}, { at: inMinutes(10) }],
        ["one without attempts left", { attempts: 5 }, {}],
      ])("%s: lost, counted nowhere, and the record says why", async (_, changes, wanted) => {
        await open(changes);
        const reserved = await store.reserveAttempt(ref, reservation(wanted));
        expect(reserved).toEqual({ won: false, state: await state() });
        expect((await vault()).challenges).toEqual([challenge(changes)]);
        expect((await vault()).failures).toEqual({});
      });

      test.each([
        [4, 0, true],
        [5, 29, false],
        [5, 30, true],
        [6, 0, true],
        [10, 299, false],
        [10, 300, true],
        [15, 899, false],
        [15, 900, true],
        [20, 3599, false],
        [20, 3600, true],
        [21, 0, true],
        [25, 3599, false],
        [25, 3600, true],
        [99, 0, true],
        [100, 999_999, false],
      ])("after %i failures and %i seconds an attempt is allowed: %s", async (failures, seconds, allowed) => {
        await fail(failures);
        const at = later(NOW, seconds);
        await open({ expiresAt: later(at, 600) });
        const reserved = await store.reserveAttempt(ref, reservation({ at }));
        expect(reserved.won).toBe(allowed);
        expect((await vault()).failures.login?.count).toBe(failures + (allowed ? 1 : 0));
      });

      test("a refund restores the challenge and the budget exactly", async () => {
        await fail(3);
        await open({});
        const before = await vault();
        const mine = reservation({ at: inMinutes(1) });
        const reserved = await store.reserveAttempt(ref, mine);
        if (!reserved.won) throw new Error("not reserved");
        expect(await store.refundAttempt(ref, mine, reserved.before)).toBe(true);
        expect(await vault()).toEqual(before);
        expect(await store.refundAttempt(ref, mine, reserved.before)).toBe(false);
        expect(await vault()).toEqual(before);
      });

      test("a refund of the first failure leaves no budget", async () => {
        await open({});
        const reserved = await store.reserveAttempt(ref, reservation());
        if (!reserved.won) throw new Error("not reserved");
        expect(await store.refundAttempt(ref, reservation(), reserved.before)).toBe(true);
        expect((await vault()).failures).toEqual({});
      });

      test("a refund without a lock leaves the budget alone", async () => {
        await fail(2);
        await open({});
        const mine = unlocked(reservation());
        const reserved = await store.reserveAttempt(ref, mine);
        if (!reserved.won) throw new Error("not reserved");
        expect(await store.refundAttempt(ref, mine, reserved.before)).toBe(true);
        const { challenges, failures } = await vault();
        expect(challenges.find(({ id }) => id === "c1")?.attempts).toBe(0);
        expect(failures.login?.count).toBe(2);
      });

      test.each<[string, () => Promise<unknown>]>([
        ["a later attempt on the challenge", () => store.reserveAttempt(ref, unlocked(reservation()))],
        ["a later failure of the user", () => fail(1)],
        [
          "a renewed challenge",
          () => store.renewChallenge(ref, LOGIN, { id: "c2", at: NOW, maxAttempts: 1 }),
        ],
        ["a closed challenge", () => store.closeChallenge(ref, LOGIN)],
      ])("%s: the refund is lost and the attempt stays counted", async (_, happens) => {
        await open({});
        const reserved = await store.reserveAttempt(ref, reservation());
        if (!reserved.won) throw new Error("not reserved");
        await happens();
        const before = await vault();
        expect(await store.refundAttempt(ref, reservation(), reserved.before)).toBe(false);
        expect(await vault()).toEqual(before);
      });

      test("a refund is lost where the budget's last attempt was at another time", async () => {
        await open({});
        const reserved = await store.reserveAttempt(ref, reservation());
        if (!reserved.won) throw new Error("not reserved");
        expect(await store.refundAttempt(ref, reservation({ at: inMinutes(1) }), reserved.before)).toBe(
          false,
        );
        expect((await vault()).failures.login).toEqual({ count: 1, lastAt: NOW });
      });
    });

    describe("completing with a TOTP", () => {
      test("spends the step, closes the challenge, resets budgets and leaves a grant", async () => {
        await withTotp();
        await fail(2);
        await open({}, { id: "c2", ...ENROL });
        const spend = { kind: "totp", enrolment: "e1", step: 100, reseal: "sealed-anew" } as const;
        const completion = totpCompletion({
          spend,
          reset: ["login", "signedIn"],
          grant: grant(),
          at: inMinutes(1),
        });
        expect(await store.completeChallenge(ref, completion)).toBe(true);
        const { enrolments, challenges, grants, failures } = await vault();
        expect(enrolments.totp?.active).toMatchObject({
          lastStep: 100,
          lastUsedAt: inMinutes(1),
          secret: "sealed-anew",
        });
        expect(challenges.some(({ id }) => id === "c1")).toBe(false);
        expect(challenges.some(({ id }) => id === "c2")).toBe(true);
        expect(grants).toEqual([grant()]);
        expect(failures).toEqual({});
      });

      test("without a reset or a reseal those stay as they were", async () => {
        await withTotp();
        await fail(2);
        await open({});
        expect(await store.completeChallenge(ref, totpCompletion())).toBe(true);
        const { enrolments, failures, grants } = await vault();
        expect(enrolments.totp?.active?.secret).toBe("sealed-1");
        expect(failures.login?.count).toBe(2);
        expect(grants).toEqual([]);
      });

      test.each<[string, Partial<Completion>]>([
        ["another login", { login: "other" }],
        ["another purpose", { purpose: "action:payout" }],
        ["an expired challenge", { at: inMinutes(10) }],
        ["another enrolment", { spend: { kind: "totp", enrolment: "e2", step: 100 } }],
        ["the step that was used last", { spend: { kind: "totp", enrolment: "e1", step: 50 } }],
        ["an older step", { spend: { kind: "totp", enrolment: "e1", step: 49 } }],
      ])("%s: lost, and nothing changes", async (_, changes) => {
        await store.importEnrolment(ref, "totp", pending({ lastStep: 50 }));
        await open({});
        const before = await state();
        const all = { grant: grant(), reset: ["login"] as const, ...changes };
        expect(await store.completeChallenge(ref, totpCompletion(all))).toBe(false);
        expect(await state()).toEqual(before);
      });

      test("a user without a TOTP completes nothing with one", async () => {
        await open({});
        expect(await store.completeChallenge(ref, totpCompletion())).toBe(false);
        expect((await vault()).enrolments).toEqual({});
      });

      test("five grants are kept; the oldest give way", async () => {
        await withTotp();
        for (let index = 1; index <= 6; index++) {
          await open({});
          const spend = { kind: "totp", enrolment: "e1", step: 100 + index } as const;
          await store.completeChallenge(ref, totpCompletion({ spend, grant: grant({ id: `g${index}` }) }));
        }
        expect((await vault()).grants.map(({ id }) => id)).toEqual(["g2", "g3", "g4", "g5", "g6"]);
      });
    });

    describe("completing with a recovery code", () => {
      test("uses that code up and closes the challenge", async () => {
        await withCodes();
        await open({ id: "c0", login: "other" }, {});
        expect(await store.completeChallenge(ref, codeCompletion())).toBe(true);
        const { recoveryCodes, challenges } = await vault();
        expect(recoveryCodes?.codes.map(({ usedAt }) => usedAt)).toEqual([undefined, NOW, undefined]);
        expect(challenges.map(({ id }) => id)).toEqual(["c0"]);
      });

      test("puts hashes that were sealed anew in their places", async () => {
        await withCodes();
        await open({});
        const reseal = [
          { id: "r2", hash: "anew-2" },
          { id: "r3", hash: "anew-3" },
        ];
        const spend = { kind: "recovery-code", set: "set-1", code: "r2", left: 2, reseal } as const;
        const [first] = (await vault()).recoveryCodes?.codes ?? [];
        expect(await store.completeChallenge(ref, codeCompletion({ spend }))).toBe(true);
        const { recoveryCodes } = await vault();
        expect(recoveryCodes?.codes).toEqual([
          first,
          { id: "r2", hash: "anew-2", usedAt: NOW },
          { id: "r3", hash: "anew-3" },
        ]);
      });

      test.each<[string, Partial<Completion>]>([
        ["another login", { login: "other" }],
        ["an expired challenge", { at: inMinutes(10) }],
        ["another set", { spend: { kind: "recovery-code", set: "set-0", code: "r2", left: 0 } }],
        ["another code", { spend: { kind: "recovery-code", set: "set-1", code: "r9", left: 0 } }],
        ["a used code", { spend: { kind: "recovery-code", set: "set-1", code: "r1", left: 0 } }],
      ])("%s: lost, and nothing changes", async (_, changes) => {
        await withTotp();
        const set = recoverySet();
        await store.replaceRecoveryCodes(ref, {
          ...set,
          codes: set.codes.map((code) => (code.id === "r1" ? { ...code, usedAt: NOW } : code)),
        });
        await open({});
        const before = await state();
        expect(await store.completeChallenge(ref, codeCompletion(changes))).toBe(false);
        expect(await state()).toEqual(before);
      });
    });

    describe("enrolments", () => {
      test("a pending enrolment waits and changes nothing else", async () => {
        expect(await begin()).toBe(true);
        expect(await state()).toMatchObject({ factors: [], sessionGeneration: 0 });
        expect((await vault()).enrolments).toEqual({ totp: { pending: pending() } });
      });

      test.each<[string, Partial<PendingEnrolment>, { at?: Date; replaces?: string }, boolean]>([
        ["this login's own, still live", {}, {}, false],
        ["this login's own, which it names", {}, { replaces: "e1" }, true],
        ["one that it names wrongly", {}, { replaces: "e0" }, false],
        ["one that expired", {}, { at: inMinutes(30) }, true],
        ["another login's", { login: "login-2" }, {}, true],
      ])("a new one replaces %s", async (_, changes, options, replaced) => {
        await begin();
        expect(await begin({ id: "e2", ...changes }, options)).toBe(replaced);
        expect((await vault()).enrolments.totp?.pending?.id).toBe(replaced ? "e2" : "e1");
      });

      test("with a factor active, a first enrolment is refused and another is begun beside it", async () => {
        await withTotp();
        expect(await begin({ id: "e2" })).toBe(false);
        expect(await begin({ id: "e2", first: false })).toBe(true);
        const slot = (await vault()).enrolments.totp;
        expect([slot?.active?.id, slot?.pending?.id]).toEqual(["e1", "e2"]);
      });

      test("confirming puts the budget back to what it was before the code", async () => {
        await withPending();
        await fail(3);
        const { login: failures } = (await vault()).failures;
        await open({ id: "c-enrol", ...ENROL });
        await fail(1);
        const restores = { budget: "login", ...(failures ? { failures } : {}) } as const;
        expect(await store.confirmEnrolment(ref, confirmation({ restores }))).toBe(true);
        expect((await vault()).failures).toEqual({ login: failures });
      });

      test("confirming makes it active and ends other sessions, challenges and grants", async () => {
        await withPending();
        await open({ id: "c9", login: "login-9" });
        await fail(2);
        await open({ id: "c-enrol", ...ENROL });
        expect(await store.confirmEnrolment(ref, confirmation())).toBe(true);
        expect(await state()).toEqual({
          factors: ["totp"],
          sessionGeneration: 1,
          raisedBy: "login-1",
          endedLogins: [],
          vault: {
            enrolments: {
              totp: {
                active: {
                  id: "e1",
                  secret: "sealed-1",
                  createdAt: NOW,
                  confirmedAt: NOW,
                  lastUsedAt: NOW,
                  lastStep: 90,
                },
              },
            },
            challenges: [],
            grants: [],
            failures: {},
            browsers: [],
            sends: [],
            links: [],
          },
        });
      });

      test("confirming drops grants and trusted browsers", async () => {
        await withTotp();
        await open({});
        await store.completeChallenge(ref, totpCompletion({ grant: grant(), trust: browser() }));
        await withPending({ id: "e2", first: false });
        const enrolment = pending({ id: "e2", first: false });
        expect(await store.confirmEnrolment(ref, confirmation({ enrolment }))).toBe(true);
        const { grants, browsers, enrolments } = await vault();
        expect([grants, browsers]).toEqual([[], []]);
        expect(enrolments.totp?.active?.id).toBe("e2");
        expect((await state()).factors).toEqual(["totp"]);
      });

      test("confirming with recovery codes keeps them, and a set that is there is never replaced", async () => {
        await withPending();
        expect(await store.confirmEnrolment(ref, confirmation({ recoveryCodes: recoverySet() }))).toBe(true);
        expect((await state()).factors).toEqual(["totp", "recovery-code"]);
        await withPending({ id: "e2", first: false });
        const enrolment = pending({ id: "e2", first: false });
        const again = confirmation({ enrolment, recoveryCodes: recoverySet({ id: "set-2" }) });
        await store.confirmEnrolment(ref, again);
        expect((await vault()).recoveryCodes).toEqual(recoverySet());
      });

      test("confirming can close the pending login with it", async () => {
        await withPending();
        const closing = confirmation({ closesLogin: true });
        expect(await store.confirmEnrolment(ref, closing)).toBe(false);
        await open({});
        expect(await store.confirmEnrolment(ref, closing)).toBe(true);
        expect((await vault()).challenges).toEqual([]);
      });

      test.each<[string, Partial<Confirmation>]>([
        ["another pending enrolment", { enrolment: pending({ id: "e2" }) }],
        ["another login", { login: "login-2" }],
        ["an expired enrolment", { at: inMinutes(30) }],
        ["another kind", { kind: "email" }],
        ["a pending login that is gone", { closesLogin: true }],
      ])("%s: not confirmed, and nothing changes", async (_, changes) => {
        await begin();
        await open(
          { id: "c-enrol", ...ENROL, expiresAt: inMinutes(60) },
          { id: "c-2", ...ENROL, login: "login-2", expiresAt: inMinutes(60) },
          { id: "c-3", ...ENROL, purpose: "enrol:email", expiresAt: inMinutes(60) },
        );
        const before = await state();
        const all = { recoveryCodes: recoverySet(), ...changes };
        expect(await store.confirmEnrolment(ref, confirmation(all))).toBe(false);
        expect(await state()).toEqual(before);
      });

      test("without its challenge an enrolment is not confirmed", async () => {
        await begin();
        await open({});
        expect(await store.confirmEnrolment(ref, confirmation())).toBe(false);
        await open({ id: "c-enrol", ...ENROL });
        expect(await store.confirmEnrolment(ref, confirmation({ at: inMinutes(10) }))).toBe(false);
        expect(await store.confirmEnrolment(ref, confirmation())).toBe(true);
      });

      test("a first enrolment is not confirmed once another factor is active", async () => {
        await withPending();
        await store.importEnrolment(ref, "email", pending({ id: "e-mail" }));
        expect(await store.confirmEnrolment(ref, confirmation())).toBe(false);
        expect((await state()).factors).toEqual(["email"]);
      });

      test("an import is active at once, and only where none is", async () => {
        expect(await store.importEnrolment(ref, "totp", pending({ lastStep: 7 }))).toBe(true);
        expect(await store.importEnrolment(ref, "totp", pending({ id: "e2" }))).toBe(false);
        expect((await vault()).enrolments.totp?.active).toEqual({
          id: "e1",
          secret: "sealed-1",
          createdAt: NOW,
          confirmedAt: NOW,
          lastStep: 7,
        });
        expect((await state()).factors).toEqual(["totp"]);
      });
    });

    describe("removal", () => {
      const removal = { kind: "totp", login: "login-1", factors: ["totp"], remaining: [] } as const;

      test("takes the factor and what is left of it, and ends other sessions, challenges, grants and trust", async () => {
        await withCodes();
        await open({});
        await store.completeChallenge(ref, totpCompletion({ grant: grant(), trust: browser() }));
        await open({}, { id: "c2", ...ENROL });
        const factors = (await state()).factors;
        expect(await store.removeFactor(ref, { ...removal, factors })).toBe(true);
        expect(await state()).toEqual({
          factors: [],
          sessionGeneration: 1,
          raisedBy: "login-1",
          endedLogins: [],
          vault: {
            enrolments: {},
            challenges: [],
            grants: [],
            failures: {},
            browsers: [],
            sends: [],
            links: [],
          },
        });
      });

      test("recovery codes stay with another factor", async () => {
        await withCodes();
        await store.importEnrolment(ref, "email", pending({ id: "e-mail" }));
        const { factors } = await state();
        const remaining = factors.filter((kind) => kind !== "totp");
        expect(await store.removeFactor(ref, { ...removal, factors, remaining })).toBe(true);
        expect((await state()).factors).toEqual(["recovery-code", "email"]);
        expect((await vault()).recoveryCodes).toEqual(recoverySet());
        expect(Object.keys((await vault()).enrolments)).toEqual(["email"]);
      });

      test("is lost where the factors are no longer those that were seen, or the kind is not among them", async () => {
        await withCodes();
        const before = await state();
        expect(await store.removeFactor(ref, removal)).toBe(false);
        expect(await store.removeFactor(ref, { ...removal, factors: ["recovery-code", "totp"] })).toBe(false);
        expect(await store.removeFactor(ref, { ...removal, kind: "sms", factors: before.factors })).toBe(
          false,
        );
        expect(await state()).toEqual(before);
      });
    });

    describe("recovery codes", () => {
      test("replace the set before, only where another factor is active", async () => {
        expect(await store.replaceRecoveryCodes(ref, recoverySet())).toBe(false);
        expect(await state()).toMatchObject({ factors: [] });
        expect((await vault()).recoveryCodes).toBeUndefined();
        await withCodes();
        expect(await store.replaceRecoveryCodes(ref, recoverySet({ id: "set-2" }))).toBe(true);
        expect((await vault()).recoveryCodes).toEqual(recoverySet({ id: "set-2" }));
        expect((await state()).factors).toEqual(["totp", "recovery-code"]);
      });

      test("are marked as saved, set by set", async () => {
        await withCodes();
        expect(await store.markRecoveryCodesSaved(ref, "set-0", NOW)).toBe(false);
        expect((await vault()).recoveryCodes?.savedAt).toBeUndefined();
        expect(await store.markRecoveryCodesSaved(ref, "set-1", inMinutes(2))).toBe(true);
        expect((await vault()).recoveryCodes?.savedAt).toEqual(inMinutes(2));
      });
    });

    describe("grants and ended logins", () => {
      const wanted = { login: "login-1", action: "payout", at: NOW };

      async function withGrant(): Promise<void> {
        await withTotp();
        await open({});
        await store.completeChallenge(ref, totpCompletion({ grant: grant() }));
      }

      test("a grant is spent once", async () => {
        await withGrant();
        expect(await store.spendGrant(ref, wanted)).toBe(true);
        expect(await store.spendGrant(ref, wanted)).toBe(false);
        expect((await vault()).grants).toEqual([]);
      });

      test.each([{ login: "login-2" }, { action: "change-password" }, { at: inMinutes(5) }])(
        "a grant is not spent by %j",
        async (changes) => {
          await withGrant();
          expect(await store.spendGrant(ref, { ...wanted, ...changes })).toBe(false);
          expect((await vault()).grants).toEqual([grant()]);
        },
      );

      test("twenty ended logins are remembered, the last ones", async () => {
        for (let index = 1; index <= 22; index++)
          expect(await store.endLogin(ref, `login-${index}`)).toBe(true);
        const { endedLogins } = await state();
        expect(endedLogins).toHaveLength(20);
        expect([endedLogins[0], endedLogins[19]]).toEqual(["login-3", "login-22"]);
      });
    });

    describeSentCodes(subject);
    describeSpentCodes(subject);
    describeAdministration(subject);
    describePeople(subject);
    describeTrustedBrowsers(subject);
    describeAccounts(subject);
    describeResealing(subject);
    describeLinkActs(subject);
    describePreferences(subject);
    describeRequirements(subject);
    describeTargets(subject);

    describe("of fifty racers one wins", () => {
      test("the last attempt of a challenge", async () => {
        await open({ attempts: 4 });
        const results = await racers(50, () => store.reserveAttempt(ref, reservation()));
        expect(wins(results)).toBe(1);
        expect((await vault()).failures.login?.count).toBe(1);
      });

      test("the same TOTP, also on challenges of their own", async () => {
        await withTotp();
        const logins = ["a", "b", "c", "d", "e"];
        await open(...logins.map((login) => ({ id: login, login })));
        const results = await racers(50, (index) =>
          store.completeChallenge(ref, totpCompletion({ login: logins[index % 5] ?? "" })),
        );
        expect(wins(results)).toBe(1);
        expect((await vault()).challenges).toHaveLength(4);
      });

      test("one challenge, with a different step each", async () => {
        await withTotp();
        await open({});
        const results = await racers(50, (index) => {
          const spend = { kind: "totp", enrolment: "e1", step: 100 + index } as const;
          return store.completeChallenge(ref, totpCompletion({ spend }));
        });
        expect(wins(results)).toBe(1);
      });

      test("the same recovery code, also on challenges of their own", async () => {
        await withCodes();
        const logins = ["a", "b", "c", "d", "e"];
        await open(...logins.map((login) => ({ id: login, login })));
        const results = await racers(50, (index) =>
          store.completeChallenge(ref, codeCompletion({ login: logins[index % 5] ?? "" })),
        );
        expect(wins(results)).toBe(1);
      });

      test("the confirmation of an enrolment", async () => {
        await withPending();
        const results = await racers(50, () => store.confirmEnrolment(ref, confirmation()));
        expect(wins(results)).toBe(1);
        expect((await state()).sessionGeneration).toBe(1);
      });

      test("the beginning of an enrolment", async () => {
        const results = await racers(50, (index) => begin({ id: `e${index}` }));
        expect(wins(results)).toBe(1);
        expect((await vault()).enrolments.totp?.pending?.id).toBe(`e${results.indexOf(true)}`);
      });

      test("a grant", async () => {
        await withTotp();
        await open({});
        await store.completeChallenge(ref, totpCompletion({ grant: grant() }));
        const results = await racers(50, () =>
          store.spendGrant(ref, { login: "login-1", action: "payout", at: NOW }),
        );
        expect(wins(results)).toBe(1);
      });

      test("an import", async () => {
        const results = await racers(50, (index) =>
          store.importEnrolment(ref, "totp", pending({ id: `e${index}` })),
        );
        expect(wins(results)).toBe(1);
        expect((await vault()).enrolments.totp?.active?.id).toBe(`e${results.indexOf(true)}`);
      });

      test("a removal", async () => {
        await withTotp();
        const results = await racers(50, () =>
          store.removeFactor(ref, { kind: "totp", login: "login-1", factors: ["totp"], remaining: [] }),
        );
        expect(wins(results)).toBe(1);
        expect((await state()).sessionGeneration).toBe(1);
      });
    });

    describe("of two hundred parallel guesses five are compared", () => {
      test("on one challenge", async () => {
        await open({});
        const results = await racers(200, () => store.reserveAttempt(ref, reservation()));
        expect(wins(results)).toBe(5);
        expect((await vault()).challenges[0]?.attempts).toBe(5);
      });

      test("over five challenges of one user, before the lock", async () => {
        const logins = ["a", "b", "c", "d", "e"];
        await open(...logins.map((login) => ({ id: login, login })));
        const results = await racers(200, (index) =>
          store.reserveAttempt(ref, reservation({ login: logins[index % 5] ?? "" })),
        );
        expect(wins(results)).toBe(5);
        expect((await vault()).failures.login).toEqual({ count: 5, lastAt: NOW });
      });
    });
  });
}

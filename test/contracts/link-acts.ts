// The contract's part on what mailed links do: stop factors, and let codes be tried again, in the write that uses them up.
import { describe, expect, test } from "vitest";
import { MAX_KEPT_LINKS } from "../../src/core/account-store.js";
import type { BudgetReopening, FactorStop } from "../../src/core/link-store.js";
import type { Budget, PendingEnrolment } from "../../src/core/model.js";
import {
  browser,
  confirmation,
  ENROL,
  grant,
  inMinutes,
  link,
  NOW,
  pending,
  racers,
  reservation,
  type Subject,
  totpCompletion,
  wins,
} from "./store-records.js";

const STOP = link({ id: "s1", hash: "hash-s1", use: "stop" });
const UNLOCK = link({ id: "u1", hash: "hash-u1", use: "unlock" });
const email: PendingEnrolment = pending({ id: "e-mail", address: "anna@acme.test" });
const SET = { id: "set-1", salt: "salt", createdAt: NOW, codes: [{ id: "r1", hash: "sealed" }] };

export function describeLinkActs({ store, ref, state, vault, open }: Subject): void {
  const stop = (changes: Partial<FactorStop> = {}) =>
    store().stopFactors(ref(), {
      hash: "hash-s1",
      at: NOW,
      enrolments: [{ kind: "email", enrolment: "e-mail" }],
      generation: 0,
      ...changes,
    });
  const withFactors = async () => {
    await store().importEnrolment(ref(), "totp", pending());
    await store().importEnrolment(ref(), "email", email);
    await store().addLink(ref(), STOP, NOW);
  };

  describe("stopping factors", () => {
    test("they stay active and are marked; the others are as they were; the link is used up", async () => {
      await withFactors();
      const before = await state();
      expect(await stop({ at: inMinutes(1) })).toBe(true);
      const { factors, vault: after } = await state();
      expect(factors).toEqual(["totp", "email"]);
      expect(after.enrolments.email?.active).toEqual({
        ...before.vault.enrolments.email?.active,
        blockedAt: inMinutes(1),
      });
      expect(after.enrolments.totp).toEqual(before.vault.enrolments.totp);
      expect(after.links).toEqual([]);
    });

    test("ends every session, login under way, grant and trusted browser", async () => {
      await withFactors();
      await open({});
      await store().completeChallenge(ref(), totpCompletion({ grant: grant(), trust: browser() }));
      await open({});
      expect(await stop()).toBe(true);
      const { sessionGeneration, raisedBy, vault: after } = await state();
      expect([sessionGeneration, raisedBy]).toEqual([1, undefined]);
      expect([after.challenges, after.grants, after.browsers]).toEqual([[], [], []]);
    });

    test("takes a set of recovery codes away, where it is named", async () => {
      await withFactors();
      await store().replaceRecoveryCodes(ref(), SET);
      expect(await stop({ recovery: "set-1" })).toBe(true);
      const { factors, vault: after } = await state();
      expect(factors).toEqual(["totp", "email"]);
      expect(after.recoveryCodes).toBeUndefined();
    });

    test("leaves another set alone", async () => {
      await withFactors();
      await store().replaceRecoveryCodes(ref(), SET);
      expect(await stop()).toBe(true);
      expect((await state()).factors).toEqual(["totp", "email", "recovery-code"]);
    });

    test("of nothing at all: ends the sessions", async () => {
      await withFactors();
      expect(await stop({ enrolments: [] })).toBe(true);
      expect((await state()).sessionGeneration).toBe(1);
      expect((await vault()).enrolments.email?.active).not.toHaveProperty("blockedAt");
    });

    test.each<[string, Partial<FactorStop>]>([
      ["another link", { hash: "hash-s2" }],
      ["its end", { at: inMinutes(60) }],
      ["another enrolment", { enrolments: [{ kind: "email", enrolment: "e-new" }] }],
      ["an enrolment that is not there", { enrolments: [{ kind: "sms", enrolment: "e-mail" }] }],
      ["a generation that is over", { generation: 1 }],
      ["recovery codes that are not there", { recovery: "set-1" }],
    ])("%s: lost, and nothing changes", async (_, changes) => {
      await withFactors();
      const before = await state();
      expect(await stop(changes)).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("a link for another use stops nothing", async () => {
      await withFactors();
      await store().addLink(ref(), UNLOCK, NOW);
      expect(await stop({ hash: "hash-u1" })).toBe(false);
    });

    test("counts from the generation that was read", async () => {
      await withFactors();
      await store().endSessions(ref());
      expect(await stop()).toBe(false);
      expect(await stop({ generation: 1 })).toBe(true);
    });

    test("fifty at once: one", async () => {
      await withFactors();
      expect(wins(await racers(50, () => stop()))).toBe(1);
    });

    test("what takes a factor's place is not stopped", async () => {
      await withFactors();
      await stop();
      const enrolment = pending({ id: "e-new", first: false });
      await store().beginEnrolment(ref(), "email", enrolment, { at: NOW });
      await open({ id: "c-enrol", login: "login-1", purpose: "enrol:email" });
      expect(await store().confirmEnrolment(ref(), confirmation({ kind: "email", enrolment }))).toBe(true);
      expect((await vault()).enrolments.email?.active).not.toHaveProperty("blockedAt");
    });

    test("an administrator who switches everything off takes the link away", async () => {
      await withFactors();
      await store().addLink(ref(), UNLOCK, NOW);
      await store().switchOff(ref());
      expect((await vault()).links).toEqual([UNLOCK]);
    });
  });

  describe("confirming with a link", () => {
    test("keeps it in the same write", async () => {
      await store().beginEnrolment(ref(), "totp", pending(), { at: NOW });
      await open({ id: "c-enrol", ...ENROL });
      expect(await store().confirmEnrolment(ref(), confirmation({ link: STOP }))).toBe(true);
      expect((await vault()).links).toEqual([STOP]);
    });

    test("what is not confirmed keeps none", async () => {
      await store().beginEnrolment(ref(), "totp", pending(), { at: NOW });
      expect(await store().confirmEnrolment(ref(), confirmation({ link: STOP }))).toBe(false);
      expect((await vault()).links).toEqual([]);
    });

    test("links that nobody used do not pile up", async () => {
      for (let turn = 0; turn <= MAX_KEPT_LINKS; turn++) {
        const enrolment = pending({ id: `e${turn}`, first: false });
        await store().beginEnrolment(ref(), "totp", enrolment, { at: NOW });
        await open({ id: `c${turn}`, ...ENROL });
        await store().confirmEnrolment(ref(), confirmation({ enrolment, link: { ...STOP, id: `s${turn}` } }));
      }
      const ids = (await vault()).links.map(({ id }) => id);
      expect([ids.length, ids[0], ids.at(-1)]).toEqual([MAX_KEPT_LINKS, "s1", `s${MAX_KEPT_LINKS}`]);
    });
  });

  describe("reopening a budget", () => {
    const reopen = (changes: Partial<BudgetReopening> = {}) =>
      store().reopenBudgets(ref(), {
        hash: "hash-u1",
        at: inMinutes(1),
        budgets: ["login"],
        blockedAt: 3,
        count: 1,
        ...changes,
      });
    const fail = async (times: number, budget: Budget = "login") => {
      await open({});
      const lock = { closed: [], blockAt: 100 };
      for (let turn = 0; turn < times; turn++)
        await store().reserveAttempt(ref(), reservation({ budget, lock, maxAttempts: 100 }));
    };

    test("counts on from there, and the last failure stays when it was; the link is used up", async () => {
      await store().addLink(ref(), UNLOCK, NOW);
      await fail(3);
      await fail(2, "signedIn");
      expect(await reopen()).toBe(true);
      const { failures, links } = await vault();
      expect(failures).toEqual({ login: { count: 1, lastAt: NOW }, signedIn: { count: 2, lastAt: NOW } });
      expect(links).toEqual([]);
    });

    test("both, where both are blocked", async () => {
      await store().addLink(ref(), UNLOCK, NOW);
      await fail(3);
      await fail(4, "signedIn");
      expect(await reopen({ budgets: ["login", "signedIn"] })).toBe(true);
      const counts = Object.values((await vault()).failures).map(({ count }) => count);
      expect(counts).toEqual([1, 1]);
    });

    test("of none uses the link up", async () => {
      await store().addLink(ref(), UNLOCK, NOW);
      expect(await reopen({ budgets: [] })).toBe(true);
      expect(await reopen({ budgets: [] })).toBe(false);
    });

    test.each<[string, Partial<BudgetReopening>]>([
      ["another link", { hash: "hash-u2" }],
      ["its end", { at: inMinutes(60) }],
      ["a budget that is not blocked", { blockedAt: 4 }],
      ["a budget that nothing is counted on", { budgets: ["login", "signedIn"] }],
    ])("%s: lost, and nothing changes", async (_, changes) => {
      await store().addLink(ref(), UNLOCK, NOW);
      await fail(3);
      const before = await state();
      expect(await reopen(changes)).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("a link for another use reopens nothing", async () => {
      await store().addLink(ref(), STOP, NOW);
      await fail(3);
      expect(await reopen({ hash: "hash-s1" })).toBe(false);
    });

    test("fifty at once: one", async () => {
      await store().addLink(ref(), UNLOCK, NOW);
      await fail(3);
      expect(wins(await racers(50, () => reopen()))).toBe(1);
    });
  });
}

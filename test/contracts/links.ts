// The contract's part on mailed links: kept by use, spent once, and none pushes out another's.
import { describe, expect, test } from "vitest";
import { type LinkSpend, MAX_LINKS } from "../../src/core/account-store.js";
import type { Link, LinkUse } from "../../src/core/model.js";
import { inMinutes, link, NOW, pending, racers, type Subject, wins } from "./store-records.js";

export function describeLinks({ fixture, store, ref, state, vault }: Subject): void {
  const add = (changes: Partial<Link> = {}, at = NOW) => store().addLink(ref(), link(changes), at);
  const spend = (changes: Partial<LinkSpend> = {}) =>
    store().spendLink(ref(), { hash: "hash-l1", use: "reset", at: NOW, ...changes });
  const ids = async () => (await vault()).links.map(({ id }) => id);
  const stop = (index: number, changes: Partial<Link> = {}) =>
    link({ id: `s${index}`, hash: `hash-s${index}`, use: "stop", ...changes });
  const stops = async (count: number) => {
    for (let index = 0; index < count; index++) await store().addLink(ref(), stop(index), NOW);
  };

  describe("keeping a link", () => {
    test("keeps it as it was given", async () => {
      const about = { kind: "email", enrolment: "e1" } as const;
      expect(await add({ use: "stop", about })).toBe(true);
      expect((await vault()).links).toEqual([link({ use: "stop", about })]);
    });

    test.each<LinkUse>(["welcome", "reset", "unlock"])("the newest %s is the only one", async (use) => {
      await add({ id: "other", hash: "hash-other", use: "stop" });
      await add({ use });
      expect(await add({ id: "l2", hash: "hash-l2", use })).toBe(true);
      expect(await ids()).toEqual(["other", "l2"]);
      expect(await spend({ use })).toBeUndefined();
      expect(await spend({ use, hash: "hash-l2" })).toBeDefined();
    });

    test("of twenty at once one is left", async () => {
      await racers(20, (index) => add({ id: `l${index}`, hash: `hash-l${index}` }));
      expect(await ids()).toHaveLength(1);
    });

    test("nobody pushes a stop out: with five in force another is refused", async () => {
      await stops(MAX_LINKS);
      const before = await state();
      expect(await store().addLink(ref(), stop(9), NOW)).toBe(false);
      expect(await state()).toEqual(before);
      expect(await add()).toBe(true);
      expect(await ids()).toEqual(["s0", "s1", "s2", "s3", "s4", "l1"]);
    });

    test("a stop that has run out makes room", async () => {
      await stops(MAX_LINKS);
      expect(await store().addLink(ref(), stop(9, { expiresAt: inMinutes(90) }), inMinutes(60))).toBe(true);
      expect(await ids()).toEqual(["s9"]);
    });

    test("of twenty stops at once five are kept", async () => {
      const results = await racers(20, (index) => store().addLink(ref(), stop(index), NOW));
      expect(wins(results)).toBe(MAX_LINKS);
      expect(await ids()).toHaveLength(MAX_LINKS);
    });
  });

  describe("using a link up", () => {
    test("works once, and tells how everything was before", async () => {
      await store().importEnrolment(ref(), "totp", pending());
      await add({ use: "stop", id: "s1", hash: "hash-s1" });
      await add();
      const before = await state();
      expect(await spend()).toEqual(before);
      expect(await spend()).toBeUndefined();
      expect(await ids()).toEqual(["s1"]);
    });

    test.each<[LinkUse, boolean]>([
      ["welcome", true],
      ["reset", true],
      ["stop", false],
      ["unlock", false],
    ])("of %s: the password must change: %s", async (use, mustChange) => {
      await add({ use });
      const before = await state();
      await spend({ use });
      const links = { vault: { ...before.vault, links: [] } };
      expect(await state()).toEqual({
        ...before,
        ...links,
        ...(mustChange ? { mustChangePassword: true } : {}),
      });
    });

    test.each<[string, Partial<LinkSpend>]>([
      ["another's hash", { hash: "hash-l9" }],
      ["no hash", { hash: "" }],
      ["another use", { use: "welcome" }],
      ["its end", { at: inMinutes(60) }],
    ])("%s: nothing, and nothing changes", async (_, changes) => {
      await add();
      const before = await state();
      expect(await spend(changes)).toBeUndefined();
      expect(await state()).toEqual(before);
    });

    test("somebody else's link is none", async () => {
      await store().addLink(await fixture().newUser(), link(), NOW);
      expect(await spend()).toBeUndefined();
      expect(await state()).not.toHaveProperty("mustChangePassword");
    });

    test("fifty at once: one", async () => {
      await add();
      const results = await racers(50, async () => (await spend()) !== undefined);
      expect(wins(results)).toBe(1);
    });
  });
}

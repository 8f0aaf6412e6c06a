// The contract's part on what a policy needs of a store: since when, who is there, and the end of other sessions.
import { describe, expect, test } from "vitest";
import {
  grant,
  inMinutes,
  NOW,
  pending,
  racers,
  type Subject,
  totpCompletion,
  wins,
} from "./store-records.js";

export function describeRequirements({ fixture, store, ref, state, vault, open }: Subject): void {
  const standing = async () => (await store().load(ref()))?.standing;

  describe("the first login at which somebody had to enrol", () => {
    test("is noted once, and a later one changes nothing", async () => {
      expect(await state()).not.toHaveProperty("requiredSince");
      expect(await store().noteRequired(ref(), NOW)).toBe(true);
      expect(await store().noteRequired(ref(), inMinutes(1))).toBe(false);
      expect(await store().noteRequired(ref(), inMinutes(-1))).toBe(false);
      expect((await state()).requiredSince).toEqual(NOW);
    });

    test("is told with the standing of a loaded user, and is nobody else's", async () => {
      const other = await fixture().newUser();
      await store().noteRequired(ref(), NOW);
      expect((await standing())?.requiredSince).toEqual(NOW);
      expect(await store().read(other)).not.toHaveProperty("requiredSince");
    });

    test("is one moment, of fifty that race for it", async () => {
      const results = await racers(50, (index) => store().noteRequired(ref(), inMinutes(index)));
      expect(wins(results)).toBe(1);
      expect((await state()).requiredSince).toEqual(inMinutes(results.indexOf(true)));
    });

    test("changes nothing else, and stays where a factor comes and other sessions end", async () => {
      const before = await state();
      await store().noteRequired(ref(), NOW);
      expect(await state()).toEqual({ ...before, requiredSince: NOW });
      await store().importEnrolment(ref(), "totp", pending());
      await store().endOtherSessions(ref(), "login-1");
      expect((await state()).requiredSince).toEqual(NOW);
    });
  });

  describe("ending a person's other sessions", () => {
    test("raises the generation in the name of the login that does it, each time", async () => {
      expect(await store().endOtherSessions(ref(), "login-1")).toBe(true);
      expect(await state()).toMatchObject({ sessionGeneration: 1, raisedBy: "login-1" });
      expect(await store().endOtherSessions(ref(), "login-2")).toBe(true);
      expect(await state()).toMatchObject({ sessionGeneration: 2, raisedBy: "login-2" });
      expect(await standing()).toMatchObject({ sessionGeneration: 2, raisedBy: "login-2" });
    });

    test("leaves factors, challenges, grants and the logins that had ended as they were", async () => {
      await store().importEnrolment(ref(), "totp", pending());
      await open({});
      await store().completeChallenge(ref(), totpCompletion({ grant: grant() }));
      await open({ id: "c2", login: "login-2" });
      await store().endLogin(ref(), "login-0");
      const before = await state();
      await store().endOtherSessions(ref(), "login-1");
      expect(await state()).toEqual({ ...before, sessionGeneration: 1, raisedBy: "login-1" });
      expect((await vault()).grants).toHaveLength(1);
    });

    test("is counted each time of fifty at once, and nobody else's end", async () => {
      const other = await fixture().newUser();
      const results = await racers(50, (index) => store().endOtherSessions(ref(), `login-${index}`));
      expect(wins(results)).toBe(50);
      expect((await state()).sessionGeneration).toBe(50);
      expect((await store().read(other))?.sessionGeneration).toBe(0);
    });
  });

  describe("everybody", () => {
    async function everybody() {
      const found = [];
      for await (const person of store().people()) found.push(person);
      return found;
    }

    test("is told once each, as the app loads them, with what is known of them now", async () => {
      const other = await fixture().newUser();
      await store().importEnrolment(other, "totp", pending());
      await store().noteRequired(ref(), NOW);
      const people = await everybody();
      const ids = people.map((person) => person.ref.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(expect.arrayContaining([ref().id, other.id]));
      const found = (wanted: string) => people.find((person) => person.ref.id === wanted);
      expect(found(ref().id)?.standing).toEqual((await store().load(ref()))?.standing);
      expect(found(ref().id)?.standing.requiredSince).toEqual(NOW);
      expect(found(other.id)?.standing.factors).toEqual(["totp"]);
      for (const { user, ref: named } of people) expect(store().refOf(user)).toEqual(named);
    });

    test("may be left before the end, and asked for again", async () => {
      await fixture().newUser();
      for await (const { ref: first } of store().people()) {
        expect(first.id).not.toBe("");
        break;
      }
      expect((await everybody()).length).toBeGreaterThan(1);
    });

    test("comes as a copy: to change a standing changes nobody", async () => {
      await store().importEnrolment(ref(), "totp", pending());
      for await (const { standing: copy } of store().people()) Object.assign(copy, { factors: [] });
      expect((await state()).factors).toEqual(["totp"]);
    });
  });
}

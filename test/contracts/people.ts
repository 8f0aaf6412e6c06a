// The contract's part on finding people: one by the id alone, many by name or by how they stand, in order.
import { beforeEach, describe, expect, test } from "vitest";
import { lockRule } from "../../src/core/lockout.js";
import type { UserRef } from "../../src/core/model.js";
import type { PeopleQuery } from "../../src/core/store.js";
import { challenge, inMinutes, NOW, pending, reservation, type Subject } from "./store-records.js";

const HOSTILE = ["", "..", "$ne", '{"$ne":null}', "a\0b", "__proto__", "constructor", "x".repeat(1024)];
/** What a pattern would match with, and plain text does not. */
const PATTERNS = [
  ".*",
  ".",
  "^",
  "$",
  "|",
  "a|b",
  "[a-z]",
  "(",
  ")",
  "[",
  "\\",
  "\\w",
  "*",
  "+",
  "?",
  "{1}",
  "x{",
];

let series = 0;

export function describePeople({ fixture, store, ref }: Subject): void {
  /** In the name of everybody of this test, and of nobody else. */
  let tag = "";
  beforeEach(() => {
    tag = `t${++series}x`;
  });
  const called = (name: string) => fixture().newUser(name);
  const search = async (query: PeopleQuery) => {
    const ids: string[] = [];
    for await (const found of store().people(query)) ids.push(found.ref.id);
    expect(await store().countPeople(query)).toBe(ids.length);
    return ids;
  };
  const inOrder = (...refs: UserRef[]) => refs.map(({ id }) => id).toSorted();
  const fail = async (who: UserRef, times: number, budget: "login" | "signedIn" = "login", at = NOW) => {
    for (let index = 0; index < times; index++) {
      const login = `failing-${index}`;
      await store().openChallenge(who, challenge({ id: login, login, expiresAt: inMinutes(600) }));
      const lock = { closed: [], blockAt: 1000 };
      await store().reserveAttempt(who, { ...reservation({ login, at, budget }), lock });
    }
  };

  describe("somebody by the id alone", () => {
    test("is found as they are loaded, and what is found names the one to write to", async () => {
      await store().importEnrolment(ref(), "totp", pending());
      const found = await store().find(ref().id);
      expect(found?.ref).toEqual(ref());
      expect(found?.standing).toEqual((await store().load(ref()))?.standing);
      expect(store().refOf(found?.user)).toEqual(ref());
      const named = found?.ref ?? fixture().nobody;
      expect(await store().switchOff(named)).toBe(true);
      expect((await store().find(ref().id))?.standing.factors).toEqual([]);
    });

    test.each(HOSTILE)("%j is nobody", async (id) => {
      expect(await store().find(id)).toBeUndefined();
    });

    test.each([{ $ne: null }, ["x"], null, undefined, true])(
      "%j, which is no text, is nobody",
      async (id) => {
        expect(await store().find(id as never)).toBeUndefined();
      },
    );
  });

  describe("people by a text", () => {
    test("are those who have it in their name, in upper or lower case, in the order of their ids", async () => {
      const [ann, ben, cid] = [
        await called(`ann ${tag}`),
        await called(`${tag}ben`),
        await called(`c${tag}`),
      ];
      await called("somebody else");
      expect(await search({ text: tag })).toEqual(inOrder(ann, ben, cid));
      expect(await search({ text: tag.toUpperCase() })).toEqual(inOrder(ann, ben, cid));
      expect(await search({ text: `${tag}BEN` })).toEqual([ben.id]);
      expect(await search({ text: `${tag}zoe` })).toEqual([]);
    });

    test.each(PATTERNS)("%s is no pattern", async (pattern) => {
      const literal = await called(`${tag}${pattern}z`);
      await called(`${tag}abz`);
      expect(await search({ text: `${tag}${pattern}z` })).toEqual([literal.id]);
    });

    test.each(HOSTILE.slice(1))("%j finds nobody, and breaks nothing", async (text) => {
      await called(tag);
      expect(await search({ text: `${tag}${text}` })).toEqual([]);
    });

    test("longer than any name finds nobody", async () => {
      for (const length of [1001, 100_000]) expect(await search({ text: "(".repeat(length) })).toEqual([]);
    });
  });

  describe("people after an id", () => {
    test("are the rest, in order, each of them once, page by page", async () => {
      const refs = [];
      for (let index = 0; index < 7; index++) refs.push(await called(`${tag}${index}`));
      const wanted = inOrder(...refs);
      const seen: string[] = [];
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const rest = await search({ text: tag, ...(after === undefined ? {} : { after }) });
        if (rest.length === 0) break;
        seen.push(...rest.slice(0, 2));
      }
      expect(seen).toEqual(wanted);
    });

    test("that somebody had who has gone are the same", async () => {
      const [one, other] = inOrder(await called(tag), await called(tag)) as [string, string];
      expect(await search({ text: tag, after: one })).toEqual([other]);
      expect(await search({ text: tag, after: other })).toEqual([]);
    });

    test.each(['{"$gt":""}', "a\0b"])("%j, which nobody has, breaks nothing", async (after) => {
      expect(Array.isArray(await search({ text: tag, after }))).toBe(true);
    });
  });

  describe("people by how they stand", () => {
    test("without a factor: none is active, whatever else is kept", async () => {
      const [none, begun, active] = [await called(tag), await called(tag), await called(tag)];
      await store().beginEnrolment(begun, "totp", pending(), { at: NOW });
      await store().importEnrolment(active, "totp", pending());
      expect(await search({ text: tag, only: "without-factor" })).toEqual(inOrder(none, begun));
      await store().switchOff(active);
      expect(await search({ text: tag, only: "without-factor" })).toEqual(inOrder(none, begun, active));
    });

    test.each(["login", "signedIn"] as const)(
      "locked: the budget %s takes no code at this moment, and not a moment later",
      async (budget) => {
        const [four, five, six, ten, blocked] = [
          await called(tag),
          await called(tag),
          await called(tag),
          await called(tag),
          await called(tag),
        ];
        await fail(four, 4, budget);
        await fail(five, 5, budget);
        await fail(six, 6, budget);
        await fail(ten, 10, budget);
        await fail(blocked, 101, budget);
        const lockedAt = (at: Date) => search({ text: tag, locked: lockRule(at) });
        expect(await lockedAt(NOW)).toEqual(inOrder(five, ten, blocked));
        expect(await lockedAt(new Date(NOW.getTime() + 29_999))).toEqual(inOrder(five, ten, blocked));
        expect(await lockedAt(new Date(NOW.getTime() + 30_000))).toEqual(inOrder(ten, blocked));
        expect(await lockedAt(inMinutes(5))).toEqual([blocked.id]);
        expect(await lockedAt(inMinutes(600))).toEqual([blocked.id]);
        expect(await store().unlock(blocked)).toBe(true);
        expect(await lockedAt(inMinutes(5))).toEqual([]);
      },
    );

    test("locked for an hour at each fifth wrong code after the twentieth, and not in between", async () => {
      const [of24, of25] = [await called(tag), await called(tag)];
      await fail(of24, 24);
      await fail(of25, 25);
      expect(await search({ text: tag, locked: lockRule(inMinutes(59)) })).toEqual([of25.id]);
      expect(await search({ text: tag, locked: lockRule(inMinutes(60)) })).toEqual([]);
    });

    test("all of it at once", async () => {
      const refs = [await called(tag), await called(tag), await called(tag)];
      for (const one of refs) await fail(one, 5);
      const [first, second, third] = inOrder(...refs) as [string, string, string];
      await store().importEnrolment(refs.find(({ id }) => id === third) as UserRef, "totp", pending());
      const query = { text: tag, only: "without-factor", locked: lockRule(NOW) } as const;
      expect(await search(query)).toEqual([first, second]);
      expect(await search({ ...query, after: first })).toEqual([second]);
    });
  });
}

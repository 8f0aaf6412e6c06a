// The contract's part on trusted browsers, and on the password whose change ends them.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  browser,
  challenge,
  inMinutes,
  NOW,
  pending,
  racers,
  reservation,
  type Subject,
  totpCompletion,
  wins,
} from "./store-records.js";

export function describeTrustedBrowsers({ fixture, store, ref, state, vault, open }: Subject): void {
  const use = (changes: Partial<{ hash: string; at: Date }> = {}) =>
    store().useBrowser(ref(), { hash: "hash-b1", at: NOW, ...changes });
  /** Trusts browsers as each answers a challenge of its own. */
  const trust = async (...ids: string[]) => {
    await store().importEnrolment(ref(), "totp", pending());
    for (const [index, id] of ids.entries()) {
      await open({});
      const spend = { kind: "totp", enrolment: "e1", step: 100 + index } as const;
      const trusted = browser({ id, hash: `hash-${id}` });
      await store().completeChallenge(ref(), totpCompletion({ spend, trust: trusted }));
    }
  };
  const ids = async () => (await vault()).browsers.map(({ id }) => id);

  describe("trusting a browser", () => {
    test("goes with the code that was right, and is kept as it was given", async () => {
      await trust("b1");
      expect((await vault()).browsers).toEqual([browser()]);
    });

    test("a lost completion trusts none", async () => {
      await store().importEnrolment(ref(), "totp", pending({ lastStep: 100 }));
      await open({});
      expect(await store().completeChallenge(ref(), totpCompletion({ trust: browser() }))).toBe(false);
      expect(await ids()).toEqual([]);
    });

    test("ten are kept, the newest last; the oldest give way", async () => {
      await trust(...Array.from({ length: 12 }, (_, index) => `b${index + 1}`));
      expect(await ids()).toEqual(["b3", "b4", "b5", "b6", "b7", "b8", "b9", "b10", "b11", "b12"]);
    });

    test("of twenty completions at once one trusts", async () => {
      await store().importEnrolment(ref(), "totp", pending());
      await open({});
      const results = await racers(20, (index) =>
        store().completeChallenge(ref(), totpCompletion({ trust: browser({ id: `b${index}` }) })),
      );
      expect(wins(results)).toBe(1);
      expect(await ids()).toEqual([`b${results.indexOf(true)}`]);
    });
  });

  describe("using a trusted browser", () => {
    test("notes when, on that one alone, and tells how everything was before", async () => {
      await trust("b1", "b2");
      const before = await state();
      expect(await use({ at: inMinutes(5) })).toEqual(before);
      const [first, second] = (await vault()).browsers;
      expect(first).toEqual(browser({ lastUsedAt: inMinutes(5) }));
      expect(second?.lastUsedAt).toEqual(NOW);
    });

    test.each([{ hash: "hash-b9" }, { hash: "" }, { at: inMinutes(60) }])(
      "%j is none, and nothing changes",
      async (changes) => {
        await trust("b1");
        const before = await state();
        expect(await use(changes)).toBeUndefined();
        expect(await state()).toEqual(before);
      },
    );

    test("is nothing where none is trusted", async () => {
      expect(await use()).toBeUndefined();
    });
  });

  describe("forgetting trusted browsers", () => {
    test("takes out one, once", async () => {
      await trust("b1", "b2", "b3");
      expect(await store().forgetBrowsers(ref(), { id: "b2" })).toBe(true);
      expect(await store().forgetBrowsers(ref(), { id: "b2" })).toBe(false);
      expect(await ids()).toEqual(["b1", "b3"]);
      expect(await use({ hash: "hash-b2" })).toBeUndefined();
    });

    test("takes out all, once", async () => {
      await trust("b1", "b2");
      expect(await store().forgetBrowsers(ref(), "all")).toBe(true);
      expect(await store().forgetBrowsers(ref(), "all")).toBe(false);
      expect(await ids()).toEqual([]);
    });

    test("of none says that there was none", async () => {
      expect(await store().forgetBrowsers(ref(), { id: "b1" })).toBe(false);
      expect(await store().forgetBrowsers(ref(), "all")).toBe(false);
    });
  });

  describe("the password's digest", () => {
    const digestOf = (text: string) => createHash("sha256").update(text).digest("base64url");
    const setPassword = (kept: string | undefined) => fixture().setPassword(ref(), kept);

    test("is known to the store, and nothing where nothing is kept", async () => {
      expect(store().knowsPassword).toBe(true);
      await setPassword(undefined);
      expect(await state()).not.toHaveProperty("passwordDigest");
    });

    test("is that of what is kept now", async () => {
      await setPassword("$argon2id$first");
      expect((await state()).passwordDigest).toBe(digestOf("$argon2id$first"));
      await setPassword("$argon2id$second");
      expect((await state()).passwordDigest).toBe(digestOf("$argon2id$second"));
    });

    test("is in whatever a verb returns of the record, and never the password itself", async () => {
      await trust("b1");
      await setPassword("$argon2id$first");
      const opened = await store().openChallenge(ref(), challenge());
      const won = await store().reserveAttempt(ref(), reservation());
      const lost = await store().reserveAttempt(ref(), reservation({ login: "other" }));
      const states = [await use(), opened, won.won && won.before, !lost.won && lost.state];
      for (const each of states) {
        expect(each).toMatchObject({ passwordDigest: digestOf("$argon2id$first") });
        expect(JSON.stringify(each)).not.toContain("argon2id");
      }
    });
  });
}

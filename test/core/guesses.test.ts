// A guess on several limits: all have room, or none is used.
import { expect, test } from "vitest";
import { later } from "../../src/core/clock.js";
import { takeGuess } from "../../src/core/guesses.js";
import { memoryLimiter } from "../../src/stores/limiter.js";

const NOW = new Date("2026-11-22T12:00:00Z");
const narrow = { key: "narrow", quota: { limit: 2, seconds: 60 } };
const wide = { key: "wide", quota: { limit: 3, seconds: 3600 } };

test("is counted on each, and refused where one has no room, for as long as that one says", async () => {
  const limiter = memoryLimiter();
  const take = (limits = [narrow, wide], at = NOW) => takeGuess(limiter, limits, at);
  expect([(await take()).ok, (await take()).ok]).toEqual([true, true]);
  expect(await take()).toEqual({ ok: false, retryAfterSeconds: 60 });
  expect((await take([wide])).ok).toBe(true);
  expect(await take([narrow, wide], later(NOW, 60))).toEqual({ ok: false, retryAfterSeconds: 3540 });
});

test("a refused one uses nothing of the others up", async () => {
  const limiter = memoryLimiter();
  const full = { key: "full", quota: { limit: 1, seconds: 60 } };
  await takeGuess(limiter, [full], NOW);
  for (let tries = 0; tries < 5; tries++) await takeGuess(limiter, [narrow, full], NOW);
  expect((await takeGuess(limiter, [narrow], NOW)).ok).toBe(true);
});

test("one given back makes room on each, once", async () => {
  const limiter = memoryLimiter();
  const only = { key: "only", quota: { limit: 1, seconds: 60 } };
  const guess = await takeGuess(limiter, [only, narrow], NOW);
  if (!guess.ok) throw new Error("refused");
  await guess.giveBack();
  await guess.giveBack();
  expect((await takeGuess(limiter, [only], NOW)).ok).toBe(true);
  expect((await takeGuess(limiter, [only], NOW)).ok).toBe(false);
});

import { expect, test } from "vitest";
import { median, rankSumP } from "./rank-sum.js";

const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

test("equal samples: nothing is told apart", () => {
  expect(rankSumP(from(0, 30), from(0, 30))).toBeCloseTo(1, 5);
  expect(rankSumP([1, 1, 1], [1, 1, 1])).toBe(1);
});

test("samples that do not overlap are told apart, whichever is the larger", () => {
  expect(rankSumP(from(0, 30), from(30, 30))).toBeLessThan(1e-9);
  expect(rankSumP(from(30, 30), from(0, 30))).toBeLessThan(1e-9);
});

test("the same as the distribution summed up", () => {
  const one = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15];
  const other = [7, 9, 11, 13, 14, 16, 17, 18, 19, 20];
  const below = one.flatMap((value) => other.filter((it) => it < value)).length;
  const z = (50 - below) / Math.sqrt((10 * 10 * 21) / 12);
  expect(rankSumP(one, other)).toBeCloseTo(2 * (1 - phi(z)), 4);
});

test("the middle of a list", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
});

/** The normal distribution function, summed up. */
function phi(z: number): number {
  const step = 1e-4;
  let area = 0;
  for (let x = 0; x < z; x += step) area += Math.exp(-((x + step / 2) ** 2) / 2) * step;
  return 0.5 + area / Math.sqrt(2 * Math.PI);
}

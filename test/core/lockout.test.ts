import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCK_AT, closedStates, isBlocked, isClosed, lockedUntil } from "../../src/core/lockout.js";

const LAST = new Date("2026-11-22T12:00:00.000Z");
const secondsLater = (seconds: number) => new Date(LAST.getTime() + seconds * 1000);
const inARow = (count: number) => ({ count, lastAt: LAST });

const SECOND = 1;
const MINUTE = 60;
const HOUR = 3600;

/** The table of the documentation, row by row. */
const SCHEDULE: [failures: number, seconds: number][] = [
  [5, 30 * SECOND],
  [10, 5 * MINUTE],
  [15, 15 * MINUTE],
  ...Array.from({ length: 16 }, (_, i): [number, number] => [20 + i * 5, HOUR]),
];

describe("wrong codes in a row", () => {
  test.each(SCHEDULE)("%i of them pause codes for %i seconds, to the millisecond", (count, seconds) => {
    const end = secondsLater(seconds);
    const before = new Date(end.getTime() - 1);
    expect(lockedUntil(inARow(count), LAST)).toEqual(end);
    expect(lockedUntil(inARow(count), before)).toEqual(end);
    expect(lockedUntil(inARow(count), end)).toBeUndefined();
    expect(isClosed(inARow(count), closedStates(before))).toBe(true);
    expect(isClosed(inARow(count), closedStates(end))).toBe(false);
  });

  test("any other number of them pauses nothing", () => {
    const rows = new Set(SCHEDULE.map(([count]) => count));
    for (let count = 0; count < BLOCK_AT; count++) {
      if (rows.has(count)) continue;
      expect(lockedUntil(inARow(count), LAST), `${count}`).toBeUndefined();
      expect(isClosed(inARow(count), closedStates(LAST)), `${count}`).toBe(false);
    }
  });

  test("none at all pauses nothing", () => {
    expect(lockedUntil(undefined, LAST)).toBeUndefined();
    expect(isClosed(undefined, closedStates(LAST))).toBe(false);
    expect(isBlocked(undefined)).toBe(false);
  });

  test("99 do not block, 100 do, and time does not end it", () => {
    expect(isBlocked(inARow(99))).toBe(false);
    const years = secondsLater(10 * 365 * 24 * HOUR);
    for (const count of [100, 101, 1000]) {
      expect(isBlocked(inARow(count))).toBe(true);
      expect(isClosed(inARow(count), closedStates(years))).toBe(true);
    }
  });

  test("a clock that was set back does not open a pause early", () => {
    const backwards = secondsLater(-10 * MINUTE);
    expect(lockedUntil(inARow(5), backwards)).toEqual(secondsLater(30));
    expect(isClosed(inARow(5), closedStates(backwards))).toBe(true);
  });

  test("what a store's filter closes is what the person is told, for every count and time", () => {
    const count = fc.integer({ min: 0, max: 130 });
    const elapsed = fc.oneof(
      fc.integer({ min: -10_000, max: 4_000_000 }),
      fc.constantFrom(30, 300, 900, 3600).chain((s) => fc.integer({ min: s * 1000 - 2, max: s * 1000 + 2 })),
    );
    fc.assert(
      fc.property(count, elapsed, (failures, milliseconds) => {
        const at = new Date(LAST.getTime() + milliseconds);
        const told = isBlocked(inARow(failures)) || lockedUntil(inARow(failures), at) !== undefined;
        expect(isClosed(inARow(failures), closedStates(at))).toBe(told);
      }),
      { numRuns: 2000 },
    );
  });
});

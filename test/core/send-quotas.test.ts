import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextSendAt, sendQuotas } from "../../src/core/send-quotas.js";
import { MAX_SENDS } from "../../src/core/store.js";

const START = new Date("2026-11-22T12:00:00.000Z");
const secondsLater = (seconds: number) => new Date(START.getTime() + seconds * 1000);

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** What must hold of the codes that one person is sent, in any window of so many seconds. */
const LIMITS = [
  { count: 1, seconds: MINUTE },
  { count: 5, seconds: HOUR },
  { count: 10, seconds: DAY },
];

/** Whether a store that keeps to the quotas would take one more, given the last ones, newest first. */
const isTaken = (sends: readonly Date[], at: Date) =>
  sendQuotas(at).every(({ count, since }) => {
    const last = sends[count - 1];
    return last === undefined || last <= since;
  });

describe("another code may be sent", () => {
  test("at once, where none was", () => {
    expect(nextSendAt([], START)).toBeUndefined();
  });

  test.each([
    ["a minute after the last one", [0], MINUTE],
    ["an hour after the fifth last", [4, 3, 2, 1, 0].map((minute) => minute * 2 * MINUTE), HOUR],
    ["a day after the tenth last", Array.from({ length: 10 }, (_, i) => (9 - i) * HOUR), DAY],
    [
      "when the last of all that forbid it is over",
      [58, 30, 20, 10, 0].map((minute) => minute * MINUTE),
      HOUR,
    ],
    ["a minute after the last one, where the hour ends before", [3590, 3000, 2000, 1000, 0], 3590 + MINUTE],
  ])("%s, to the millisecond", (_, seconds, end) => {
    const sends = seconds.map(secondsLater);
    const before = new Date(secondsLater(end).getTime() - 1);
    expect(nextSendAt(sends, before)).toEqual(secondsLater(end));
    expect(nextSendAt(sends, secondsLater(end))).toBeUndefined();
  });

  test("not while the clock, set back, calls the last one one of the future", () => {
    expect(nextSendAt([START], secondsLater(-HOUR))).toEqual(secondsLater(MINUTE));
  });
});

describe("for every sequence of times", () => {
  /** How long after the one before each request comes, mostly close to where a quota ends. */
  const wait = fc.oneof(
    fc.constantFrom(0, 0.001, 1, 59.999, 60, 60.001, 600, 720, 3599.999, 3600, 3600.001),
    fc.integer({ min: 0, max: 2 * HOUR }),
    fc.constantFrom(DAY - 1, DAY, DAY + 1),
  );
  const waits = fc.array(wait, { maxLength: 120 });

  /** The times at which codes went out, oldest first, where each request is sent that may be. */
  function sentOf(pauses: readonly number[]): Date[] {
    const sent: Date[] = [];
    let at = START;
    for (const pause of pauses) {
      at = new Date(at.getTime() + pause * 1000);
      const kept = sent.toReversed().slice(0, MAX_SENDS);
      if (nextSendAt(kept, at) === undefined) sent.push(at);
    }
    return sent;
  }

  test.each(LIMITS)("never more than $count in $seconds seconds", ({ count, seconds }) => {
    fc.assert(
      fc.property(waits, (pauses) => {
        const sent = sentOf(pauses);
        for (const [i, first] of sent.entries()) {
          const oneTooMany = sent[i + count];
          if (oneTooMany)
            expect(oneTooMany.getTime() - first.getTime()).toBeGreaterThanOrEqual(seconds * 1000);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("the quotas and the time that is told agree", () => {
    fc.assert(
      fc.property(waits, wait, (pauses, pause) => {
        const sends = sentOf(pauses).toReversed().slice(0, MAX_SENDS);
        const at = new Date((sends[0] ?? START).getTime() + pause * 1000);
        const until = nextSendAt(sends, at);
        expect(isTaken(sends, at)).toBe(until === undefined);
        if (!until) return;
        expect(isTaken(sends, new Date(until.getTime() - 1))).toBe(false);
        expect(isTaken(sends, until)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("whoever waits until then is sent one", () => {
    fc.assert(
      fc.property(waits, (pauses) => {
        const sends = sentOf(pauses).toReversed().slice(0, MAX_SENDS);
        const until = nextSendAt(sends, sends[0] ?? START);
        expect(until && nextSendAt(sends, until)).toBeUndefined();
      }),
    );
  });
});

test("as many times are kept as the longest quota counts", () => {
  expect(Math.max(...sendQuotas(START).map(({ count }) => count))).toBe(MAX_SENDS);
});

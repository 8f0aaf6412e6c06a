/** How often codes may be sent to one person, whatever they are for. */
import { DAY_SECONDS, later, latest } from "./clock.js";

/** One code in 60 seconds, 5 in an hour, 10 in a day. */
const QUOTAS = [
  { count: 1, seconds: 60 },
  { count: 5, seconds: 60 * 60 },
  { count: 10, seconds: DAY_SECONDS },
] as const;

/** The quotas at a moment, in a form that a store can put into a query's filter. */
export function sendQuotas(at: Date): { count: number; since: Date }[] {
  return QUOTAS.map(({ count, seconds }) => ({ count, since: later(at, -seconds) }));
}

/** From when on another code may be sent, given the times of the last ones, newest first; undefined: now. */
export function nextSendAt(sends: readonly Date[], at: Date): Date | undefined {
  const ends = QUOTAS.flatMap(({ count, seconds }) => {
    const last = sends[count - 1];
    return last ? [later(last, seconds)] : [];
  });
  const until = latest(at, ...ends);
  return until > at ? until : undefined;
}

/** The port to counters that every process shares: how often something may happen in a while. */

/** At most `limit` in `seconds`. */
export interface Quota {
  limit: number;
  seconds: number;
}

export type Taken =
  | { ok: true }
  /** `isFirst`: the one that found the quota used up, of all that did in this window. */
  | { ok: false; retryAfterSeconds: number; isFirst: boolean };

export interface Limiter {
  /**
   * Counts one, atomically, over all processes. Windows follow the clock given by `at` and begin at whole multiples
   * of `seconds`, so that across the edge of two there may be up to twice the limit.
   *
   * @throws `store_unavailable`
   */
  take(key: string, quota: Quota, at: Date): Promise<Taken>;
  /** Takes one back: what was counted did not happen. */
  giveBack(key: string, quota: Quota, at: Date): Promise<void>;
}

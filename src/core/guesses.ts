/** Counting a guess on several limits at once, before it is compared: all of them have room, or none is used. */
import type { Limiter, Quota } from "./limiter.js";

export interface Limit {
  key: string;
  quota: Quota;
}

export type Guess =
  /** `giveBack`: it was right, or was never compared. */
  { ok: true; giveBack(): Promise<void> } | { ok: false; retryAfterSeconds: number };

/** @throws `store_unavailable` */
export async function takeGuess(limiter: Limiter, limits: readonly Limit[], at: Date): Promise<Guess> {
  const taken: Limit[] = [];
  const giveBack = async () => {
    for (const { key, quota } of taken.splice(0)) await limiter.giveBack(key, quota, at);
  };
  for (const limit of limits) {
    const result = await limiter.take(limit.key, limit.quota, at);
    if (!result.ok) {
      await giveBack();
      return { ok: false, retryAfterSeconds: result.retryAfterSeconds };
    }
    taken.push(limit);
  }
  return { ok: true, giveBack };
}

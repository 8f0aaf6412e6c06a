/** Counters that every process shares, kept by rate-limiter-flexible in MongoDB, in Redis, or in this process alone. */
import type { RateLimiterAbstract } from "rate-limiter-flexible";
import type { Limiter, Quota, Taken } from "../core/limiter.js";
import type { Connection } from "./connection.js";
import { withinDeadline } from "./deadline.js";
import { countersOf } from "./limiter-mongo.js";

const NAME = "second_factor_limits";
const DEFAULT_TIMEOUT_SECONDS = 3;

export interface LimiterOptions {
  /** The collection in MongoDB, or what keys begin with in Redis. Default: `second_factor_limits`. */
  name?: string;
  /** How long one operation may take, seconds. Default: 3. */
  operationTimeoutSeconds?: number;
}

/** What is used of a client of the `redis` package (4 or newer), or of `ioredis`. */
export type RedisClient =
  | { eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown> }
  | { defineCommand(name: string, definition: { lua: string; numberOfKeys: number }): void };

/**
 * Counts in a collection of its own on a Mongoose connection. The collection and its two indexes (the key's, and the
 * one by which MongoDB deletes what is over) are made when it is first used, and that use waits for them: without the
 * first, two processes could count apart.
 */
export function mongoLimiter(connection: Connection, options: LimiterOptions = {}): Limiter {
  return limiterOn(options, async ({ RateLimiterMongo }) => {
    const limiter = new RateLimiterMongo({
      ...BASE,
      keyPrefix: "",
      storeClient: countersOf(connection),
      tableName: options.name ?? NAME,
      disableIndexesCreation: true,
    });
    await limiter.createIndexes();
    return limiter;
  });
}

/** Counts in Redis. The client is the app's own: connected, and with a listener for its errors. */
export function redisLimiter(client: RedisClient, options: LimiterOptions = {}): Limiter {
  return limiterOn(options, async ({ RateLimiterRedis }) => {
    const useRedisPackage = !("defineCommand" in client);
    const keyPrefix = options.name ?? NAME;
    return new RateLimiterRedis({ ...BASE, keyPrefix, storeClient: client, useRedisPackage });
  });
}

/** Counts in this process: right for one process, and for tests. Keeps no process alive. */
export function memoryLimiter(): Limiter {
  return limiterOn({}, async ({ RateLimiterMemory }) => new RateLimiterMemory(BASE));
}

/** Required by the library and of no effect: each count names how long it is kept, and the limit is compared here. */
const BASE = { points: 1, duration: 1 };

/** Longest a timer of Node can wait; the memory limiter has one for each count. */
const MAX_KEPT_SECONDS = 2_147_483;

type Library = typeof import("rate-limiter-flexible");

/**
 * The limiter on one of the library's own, opened when first used and kept; where that failed, the next use tries anew.
 *
 * The library's windows follow the system's clock, so each of ours is a key with its number. The library only cleans up
 * afterwards. It counts by `penalty`, which does not judge: so one of its limiters serves every quota.
 */
function limiterOn(
  { operationTimeoutSeconds = DEFAULT_TIMEOUT_SECONDS }: LimiterOptions,
  open: (library: Library) => Promise<RateLimiterAbstract>,
): Limiter {
  let opened: Promise<RateLimiterAbstract> | undefined;
  const counters = () => {
    opened ??= import("rate-limiter-flexible").then(open).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const bounded = <T>(run: (counters: RateLimiterAbstract) => Promise<T>) =>
    withinDeadline(operationTimeoutSeconds, async () => run(await counters()));

  return {
    take: (key, quota, at) => bounded((counted) => take(counted, key, quota, at)),
    giveBack: (key, quota, at) => bounded((counted) => giveBack(counted, key, quota, at)),
  };
}

/** A take that is refused is not counted, so that one given back makes room; the refused are counted on their own. */
async function take(counters: RateLimiterAbstract, key: string, quota: Quota, at: Date): Promise<Taken> {
  const { name, kept, endsAt } = windowOf(key, quota, at);
  const { consumedPoints } = await counters.penalty(name, 1, kept);
  if (consumedPoints <= quota.limit) return { ok: true };
  await counters.reward(name, 1, kept);
  const refused = await counters.penalty(`${name}:refused`, 1, kept);
  const retryAfterSeconds = Math.ceil((endsAt - at.getTime()) / 1000);
  return { ok: false, retryAfterSeconds, isFirst: refused.consumedPoints === 1 };
}

async function giveBack(counters: RateLimiterAbstract, key: string, quota: Quota, at: Date): Promise<void> {
  const { name, kept } = windowOf(key, quota, at);
  const { consumedPoints } = await counters.reward(name, 1, kept);
  // There was nothing to give back: below nothing there would be room for more than the limit.
  if (consumedPoints < 0) await counters.penalty(name, 1, kept);
}

/** The window of a quota that a moment falls into; kept for twice as long, whenever in it the first one came. */
function windowOf(key: string, { seconds }: Quota, at: Date) {
  const number = Math.floor(at.getTime() / 1000 / seconds);
  return {
    name: `${key}:${seconds}:${number}`,
    kept: { customDuration: Math.min(2 * seconds, MAX_KEPT_SECONDS) },
    endsAt: (number + 1) * seconds * 1000,
  };
}

/** Somebody signed in types their present password: counted before it is compared, on a count of their own. */
import { DAY_SECONDS } from "../core/clock.js";
import { takeGuess } from "../core/guesses.js";
import type { Quota } from "../core/limiter.js";
import type { Person } from "../express/person.js";
import type { Account } from "./parts.js";
import { isPresentPassword } from "./present-password.js";

/**
 * Five in a quarter of an hour, twenty in a day: no more than a hundred in five days (NIST SP 800-63B-4 §3.2.2 allows a
 * hundred in a row). Logins are not counted here, so nobody's login is locked by it.
 */
const QUOTAS: readonly Quota[] = [
  { limit: 5, seconds: 15 * 60 },
  { limit: 20, seconds: DAY_SECONDS },
];

export type Guessed = { outcome: "right" | "wrong" } | { outcome: "locked"; retryAfterSeconds: number };

/** @throws `store_unavailable` */
export async function guessPassword(
  account: Account,
  { ref, user }: Person,
  password: string,
): Promise<Guessed> {
  const { limiter, tools } = account.runtime;
  const limits = QUOTAS.map((quota) => ({ key: `password:${ref.id}`, quota }));
  const guess = await takeGuess(limiter, limits, tools.clock.now());
  if (!guess.ok) return { outcome: "locked", retryAfterSeconds: guess.retryAfterSeconds };
  const isRight = await isPresentPassword(account, { ref, user }, password).catch(async (error: unknown) => {
    await guess.giveBack();
    throw error;
  });
  if (!isRight) return { outcome: "wrong" };
  await guess.giveBack();
  return { outcome: "right" };
}

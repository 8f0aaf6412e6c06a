/** What is limited over more than one person: messages to one number, and to addresses that nobody has proven. */
import type { Parts } from "./attempt.js";
import { DAY_SECONDS, later } from "./clock.js";
import type { CodeSender } from "./factor.js";
import type { Quota, Taken } from "./limiter.js";
import type { FactorKind } from "./model.js";

const PER_ADDRESS: Quota = { limit: 3, seconds: 10 * 60 };
export interface Errand {
  factor: FactorKind;
  sender: CodeSender;
  address: string;
  /** Nobody has proven the address yet. */
  isNew: boolean;
  at: Date;
}

export type Allowance =
  /** `giveBack`: the message certainly was not sent. */
  | { ok: true; giveBack: () => Promise<void> }
  | { ok: false; reason: "address" | "installation"; until: Date };

/**
 * Counts one message: three in ten minutes to one number, and to any new address, whoever asks for them; over the
 * whole installation so many a day to new addresses. Addresses are kept as keyed digests.
 *
 * @throws `store_unavailable`
 */
export async function takeAllowance(parts: Parts, errand: Errand): Promise<Allowance> {
  const { limiter, tools, events } = parts;
  const { factor, sender, address, isNew, at } = errand;
  const taken: (() => Promise<void>)[] = [];
  const giveBack = async () => {
    for (const undo of taken.splice(0)) await undo();
  };
  const take = async (key: string, quota: Quota): Promise<Taken> => {
    const result = await limiter.take(key, quota, at);
    if (result.ok) taken.push(() => limiter.giveBack(key, quota, at));
    return result;
  };

  if (isNew || sender.channel === "sms") {
    const key = `address:${factor}:${tools.codes.digest("address", factor, address)}`;
    const result = await take(key, PER_ADDRESS);
    if (!result.ok) return { ok: false, reason: "address", until: later(at, result.retryAfterSeconds) };
  }
  if (!isNew) return { ok: true, giveBack };
  const perDay = sender.newAddressesPerDay;
  const result = await take(`new:${factor}`, { limit: perDay, seconds: DAY_SECONDS }).catch(
    async (error: unknown) => {
      await giveBack();
      throw error;
    },
  );
  if (result.ok) return { ok: true, giveBack };
  await giveBack();
  if (result.isFirst) events.emit("send-cap-reached", { factor, perDay });
  return { ok: false, reason: "installation", until: later(at, result.retryAfterSeconds) };
}

/** Codes being sent, as guarded writes: a code is counted and in force before anything leaves. */
import { MAX_SENDS, type SendReservation } from "../core/store.js";
import { type Command, liveChallenge, SENDS, THIS, thisOne } from "./mongoose-paths.js";
import { stored } from "./state.js";

/** The times are newest first, so that a quota is a question about one of them. */
export function reserveSend(reservation: SendReservation): Command {
  const { challenge, renewedAs, code, expiresAt, maxAttempts, quotas } = reservation;
  const attempts = renewedAs === undefined ? { $lt: maxAttempts } : { $gte: maxAttempts };
  const renewal = renewedAs === undefined ? {} : { [`${THIS}.id`]: renewedAs, [`${THIS}.attempts`]: 0 };
  // `$not` also matches where fewer were sent.
  const within = quotas.map(({ count, since }) => ({ [`${SENDS}.${count - 1}`]: { $not: { $gt: since } } }));
  return {
    guard: {
      $and: [liveChallenge(reservation, code.sentAt, { id: challenge.id, attempts }), ...within],
    },
    update: {
      $push: { [SENDS]: { $each: [code.sentAt], $position: 0, $slice: MAX_SENDS } },
      $set: { [`${THIS}.code`]: stored(code), [`${THIS}.expiresAt`]: expiresAt, ...renewal },
    },
    arrayFilters: thisOne(reservation),
  };
}

/** Takes the last time out, and restores the challenge where the code that was not sent is still its own. */
export function undoSend({ login, purpose, challenge, renewedAs, code }: SendReservation): Command {
  // A code from before a renewal was bound to the challenge's old id: it could answer nothing.
  const previous = renewedAs === undefined ? challenge.code : undefined;
  const path = `${THIS}.code`;
  return {
    // Whoever counted a send had a challenge: the list that the array filter looks into is there.
    guard: { [`${SENDS}.0`]: code.sentAt },
    update: {
      $pop: { [SENDS]: -1 },
      $set: { [`${THIS}.expiresAt`]: challenge.expiresAt, ...(previous ? { [path]: stored(previous) } : {}) },
      ...(previous ? {} : { $unset: { [path]: "" } }),
    },
    arrayFilters: [{ "mine.login": login, "mine.purpose": purpose, "mine.code.hash": code.hash }],
  };
}

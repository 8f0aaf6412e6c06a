/** Challenges, attempts and grants as guarded writes. Classic update operators only: any MongoDB dialect takes them. */
import type { Challenge, UserState } from "../core/model.js";
import {
  type ChallengeKey,
  type Completion,
  type GrantKey,
  MAX_BROWSERS,
  MAX_CHALLENGES,
  type Reservation,
} from "../core/store.js";
import {
  BROWSERS,
  boundTo,
  budgetPath,
  CHALLENGES,
  type Command,
  closedGuards,
  GRANTS,
  liveChallenge,
  newest,
  operators,
  resetOf,
  THIS,
  thisOne,
} from "./mongoose-paths.js";
import { spendOf } from "./mongoose-spends.js";
import { stored } from "./state.js";

/** Adds a challenge where none has its login and purpose; the oldest give way. */
export function addChallenge(challenge: Challenge): Command {
  const { login, purpose } = challenge;
  return {
    guard: { [CHALLENGES]: { $not: { $elemMatch: { login, purpose } } } },
    update: { $push: { [CHALLENGES]: newest(stored(challenge), MAX_CHALLENGES) } },
  };
}

/** Puts a challenge in the place of the one with its login and purpose. */
export function replaceChallenge(challenge: Challenge): Command {
  const { login, purpose } = challenge;
  return {
    guard: { [CHALLENGES]: { $elemMatch: { login, purpose } } },
    update: { $set: { [THIS]: stored(challenge) } },
    arrayFilters: thisOne(challenge),
  };
}

export function renewChallenge(
  key: ChallengeKey,
  { id, at, maxAttempts }: { id: string; at: Date; maxAttempts: number },
): Command {
  return {
    guard: liveChallenge(key, at, { attempts: { $gte: maxAttempts } }),
    update: {
      $set: { [`${THIS}.id`]: id, [`${THIS}.attempts`]: 0 },
      $unset: { [`${THIS}.code`]: "" },
    },
    arrayFilters: thisOne(key),
  };
}

export function closeChallenge({ login, purpose }: ChallengeKey): Command {
  return {
    guard: { [CHALLENGES]: { $elemMatch: { login, purpose } } },
    update: { $pull: { [CHALLENGES]: { login, purpose } } },
  };
}

/** Counts an attempt where both the challenge and the person's budget have one left. */
export function reserveAttempt(reservation: Reservation): Command {
  const { at, maxAttempts, lock } = reservation;
  const budget = budgetPath(reservation.budget);
  const attempt = { [`${THIS}.attempts`]: 1 };
  const guard = liveChallenge(reservation, at, { attempts: { $lt: maxAttempts } });
  const arrayFilters = thisOne(reservation);
  if (!lock) return { guard, update: { $inc: attempt }, arrayFilters };
  return {
    arrayFilters,
    guard: { ...guard, $nor: closedGuards(reservation.budget, lock) },
    update: { $inc: { ...attempt, [`${budget}.count`]: 1 }, $set: { [`${budget}.lastAt`]: at } },
  };
}

/** Takes an attempt back where it is still the last on its challenge and on its budget. */
export function refundAttempt(reservation: Reservation, before: UserState): Command | undefined {
  const { login, purpose, at, lock } = reservation;
  const challenge = before.vault.challenges.find((it) => it.login === login && it.purpose === purpose);
  if (!challenge) return undefined;
  const mine = { login, purpose, id: challenge.id, attempts: challenge.attempts + 1 };
  const guard = { [CHALLENGES]: { $elemMatch: mine } };
  const $inc = { [`${THIS}.attempts`]: -1 };
  const arrayFilters = thisOne(reservation);
  if (!lock) return { guard, update: { $inc }, arrayFilters };
  const failures = before.vault.failures[reservation.budget];
  const budget = budgetPath(reservation.budget);
  return {
    arrayFilters,
    guard: { ...guard, [`${budget}.count`]: (failures?.count ?? 0) + 1, [`${budget}.lastAt`]: at },
    update: { $inc, ...(failures ? { $set: { [budget]: stored(failures) } } : { $unset: { [budget]: "" } }) },
  };
}

/** Spends a code and closes its challenge in one write, whose guard holds both. */
export function completeChallenge(completion: Completion): Command {
  const { login, purpose, at, spend, reset, grant, trust } = completion;
  const { challenge, guard, $set, ...rest } = spendOf(spend, at);
  return {
    ...rest,
    guard: { ...liveChallenge(completion, at, challenge), ...guard },
    update: operators({
      $set,
      $unset: resetOf(reset),
      $pull: { [CHALLENGES]: { login, purpose } },
      $push: {
        ...(grant ? { [GRANTS]: newest(stored(grant), MAX_CHALLENGES) } : {}),
        ...(trust ? { [BROWSERS]: newest(stored(trust), MAX_BROWSERS) } : {}),
      },
    }),
  };
}

export function spendGrant({ login, action, target, at }: GrantKey & { at: Date }): Command {
  const live = { login, action, ...boundTo(target), expiresAt: { $gt: at } };
  return { guard: { [GRANTS]: { $elemMatch: live } }, update: { $pull: { [GRANTS]: live } } };
}

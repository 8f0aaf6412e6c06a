/** Challenges, attempts and grants as guarded writes. Classic update operators only: any MongoDB dialect takes them. */
import type { Challenge, UserState } from "../core/model.js";
import {
  type ChallengeKey,
  type Completion,
  MAX_CHALLENGES,
  type RecoverySpend,
  type Reservation,
  type Spend,
} from "../core/store.js";
import {
  budgetPath,
  CHALLENGES,
  type Command,
  GRANTS,
  liveChallenge,
  operators,
  RECOVERY,
  resetOf,
  slotPath,
} from "./mongoose-paths.js";
import { stored } from "./state.js";

/** The challenge that the array filter of a command names. */
const THIS = `${CHALLENGES}.$[mine]`;

/** Not the positional `$`: not every MongoDB dialect finds it in a nested array. */
const thisOne = ({ login, purpose }: ChallengeKey) => [{ "mine.login": login, "mine.purpose": purpose }];

/** Adds a challenge where none has its key; the oldest give way. */
export function addChallenge(challenge: Challenge): Command {
  const { login, purpose } = challenge;
  return {
    guard: { [CHALLENGES]: { $not: { $elemMatch: { login, purpose } } } },
    update: { $push: { [CHALLENGES]: newest(stored(challenge)) } },
  };
}

/** Puts a challenge in the place of the one with its key. */
export function replaceChallenge(challenge: Challenge): Command {
  const { login, purpose } = challenge;
  return {
    guard: { [CHALLENGES]: { $elemMatch: { login, purpose } } },
    update: { $set: { [THIS]: stored(challenge) } },
    arrayFilters: thisOne(challenge),
  };
}

export function renewChallenge(key: ChallengeKey, { id, at }: { id: string; at: Date }): Command {
  return {
    guard: liveChallenge(key, at),
    update: { $set: { [`${THIS}.id`]: id, [`${THIS}.attempts`]: 0 } },
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
  const { login, purpose, at, maxAttempts, lock } = reservation;
  const budget = budgetPath(reservation.budget);
  const live = { login, purpose, expiresAt: { $gt: at }, attempts: { $lt: maxAttempts } };
  const attempt = { [`${THIS}.attempts`]: 1 };
  const guard = { [CHALLENGES]: { $elemMatch: live } };
  const arrayFilters = thisOne(reservation);
  if (!lock) return { guard, update: { $inc: attempt }, arrayFilters };
  return {
    arrayFilters,
    guard: { ...guard, $nor: closedGuards(budget, lock) },
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
  const { login, purpose, at, spend, reset, grant } = completion;
  const { guard, $set, ...rest } = spendOf(spend, at);
  return {
    ...rest,
    guard: { ...liveChallenge(completion, at), ...guard },
    update: operators({
      $set,
      $unset: resetOf(reset),
      $pull: { [CHALLENGES]: { login, purpose } },
      $push: grant ? { [GRANTS]: newest(stored(grant)) } : {},
    }),
  };
}

export function spendGrant({ login, action, at }: { login: string; action: string; at: Date }): Command {
  const live = { login, action, expiresAt: { $gt: at } };
  return { guard: { [GRANTS]: { $elemMatch: live } }, update: { $pull: { [GRANTS]: live } } };
}

function newest(item: object) {
  return { $each: [item], $slice: -MAX_CHALLENGES };
}

/** The closed states of a budget as filters; see `closedStates`. */
function closedGuards(budget: string, { closed, blockAt }: NonNullable<Reservation["lock"]>): object[] {
  const pauses = closed.map(({ failures, andEvery, since }) => ({
    [`${budget}.count`]: andEvery ? { $gte: failures, $mod: [andEvery, 0] } : failures,
    [`${budget}.lastAt`]: { $gt: since },
  }));
  return [...pauses, { [`${budget}.count`]: { $gte: blockAt } }];
}

interface SpendWrite {
  guard: Record<string, unknown>;
  $set: Record<string, unknown>;
  arrayFilters?: Record<string, unknown>[];
}

function spendOf(spend: Spend, at: Date): SpendWrite {
  if (spend.kind === "recovery-code") return spendOfRecoveryCode(spend, at);
  const active = `${slotPath("totp")}.active`;
  const reseal = spend.reseal === undefined ? {} : { [`${active}.secret`]: spend.reseal };
  return {
    guard: { [`${active}.id`]: spend.enrolment, [`${active}.lastStep`]: { $not: { $gte: spend.step } } },
    $set: { [`${active}.lastStep`]: spend.step, [`${active}.lastUsedAt`]: at, ...reseal },
  };
}

/** An array filter finds the code: the positional `$` would mean the challenge, the other array of this guard. */
function spendOfRecoveryCode({ reseal = [], ...spend }: RecoverySpend, at: Date): SpendWrite {
  const unused = { id: spend.code, usedAt: { $exists: false } };
  return {
    guard: { [`${RECOVERY}.id`]: spend.set, [`${RECOVERY}.codes`]: { $elemMatch: unused } },
    $set: {
      [`${RECOVERY}.codes.$[spent].usedAt`]: at,
      ...Object.fromEntries(reseal.map(({ hash }, i) => [`${RECOVERY}.codes.$[sealed${i}].hash`, hash])),
    },
    arrayFilters: [{ "spent.id": spend.code }, ...reseal.map(({ id }, i) => ({ [`sealed${i}.id`]: id }))],
  };
}

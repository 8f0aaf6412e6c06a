/** Passwords that must change, and mailed links, as guarded writes. */
import { type LinkSpend, MAX_LINKS } from "../core/account-store.js";
import type { Link, LinkUse, TemporaryPassword, UserRef } from "../core/model.js";
import { ENDED } from "./mongoose-administration.js";
import type { Commands } from "./mongoose-commands.js";
import { type Command, LINKS, MUST_CHANGE, operators, RAISED_BY, TEMPORARY } from "./mongoose-paths.js";
import { stored } from "./state.js";

const PASSWORD_LINKS: readonly LinkUse[] = ["welcome", "reset"];
const NO_PASSWORD_LINKS = { [LINKS]: { use: { $in: PASSWORD_LINKS } } };

export function requirePasswordChange(): Command {
  return { guard: { [MUST_CHANGE]: { $ne: true } }, update: { $set: { [MUST_CHANGE]: true } } };
}

export function setTemporaryPassword(temporary: TemporaryPassword): Command {
  return {
    guard: {},
    update: {
      ...ENDED,
      $set: { ...ENDED.$set, [TEMPORARY]: stored(temporary), [MUST_CHANGE]: true },
      $pull: NO_PASSWORD_LINKS,
    },
  };
}

export function spendTemporaryPassword({ hash, at }: { hash: string; at: Date }): Command {
  return {
    guard: {
      [`${TEMPORARY}.hash`]: hash,
      [`${TEMPORARY}.expiresAt`]: { $gt: at },
      [`${TEMPORARY}.spentAt`]: { $exists: false },
    },
    update: { $set: { [`${TEMPORARY}.spentAt`]: at } },
  };
}

export function passwordChanged({ login }: { login?: string }): Command {
  const raisedBy = login === undefined ? ENDED.$unset : {};
  return {
    guard: {},
    update: {
      ...ENDED,
      $set: { ...ENDED.$set, ...(login === undefined ? {} : { [RAISED_BY]: login }) },
      $unset: { ...raisedBy, [MUST_CHANGE]: "", [TEMPORARY]: "" },
      $pull: NO_PASSWORD_LINKS,
    },
  };
}

export function spendLink({ hash, use, at }: LinkSpend): Command {
  const live = { hash, use, expiresAt: { $gt: at } };
  return {
    guard: { [LINKS]: { $elemMatch: live } },
    update: operators({
      $pull: { [LINKS]: live },
      $set: PASSWORD_LINKS.includes(use) ? { [MUST_CHANGE]: true } : {},
    }),
  };
}

/** Of each use but "stop" there is one: the third write is for a link that was spent between the first two. */
export async function addLink(db: Commands, ref: UserRef, link: Link, at: Date): Promise<boolean> {
  if (link.use === "stop") return addStop(db, ref, link, at);
  const add = addFirst(link);
  return (await db.write(ref, add)) || (await db.write(ref, replaceLink(link))) || db.write(ref, add);
}

async function addStop(db: Commands, ref: UserRef, link: Link, at: Date): Promise<boolean> {
  await db.write(ref, { guard: {}, update: { $pull: { [LINKS]: { expiresAt: { $lte: at } } } } });
  return db.write(ref, {
    guard: { [`${LINKS}.${MAX_LINKS - 1}`]: { $exists: false } },
    update: { $push: { [LINKS]: stored(link) } },
  });
}

function addFirst(link: Link): Command {
  return {
    guard: { [LINKS]: { $not: { $elemMatch: { use: link.use } } } },
    update: { $push: { [LINKS]: stored(link) } },
  };
}

function replaceLink(link: Link): Command {
  return {
    guard: { [LINKS]: { $elemMatch: { use: link.use } } },
    update: { $set: { [`${LINKS}.$[same]`]: stored(link) } },
    arrayFilters: [{ "same.use": link.use }],
  };
}

/** What the links do that need no sign-in: stop a change of address, and let codes be tried again. */
import type { Parts } from "./attempt.js";
import { later } from "./clock.js";
import type { FactorStop } from "./link-store.js";
import { findLink, LINK_SECONDS, type LiveLink } from "./links.js";
import { BLOCK_AT, isBlocked } from "./lockout.js";
import type { Budget, FactorKind } from "./model.js";

/** Something else of the person changed between reading and writing: so often it is read anew. */
const TRIES = 5;

/** Failures that a reopened budget stands at: from here on codes pause for an hour after each five wrong ones. */
const REOPENED_AT = 20;

/**
 * Stops a change of address, and all that was set up since: whoever made the change may have made that as well. What
 * there was before still works. Ends every session and forgets trusted browsers.
 *
 * @returns false where the link does not work
 */
export async function stopChange(parts: Parts, token: unknown): Promise<boolean> {
  const { store, events } = parts;
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await findLink(parts, "stop", token);
    if (!found) return false;
    const { ref } = found.owner;
    const stop = stopOf(parts, found);
    if (!(await store.stopFactors(ref, stop))) continue;
    events.emit("change-stopped", { user: ref.id, factors: stop.enrolments.map(({ kind }) => kind) });
    return true;
  }
  return false;
}

function stopOf({ tools }: Parts, { link, state }: LiveLink): FactorStop {
  const since = later(link.expiresAt, -LINK_SECONDS.stop);
  const { enrolments, recoveryCodes } = state.vault;
  const stopped = Object.entries(enrolments).flatMap(([kind, { active }]) => {
    const isNew = active && !(active.confirmedAt && active.confirmedAt < since);
    return isNew ? [{ kind: kind as FactorKind, enrolment: active.id }] : [];
  });
  const isNewSet = recoveryCodes !== undefined && recoveryCodes.createdAt >= since;
  return {
    hash: link.hash,
    at: tools.clock.now(),
    enrolments: stopped,
    generation: state.sessionGeneration,
    ...(isNewSet ? { recovery: recoveryCodes.id } : {}),
  };
}

/**
 * Lets codes be tried again that were switched off after a hundred wrong ones. It buys eighty more guesses, five an
 * hour, and nothing else.
 *
 * @returns false where the link does not work
 */
export async function reopenCodes(parts: Parts, token: unknown): Promise<boolean> {
  const { store, events, tools } = parts;
  const found = await findLink(parts, "unlock", token);
  if (!found) return false;
  const { owner, link, state } = found;
  const budgets = Object.entries(state.vault.failures).flatMap(([budget, failures]) =>
    isBlocked(failures) ? [budget as Budget] : [],
  );
  const reopening = { hash: link.hash, at: tools.clock.now(), budgets };
  const won = await store.reopenBudgets(owner.ref, { ...reopening, blockedAt: BLOCK_AT, count: REOPENED_AT });
  if (won) events.emit("reopened", { user: owner.ref.id });
  return won;
}

/** What of a person is under another key than the first, and the same under it. */
import type { Tools } from "./factor.js";
import type { FactorKind, RecoverySet, UserRef, Vault } from "./model.js";
import { recoveryContext, type SealContext, secretContext, temporaryContext } from "./sealing.js";
import type { Resealed, Resealing } from "./store.js";

export type Wanted = { resealing: Resealing | undefined } | { why: string };

/** Undefined where all of it is under the first key. `why`: something does not open, in words that hold nothing of it. */
export function resealingOf(tools: Tools, { id }: UserRef, vault: Vault): Wanted {
  try {
    const secrets = secretsIn(tools, id, vault);
    const codes = codesIn(tools, id, vault.recoveryCodes);
    const temporary = temporaryIn(tools, id, vault);
    const ended = endedIn(tools, vault);
    const dropped = droppedIn(tools, vault);
    const count = [secrets, codes, temporary, ended, dropped].reduce((sum, { length }) => sum + length, 0);
    if (count === 0) return { resealing: undefined };
    const recovery = vault.recoveryCodes && { set: vault.recoveryCodes.id, codes };
    const more = { ...(recovery ? { recovery } : {}), ...(temporary[0] ? { temporary: temporary[0] } : {}) };
    return { resealing: { secrets, ended, dropped, ...more } };
  } catch (error) {
    return { why: (error as Error).message };
  }
}

const SLOTS = ["active", "pending"] as const;

/** The slots that hold a secret and are worth keeping, each with the context it was sealed in. */
function secretsIn(tools: Tools, user: string, { enrolments }: Vault): Resealing["secrets"] {
  return Object.entries(enrolments).flatMap(([kind, slot]) =>
    SLOTS.flatMap((of) => {
      const enrolment = slot[of];
      if (!enrolment?.secret || isOver(tools, of === "pending" ? slot.pending : undefined)) return [];
      const context = secretContext(user, kind, enrolment.id);
      return again(tools, enrolment.secret, context).map((resealed) => {
        return { kind: kind as FactorKind, of, ...resealed };
      });
    }),
  );
}

/** Enrolments that nobody finished in time: nothing reads them any more, so their key may be gone already. */
function endedIn(tools: Tools, { enrolments }: Vault): Resealing["ended"] {
  return Object.entries(enrolments).flatMap(([kind, { pending }]) => {
    const isStale = pending?.secret !== undefined && tools.sealer.isStale(pending.secret);
    return isStale && isOver(tools, pending) ? [{ kind: kind as FactorKind, enrolment: pending.id }] : [];
  });
}

function isOver({ clock }: Tools, pending: { expiresAt: Date } | undefined): boolean {
  return pending !== undefined && pending.expiresAt <= clock.now();
}

function codesIn(tools: Tools, user: string, set: RecoverySet | undefined) {
  if (!set) return [];
  return set.codes.flatMap(({ id, hash }) =>
    again(tools, hash, recoveryContext(user, set.id, id)).map((resealed) => ({ id, ...resealed })),
  );
}

function temporaryIn(tools: Tools, user: string, { temporaryPassword }: Vault): Resealed[] {
  if (!temporaryPassword) return [];
  return again(tools, temporaryPassword.hash, temporaryContext(user, temporaryPassword.id));
}

function droppedIn({ codes }: Tools, { challenges }: Vault): string[] {
  return challenges.flatMap(({ code }) => (code && codes.isStale(code.hash) ? [code.hash] : []));
}

/** The same under the first key; nothing where it is there already. */
function again({ sealer }: Tools, sealed: string, context: SealContext): Resealed[] {
  if (!sealer.isStale(sealed)) return [];
  return [{ from: sealed, to: sealer.seal(sealer.open(sealed, context).plain, context) }];
}

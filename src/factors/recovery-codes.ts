/** A printed set of single-use codes: the way back in for somebody who lost their phone. */
import { timingSafeEqual } from "node:crypto";
import { newId } from "../core/clock.js";
import type { Attempt, Factor, Tools, Verdict } from "../core/factor.js";
import type { RecoveryCode, RecoverySet } from "../core/model.js";
import { grouped, hashPrintedCode, newPrintedCode, newSalt, parsePrintedCode } from "../core/printed-code.js";
import { recoveryContext } from "../core/sealing.js";
import { misconfigured } from "../errors.js";

export interface RecoveryCodesOptions {
  /** Codes in a set, 1 to 20. Default 10. */
  count?: number;
}

export interface NewRecoveryCodes {
  set: RecoverySet;
  /** In the clear, in groups of four; shown once and kept nowhere. */
  codes: string[];
}

export interface RecoveryFactor extends Factor {
  readonly kind: "recovery-code";
  readonly count: number;
  generate(user: string, tools: Tools): Promise<NewRecoveryCodes>;
}

const MAX_COUNT = 20;

/** Recovery codes: made with a person's first factor, each good for one login, never for a step-up. */
export function recoveryCodes({ count = 10 }: RecoveryCodesOptions = {}): RecoveryFactor {
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw misconfigured(`recoveryCodes({ count }) is a whole number from 1 to ${MAX_COUNT}`);
  }
  return {
    kind: "recovery-code",
    amr: "otp",
    guessable: false,
    primary: false,
    count,
    parse: parsePrintedCode,
    verify,
    generate: (user, tools) => generate(user, count, tools),
  };
}

/** Finds the code in the person's set. Does not spend it: the store's guard does, see `completeChallenge`. */
async function verify({ user, state, code }: Attempt, { sealer }: Tools): Promise<Verdict> {
  const set = state.vault.recoveryCodes;
  if (!set) return { ok: false };
  const hash = await hashPrintedCode(code, set.salt);
  const opened = set.codes.map((entry) => sealer.open(entry.hash, recoveryContext(user, set.id, entry.id)));
  const matches = opened.map(({ plain }) => timingSafeEqual(hash, plain));
  const found = set.codes[matches.indexOf(true)];
  if (!found) return { ok: false };
  if (found.usedAt) return { ok: false, hint: "used" };
  const left = set.codes.filter((code) => !code.usedAt).length - 1;
  const reseal = set.codes.flatMap(({ id }, i) => {
    const entry = opened[i];
    return entry?.stale ? [{ id, hash: sealer.seal(entry.plain, recoveryContext(user, set.id, id)) }] : [];
  });
  const spend = { kind: "recovery-code", set: set.id, code: found.id, left } as const;
  return { ok: true, spend: reseal.length > 0 ? { ...spend, reseal } : spend };
}

async function generate(user: string, count: number, tools: Tools): Promise<NewRecoveryCodes> {
  const { random, sealer, clock } = tools;
  const id = newId(random);
  const salt = newSalt(random);
  const plain = Array.from({ length: count }, () => newPrintedCode(random));
  const codes = await Promise.all(
    plain.map(async (code): Promise<RecoveryCode> => {
      const record = newId(random);
      const hash = await hashPrintedCode(code, salt);
      return { id: record, hash: sealer.seal(hash, recoveryContext(user, id, record)) };
    }),
  );
  return { set: { id, salt, createdAt: clock.now(), codes }, codes: plain.map(grouped) };
}

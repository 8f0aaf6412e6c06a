/** Everything an administrator may know about one person: no secret, no code, addresses covered. */
import { type FactorKind, isPrimary, type UserState } from "../core/model.js";
import { demandOf, type Mode } from "../core/policy.js";
import type { KnownUser } from "../core/store.js";
import { browsersIn } from "../core/trusted-browser.js";
import { lockIn, type PersonRow, rowOf } from "./person-row.js";
import type { Runtime } from "./runtime.js";

export interface PersonStatus extends PersonRow {
  /** What the policy asks of them. */
  mode: Mode;
  /** Without any secret; `hint` is the address, covered. */
  ways: readonly { kind: FactorKind; hint?: string; confirmedAt?: Date; lastUsedAt?: Date }[];
  recoveryCodes?: { left: number; total: number };
  browsers: readonly { id: string; name: string; lastUsedAt: Date; expiresAt: Date }[];
  /** A number that was given and is not proven, covered. */
  suggestedPhone?: string;
}

/** Undefined where the store has lost them meanwhile. */
export async function statusOf(runtime: Runtime, known: KnownUser): Promise<PersonStatus | undefined> {
  const state = await runtime.store.read(known.ref);
  if (!state) return undefined;
  const { policy } = await runtime.settings.load();
  const row = await rowOf(runtime, policy, known);
  const locked = lockIn(runtime, state);
  const codes = state.vault.recoveryCodes?.codes;
  const suggested = state.vault.enrolments.sms?.suggested;
  const hint = suggested && runtime.factors.get("sms")?.sends?.hintOf(suggested);
  return {
    ...row,
    ...(locked ? { locked } : {}),
    mode: demandOf(policy, row.roles, runtime.configured).mode,
    ways: state.factors.filter(isPrimary).map((kind) => wayOf(runtime, state, kind)),
    ...(codes
      ? { recoveryCodes: { left: codes.filter(({ usedAt }) => !usedAt).length, total: codes.length } }
      : {}),
    browsers: browsersIn(runtime.tools, known.ref, state).map(({ id, name, lastUsedAt, expiresAt }) => {
      return { id, name, lastUsedAt, expiresAt };
    }),
    ...(hint ? { suggestedPhone: hint } : {}),
  };
}

function wayOf({ factors }: Runtime, { vault }: UserState, kind: FactorKind): PersonStatus["ways"][number] {
  const { address, confirmedAt, lastUsedAt } = vault.enrolments[kind]?.active ?? {};
  const hint = address && factors.get(kind)?.sends?.hintOf(address);
  return {
    kind,
    ...(hint ? { hint } : {}),
    ...(confirmedAt ? { confirmedAt } : {}),
    ...(lastUsedAt ? { lastUsedAt } : {}),
  };
}

/** What a person changes about factors they already have; each change takes a grant for `change-factors`. */
import { isStopped, type Parts } from "./attempt.js";
import { type EnrolmentParts, spendGrant } from "./enrolment.js";
import { CHANGE_FACTORS, type FactorKind, isPrimary, type UserRef, type UserState } from "./model.js";
import type { Demand } from "./policy.js";
import type { GrantKey } from "./store.js";

export type Changed<T = unknown> =
  | ({ ok: true } & T)
  | { ok: false; reason: "not-enrolled" | "required" | "step-up-required" | "conflict" };

/** The order people are asked in: what they prefer, then as given. */
export function preferredFirst(factors: readonly FactorKind[], preferred?: FactorKind): FactorKind[] {
  return factors.toSorted((one, other) => Number(other === preferred) - Number(one === preferred));
}

/** Nobody is asked first for a factor that answers nothing. */
export function stoppedLast(state: UserState, factors: readonly FactorKind[]): FactorKind[] {
  return factors.toSorted((one, other) => Number(isStopped(state, one)) - Number(isStopped(state, other)));
}

/** Whether this login holds a grant for an action and its target. Reads only: spending it is what counts. */
export async function mayDo(
  { store, tools }: Parts,
  ref: UserRef,
  { login, action, target }: GrantKey,
): Promise<boolean> {
  const state = await store.read(ref);
  const at = tools.clock.now();
  return (state?.vault.grants ?? []).some(
    (grant) =>
      grant.login === login && grant.action === action && grant.target === target && grant.expiresAt > at,
  );
}

/** Whether this login may change factors now. */
export function mayChangeFactors(parts: Parts, ref: UserRef, login: string): Promise<boolean> {
  return mayDo(parts, ref, { login, action: CHANGE_FACTORS });
}

/** Whether taking this factor away would leave somebody with less than the policy requires of them. */
export function isRequired(kind: FactorKind, factors: readonly FactorKind[], demand: Demand): boolean {
  const left = factors.filter((other) => other !== kind && demand.accepts.includes(other));
  return demand.mode === "required" && left.length === 0;
}

/** Switches a factor off; with the last one the recovery codes go too. Ends the person's other sessions. */
export async function removeFactor(
  parts: Parts,
  ref: UserRef,
  { kind, login, demand }: { kind: FactorKind; login: string; demand: Demand },
): Promise<Changed> {
  const state = await parts.store.read(ref);
  if (!isPrimary(kind) || !state?.factors.includes(kind)) return { ok: false, reason: "not-enrolled" };
  if (isRequired(kind, state.factors, demand)) return { ok: false, reason: "required" };
  if (!(await spendGrant(parts, ref, login, parts.tools.clock.now()))) {
    return { ok: false, reason: "step-up-required" };
  }
  const remaining = remainingAfter(kind, state);
  const won = await parts.store.removeFactor(ref, { kind, login, factors: state.factors, remaining });
  if (!won) return { ok: false, reason: "conflict" };
  parts.events.emit("removed", { user: ref.id, factor: kind, last: remaining.length === 0 });
  return { ok: true };
}

function remainingAfter(kind: FactorKind, { factors }: UserState): FactorKind[] {
  const others = factors.filter((other) => other !== kind);
  return others.some(isPrimary) ? others : [];
}

/** Makes new recovery codes; the old ones stop working. The codes are returned once and kept nowhere. */
export async function renewRecoveryCodes(
  parts: EnrolmentParts,
  ref: UserRef,
  login: string,
): Promise<Changed<{ codes: string[] }>> {
  if (!parts.recovery) return { ok: false, reason: "not-enrolled" };
  const state = await parts.store.read(ref);
  if (!state?.factors.some(isPrimary)) return { ok: false, reason: "not-enrolled" };
  if (!(await spendGrant(parts, ref, login, parts.tools.clock.now()))) {
    return { ok: false, reason: "step-up-required" };
  }
  const { set, codes } = await parts.recovery.generate(ref.id, parts.tools);
  if (!(await parts.store.replaceRecoveryCodes(ref, set))) return { ok: false, reason: "conflict" };
  parts.events.emit("recovery-codes-renewed", { user: ref.id });
  return { ok: true, codes };
}

/** Spending a code on the memory store's state: whether it may be, and what it leaves. */
import type { Challenge } from "../core/model.js";
import type { RecoverySpend, Spend } from "../core/store.js";
import type { State } from "./memory-state.js";

/** False, and nothing changed, where the code was spent, is void or ran out. */
export function spendCode(state: State, challenge: Challenge, spend: Spend, at: Date): boolean {
  switch (spend.kind) {
    case "totp":
      return spendStep(state, spend, at);
    case "sent-code":
      return spendSentCode(state, challenge, spend, at);
    case "recovery-code":
      return spendRecoveryCode(state, spend, at);
  }
}

/** Whether this is the code that was sent last for a challenge, and its time is not up. */
export function hasCode({ code }: Challenge, hash: string, at: Date): boolean {
  return code !== undefined && code.hash === hash && code.expiresAt > at;
}

type SpendOf<Kind extends Spend["kind"]> = Extract<Spend, { kind: Kind }>;

function spendStep({ vault }: State, { enrolment, step, reseal }: SpendOf<"totp">, at: Date): boolean {
  const active = vault.enrolments.totp?.active;
  const unused = active?.lastStep === undefined || active.lastStep < step;
  if (active?.id !== enrolment || !unused) return false;
  Object.assign(active, { lastStep: step, lastUsedAt: at });
  if (reseal !== undefined) active.secret = reseal;
  return true;
}

function spendSentCode(
  { vault }: State,
  challenge: Challenge,
  { factor, enrolment, hash }: SpendOf<"sent-code">,
  at: Date,
): boolean {
  const active = vault.enrolments[factor]?.active;
  if (active?.id !== enrolment || !hasCode(challenge, hash, at)) return false;
  active.lastUsedAt = at;
  return true;
}

function spendRecoveryCode({ vault }: State, spend: RecoverySpend, at: Date): boolean {
  const set = vault.recoveryCodes;
  const code = set?.id === spend.set ? set.codes.find(({ id }) => id === spend.code) : undefined;
  if (!code || code.usedAt) return false;
  code.usedAt = at;
  for (const { id, hash } of spend.reseal ?? []) {
    const sealed = set?.codes.find((other) => other.id === id);
    if (sealed) sealed.hash = hash;
  }
  return true;
}

/** Enrolments, recovery codes and ended logins on the memory store's state. */

import { MAX_KEPT_LINKS } from "../core/account-store.js";
import { type FactorKind, isPrimary, type PendingEnrolment, type RecoverySet } from "../core/model.js";
import { type Confirmation, MAX_ENDED_LOGINS, type Removal } from "../core/store.js";
import { activeOf } from "./active-enrolment.js";
import { live } from "./memory-challenges.js";
import { hasCode } from "./memory-spends.js";
import { newest, type State } from "./memory-state.js";

export function beginEnrolment(
  state: State,
  kind: FactorKind,
  enrolment: PendingEnrolment,
  { at, replaces }: { at: Date; replaces?: string },
): boolean {
  const other = state.vault.enrolments[kind]?.pending;
  const inTheWay =
    other !== undefined && other.login === enrolment.login && other.expiresAt > at && other.id !== replaces;
  if (inTheWay || (enrolment.first && state.factors.length > 0)) return false;
  state.vault.enrolments[kind] = { ...state.vault.enrolments[kind], pending: enrolment };
  return true;
}

export function confirmEnrolment(state: State, confirmation: Confirmation): boolean {
  const { kind, enrolment, login, at, recoveryCodes, restores, link } = confirmation;
  if (!mayConfirm(state, confirmation)) return false;
  state.vault.enrolments[kind] = { active: activeOf(enrolment, at, confirmation) };
  addFactor(state, kind);
  if (recoveryCodes) {
    state.vault.recoveryCodes = recoveryCodes;
    addFactor(state, "recovery-code");
  }
  delete state.vault.failures[restores.budget];
  if (restores.failures) state.vault.failures[restores.budget] = restores.failures;
  if (link) state.vault.links = newest(state.vault.links, link, MAX_KEPT_LINKS);
  raiseGeneration(state, login);
  return true;
}

export function removeFactor(state: State, { kind, login, factors, remaining }: Removal): boolean {
  const asSeen = factors.length === state.factors.length && factors.every((it, i) => it === state.factors[i]);
  if (!asSeen || !state.factors.includes(kind)) return false;
  state.factors = remaining;
  delete state.vault.enrolments[kind];
  if (state.vault.preferred === kind) delete state.vault.preferred;
  if (!remaining.includes("recovery-code")) delete state.vault.recoveryCodes;
  raiseGeneration(state, login);
  return true;
}

export function importEnrolment(state: State, kind: FactorKind, enrolment: PendingEnrolment): boolean {
  const slot = state.vault.enrolments[kind];
  if (slot?.active) return false;
  const active = activeOf(enrolment, enrolment.confirmedAt ?? enrolment.createdAt);
  state.vault.enrolments[kind] = { ...slot, active };
  addFactor(state, kind);
  return true;
}

export function preferFactor(state: State, kind: FactorKind): boolean {
  if (!isPrimary(kind) || !state.factors.includes(kind)) return false;
  state.vault.preferred = kind;
  return true;
}

export function suggestAddress({ vault }: State, kind: FactorKind, address: string | undefined): boolean {
  const slot = vault.enrolments[kind];
  if (address !== undefined) vault.enrolments[kind] = { ...slot, suggested: address };
  else if (slot) delete slot.suggested;
  return true;
}

export function replaceRecoveryCodes(state: State, set: RecoverySet): boolean {
  if (!state.factors.some((kind) => kind !== "recovery-code")) return false;
  state.vault.recoveryCodes = set;
  addFactor(state, "recovery-code");
  return true;
}

export function markRecoveryCodesSaved({ vault }: State, set: string, at: Date): boolean {
  if (vault.recoveryCodes?.id !== set) return false;
  vault.recoveryCodes.savedAt = at;
  return true;
}

export function noteRequired(state: State, at: Date): boolean {
  if (state.requiredSince) return false;
  state.requiredSince = at;
  return true;
}

export function endOtherSessions(state: State, login: string): boolean {
  state.sessionGeneration += 1;
  state.raisedBy = login;
  return true;
}

export function endLogin(state: State, login: string): boolean {
  state.endedLogins = newest(state.endedLogins, login, MAX_ENDED_LOGINS);
  return true;
}

function mayConfirm({ factors, vault }: State, confirmation: Confirmation): boolean {
  const { kind, enrolment, login, at, code, closesLogin, recoveryCodes } = confirmation;
  const pending = vault.enrolments[kind]?.pending;
  const isRead = pending?.id === enrolment.id && pending.secret === enrolment.secret;
  const isSame = isRead && pending.login === login && pending.expiresAt > at;
  if (!isSame || (enrolment.first && factors.length > 0)) return false;
  if (recoveryCodes && vault.recoveryCodes) return false;
  if (closesLogin && !live(vault.challenges, { login, purpose: "login" }, at)) return false;
  const challenge = live(vault.challenges, { login, purpose: `enrol:${kind}` }, at);
  return challenge !== undefined && (code === undefined || hasCode(challenge, code, at));
}

function addFactor(state: State, kind: FactorKind): void {
  if (!state.factors.includes(kind)) state.factors = [...state.factors, kind];
}

/** What every change of a person's factors does: other sessions, live challenges, grants and trusted browsers end. */
export function raiseGeneration(state: State, login?: string): void {
  state.sessionGeneration += 1;
  if (login === undefined) delete state.raisedBy;
  else state.raisedBy = login;
  state.vault.challenges = [];
  state.vault.grants = [];
  state.vault.browsers = [];
}

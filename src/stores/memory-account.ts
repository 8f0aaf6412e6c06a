/** Passwords that must change, and mailed links, on the memory store's state. */
import { type LinkSpend, MAX_LINKS } from "../core/account-store.js";
import type { Link, LinkUse, TemporaryPassword } from "../core/model.js";
import { raiseGeneration } from "./memory-enrolments.js";
import type { State } from "./memory-state.js";

const isForPassword = (use: LinkUse) => use === "welcome" || use === "reset";

export function requirePasswordChange(state: State): boolean {
  if (state.mustChangePassword) return false;
  state.mustChangePassword = true;
  return true;
}

export function setTemporaryPassword(state: State, temporary: TemporaryPassword): boolean {
  state.vault.temporaryPassword = temporary;
  state.mustChangePassword = true;
  dropPasswordLinks(state);
  raiseGeneration(state);
  return true;
}

export function spendTemporaryPassword(state: State, { hash, at }: { hash: string; at: Date }): boolean {
  const { temporaryPassword } = state.vault;
  const isLive = temporaryPassword?.hash === hash && temporaryPassword.expiresAt > at;
  if (!isLive || temporaryPassword.spentAt) return false;
  temporaryPassword.spentAt = at;
  return true;
}

export function passwordChanged(state: State, { login }: { login?: string }): boolean {
  delete state.mustChangePassword;
  delete state.vault.temporaryPassword;
  dropPasswordLinks(state);
  raiseGeneration(state, login);
  return true;
}

export function addLink({ vault }: State, link: Link, at: Date): boolean {
  if (link.use !== "stop") {
    vault.links = [...vault.links.filter(({ use }) => use !== link.use), link];
    return true;
  }
  vault.links = vault.links.filter(({ expiresAt }) => expiresAt > at);
  if (vault.links.length >= MAX_LINKS) return false;
  vault.links = [...vault.links, link];
  return true;
}

export function spendLink(state: State, { hash, use, at }: LinkSpend): boolean {
  const isMeant = (link: Link) => link.hash === hash && link.use === use && link.expiresAt > at;
  const others = state.vault.links.filter((link) => !isMeant(link));
  if (others.length === state.vault.links.length) return false;
  state.vault.links = others;
  if (isForPassword(use)) state.mustChangePassword = true;
  return true;
}

function dropPasswordLinks({ vault }: State): void {
  vault.links = vault.links.filter(({ use }) => !isForPassword(use));
}

/** Codes that go elsewhere from now on: where they went is told, with a link that stops it for a week. */
import { MAX_LINKS } from "./account-store.js";
import type { Tools } from "./factor.js";
import { newLink } from "./links.js";
import type { FactorKind, Link, PendingEnrolment, UserRef, UserState } from "./model.js";

export interface AddressChange {
  kind: FactorKind;
  from: string;
  to: string;
  /** Of the link that stops it. Absent where five of a week are in force: the first of them stops this one as well. */
  stop?: { token: string; until: Date };
}

/** What a code for such a change is bound to. */
export function changeTarget(kind: FactorKind, address: string): string {
  return `${kind} ${address}`;
}

/** What it allows, as words after "to"; `hint`: the new address, covered. */
export function changeWords(kind: FactorKind, hint: string): string {
  return `change your ${kind === "sms" ? "number" : "address"} to ${hint}`;
}

interface Enrolling {
  kind: FactorKind;
  enrolment: PendingEnrolment;
}

/** What this confirmation would change, and the link to keep in the same write; nothing where no code went elsewhere. */
export function changeOf(
  tools: Pick<Tools, "clock" | "random">,
  ref: UserRef,
  { vault }: UserState,
  { kind, enrolment }: Enrolling,
): { change?: AddressChange; link?: Link } {
  const from = vault.enrolments[kind]?.active?.address;
  const { id, address: to } = enrolment;
  if (from === undefined || to === undefined || from === to) return {};
  const at = tools.clock.now();
  const inForce = vault.links.filter((link) => link.use === "stop" && link.expiresAt > at);
  if (inForce.length >= MAX_LINKS) return { change: { kind, from, to } };
  const { link, token } = newLink(tools, ref, { use: "stop", about: { kind, enrolment: id } });
  return { change: { kind, from, to, stop: { token, until: link.expiresAt } }, link };
}

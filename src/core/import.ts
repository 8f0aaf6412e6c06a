/** Bringing factors along from another system; for code, never for a person's request. */
import { type FieldError, SecondFactorError } from "../errors.js";
import type { Parts } from "./attempt.js";
import { newId } from "./clock.js";
import type { Given } from "./factor.js";
import type { FactorKind, UserRef } from "./model.js";

/**
 * Stores a secret, or an address for codes, as active at once. Does not check that the person still has it.
 *
 * @returns false where a factor of the kind is active already
 * @throws `factor_not_allowed` where the kind is not configured; `invalid_input` where the text is malformed
 */
export async function importFactor(
  { store, factors, tools, events }: Parts,
  ref: UserRef,
  kind: FactorKind,
  text: string,
): Promise<boolean> {
  const steps = factors.get(kind)?.enrol;
  if (!steps)
    throw new SecondFactorError("factor_not_allowed", `"${kind}" is not configured, or has nothing to bring`);
  const id = newId(tools.random);
  const at = tools.clock.now();
  const material = await steps.bring(text, { user: ref.id, enrolment: id }, tools);
  const enrolment = {
    id,
    ...material,
    createdAt: at,
    confirmedAt: at,
    expiresAt: at,
    login: "",
    first: false,
  };
  const won = await store.importEnrolment(ref, kind, enrolment);
  if (won) events.emit("enrolled", { user: ref.id, factor: kind, first: false, isImported: true });
  return won;
}

export type Suggested = { ok: true; address: string } | { ok: false; errors: readonly FieldError[] };

/**
 * Keeps an address that nobody has proven, for the form that asks for one. It counts for nothing.
 *
 * @throws `factor_not_allowed` where the kind is not configured; `store_unavailable` where there is no such user
 */
export async function suggestAddress(
  parts: Parts,
  ref: UserRef,
  kind: FactorKind,
  given: Given,
): Promise<Suggested> {
  const read = await readAddress(parts, ref, kind, given);
  if (!read.ok || (await parts.store.suggestAddress(ref, kind, read.address))) return read;
  throw new SecondFactorError("store_unavailable", `the store does not know user "${ref.id}"`);
}

/**
 * The address as it would be kept, or what is wrong with it. Changes nothing.
 *
 * @throws `factor_not_allowed` where the kind is not configured
 */
export async function readAddress(
  { factors, tools }: Pick<Parts, "factors" | "tools">,
  ref: UserRef,
  kind: FactorKind,
  given: Given,
): Promise<Suggested> {
  const steps = factors.get(kind)?.enrol;
  if (!steps) throw new SecondFactorError("factor_not_allowed", `"${kind}" is not configured`);
  const prepared = await steps.prepare(given, { user: ref.id, enrolment: "" }, tools);
  return prepared.ok ? { ok: true, address: prepared.material.address ?? "" } : prepared;
}

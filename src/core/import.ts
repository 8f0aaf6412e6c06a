/** Bringing factors along from another system; for code, never for a person's request. */
import { SecondFactorError } from "../errors.js";
import type { Parts } from "./attempt.js";
import { newId } from "./clock.js";
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
  if (won) events.emit("enrolled", { user: ref.id, factor: kind, first: false });
  return won;
}

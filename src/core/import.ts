/** Bringing factors along from another system; for code, never for a person's request. */
import { SecondFactorError } from "../errors.js";
import type { Parts } from "./attempt.js";
import { newId } from "./clock.js";
import type { FactorKind, UserRef } from "./model.js";

/**
 * Stores a secret as active at once. Does not check that the person still has it.
 *
 * @returns false where a factor of the kind is active already
 * @throws `factor_not_allowed` where the kind has no secret to bring; `invalid_input` where it is malformed
 */
export async function importSecret(
  { store, factors, tools, events }: Parts,
  ref: UserRef,
  kind: FactorKind,
  text: string,
): Promise<boolean> {
  const steps = factors.get(kind)?.enrol;
  if (!steps)
    throw new SecondFactorError("factor_not_allowed", `"${kind}" is not configured, or has no secret`);
  const id = newId(tools.random);
  const at = tools.clock.now();
  const secret = tools.sealer.seal(steps.importSecret(text), { user: ref.id, kind, record: id });
  const enrolment = { id, secret, createdAt: at, confirmedAt: at, expiresAt: at, login: "", first: false };
  const won = await store.importEnrolment(ref, kind, enrolment);
  if (won) events.emit("enrolled", { user: ref.id, factor: kind, first: false });
  return won;
}

/** The first code of an enrolment, which makes it active. */
import { type AddressChange, changeOf } from "./address-change.js";
import { compared, missed, type Refused, refused, reservationFor } from "./attempt.js";
import type { Answer } from "./challenge.js";
import { type EnrolmentParts, livePending } from "./enrolment.js";
import { type Budget, type FactorKind, isPrimary, type UserRef, type UserState } from "./model.js";
import type { Confirmation } from "./store.js";

export type Confirmed =
  | (Extract<Answer, { ok: true }> & {
      first: boolean;
      recoveryCodes?: string[] /** Id of their set. */;
      recoverySet?: string;
      /** Codes went elsewhere before. */
      change?: AddressChange;
    })
  | Refused
  | { ok: false; reason: "nothing-pending" };

export interface FirstCode {
  kind: FactorKind;
  login: string;
  /** What the person typed, untrusted. */
  code: unknown;
  budget: Budget;
  /** The login waits for this enrolment. */
  closesLogin: boolean;
}

/**
 * Makes the pending enrolment active with its first code, in one guarded update that also ends the person's other
 * sessions, challenges, grants and trusted browsers, and closes the pending login it was part of.
 */
export async function confirmEnrolment(
  parts: EnrolmentParts,
  ref: UserRef,
  question: FirstCode,
): Promise<Confirmed> {
  const { store, tools, events } = parts;
  const { kind, login, budget, closesLogin } = question;
  const factor = parts.factors.get(kind);
  const steps = factor?.enrol;
  if (!factor || !steps) return { ok: false, reason: "not-allowed" };
  const code = factor.parse(question.code);
  if (code === undefined) return { ok: false, reason: "malformed" };

  const at = tools.clock.now();
  const reservation = reservationFor({ login, purpose: `enrol:${kind}` }, at, budget, true);
  const reserved = await store.reserveAttempt(ref, reservation);
  if (!reserved.won) {
    const refusal = refused(reserved.state, reservation);
    return refusal.reason === "no-challenge" ? gone(reserved.state, question) : refusal;
  }
  const { before, challenge } = reserved;
  const enrolment = livePending(before, kind, login, at);
  if (!enrolment) {
    await store.refundAttempt(ref, reservation, before);
    return { ok: false, reason: "nothing-pending" };
  }

  const attempt = { user: ref.id, state: before, challenge, code, at, enrolment };
  const match = await compared(parts, ref, reservation, before, () => steps.confirm(attempt, tools));
  if (!match.ok) return missed(parts, ref, reserved, reservation, match);
  const made = before.vault.recoveryCodes ? undefined : await parts.recovery?.generate(ref.id, tools);
  const { ok: _ok, ...proof } = match;
  const codes = made ? { recoveryCodes: made.set } : {};
  const restores = restored(before, budget);
  const { link, change } = changeOf(tools, ref, before, { kind, enrolment });
  const kept = { ...codes, ...(link ? { link } : {}) };
  const confirmation = { kind, enrolment, login, at, closesLogin, restores, ...proof, ...kept };
  const won = await store.confirmEnrolment(ref, confirmation);
  if (!won) {
    // A right code that came too late is no failure.
    await store.refundAttempt(ref, reservation, before);
    return gone(await store.read(ref), question);
  }
  const first = !before.factors.some(isPrimary);
  if (change) events.emit("address-changed", { user: ref.id, factor: kind });
  else events.emit("enrolled", { user: ref.id, factor: kind, first });
  const shown = made ? { recoveryCodes: made.codes, recoverySet: made.set.id } : {};
  return { ok: true, kind, amr: factor.amr, at, first, ...shown, ...(change ? { change } : {}) };
}

function restored({ vault }: UserState, budget: Budget): Confirmation["restores"] {
  const failures = vault.failures[budget];
  return { budget, ...(failures ? { failures } : {}) };
}

/**
 * An enrolment that is gone. Where newer logins pushed its login out, with nothing set up yet, that is gone as well and
 * has to start over.
 */
function gone(state: UserState | undefined, { kind, login, closesLogin }: FirstCode): Confirmed {
  const isOpen = state?.vault.challenges.some((it) => it.login === login && it.purpose === "login");
  const isPushedOut = closesLogin && !isOpen && !state?.factors.includes(kind);
  return { ok: false, reason: isPushedOut ? "no-challenge" : "nothing-pending" };
}

/** Why something was refused, as a session keeps it for the page that is shown next. */
import type { Refusal } from "../core/attempt.js";
import type { DeliveryError, DeliveryReason } from "../core/delivery.js";
import type { FactorKind } from "../core/model.js";
import type { SendRefusal } from "../core/sent-code.js";
import type { Notice } from "./session.js";

/** What a person can do something about; what is wrong with the app's own account is not their business. */
const TOLD: readonly DeliveryReason[] = ["invalid-recipient", "unsupported-region", "opted-out", "busy"];

export function reasonFor(error: DeliveryError | undefined): DeliveryReason | undefined {
  return TOLD.find((reason) => reason === error?.reason);
}

/** What a page says about it; undefined where the way back is another page. */
export function noticeOf(
  refusal: Refusal | SendRefusal,
  code: unknown,
  kind?: FactorKind,
): Notice | undefined {
  const factor = kind ? { factor: kind } : {};
  switch (refusal.reason) {
    case "malformed":
      return { reason: typeof code === "string" && code.trim() === "" ? "empty" : "malformed", ...factor };
    case "wrong-code": {
      const { paused, ...wrong } = refusal;
      return paused ? lockedNotice(paused.until) : { ...wrong, ...factor };
    }
    case "challenge-expired":
      return { ...refusal, ...factor };
    case "locked":
      return refusal.isStopped ? { reason: "locked", ...factor } : lockedNotice(refusal.until);
    case "resend-too-soon":
      return { reason: refusal.reason, until: refusal.until.getTime(), ...factor };
    case "delivery-failed": {
      const why = reasonFor(refusal.error);
      return { reason: refusal.reason, ...(why ? { why } : {}), ...factor };
    }
    default:
      return undefined;
  }
}

function lockedNotice(until: Date | undefined): Notice {
  return { reason: "locked", ...(until ? { until: until.getTime() } : {}) };
}

/** A refused code, as JSON and as the notice a page keeps until the next try. */
import type { Request, Response } from "express";
import type { Refusal } from "../core/attempt.js";
import type { FactorKind } from "../core/model.js";
import type { SendRefusal } from "../core/sent-code.js";
import type { Asking } from "./asking.js";
import { loginUrlOf, seeOther, sendProblem, wantsPage } from "./negotiate.js";
import { noticeOf, reasonFor } from "./notice.js";
import type { Runtime } from "./runtime.js";
import { isoOf } from "./sending.js";

/** Seconds a client is told to wait where a factor is blocked, which only an administrator ends. */
const BLOCKED_RETRY_SECONDS = 60 * 60;

/** And where a message could not be handed over, unless the provider said how long. */
const UNDELIVERED_RETRY_SECONDS = 30;

/** Answers a refusal: JSON by its code; a page goes back to the challenge, which then says why. */
export function refuse(
  runtime: Runtime,
  req: Request,
  res: Response,
  asking: Asking,
  refusal: Refusal | SendRefusal,
  { kind, code }: { kind?: FactorKind; code?: unknown },
): void {
  const now = runtime.tools.clock.now().getTime();
  const loginUrl = loginUrlOf(runtime, req);
  if (refusal.reason !== "no-challenge") asking.note(noticeOf(refusal, code, kind));
  if (!wantsPage(req)) return sendRefusal(res, refusal, { now, loginUrl });
  seeOther(res, refusal.reason === "no-challenge" && asking.account ? loginUrl : asking.url(kind));
}

export function sendRefusal(
  res: Response,
  refusal: Refusal | SendRefusal,
  { now, loginUrl }: { now: number; loginUrl: string },
): void {
  switch (refusal.reason) {
    case "malformed":
      return sendProblem(res, {
        code: "invalid_input",
        errors: [{ field: "code", message: "Enter the 6-digit code." }],
      });
    case "not-allowed":
      return sendProblem(res, { code: "factor_not_allowed" });
    case "no-challenge":
      return sendProblem(res, { code: "no_challenge", loginUrl });
    case "challenge-expired":
      return sendProblem(res, { code: "challenge_expired", renewable: !refusal.over });
    case "wrong-code": {
      const { attemptsLeft, hint } = refusal;
      return sendProblem(res, { code: "wrong_code", attemptsLeft, ...(hint ? { hint } : {}) });
    }
    case "locked":
      return sendProblem(
        res,
        { code: "locked", blocked: refusal.until === undefined },
        retryAfter(refusal.until, now),
      );
    case "resend-too-soon": {
      const problem = { code: "resend_too_soon", resendAt: isoOf(refusal.until) } as const;
      return sendProblem(res, problem, retryAfter(refusal.until, now));
    }
    case "delivery-failed": {
      const reason = reasonFor(refusal.error);
      const problem = { code: "delivery_failed", ...(reason ? { reason } : {}) } as const;
      if (!refusal.error) return sendProblem(res, problem, retryAfter(refusal.until, now));
      return sendProblem(res, problem, refusal.error.retryAfterSeconds ?? UNDELIVERED_RETRY_SECONDS);
    }
  }
}

function retryAfter(until: Date | undefined, now: number): number {
  return until ? Math.max(1, Math.ceil((until.getTime() - now) / 1000)) : BLOCKED_RETRY_SECONDS;
}

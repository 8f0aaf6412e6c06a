/** Words for why the last try did not go through, and for what can be done about it. */
import type { DeliveryReason } from "../core/delivery.js";
import type { FactorKind } from "../core/model.js";
import type { Context } from "./layout.js";
import type { Messages } from "./messages.js";
import type { FieldProblem, SendProblem } from "./views.js";
import { Support } from "./way-out.js";
import type { Words } from "./words.js";

/** Where a problem is shown: nothing may be offered that is not there. */
export interface Place {
  kind: FactorKind;
  /** What is open instead: another factor, another address or number, or nothing. */
  instead: "factor" | "address" | "nothing";
}

export function problemText(page: Context, problem: FieldProblem, place: Place): Words {
  const { t } = page;
  if (problem.code === "resend_too_soon") return t.send.tooSoon(waitText(t, problem.seconds));
  if (problem.code === "delivery_failed") return failedText(page, problem.reason, place);
  return codeText(t, problem, place.kind);
}

/** Says what was wrong with the code, in the words of its kind. */
function codeText(t: Messages, problem: Exclude<FieldProblem, SendProblem>, kind: FactorKind): string {
  const isRecovery = kind === "recovery-code";
  if (problem.code === "expired")
    return kind === "email" || kind === "sms" ? t.field.expired : t.field.tookTooLong;
  if (problem.code !== "wrong_code") {
    if (!isRecovery) return t.field.enterCode;
    return problem.code === "empty" ? t.field.enterRecoveryCode : t.field.malformedRecoveryCode;
  }
  if (problem.hint === "used") return isRecovery ? t.field.usedRecoveryCode : t.field.used;
  const said = problem.hint === "clock" ? [t.field.clock] : [t.field.wrong];
  if (problem.hint === "superseded") said.push(t.field.superseded);
  const left = problem.attemptsLeft ?? 0;
  if (left === 1 || left === 2) said.push(t.field.triesLeft(left));
  return said.join(" ");
}

/** Up to one and a half of the next unit, so that no wait is told in a number nobody can picture. */
function waitText(t: Messages, seconds: number): string {
  if (seconds <= 90) return t.send.seconds(Math.max(1, Math.ceil(seconds)));
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 90 ? t.send.minutes(minutes) : t.send.hours(Math.ceil(minutes / 60));
}

/** Names the address or number no more than "this": what is wrong with it is known to the page already. */
function failedText(page: Context, reason: DeliveryReason | undefined, place: Place): Words {
  const { send } = page.t;
  const other = place.instead === "factor";
  const channel = place.kind === "sms" ? "sms" : "email";
  if (reason === "opted-out" && channel === "sms")
    return `${send.optedOut} ${other ? send.startOrAnotherWay : send.startThenAgain}`;
  if (reason === "unsupported-region") return [send.region, " ", insteadText(page, place)];
  if (reason === "invalid-recipient" || reason === "opted-out")
    return [send.unreachable[channel], " ", insteadText(page, place)];
  return `${send.failed} ${other ? send.againOrAnotherWay : send.inAMinute}`;
}

/** Trying again does not help: what does. */
function insteadText(page: Context, { kind, instead }: Place): Words {
  const { send } = page.t;
  if (instead === "factor") return send.anotherWay;
  if (instead === "address") return send.another[kind === "sms" ? "sms" : "email"];
  return send.ask(<Support page={page} />);
}

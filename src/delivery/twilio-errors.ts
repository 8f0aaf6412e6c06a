/** What became of a request to Twilio, as reasons of a delivery. */
import { DeliveryError, type DeliveryReason } from "../core/delivery.js";

/** Twilio's error codes (twilio.com/docs/api/errors) that say more than the status of the answer. */
const REASONS: Record<number, DeliveryReason> = {
  // The number is none, is no mobile, is a short code, or has nobody behind it.
  21211: "invalid-recipient",
  21217: "invalid-recipient",
  21265: "invalid-recipient",
  21421: "invalid-recipient",
  21614: "invalid-recipient",
  21635: "invalid-recipient",
  30003: "invalid-recipient",
  30005: "invalid-recipient",
  30006: "invalid-recipient",
  // The account may not text there, or this sender cannot.
  21215: "unsupported-region",
  21408: "unsupported-region",
  21612: "unsupported-region",
  // They answered STOP.
  21610: "opted-out",
  // Rates, queues and daily limits.
  14107: "busy",
  20429: "busy",
  30001: "busy",
  30022: "busy",
  63038: "busy",
  // Credentials, the account, or a sender that is not the account's.
  20003: "unauthorised",
  20404: "unauthorised",
  21606: "unauthorised",
  21659: "unauthorised",
  21660: "unauthorised",
  30002: "unauthorised",
};

const BY_STATUS: Record<number, DeliveryReason> = { 401: "unauthorised", 403: "unauthorised", 429: "busy" };

/** No connection came about, so nothing can have been sent. */
const NEVER_CONNECTED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"];
/** The client's own time-out: `timeout` of its options. */
const TIMED_OUT = ["ECONNABORTED", "ETIMEDOUT"];

/**
 * An answer that is no success; undefined where there was none. A refusal is definite. After a failure of Twilio's
 * own (5xx) the message may be in its queue, whatever the code. `response` is the client's newest, and may be another
 * request's: only how long to wait is read from it, where it was refused with the same status.
 */
export function refusedRequest(
  thrown: unknown,
  response?: { statusCode: number; headers: unknown },
): DeliveryError | undefined {
  const { status, code } = fieldsOf(thrown);
  if (typeof status !== "number" || typeof code === "string") return undefined;
  const known = typeof code === "number" && code > 0 ? code : undefined;
  const message = `Twilio answered ${status}${known === undefined ? "" : ` (${known})`}`;
  if (status < 400 || status >= 500) return new DeliveryError("unreachable", message, { isDefinite: false });
  const reason = REASONS[known ?? 0] ?? BY_STATUS[status] ?? "rejected";
  const wait =
    reason === "busy" && response?.statusCode === status ? retryAfter(response.headers) : undefined;
  return new DeliveryError(reason, message, {
    isDefinite: true,
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  });
}

/** A message that was taken and failed at once, or an answer that is no message; undefined where it is on its way. */
export function failedMessage(answer: unknown): DeliveryError | undefined {
  const { sid, status, errorCode } = fieldsOf(answer);
  if (typeof sid !== "string") {
    return new DeliveryError("unreachable", "Twilio's answer was no message", { isDefinite: false });
  }
  const code = typeof errorCode === "number" && errorCode > 0 ? errorCode : undefined;
  if (code === undefined && !["failed", "undelivered", "canceled"].includes(String(status))) return undefined;
  const reason = REASONS[code ?? 0] ?? "rejected";
  return new DeliveryError(reason, `Twilio could not send it (${code ?? "no code"})`, { isDefinite: true });
}

/** No answer, or none that could be read. */
export function transportError(thrown: unknown): DeliveryError {
  const { code } = fieldsOf(thrown);
  const known = typeof code === "string" && /^[A-Z][A-Z_]{1,40}$/.test(code) ? ` (${code})` : "";
  const isTimeout = TIMED_OUT.some((it) => it === code);
  return new DeliveryError(isTimeout ? "timeout" : "unreachable", `Twilio gave no usable answer${known}`, {
    isDefinite: NEVER_CONNECTED.some((it) => it === code),
  });
}

/** Whole seconds; a date is left out, since it would be told against another clock. */
function retryAfter(headers: unknown): number | undefined {
  const { "retry-after": value } = fieldsOf(headers);
  return typeof value === "string" && /^[0-9]{1,5}$/.test(value) ? Number(value) : undefined;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

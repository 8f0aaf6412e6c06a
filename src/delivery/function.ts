/** Text messages by any provider: the app's own function hands them over. */
import { type Delivery, DeliveryError } from "../core/delivery.js";
import { misconfigured } from "../errors.js";
import { checkedSeconds, withinSeconds } from "./deadline.js";

export interface TextDeliveryOptions {
  /** How long `send` may take, above 0 to 60. Default 8: pages answer within ten. */
  timeoutSeconds?: number;
}

/**
 * A delivery by `send(to, text)`: `to` in E.164. It is called once a message, and never again for the same one.
 *
 * What it resolves to is ignored; to say that a message was not sent, it throws. A `DeliveryError` is passed on as it
 * is, and decides whether another way may be tried at once; of anything else the outcome counts as unknown, and only
 * its name and its code are kept: clients of providers put the number and the text into their errors.
 */
export function textDelivery(
  send: (to: string, text: string) => Promise<unknown>,
  { timeoutSeconds = 8 }: TextDeliveryOptions = {},
): Delivery {
  if (typeof send !== "function") {
    throw misconfigured("textDelivery takes a function: write textDelivery(async (to, text) => { … })");
  }
  const seconds = checkedSeconds("textDelivery's `timeoutSeconds`", timeoutSeconds);
  return {
    channel: "sms",
    async send({ to, text }) {
      try {
        await withinSeconds(seconds, () => send(to, text));
      } catch (thrown) {
        throw asDeliveryError(thrown);
      }
    },
  };
}

function asDeliveryError(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  const known = [nameOf(thrown), codeOf(thrown)].filter((it) => it !== undefined);
  const message = `the app's function failed (${known.join(", ") || "no error was thrown"})`;
  return new DeliveryError("unreachable", message, { isDefinite: false });
}

/** Names such as "TypeError". */
function nameOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  return /^[A-Za-z]{1,40}$/.test(thrown.name) ? thrown.name : "Error";
}

/** Codes of the kind that Node has, such as "ECONNRESET". */
function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown) || typeof thrown.code !== "string") return undefined;
  return /^[A-Z][A-Z_]{1,40}$/.test(thrown.code) ? thrown.code : undefined;
}

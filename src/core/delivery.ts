/** The port to whatever carries a message out: mail, text messages, an outbox. */

export type Channel = "email" | "sms";

/** One message to one person. */
export interface Message {
  /** One address, or one number in E.164. */
  to: string;
  text: string;
  /** Mail only. */
  subject?: string;
  /** Mail only; says the same as `text`. */
  html?: string;
  /** Unique to the message: mail programs fold messages away that look alike. */
  reference: string;
  at: Date;
}

export interface Delivery {
  readonly channel: Channel;
  /** Whom it comes from, as a person would look for it; pages name it. */
  readonly sender?: string;
  /** Keeps messages instead of sending them: only where `allowTestMode` says so, never in production. */
  readonly isTest?: boolean;
  /**
   * Hands a message over, once, within a time limit of its own.
   *
   * @throws {DeliveryError} Any other error counts as one whose outcome is unknown.
   */
  send(message: Message): Promise<void>;
}

/** Where messages go in test mode: `createOutbox()` is one. */
export interface TestOutbox {
  mail(options: { from: string }): Delivery;
  sms(): Delivery;
}

/**
 * Why a message was not taken: `unreachable` and `timeout` (nobody answered), `busy` (try later), `unauthorised` (the
 * account of the app was refused), `rejected` (the message was), `invalid-recipient`, `unsupported-region` and
 * `opted-out` (this address or number cannot be written to).
 */
export type DeliveryReason =
  | "unreachable"
  | "timeout"
  | "busy"
  | "unauthorised"
  | "rejected"
  | "invalid-recipient"
  | "unsupported-region"
  | "opted-out";

export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly reason: DeliveryReason;
  /** The message was certainly not sent: another delivery may be tried. Never after a time-out. */
  readonly isDefinite: boolean;
  /** Seconds after which trying again makes sense, where the provider said so. */
  readonly retryAfterSeconds: number | undefined;

  /** `message` is for logs; it must not hold the recipient or the code, as the provider's own `cause` may. */
  constructor(
    reason: DeliveryReason,
    message: string,
    options: { isDefinite: boolean; retryAfterSeconds?: number; cause?: unknown },
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.reason = reason;
    this.isDefinite = options.isDefinite;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** What a delivery threw, in one form. */
export function deliveryErrorOf(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  return new DeliveryError("unreachable", "the delivery failed", { isDefinite: false, cause: thrown });
}

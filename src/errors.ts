/** What can go wrong, as stable codes. Expected outcomes are unions; this is thrown for the rest. */

/** Code → HTTP status. The codes are part of the public contract and never change meaning. */
export const STATUS = {
  second_factor_required: 401,
  enrolment_required: 401,
  step_up_required: 401,
  wrong_code: 401,
  no_challenge: 401,
  challenge_expired: 410,
  link_expired: 410,
  locked: 429,
  resend_too_soon: 429,
  delivery_failed: 503,
  store_unavailable: 503,
  invalid_input: 400,
  factor_not_allowed: 403,
  forbidden: 403,
  cross_origin: 403,
  password_change_required: 403,
  reset_by_admin_only: 403,
  factor_not_enrolled: 409,
  already_enrolled: 409,
  conflict: 409,
  not_found: 404,
  method_not_allowed: 405,
  unsupported_media_type: 415,
  misconfigured: 500,
} as const;

export type ErrorCode = keyof typeof STATUS;

/** One field that was refused, and why: an entry of a problem document's `errors`. */
export interface FieldError {
  field: string;
  message: string;
}

/**
 * Broken infrastructure, misuse, or a request that cannot be answered as asked.
 *
 * `message` is for developers and logs; pages and problem documents show their own words by `code`.
 * `status` is the HTTP status, so that Express's own error handler answers alike. `cause` is kept.
 */
export class SecondFactorError extends Error {
  override readonly name = "SecondFactorError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly errors: readonly FieldError[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; errors?: readonly FieldError[] } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.status = STATUS[code];
    this.errors = options.errors ?? [];
  }
}

/** A mistake in the app's own set-up: says what to write instead, and is never an answer to a person. */
export function misconfigured(message: string): SecondFactorError {
  return new SecondFactorError("misconfigured", `passport-second-factor: ${message}`);
}

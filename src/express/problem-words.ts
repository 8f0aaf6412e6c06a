/** What an error is called, on its page and as the title of its problem document. */
import type { ErrorCode } from "../errors.js";

const TITLES: Partial<Record<ErrorCode, string>> = {
  second_factor_required: "A code is needed",
  enrolment_required: "Two-factor authentication must be set up",
  password_change_required: "A new password must be chosen",
  step_up_required: "A new code is needed",
  wrong_code: "That code isn't right",
  no_challenge: "No sign-in is open",
  challenge_expired: "That code has expired",
  locked: "Too many wrong codes",
  resend_too_soon: "It is too soon for a new code",
  delivery_failed: "We couldn't send the code",
  store_unavailable: "Something went wrong here",
  invalid_input: "That can't be read",
  not_found: "Nothing is here",
  cross_origin: "That came from another site",
  method_not_allowed: "That isn't done this way",
  unsupported_media_type: "That can't be read",
  conflict: "Something changed meanwhile",
  forbidden: "That isn't allowed",
  link_expired: "This link no longer works",
  reset_by_admin_only: "Reset your password",
};

const TEXTS: Partial<Record<ErrorCode, string>> = {
  cross_origin: "For your safety nothing was changed. Open the page again and try there.",
  not_found: "The page you asked for does not exist.",
  invalid_input: "Something in the form couldn't be read. Go back and try again.",
  forbidden: "Your organisation doesn't allow this.",
  conflict: "Something changed while you were here. Open the page again.",
  no_challenge: "Sign in again to go on.",
  reset_by_admin_only: "Ask an administrator to reset your account.",
};

/** Of a code for something that is no longer asked about. */
export const SUPERSEDED = {
  title: "That code is void",
  text: "You were asked to confirm something else since, and nothing was done. Go back to the form and send it again.",
};

/** A heading, or the title of a problem document. */
export function titleOf(code: ErrorCode): string {
  return TITLES[code] ?? code.replaceAll("_", " ");
}

/** What its page says below the heading. */
export function textOf(code: ErrorCode): string {
  return TEXTS[code] ?? "Something went wrong here. Try again in a minute.";
}

/** An app or text messages, each person for themselves, once an administrator has entered the provider's keys. */
import { smsCode, totp, twilioProvider } from "passport-second-factor";
import type { Profile } from "./profile.js";

export const lucyAuthy: Profile = {
  about: "an app, or text messages whose provider's keys an administrator enters; off until then",
  issuer: "Lucy",
  support: "help@lucy.test",
  // Off until an administrator switches it on, with the keys; their own account is never without.
  policy: { organisation: "off", roles: { admin: { mode: "required" } } },
  signOutAfterEnrolment: true,
  factors: () => [totp(), smsCode({ numberUrl: "/account" })],
  providers: ({ twilio }) => ({ sms: twilioProvider(twilio) }),
  hasTestSwitch: true,
};

/** Text messages at each sign-in, for customers and for staff as an administrator switches it. */
import { smsCode, twilioProvider } from "passport-second-factor";
import type { Profile } from "./profile.js";

const OFF = { mode: "off" } as const;

export const xCart: Profile = {
  about: "text messages at sign-in, switched for customers, vendors and administrators one by one",
  issuer: "X-Cart",
  support: "help@x-cart.test",
  // The customers' side is one switch, the administrators' side, which vendors use as well, are the other two.
  policy: { organisation: "off", roles: { customer: OFF, vendor: OFF, admin: OFF } },
  sendOn: "login",
  trustBrowserDays: false,
  factors: () => [smsCode()],
  providers: ({ twilio }) => ({ sms: twilioProvider(twilio) }),
  hasTestSwitch: true,
};

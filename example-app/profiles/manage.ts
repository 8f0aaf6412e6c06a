/** An authenticator app, browsers that are remembered, and roles that must have it, also by a group. */
import { recoveryCodes, totp } from "passport-second-factor";
import type { Profile } from "./profile.js";

export const manage: Profile = {
  about: "an authenticator app, browsers remembered for 90 days, roles that must, also by a group",
  issuer: "Manage",
  support: "help@manage.test",
  trustBrowserDays: 90,
  factors: () => [totp(), recoveryCodes()],
};

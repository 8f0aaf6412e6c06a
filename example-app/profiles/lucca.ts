/** Codes by e-mail, which an organisation switches on for everybody at once; whoever comes by SSO is left in peace. */
import { emailCode } from "passport-second-factor";
import type { Profile } from "./profile.js";

export const lucca: Profile = {
  about: "codes by e-mail, switched on for everybody at once by an administrator; SSO beside it",
  issuer: "Lucca",
  support: "an administrator",
  // Off until an administrator switches it on; their own account is never without.
  policy: { organisation: "off", roles: { admin: { mode: "required" } } },
  sendOn: "login",
  trustBrowserDays: false,
  factors: ({ mail }) => [mail && emailCode({ delivery: mail })],
  hasSso: true,
};

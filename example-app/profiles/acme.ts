/** The shop as it is: every way to confirm; administrators must have one, customers may. */
import { emailCode, recoveryCodes, smsCode, totp } from "passport-second-factor";
import type { Profile } from "./profile.js";

export const acme: Profile = {
  about: "an app, e-mail or text messages; administrators must, customers may",
  issuer: "Acme",
  support: "help@acme.test",
  selfReset: "unprotected",
  factors: ({ mail, texts }) => [
    totp(),
    mail && emailCode({ delivery: mail }),
    texts && smsCode({ delivery: texts }),
    recoveryCodes(),
  ],
};

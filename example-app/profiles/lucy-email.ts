/** Codes by e-mail, made and mailed by the server itself, or by text message; no app, nobody else involved. */
import { emailCode, recoveryCodes, smsCode } from "passport-second-factor";
import type { Profile } from "./profile.js";

export const lucyEmail: Profile = {
  about: "e-mail, with codes that live 20 minutes, or text messages; no app",
  issuer: "Lucy",
  support: "help@lucy.test",
  factors: ({ mail, texts }) => [
    mail && emailCode({ delivery: mail, lifeMinutes: 20 }),
    texts && smsCode({ delivery: texts }),
    recoveryCodes(),
  ],
};

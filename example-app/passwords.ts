/** The shop's passwords, as the library's pages ask for them: compared, kept, and which may be chosen. */
import type { Delivery } from "passport-second-factor";
import { type AccountOptions, account } from "passport-second-factor/account";
import { MIN_PASSWORD, passwordProblem } from "./new-password.js";
import {
  hashPassword,
  isPasswordOf,
  MAX_PASSWORD,
  type UserDocument,
  type Users,
  userByEmail,
} from "./users.js";

interface Setup {
  users: Users;
  /** The shop's name, which is no good password there. */
  shop: string;
  /** Mails links; without it nobody can ask for one. */
  mail: Delivery | undefined;
  selfReset: AccountOptions["selfReset"];
}

export function shopAccount({ users, shop, mail, selfReset = "off" }: Setup) {
  const findUser = (address: string) => userByEmail(users, address);
  return account({
    ...(mail ? { delivery: mail, findUser, selfReset } : {}),
    passwords: {
      verify: (user: UserDocument, password) => isPasswordOf(users, user, password),
      async set(user: UserDocument, password) {
        await users.updateOne({ _id: user._id }, { passwordHash: await hashPassword(password) });
      },
    },
    minLength: MIN_PASSWORD,
    maxLength: MAX_PASSWORD,
    refuse: (password, { name, email }: UserDocument) => passwordProblem(password, [name, email, shop]),
  });
}

/** The shop's passwords, as the library's pages ask for them: compared, kept, and which may be chosen. */
import { account } from "passport-second-factor/account";
import { MIN_PASSWORD, passwordProblem } from "./new-password.js";
import { hashPassword, isPasswordOf, MAX_PASSWORD, type UserDocument, type Users } from "./users.js";

/** @param shop the shop's name, which is no good password there */
export function shopAccount(users: Users, shop: string) {
  return account({
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

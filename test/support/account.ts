// Passwords as the test app keeps them, for the account's life cycle.
import type mongoose from "mongoose";
import { Strategy as LocalStrategy } from "passport-local";
import {
  type AccountOptions,
  account,
  type LocalVerifyOptions,
  localVerify,
  type Passwords,
} from "passport-second-factor/account";
import type { TestApp, UserFields } from "./app.js";
import type { Setup } from "./suite.js";
import type { Visitor } from "./visitor.js";

type User = mongoose.HydratedDocument<UserFields>;

export const NEW_PASSWORD = "a battery and a staple";
export const PASSWORD_URL = "/second-factor/password";

/** In the clear, as in the whole test app. */
export const passwords = {
  verify: (user: User, password: string) => user.password === password,
  set: (user: User, password: string) =>
    (user.constructor as mongoose.Model<UserFields>).updateOne({ _id: user._id }, { password }),
} satisfies Passwords;

/** An app with the account's pages, and whatever else. */
export function withAccount<S extends Setup>(setup?: S, changes: Partial<AccountOptions> = {}): S {
  const options = { ...setup?.options, account: account({ passwords, ...changes }) };
  return { ...setup, options } as S;
}

/** As an administrator's act leaves it. */
export async function mustChange({ User }: TestApp, email: string): Promise<void> {
  await User.collection.updateOne({ email }, { $set: { "secondFactor.mustChangePassword": true } });
}

/** Asks for a new password: JSON. */
export function choose(visitor: Visitor, newPassword: unknown, currentPassword?: unknown) {
  return visitor.post(PASSWORD_URL, {
    newPassword,
    ...(currentPassword === undefined ? {} : { currentPassword }),
  });
}

/** Where the test app verifies names and passwords by `localVerify`. */
export const LOGIN_URL = "/login/local";

/** Adds a login that `localVerify` verifies; what it says of a failure is in the answer. */
export function localLogin(changes: Partial<LocalVerifyOptions> = {}): Pick<Setup, "routes"> {
  return {
    routes({ app, passport, secondFactor, User }) {
      app.set("trust proxy", true);
      const find = (name: string) => User.findOne({ email: name.trim() });
      const verify = localVerify({ secondFactor, find, ...changes });
      const fields = { usernameField: "email", passReqToCallback: true } as const;
      passport.use("counted", new LocalStrategy(fields, verify));
      app.post(LOGIN_URL, (req, res, next) => {
        passport.authenticate("counted", (error: unknown, user: Express.User | false, info: object) => {
          if (error) return next(error);
          if (!user) return res.status(401).json(info);
          req.logIn(user, (failed) => (failed ? next(failed) : res.json({ signedIn: true })));
        })(req, res, next);
      });
    },
  };
}

/** An administrator's act: a reason, and who. */
export const BECAUSE = { by: "root@acme.test", reason: "Forgot it" };

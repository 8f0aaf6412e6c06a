// sign-in.ts
import { scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import passport from "passport";
import { Strategy } from "passport-local";
import { User } from "./users.js";

const hash = promisify<string, string, number, Buffer>(scrypt);

passport.use(
  new Strategy({ usernameField: "email" }, (email, password, done) => {
    verify(email, password).then((user) => done(null, user), done);
  }),
);
passport.serializeUser((user, done) => done(null, (user as { id: string }).id));
passport.deserializeUser((id: string, done) => {
  User.findById(id).then((user) => done(null, user ?? false), done);
});

async function verify(email: string, password: string) {
  const user = await User.findOne({ email }).select("+passwordHash");
  const [salt = "", expected = ""] = user?.passwordHash?.split(":") ?? [];
  const actual = await hash(password, salt, 32);
  const stored = Buffer.from(expected, "base64url");
  return user && stored.length === 32 && timingSafeEqual(actual, stored) ? user : false;
}

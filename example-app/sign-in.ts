/** Passport as any app has it: a local strategy, who is signed in, and the routes to sign in and out. */
import { type Request, type RequestHandler, type Response, Router } from "express";
import type { PassportStatic } from "passport";
import { Strategy } from "passport-local";
import type { SecondFactor } from "passport-second-factor";
import { localVerify } from "passport-second-factor/account";
import { sendPage, wantsPage } from "./answers.js";
import { Login } from "./pages/login.js";
import type { DemoAccount } from "./seed.js";
import { loadUser, type UserDocument, type Users, userByEmail } from "./users.js";

declare module "express-session" {
  interface SessionData {
    /** The address of a login that has just failed: shown once, with the reason. */
    failedLogin?: string;
  }
}

export function usePassword(passport: PassportStatic, users: Users, secondFactor: SecondFactor): void {
  const find = (email: string) => userByEmail(users, email);
  // Nobody's: comparing with it takes as long as with a password of somebody's.
  const standIn = new users();
  passport.use(
    new Strategy(
      { usernameField: "email", passReqToCallback: true },
      localVerify({ secondFactor, find, standIn }),
    ),
  );
  passport.serializeUser((user, done) => done(null, (user as UserDocument).id));
  passport.deserializeUser((id: string, done) => {
    loadUser(users, id).then((user) => done(null, user ?? false), done);
  });
}

interface Ways {
  /** Whom the login page says one can sign in as; in test mode only. */
  accounts?: readonly DemoAccount[];
  /** Whether one may also come by the organisation's own sign-in. */
  hasSso: boolean;
  /** Whether links can be mailed: to whoever has no password yet. */
  hasMail: boolean;
}

export function signInRoutes(passport: PassportStatic, ways: Ways): Router {
  const routes = Router();
  // The cart and the page that was asked for outlast the login.
  const shared = { failWithError: true, keepSessionInfo: true };
  const byForm: RequestHandler = passport.authenticate("local", {
    ...shared,
    successReturnToOrRedirect: "/account",
  });
  const byJson: RequestHandler = passport.authenticate("local", shared);
  const check: RequestHandler = (req, res, next) => (wantsPage(req) ? byForm : byJson)(req, res, next);
  const answer: RequestHandler = (_req, res) => void res.json({ state: "signed-in" });

  routes.get("/login", (req, res) => {
    if (req.isAuthenticated()) return res.redirect(303, "/account");
    const email = req.session.failedLogin;
    delete req.session.failedLogin;
    sendPage(res, Login({ ...ways, ...(email === undefined ? {} : { email }) }));
  });
  routes.post("/login", check, answer, loginFailed);
  routes.post("/logout", (req, res, next) => {
    req.logout((error?: unknown) => {
      if (error) next(error);
      else if (wantsPage(req)) res.redirect(303, "/");
      else res.json({ state: "signed-out" });
    });
  });
  return routes;
}

/** Says the same whether it was the address or the password. */
function loginFailed(error: Error, req: Request, res: Response, next: (error: unknown) => void): void {
  if (error.name !== "AuthenticationError") return next(error);
  if (!wantsPage(req)) {
    res.status(401).json({ error: "That e-mail address and password don't match." });
    return;
  }
  const { email } = (req.body ?? {}) as { email?: unknown };
  req.session.failedLogin = typeof email === "string" ? email.slice(0, 254) : "";
  res.redirect(303, "/login");
}

/** Lets people in who are signed in; the others sign in first, and come back. */
export const signedIn: RequestHandler = function shopSignedIn(req, res, next) {
  if (req.isAuthenticated()) return next();
  if (!wantsPage(req)) return void res.status(401).json({ error: "Sign in first." });
  req.session.returnTo = req.originalUrl;
  res.redirect(303, "/login");
};

/** SSO as far as a demo needs it: the shop's side, and a stand-in for the organisation's identity provider. */
import { randomBytes } from "node:crypto";
import { Router } from "express";
import type { PassportStatic } from "passport";
import type { Clock, SecondFactor } from "passport-second-factor";
import { sendPage } from "../answers.js";
import { textsIn } from "../form.js";
import { IdentityProvider } from "../pages/identity-provider.js";
import { type Users, userByEmail } from "../users.js";
import { assertionKey, signAssertion } from "./assertion.js";
import { SSO, ssoStrategy } from "./strategy.js";

interface Parts {
  users: Users;
  passport: PassportStatic;
  secondFactor: SecondFactor;
  /** What the key that provider and shop share is made of. */
  secret: string;
  clock?: Clock;
}

/** Open while a code is owed: whoever began with a password may come this way instead. */
export const SSO_PATHS: readonly string[] = ["/sso", "/sso/callback", "/idp"];

const MINUTE = 60_000;
const STATE_BYTES = 16;

/** For test mode alone: the stand-in believes whoever says who they are. */
export function ssoRoutes({ users, passport, secondFactor, secret, clock }: Parts): Router {
  const key = assertionKey(secret);
  const now = () => (clock?.now() ?? new Date()).getTime();
  passport.use(ssoStrategy({ key, now, find: (email) => userByEmail(users, email) }));
  const routes = Router();
  routes.get("/sso", (req, res) => {
    req.session.ssoState = randomBytes(STATE_BYTES).toString("base64url");
    res.redirect(303, `/idp?state=${req.session.ssoState}`);
  });
  routes.get("/idp", async (req, res) => {
    const people = await users.find().sort({ email: 1 }).limit(100);
    sendPage(res, IdentityProvider({ ...textsIn(req.query, "state"), people }));
  });
  routes.post("/idp", (req, res) => {
    const { email, state } = textsIn(req.body, "email", "state");
    const assertion = signAssertion(key, { email, state, expiresAt: now() + MINUTE });
    res.redirect(303, `/sso/callback?assertion=${assertion}`);
  });
  routes.get(
    "/sso/callback",
    secondFactor.exempt(SSO),
    passport.authenticate(SSO, {
      keepSessionInfo: true,
      failureRedirect: "/login",
      successReturnToOrRedirect: "/account",
    }),
  );
  return routes;
}

/** The other way in: whoever the organisation's identity provider vouches for. */
import type { Request } from "express";
import passport, { type Strategy, type StrategyCreated } from "passport";
import type { UserDocument } from "../users.js";
import { openAssertion } from "./assertion.js";

declare module "express-session" {
  interface SessionData {
    /** Of the sign-in by SSO that this browser began: worth one answer. */
    ssoState?: string;
  }
}

export const SSO = "sso";

interface Trusting {
  /** That the provider signs with. */
  key: Buffer;
  /** The user with this address. */
  find(email: string): Promise<UserDocument | null>;
  /** Milliseconds since 1970. */
  now(): number;
}

export function ssoStrategy({ key, find, now }: Trusting): Strategy {
  const strategy = new passport.Strategy();
  strategy.name = SSO;
  // Passport calls this on an object derived from ours for each request, which is what carries the actions.
  strategy.authenticate = function authenticate(this: StrategyCreated<Strategy>, req: Request): void {
    const { ssoState: begun } = req.session;
    delete req.session.ssoState;
    const assertion = openAssertion(key, req.query["assertion"], now());
    if (!assertion || assertion.state !== begun) return this.fail(401);
    find(assertion.email).then(
      (user) => (user ? this.success(user) : this.fail(401)),
      (error: unknown) => this.error(error),
    );
  };
  return strategy;
}

/** The second factor, set up for this shop: administrators must have one, customers may. */
import type { PassportStatic } from "passport";
import { type Clock, createSecondFactor, mongooseStore, recoveryCodes, totp } from "passport-second-factor";
import type { Users } from "./users.js";

interface Setup {
  users: Users;
  origin: string;
  /** At least 32 characters; seals what is kept in the database. */
  key: string;
  passport: PassportStatic;
  clock?: Clock;
}

export function shopSecondFactor({ users, origin, key, passport, clock }: Setup) {
  return createSecondFactor({
    issuer: "Acme",
    origins: [origin],
    keys: [{ id: "1", secret: key }],
    store: mongooseStore(users),
    factors: [totp(), recoveryCodes()],
    policy: { roles: { admin: { mode: "required" } } },
    // Whoever has only given a password sees these as nobody; everything else waits for the code.
    open: ["/", "/whoami"],
    support: "help@acme.test",
    passport,
    ...(clock ? { clock } : {}),
  });
}

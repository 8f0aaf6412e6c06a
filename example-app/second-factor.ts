/** The second factor, set up for this shop: as a profile says, and where that says nothing, as below. */
import type { PassportStatic } from "passport";
import {
  type Clock,
  createSecondFactor,
  type FactorKind,
  mongooseEvents,
  mongooseSettings,
  mongooseStore,
} from "passport-second-factor";
import type { Deliveries } from "./deliveries.js";
import { OUTBOX_PATHS, OUTBOX_URL } from "./outbox.js";
import type { Profile, Services } from "./profiles/profile.js";
import { laterTwilioClient } from "./twilio-client.js";
import { rolesOf, type UserDocument, type Users } from "./users.js";

interface Setup {
  users: Users;
  origin: string;
  /** At least 32 characters; seals what is kept in the database. */
  key: string;
  passport: PassportStatic;
  profile: Profile;
  deliveries: Deliveries;
  /** Another server in Twilio's place, for keys that an administrator enters. */
  twilioBase?: string;
  clock?: Clock;
}

export function shopSecondFactor(setup: Setup) {
  const { users, origin, key, passport, profile, deliveries, clock } = setup;
  const { outbox } = deliveries;
  const { about: _about, factors: factorsFor, providers, hasTestSwitch = false, ...options } = profile;
  const factors = factorsFor(deliveries).filter((factor) => factor !== undefined);
  const secondFactor = createSecondFactor({
    origins: [origin],
    keys: [{ id: "1", secret: key }],
    store: mongooseStore(users, { populate: "groups" }),
    factors,
    policy: { roles: { admin: { mode: "required" } } },
    // Administrators may change the policy while the shop runs, and everybody sees their own history.
    settings: mongooseSettings(users.db),
    authorizeAdmin: (req) => rolesOf(req.user as UserDocument).includes("admin"),
    eventLog: mongooseEvents(users.db),
    // Whoever has an address is told what happened to their second factor.
    ...(deliveries.mail ? { notices: { delivery: deliveries.mail } } : {}),
    // Whoever has only given a password sees these as nobody; everything else waits for the code.
    open: ["/", "/whoami", ...(outbox ? OUTBOX_PATHS : [])],
    passport,
    ...(providers ? { providers: providers(servicesOf(setup)) } : {}),
    ...(outbox ? { allowTestMode: true, outboxUrl: OUTBOX_URL } : {}),
    ...(outbox && hasTestSwitch ? { testOutbox: outbox } : {}),
    ...(clock ? { clock } : {}),
    ...options,
  });
  const kinds: readonly FactorKind[] = factors.map(({ kind }) => kind);
  return { secondFactor, kinds };
}

function servicesOf({ twilioBase: apiBase }: Setup): Services {
  const elsewhere = apiBase === undefined ? {} : { apiBase };
  return {
    twilio: (accountSid, authToken) => laterTwilioClient({ accountSid, authToken, ...elsewhere }),
  };
}

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
import { ConfigError } from "./config.js";
import type { Deliveries } from "./deliveries.js";
import { OUTBOX_PATHS, OUTBOX_URL } from "./outbox.js";
import { shopAccount } from "./passwords.js";
import type { Profile, Services } from "./profiles/profile.js";
import { SSO_PATHS } from "./sso/routes.js";
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
  const {
    about: _about,
    factors: factorsFor,
    providers,
    hasTestSwitch = false,
    hasSso,
    selfReset,
    ...options
  } = profile;
  const factors = factorsFor(deliveries).filter((factor) => factor !== undefined);
  if (factors.length === 0) throw new ConfigError([NOTHING_TO_CONFIRM_WITH]);
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
    account: shopAccount({ users, shop: profile.issuer, mail: deliveries.mail, selfReset }),
    // Whoever has an address is told what happened to their second factor.
    ...(deliveries.mail ? { notices: { delivery: deliveries.mail } } : {}),
    // Whoever has only given a password sees these as nobody; everything else waits for the code.
    open: ["/", "/whoami", ...(outbox ? OUTBOX_PATHS : []), ...(hasSso ? SSO_PATHS : [])],
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

const NOTHING_TO_CONFIRM_WITH =
  "This profile sends codes by e-mail alone, and mail has no way out: set SMTP_URL and MAIL_FROM.";

function servicesOf({ twilioBase: apiBase }: Setup): Services {
  const elsewhere = apiBase === undefined ? {} : { apiBase };
  return {
    twilio: (accountSid, authToken) => laterTwilioClient({ accountSid, authToken, ...elsewhere }),
  };
}

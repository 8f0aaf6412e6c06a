/** The shop as one Express app. Everything it needs is handed in, so that tests can mount it as it is. */
import { fileURLToPath } from "node:url";
import MongoStore from "connect-mongo";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import session, { type Store } from "express-session";
import helmet from "helmet";
import type { Connection } from "mongoose";
import defaultPassport, { type PassportStatic } from "passport";
import type { Clock, FactorKind, SecondFactor } from "passport-second-factor";
import { accountRoutes } from "./account.js";
import { answerErrors, sendPage } from "./answers.js";
import { type Deliveries, keptMessages } from "./deliveries.js";
import { outboxRoutes } from "./outbox.js";
import { Problem } from "./pages/problem.js";
import { acme } from "./profiles/acme.js";
import type { Profile } from "./profiles/profile.js";
import { registerRoutes } from "./register.js";
import { sameOrigin } from "./same-origin.js";
import { shopSecondFactor } from "./second-factor.js";
import { accountsFor } from "./seed.js";
import { shopRoutes } from "./shop.js";
import { signInRoutes, usePassword } from "./sign-in.js";
import { ssoRoutes } from "./sso/routes.js";
import { type Users, usersOf } from "./users.js";

export interface AppOptions {
  connection: Connection;
  /** Where people reach the shop, such as `https://shop.example.com`. */
  origin: string;
  sessionSecret: string;
  secondFactorKey: string;
  /** Default: a collection of the same database. */
  sessionStore?: Store;
  production?: boolean;
  /** Reverse proxies in front. Default: none. */
  proxies?: number;
  /** Whether the login page names the demo accounts. */
  testMode?: boolean;
  /** How the second factor is set up. Default: the shop's own way. */
  profile?: Profile;
  /** Default: in test mode everything is kept, else there are no messages. */
  deliveries?: Deliveries;
  /** Another server in Twilio's place, where an administrator enters the keys. */
  twilioBase?: string;
  clock?: Clock;
}

export interface Shop {
  app: Express;
  users: Users;
  secondFactor: SecondFactor;
  /** The factors that are offered. */
  kinds: readonly FactorKind[];
}

export function createApp(options: AppOptions): Shop {
  const { connection, origin, secondFactorKey: key, proxies = 0, testMode = false, clock } = options;
  const { profile = acme, deliveries = testMode ? keptMessages() : {} } = options;
  const users = usersOf(connection);
  // An instance of its own, because a test may run several shops in one process.
  const passport = new defaultPassport.Passport() as PassportStatic;
  const elsewhere = options.twilioBase === undefined ? {} : { twilioBase: options.twilioBase };
  const time = clock ? { clock } : {};
  const setup = { users, origin, key, passport, profile, deliveries, ...elsewhere, ...time };
  const { secondFactor, kinds } = shopSecondFactor(setup);
  usePassword(passport, users, secondFactor);

  const app = express();
  app.disable("x-powered-by").set("trust proxy", proxies);
  app.locals["shopName"] = profile.issuer;
  app.use(refuseAsterisk);
  app.use(headers(origin));
  serveAssets(app);
  app.use(sameOrigin(origin));
  app.use(express.urlencoded({ extended: false, limit: "16kb", parameterLimit: 50 }));
  app.use(express.json({ limit: "16kb" }));
  app.use(sessions(options));
  app.use(passport.session());
  app.use(secondFactor.middleware());
  const hasSso = testMode && profile.hasSso === true;
  const hasMail = deliveries.mail !== undefined;
  app.use(signInRoutes(passport, { hasSso, hasMail, ...(testMode ? { accounts: accountsFor(kinds) } : {}) }));
  if (hasSso) app.use(ssoRoutes({ ...setup, secondFactor, secret: options.sessionSecret }));
  app.use(registerRoutes({ users, secondFactor, kinds }));
  app.use(accountRoutes({ users, secondFactor, kinds }));
  app.use(shopRoutes({ users, secondFactor }));
  if (deliveries.outbox) app.use(outboxRoutes(deliveries.outbox, secondFactor));
  app.use((_req, res) => sendPage(res, Problem({ title: "Nothing is here", text: NOT_FOUND }), 404));
  app.use(answerErrors);
  return { app, users, secondFactor, kinds };
}

const NOT_FOUND = "The page you asked for does not exist.";

/** No script at all, nothing from elsewhere. Over plain http, as on localhost, nothing is turned into https. */
function headers(origin: string) {
  const isHttps = origin.startsWith("https:");
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        ...(isHttps ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    referrerPolicy: { policy: "same-origin" },
    strictTransportSecurity: isHttps,
    // Browsers complain about these two over plain http, other than on localhost.
    crossOriginOpenerPolicy: isHttps,
    originAgentCluster: isHttps,
  });
}

/** Before the session: a style sheet is the same for everybody, and open while a code is owed. */
function serveAssets(app: Express): void {
  const folder = fileURLToPath(new URL("assets/", import.meta.url));
  app.use("/assets", express.static(folder, { index: false }));
  app.get("/favicon.ico", (_req, res) => res.sendFile("icon.svg", { root: folder }));
}

/** Twelve hours, in seconds. */
const SESSION_SECONDS = 12 * 60 * 60;

function sessions({ connection, sessionSecret, sessionStore, production = false }: AppOptions) {
  return session({
    // The prefix keeps the cookie to this very host; browsers take it over https only.
    name: production ? "__Host-shop" : "shop",
    secret: sessionSecret,
    store: sessionStore ?? mongoSessions(connection),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: "lax", secure: production, maxAge: SESSION_SECONDS * 1000 },
  });
}

type StoreClient = NonNullable<Parameters<typeof MongoStore.create>[0]["client"]>;

/** On the connection the models use, and in the same database. */
function mongoSessions(connection: Connection): Store {
  // The store and Mongoose may bring a driver each; the types differ by version, what is called does not.
  const client = connection.getClient() as unknown as StoreClient;
  return MongoStore.create({
    client,
    dbName: connection.name,
    ttl: SESSION_SECONDS,
  });
}

/** "OPTIONS *" asks about the server, not about a page of it, and express-session has no session for it. */
function refuseAsterisk(req: Request, res: Response, next: NextFunction): void {
  if (req.url === "*") res.sendStatus(400);
  else next();
}

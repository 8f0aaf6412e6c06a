// A small app with a password login, as a developer would write it, with the second factor added.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { MongoStore } from "connect-mongo";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import session, { type Store } from "express-session";
import mongoose from "mongoose";
import passportModule from "passport";
import { Strategy as LocalStrategy } from "passport-local";
import {
  createOutbox,
  createSecondFactor,
  emailCode,
  type Factor,
  mongooseStore,
  type Outbox,
  recoveryCodes,
  type SecondFactor,
  type SecondFactorOptions,
  secondFactorPlugin,
  smsCode,
  totp,
} from "passport-second-factor";
import { authenticator, type ManualClock, manualClock } from "passport-second-factor/testing";
import { type Reply, Visitor } from "./visitor.js";

export const TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
export const PASSWORD = "correct horse";
export const TOM = "tom@acme.test";
export const ADA = "ada@acme.test";
export const EVE = "eve@acme.test";
export const credentials = (email: string) => ({ email, password: PASSWORD });
export const KEY = { id: "2026-11", secret: "a secret of at least thirty-two characters" };

export interface UserFields {
  email: string;
  password: string;
  roles?: string[];
  tenant?: string;
}

export interface Parts {
  app: Express;
  passport: typeof passportModule;
  secondFactor: SecondFactor;
  User: mongoose.Model<UserFields>;
}

export const SENDER = "no-reply@acme.test";
export const PHONE = "+14155550123";

/** Everything there is; what is sent is kept in the outbox. */
export function everyFactor(outbox: Outbox): Factor[] {
  return [
    totp(),
    emailCode({ delivery: outbox.mail({ from: `Acme <${SENDER}>` }) }),
    smsCode({ delivery: outbox.sms() }),
    recoveryCodes(),
  ];
}

export interface AppOptions {
  connection: mongoose.Connection;
  clock?: ManualClock;
  /** Default: an authenticator app and recovery codes. */
  factors?: (outbox: Outbox) => Factor[];
  options?: Partial<SecondFactorOptions>;
  /** What the store is given besides the model. */
  store?: Parameters<typeof mongooseStore>[1];
  /** Default: sessions in the database. */
  sessionStore?: Store;
  session?: Partial<session.SessionOptions>;
  schema?: (schema: mongoose.Schema) => void;
  /** The user that a session's id stands for. Default: the document, as most apps have it. */
  load?: (User: mongoose.Model<UserFields>, id: string) => Promise<unknown>;
  /** Given to passport.initialize(). Default: the app does not call it. */
  initialize?: { userProperty: string };
  /** Runs between passport.session() and the middleware. */
  before?: (parts: Parts) => void;
  /** Adds routes after the middleware. */
  routes?: (parts: Parts) => void;
  /** Leaves the second factor out: what the app costs by itself. */
  without?: boolean;
}

export interface TestApp extends Parts {
  url: string;
  clock: ManualClock;
  /** Errors that reached the app's own error handler. */
  errors: unknown[];
  outbox: Outbox;
  visitor(): Visitor;
  /** `secret`, `address` and `phone` are of factors that the person has already. */
  addUser(
    fields: Partial<UserFields> & { email: string; secret?: string; address?: string; phone?: string },
  ): Promise<mongoose.HydratedDocument<UserFields>>;
  close(): Promise<void>;
}

export async function startApp(setup: AppOptions): Promise<TestApp> {
  const clock = setup.clock ?? manualClock();
  const { Passport } = passportModule as unknown as { Passport: new () => typeof passportModule };
  const passport = new Passport();
  const User = userModel(setup);
  const outbox = createOutbox();
  const secondFactor = createSecondFactor({
    issuer: "Acme",
    origins: ["https://acme.test"],
    keys: [KEY],
    store: mongooseStore(User, setup.store),
    factors: setup.factors?.(outbox) ?? [totp(), recoveryCodes()],
    allowTestMode: true,
    policy: { roles: { admin: { mode: "required" } } },
    open: ["/whoami", "/assets/*"],
    passport,
    clock,
    ...setup.options,
  });
  const app = express();
  const parts = { app, passport, secondFactor, User };
  const errors: unknown[] = [];
  usePassport(parts, setup);
  setup.before?.(parts);
  if (!setup.without) app.use(secondFactor.middleware());
  useRoutes(parts);
  setup.routes?.(parts);
  app.use((error: { status?: number }, _req: Request, res: Response, next: NextFunction) => {
    errors.push(error);
    if (res.headersSent) return next(error);
    res.status(error.status ?? 500).json({ failed: true });
  });
  const server = app.listen(0, "127.0.0.1");
  // When a session is gone that a parallel request still touches, express-session fails after the answer and Express
  // closes the connection: the next request must not be waiting on it.
  server.maxRequestsPerSocket = 1;
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...parts,
    url,
    clock,
    errors,
    outbox,
    visitor: () => new Visitor(url),
    async addUser({ secret, address, phone, ...fields }) {
      const user = await User.create({ password: PASSWORD, ...fields });
      if (secret) await secondFactor.importTotp(user, secret);
      if (address) await secondFactor.importEmail(user, address);
      if (phone) await secondFactor.importPhone(user, phone);
      return user;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function userModel({ connection, schema: extend }: AppOptions): mongoose.Model<UserFields> {
  const schema = new mongoose.Schema({
    email: String,
    password: String,
    roles: { type: [String], default: [] },
  });
  schema.plugin(secondFactorPlugin);
  extend?.(schema);
  if (connection.models["User"]) connection.deleteModel("User");
  return connection.model("User", schema) as unknown as mongoose.Model<UserFields>;
}

function usePassport({ app, passport, User }: Parts, setup: AppOptions): void {
  const store = setup.sessionStore ?? MongoStore.create({ client: setup.connection.getClient() as never });
  const load = setup.load ?? ((Model, id) => Model.findById(id));
  passport.serializeUser((user, done) => done(null, String((user as { _id: unknown })._id)));
  passport.deserializeUser((id: string, done) => {
    load(User, id).then(
      (user) => done(null, (user ?? false) as Express.User),
      (error) => done(error),
    );
  });
  passport.use(
    new LocalStrategy({ usernameField: "email" }, (email, password, done) => {
      User.findOne({ email: String(email) }).then(
        (user) => done(null, user && user.password === password ? (user as unknown as Express.User) : false),
        (error) => done(error),
      );
    }),
  );
  app.use(session({ secret: "test", resave: false, saveUninitialized: false, store, ...setup.session }));
  if (setup.initialize) app.use(passport.initialize(setup.initialize));
  app.use(passport.session());
}

function useRoutes({ app, passport, secondFactor }: Parts): void {
  app.use(express.json(), express.urlencoded({ extended: true }));
  app.post("/login", passport.authenticate("local"), (req, res) => {
    res.json({ signedIn: emailOf(req) });
  });
  app.post("/login/redirect", passport.authenticate("local", { successRedirect: "/welcome" }));
  app.post(
    "/login/keep",
    passport.authenticate("local", { keepSessionInfo: true, successReturnToOrRedirect: "/home" }),
  );
  app.post("/logout", (req, res, next) => {
    req.logout((error) => (error ? next(error) : res.json({ signedOut: true })));
  });
  app.get("/whoami", async (req, res) => {
    res.json({
      ...(await secondFactor.check(req)),
      user: emailOf(req),
      authenticated: req.isAuthenticated(),
    });
  });
  app.get("/", (req, res) => void res.json({ page: "home", user: emailOf(req) }));
  app.all("/account", (req, res) => {
    if (req.isAuthenticated()) res.json({ page: "account", user: emailOf(req) });
    else res.status(403).json({ page: "forbidden" });
  });
}

/** A browser that has given the password; whoever owes a second factor is pending then. */
export async function afterPassword(app: TestApp, email: string, path = "/login"): Promise<Visitor> {
  const visitor = app.visitor();
  await visitor.post(path, { email, password: PASSWORD });
  return visitor;
}

/** A browser signed in with password and code; one time step later, so that the next code is a new one. */
export async function signedIn(app: TestApp, email: string, secret?: string): Promise<Visitor> {
  const visitor = await afterPassword(app, email);
  if (secret) await answer(app, visitor, secret);
  return visitor;
}

/** Proves an action with the authenticator app, and earns its grant. */
export function stepUp(app: TestApp, visitor: Visitor, secret: string, action = "change-factors") {
  return answer(app, visitor, secret, { action });
}

async function answer(app: TestApp, visitor: Visitor, secret: string, fields: object = {}): Promise<Reply> {
  const code = await codes(app.clock, secret).code();
  const reply = await visitor.post("/second-factor/challenge/verify", { code, ...fields });
  if (reply.status !== 200) throw new Error(`the code was refused: ${reply.text}`);
  app.clock.advance({ seconds: 30 });
  return reply;
}

/** A browser with somebody's cookies at another process of the app. */
export function elsewhere(app: TestApp, visitor: Visitor): Visitor {
  const other = app.visitor();
  for (const [name, value] of visitor.cookies) other.cookies.set(name, value);
  return other;
}

/** The whole user document as the database has it, with what the schema hides. */
export async function storedUser(app: TestApp, email: string): Promise<Record<string, unknown>> {
  return (await app.User.collection.findOne({ email })) as Record<string, unknown>;
}

export function emailOf(req: Request): string | null {
  return (req.user as { email?: string } | undefined)?.email ?? null;
}

/** The demo's authenticator app, paired with {@link TOTP_SECRET}. */
export function codes(clock: ManualClock, secret = TOTP_SECRET) {
  return authenticator(secret, clock);
}

/** The code in the newest message, to one address where one is named. */
export function sentCode({ outbox }: TestApp, to?: string): string {
  const message = outbox.messages().find((it) => to === undefined || it.to === to);
  const code = /^\d{6}(?= )/.exec(message?.text ?? "")?.[0];
  if (!code) throw new Error("no code was sent");
  return code;
}

export const WRONG_CODE = "000000";
export const SEND = "/second-factor/challenge/send";
export const VERIFY = "/second-factor/challenge/verify";
export const ENROL = "/second-factor/enrol/totp";
export const CONFIRM = `${ENROL}/confirm`;
export const SKIP = "/second-factor/enrol/skip";
export const POLICY = "/second-factor/admin/policy";
export const REPORT = `${POLICY}/report`;

/** A code that nobody has used: the clock moves on by a time step. */
export function nextCode(app: TestApp, secret = TOTP_SECRET): Promise<string> {
  app.clock.advance({ seconds: 30 });
  return codes(app.clock, secret).code();
}

/** The session store behind the app's back: what a session holds, and an old copy of one written back. */
export function storedSessions(app: TestApp) {
  const collection = app.User.db.collection<{ _id: string; session: string }>("sessions");
  return {
    async read(id: string): Promise<Record<string, unknown> | undefined> {
      const found = await collection.findOne({ _id: id });
      return found ? (JSON.parse(found.session) as Record<string, unknown>) : undefined;
    },
    /** What a slow parallel request, or `resave: true`, does at its end. */
    async write(id: string, session: object): Promise<void> {
      const expires = new Date(Date.now() + 86_400_000);
      const record = { session: JSON.stringify(session), expires };
      await collection.updateOne({ _id: id }, { $set: record }, { upsert: true });
    },
  };
}

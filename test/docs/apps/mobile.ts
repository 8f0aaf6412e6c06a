// mobile.ts
import { createHash, randomBytes } from "node:crypto";
import express, { type Request } from "express";
import session from "express-session";
import mongoose from "mongoose";
import passport, { type Strategy, type StrategyCreated } from "passport";
import { createSecondFactor, mongooseStore, recoveryCodes, totp } from "passport-second-factor";
import "./sign-in.js";
import { User } from "./users.js";

export const secondFactor = createSecondFactor({
  issuer: "Acme",
  origins: [process.env["ORIGIN"] ?? "http://localhost:3000"],
  keys: [{ id: "2026-11", secret: process.env["SECOND_FACTOR_KEY"] ?? "" }],
  store: mongooseStore(User, { passwordPath: "passwordHash" }),
  factors: [totp(), recoveryCodes()],
  policy: { roles: { admin: { mode: "required" } } },
  actions: { payout: { description: (target) => `pay ${target}` } },
});

// Tokens are kept as digests, with the generation of their owner's sessions that they were given out in.
const Token = mongoose.model(
  "Token",
  new mongoose.Schema({
    digest: { type: String, required: true, unique: true },
    user: { type: mongoose.Types.ObjectId, required: true },
    generation: { type: Number, required: true },
    expiresAt: { type: Date, required: true, expires: 0 },
  }),
);
type Person = InstanceType<typeof User>;

const digestOf = (token: string) => createHash("sha256").update(token).digest("base64url");
const tokenIn = (req: Request) => /^Bearer (\S+)$/i.exec(req.get("authorization") ?? "")?.[1] ?? "";
const generationOf = (person: Person): number => person.get("secondFactor.sessionGeneration") ?? 0;

async function issueToken(person: Person): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const expiresAt = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000);
  await Token.create({
    digest: digestOf(token),
    user: person._id,
    generation: generationOf(person),
    expiresAt,
  });
  return token;
}

async function ownerOf(token: string): Promise<Person | undefined> {
  const known = await Token.findOne({ digest: digestOf(token), expiresAt: { $gt: new Date() } });
  const person = known && (await User.findById(known.user));
  return person && generationOf(person) === known.generation ? person : undefined;
}

// In place of passport-http-bearer, passport-jwt or your own.
const bearerStrategy = new passport.Strategy();
bearerStrategy.authenticate = function (this: StrategyCreated<Strategy>, req: Request) {
  ownerOf(tokenIn(req)).then(
    (person) => (person ? this.success(person) : this.fail("Bearer", 401)),
    (error) => this.error(error),
  );
};
passport.use("bearer", bearerStrategy);

export const app = express();
app.use(express.json());
app.use(
  session({
    secret: process.env["SESSION_SECRET"] ?? "",
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: "lax", secure: "auto" },
  }),
);
app.use(passport.session());
app.use(secondFactor.middleware());

// With a session: signing in, the token at its end, and what takes a fresh code.
app.post("/login", passport.authenticate("local"), (_req, res) => {
  res.json({ state: "satisfied" });
});
app.post("/logout", (req, res, next) =>
  req.logout((error) => (error ? next(error) : res.json({ state: "anonymous" }))),
);
app.post("/api/tokens", secondFactor.require(), async (req, res) => {
  res.json({ token: await issueToken(req.user as Person) });
});
app.post(
  "/api/payouts",
  secondFactor.stepUp("payout", { bind: ({ body }) => `${body.amount} to ${body.iban}` }),
  (req, res) => {
    res.json({ paid: req.body.amount });
  },
);

// With a token: everything else.
const bearer = passport.authenticate("bearer", { session: false, secondFactor: "bearer" });
app.get("/api/orders", bearer, (_req, res) => {
  res.json({ orders: [] });
});
app.delete("/api/tokens", bearer, async (req, res) => {
  await Token.deleteOne({ digest: digestOf(tokenIn(req)) });
  res.json({ state: "anonymous" });
});

// spa.ts
import express from "express";
import session from "express-session";
import passport from "passport";
import { createSecondFactor, mongooseStore, recoveryCodes, totp } from "passport-second-factor";
import "./sign-in.js";
import { User } from "./users.js";

const secondFactor = createSecondFactor({
  issuer: "Acme",
  origins: [process.env["ORIGIN"] ?? "http://localhost:3000"],
  keys: [{ id: "2026-11", secret: process.env["SECOND_FACTOR_KEY"] ?? "" }],
  store: mongooseStore(User, { passwordPath: "passwordHash" }),
  factors: [totp(), recoveryCodes()],
  policy: { roles: { admin: { mode: "required" } } },
  actions: { payout: { description: (target) => `pay ${target}` } },
  loginPath: "/login", // where the browser shows your form, not where it is posted
  logoutPath: "/api/logout",
  open: ["/api/login"],
});

export const app = express();
app.use(express.static("dist")); // index.html and its scripts: in front of the session
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

app.post("/api/login", passport.authenticate("local"), (_req, res) => {
  res.json({ state: "satisfied" }); // nothing is owed; else the middleware answers
});
app.post("/api/logout", (req, res, next) =>
  req.logout((error) => (error ? next(error) : res.json({ state: "anonymous" }))),
);

app.use("/api", secondFactor.require());
app.get("/api/orders", (_req, res) => {
  res.json({ orders: [] });
});
app.post(
  "/api/payouts",
  secondFactor.stepUp("payout", { bind: ({ body }) => `${body.amount} to ${body.iban}` }),
  (req, res) => {
    res.json({ paid: req.body.amount });
  },
);

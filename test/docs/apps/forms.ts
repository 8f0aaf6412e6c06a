// forms.ts
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
  actions: { "change-name": {}, payout: { description: (target) => `pay ${target}` } },
});

export const app = express();
app.use("/assets", express.static("public")); // in front of the session: for everybody, and it costs nothing
app.use(express.urlencoded({ extended: false })); // in front of the guards that read the body
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

app.get("/login", (_req, res) => {
  res.send(
    `<form method="post"><input name="email"><input name="password" type="password"><button>Sign in</button></form>`,
  );
});
app.post("/login", passport.authenticate("local", { successRedirect: "/", failureRedirect: "/login" }));
app.post("/logout", (req, res, next) =>
  req.logout((error) => (error ? next(error) : res.redirect("/login"))),
);

app.use(secondFactor.require()); // whatever stands below is for people who are signed in

app.get("/", (_req, res) => {
  res.send(`You are signed in. <a href="/second-factor">Two-factor authentication</a>`);
});

// The page of the form is guarded as well: people are asked before they fill it in.
app.get("/name", secondFactor.stepUp("change-name"), (_req, res) => {
  res.send(`<form method="post"><input name="name"><button>Save</button></form>`);
});
app.post("/name", secondFactor.stepUp("change-name"), (_req, res) => {
  res.redirect(303, "/"); // … and save it
});

// What is paid to whom is known only when the form is sent: people are asked then, and send it again.
app.get("/payouts", (_req, res) => {
  res.send(`<form method="post"><input name="amount"><input name="iban"><button>Pay</button></form>`);
});
app.post(
  "/payouts",
  secondFactor.stepUp("payout", { bind: ({ body }) => `${body.amount} to ${body.iban}` }),
  (_req, res) => {
    res.redirect(303, "/"); // … and pay
  },
);

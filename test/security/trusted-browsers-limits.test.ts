// What a trusted browser is not: a password, a fresh proof, a factor that the policy does not take.
import { MemoryStore } from "express-session";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  credentials,
  everyFactor,
  nextCode,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import {
  CHANGE,
  expectAsked,
  expectLetIn,
  holding,
  LOCAL,
  trustAndLeave,
  trustCookie,
  trustWithMail,
} from "./trusted-browsers.js";

const CONFIRMED = { code: "step_up_required", action: "confirm" };
const roles = {
  admin: { mode: "required", factors: ["totp"] },
  clerk: { mode: "optional", factors: ["email"] },
} as const;

const app = useApp(() => ({
  sessionStore: new MemoryStore(),
  factors: everyFactor,
  options: { ...LOCAL, policy: { roles } },
  routes({ app: express, passport, secondFactor, User }) {
    express.get("/plain", secondFactor.require(), (_req, res) => void res.json({ in: true }));
    express.get("/lately", secondFactor.require({ maxAgeSeconds: 86_400 }), (_req, res) => void res.json({}));
    express.get("/with-app", secondFactor.require({ factors: ["totp"] }), (_req, res) => void res.json({}));
    express.post("/token", passport.authenticate("local", { session: false }), (_req, res) => {
      res.json({ bearer: "secret" });
    });
    express.post("/would-owe", async (req, res) => {
      const { state } = await secondFactor.check(req, await User.findOne({ email: TOM }));
      res.json({ state });
    });
  },
}));
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: TOM });
});

const give = (role: string) => app.User.updateOne({ email: TOM }, { roles: [role] });

describe("30: it never stands for the password", () => {
  test("a stolen cookie alone is nobody, on every page", async () => {
    const thief = holding(app, trustCookie(await trustAndLeave(app, TOM)));
    for (const path of ["/account", "/plain", "/second-factor", "/second-factor/browsers"]) {
      expect([401, 403]).toContain((await thief.get(path)).status);
    }
    expect((await thief.get("/second-factor/challenge")).json).toMatchObject({ code: "no_challenge" });
    expect((await thief.get("/whoami")).json).toMatchObject({ state: "anonymous", user: null });
  });

  test("with a wrong password it is nobody, and no challenge opens", async () => {
    const thief = holding(app, trustCookie(await trustAndLeave(app, TOM)));
    expect((await thief.post("/login", { email: TOM, password: "guess" })).status).toBe(401);
    expect((await thief.get("/whoami")).json).toMatchObject({ state: "anonymous", user: null });
    expect((await thief.post(VERIFY, { code: await nextCode(app) })).json).toMatchObject({
      code: "no_challenge",
    });
  });

  test("a login that is pending already is not completed by it: the password comes first", async () => {
    const [name, value] = trustCookie(await trustAndLeave(app, TOM));
    const pending = await afterPassword(app, TOM);
    pending.cookies.set(name, value);
    expect((await pending.get("/account")).status).toBe(401);
    expect((await pending.post(VERIFY, { factor: "totp", code: "000000" })).status).toBe(401);
    expect((await pending.get("/whoami")).json["user"]).toBeNull();
    await expectLetIn(pending, TOM);
  });
});

describe("30: it never stands for a fresh proof", () => {
  test("a change of factors takes a code, as after any login", async () => {
    const tom = await trustAndLeave(app, TOM);
    await expectLetIn(tom, TOM);
    const changes = ["factors/totp/remove", "recovery-codes", "enrol/totp", "enrol/sms"];
    for (const change of changes) {
      const reply = await tom.post(`/second-factor/${change}`, { country: "US", number: "4155550123" });
      expect([reply.status, reply.json["code"]]).toEqual([401, "step_up_required"]);
    }
    const code = await nextCode(app);
    expect((await tom.post(VERIFY, { factor: "totp", code, action: CHANGE })).status).toBe(200);
    expect((await tom.post("/second-factor/recovery-codes")).status).toBe(200);
  });

  test("nor does a guard that asks when, or with what", async () => {
    const tom = await trustAndLeave(app, TOM);
    await expectLetIn(tom, TOM);
    expect((await tom.get("/plain")).json).toEqual({ in: true });
    for (const path of ["/lately", "/with-app"]) {
      expect((await tom.get(path)).json).toMatchObject(CONFIRMED);
    }
    const code = await nextCode(app);
    expect((await tom.post(VERIFY, { factor: "totp", code, action: "confirm" })).status).toBe(200);
    for (const path of ["/lately", "/with-app"]) expect((await tom.get(path)).status).toBe(200);
  });

  test("the app is told that nothing was proven in this login", async () => {
    const tom = await trustAndLeave(app, TOM);
    const told: unknown[] = [];
    app.secondFactor.on("signed-in", ({ factors }) => void told.push(factors));
    await expectLetIn(tom, TOM);
    expect((await tom.get("/whoami")).json).toMatchObject({ state: "satisfied", factors: [] });
    expect(told).toEqual([[]]);
  });

  test("a login without a session gets no token by it, and a user of whom nothing is known still owes", async () => {
    const tom = await trustAndLeave(app, TOM);
    const reply = await tom.post("/token", credentials(TOM));
    expect([reply.status, reply.json["code"]]).toEqual([401, "second_factor_required"]);
    expect(reply.text).not.toContain("bearer");
    expect((await tom.post("/would-owe")).json).toEqual({ state: "pending" });
  });
});

describe("30: it stands for the factor that was proven there, and for no other", () => {
  test("that no longer counts for the role: asked for the one that does", async () => {
    const tom = await trustAndLeave(app, TOM);
    await give("clerk");
    await expectAsked(tom, TOM);
    expect((await tom.get("/second-factor/challenge")).json).toMatchObject({ preferred: "email" });
  });

  test("a code by e-mail lets no administrator in whose role wants the app", async () => {
    const mailed = await trustWithMail(app, TOM);
    await mailed.post("/logout");
    const paired = await trustAndLeave(app, TOM);
    await give("admin");
    await expectAsked(mailed, TOM);
    await expectLetIn(paired, TOM);
  });

  test("somebody who must enrol another is not let in without it", async () => {
    await app.addUser({ email: ADA, address: ADA });
    const ada = await trustWithMail(app, ADA);
    await ada.post("/logout");
    await expectLetIn(ada, ADA);
    await ada.post("/logout");
    await app.User.updateOne({ email: ADA }, { roles: ["admin"] });
    await expectAsked(ada, ADA);
  });

  test("a session that came by it is asked as soon as that is not enough", async () => {
    const tom = await trustAndLeave(app, TOM);
    await expectLetIn(tom, TOM);
    await give("clerk");
    expect((await tom.get("/account")).json).toMatchObject({ code: "second_factor_required" });
    expect((await tom.get("/whoami")).json["user"]).toBeNull();
  });
});

// Somebody who must enrol and may put it off: until the date they are shown, once a login, and not a moment longer.
import type { SecondFactorOptions, SecurityEvents } from "passport-second-factor";
import { describe, expect, test } from "vitest";
import {
  afterPassword,
  CONFIRM,
  codes,
  credentials,
  ENROL,
  everyFactor,
  SKIP,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const POLICY = { organisation: "required", graceDays: 14 } as const;

const app = useApp(() => ({
  options: { policy: POLICY },
  routes: ({ app: express, passport, secondFactor, User }) => {
    express.post("/token", async (req, res) => {
      const user = await User.findOne({ email: String(req.body.email) });
      const { state } = await secondFactor.check(req, user);
      res.json(state === "satisfied" ? { token: "for the API" } : { state });
    });
    const bearer = passport.authenticate("local", { session: false });
    express.post("/api/login", bearer, (_req, res) => void res.json({ token: "for the API" }));
  },
}));

/** The same people and sessions under another policy, as after a deployment. */
const underPolicy = (policy: NonNullable<SecondFactorOptions["policy"]>) =>
  app.start({ clock: app.clock, options: { policy } });

const isIn = async (visitor: Visitor) =>
  expect((await visitor.get("/account")).json).toEqual({ page: "account", user: TOM });

async function isHeld(visitor: Visitor): Promise<void> {
  expect((await visitor.get("/account")).json).toMatchObject({ code: "enrolment_required" });
  expect((await visitor.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
}

async function skipped(): Promise<Visitor> {
  const tom = await afterPassword(app, TOM);
  expect((await tom.post(SKIP)).status).toBe(200);
  return tom;
}

const daysFromNow = (days: number) => new Date(app.clock.now().getTime() + days * 86_400_000).toISOString();

async function requiredSince(): Promise<Date | undefined> {
  const { secondFactor } = (await storedUser(app, TOM)) as { secondFactor?: { requiredSince?: Date } };
  return secondFactor?.requiredSince;
}

describe("the first login at which somebody must enrol", () => {
  test("says until when it can be put off: in the answer, and in what can be set up", async () => {
    await app.addUser({ email: TOM });
    const until = daysFromNow(14);
    const tom = app.visitor();
    const login = await tom.post("/login", credentials(TOM));
    expect(login).toMatchObject({ status: 401, json: { code: "enrolment_required", skippableUntil: until } });
    expect((await tom.get("/account")).json).toMatchObject({ skippableUntil: until });
    expect((await tom.get("/second-factor/enrol")).json).toMatchObject({ required: true, until });
    expect(await requiredSince()).toEqual(app.clock.now());
    await isHeld(tom);
  });

  test("shows a page with the date, and a way to be reminded later", async () => {
    await app.addUser({ email: TOM });
    const until = daysFromNow(14);
    const tom = app.visitor();
    expect((await tom.form("/login/redirect", credentials(TOM))).location).toBe("/second-factor/enrol");
    const page = await tom.page("/second-factor/enrol");
    expect(page.text).toContain(`datetime="${until}"`);
    expect(page.text).toContain(`action="${SKIP}"`);
  });

  test("without a grace says nothing of the kind, and there is nothing to press", async () => {
    await underPolicy({ organisation: "required" });
    await app.addUser({ email: TOM });
    const tom = app.visitor();
    expect((await tom.post("/login", credentials(TOM))).json).not.toHaveProperty("skippableUntil");
    expect((await tom.page("/second-factor/enrol")).text).not.toContain(SKIP);
    expect((await tom.get("/second-factor/enrol")).json).not.toHaveProperty("until");
    expect(await tom.post(SKIP)).toMatchObject({ status: 403, json: { code: "forbidden" } });
    await isHeld(tom);
  });

  test("is noted once, however many logins follow or come at the same time", async () => {
    await app.addUser({ email: TOM });
    const first = app.clock.now();
    await Promise.all(Array.from({ length: 5 }, () => afterPassword(app, TOM)));
    app.clock.advance({ days: 3 });
    const tom = await skipped();
    await tom.post("/logout");
    app.clock.advance({ days: 3 });
    await skipped();
    expect(await requiredSince()).toEqual(first);
  });
});

describe("putting it off", () => {
  test("goes on to where the login wanted, as JSON and as a page", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(SKIP)).json).toEqual({ state: "satisfied", returnTo: "/" });
    await isIn(tom);
    const ben = app.visitor();
    await ben.form("/login/redirect", credentials(TOM));
    const reply = await ben.form(SKIP);
    expect([reply.status, reply.location]).toEqual([303, "/welcome"]);
    await isIn(ben);
  });

  test("goes on to the page that was asked for meanwhile", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    await tom.page("/account?tab=2");
    expect((await tom.form(SKIP)).location).toBe("/account?tab=2");
  });

  test("gives the session a new id; the pending one is nobody", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    const old = tom.copy();
    await tom.post(SKIP);
    expect(tom.sessionId).not.toBe(old.sessionId);
    expect((await old.get("/whoami")).json).toMatchObject({ state: "anonymous", user: null });
  });

  test("holds for one login: the next one asks again, with the same date", async () => {
    await app.addUser({ email: TOM });
    const until = daysFromNow(14);
    await skipped();
    app.clock.advance({ days: 5 });
    const again = app.visitor();
    expect((await again.post("/login", credentials(TOM))).json).toMatchObject({
      code: "enrolment_required",
      skippableUntil: until,
    });
    await isHeld(again);
  });

  test("and a login in the browser that put it off before is asked too", async () => {
    await app.addUser({ email: TOM });
    const tom = await skipped();
    expect((await tom.post("/login", credentials(TOM))).json).toMatchObject({ code: "enrolment_required" });
    await isHeld(tom);
  });

  test("does not stand in the way of setting a factor up, then or later", async () => {
    await app.addUser({ email: TOM });
    const tom = await skipped();
    const secret = String((await tom.post(ENROL)).json["secret"]);
    const confirmed = await tom.post(CONFIRM, { code: await codes(app.clock, secret).code() });
    expect(confirmed.status).toBe(200);
    await isIn(tom);
    app.clock.advance({ days: 400 });
    await isIn(tom);
  });

  test("is over at once for a session where a factor came from elsewhere: it is asked for that", async () => {
    const user = await app.addUser({ email: TOM });
    const tom = await skipped();
    await app.secondFactor.importTotp(user, TOTP_SECRET);
    expect((await tom.get("/account")).json).toMatchObject({ code: "second_factor_required" });
    expect(await tom.post(SKIP)).toMatchObject({ status: 401, json: { code: "second_factor_required" } });
  });

  test("sent twice at once is one login, and the one that lost takes nothing from the winner", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    const heard: SecurityEvents["signed-in"][] = [];
    app.secondFactor.on("signed-in", (event) => heard.push(event));
    const tabs = [tom.copy(), tom.copy()];
    const replies = await Promise.all(tabs.map((tab) => tab.post(SKIP)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect(replies.find(({ status }) => status === 401)?.json).toMatchObject({ code: "no_challenge" });
    expect(heard).toHaveLength(1);
    const [winner, loser] = replies[0]?.status === 200 ? tabs : tabs.toReversed();
    if (!winner || !loser) throw new Error("there were two");
    await isIn(winner);
    expect((await loser.get("/whoami")).json).toMatchObject({ user: null });
  });

  test("from another site is refused, and nobody is in", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    for (const headers of [
      { origin: "https://evil.test" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
    ]) {
      const reply = await tom.ask(SKIP, { method: "POST", headers: headers as Record<string, string> });
      expect(reply).toMatchObject({ status: 403, json: { code: "cross_origin" } });
    }
    await isHeld(tom);
    expect((await tom.get(SKIP)).status).not.toBe(200);
    await isHeld(tom);
  });

  test("with somebody else's name in it is about whoever is at the door", async () => {
    await app.addUser({ email: TOM });
    const ada = await app.addUser({ email: "ada@acme.test" });
    const tom = await afterPassword(app, TOM);
    await tom.post(`${SKIP}?user=${ada.id}`, { user: ada.id, graceUntil: 9e15, email: "ada@acme.test" });
    await isIn(tom);
  });
});

describe("there is nothing to put off", () => {
  test("for nobody", async () => {
    expect(await app.visitor().post(SKIP)).toMatchObject({ status: 401, json: { code: "no_challenge" } });
  });

  test("for somebody who owes a challenge", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await afterPassword(app, TOM);
    expect(await tom.post(SKIP)).toMatchObject({ status: 401, json: { code: "second_factor_required" } });
    expect((await tom.form(SKIP)).location).toBe("/second-factor/challenge");
    expect((await tom.get("/account")).status).toBe(401);
  });

  test("for somebody who is signed in, with a factor, with one put off, or with nothing to owe", async () => {
    await app.addUser({ email: TOM });
    const tom = await skipped();
    expect(await tom.post(SKIP)).toMatchObject({ status: 403, json: { code: "forbidden" } });
    await isIn(tom);
    await underPolicy({ ...POLICY, organisation: "off" });
    const ben = await afterPassword(app, TOM);
    expect(await ben.post(SKIP)).toMatchObject({ status: 403, json: { code: "forbidden" } });
    await isIn(ben);
  });

  test("once the pending login's own time is up", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    app.clock.advance({ minutes: 30 });
    expect(await tom.post(SKIP)).toMatchObject({ status: 401, json: { code: "no_challenge" } });
    expect((await tom.get("/whoami")).json).toMatchObject({ user: null });
  });

  test("once the pending login was cancelled, in another tab", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    const tab = tom.copy();
    await tom.post("/second-factor/challenge/cancel");
    expect((await tab.post(SKIP)).status).toBe(401);
    expect((await tab.get("/whoami")).json).toMatchObject({ user: null });
  });
});

describe("after the date", () => {
  test("nothing can be put off, and the answer says so no more", async () => {
    await app.addUser({ email: TOM });
    await skipped();
    app.clock.advance({ days: 14 });
    const tom = app.visitor();
    const login = await tom.post("/login", credentials(TOM));
    expect(login.json).toMatchObject({ code: "enrolment_required" });
    expect(login.json).not.toHaveProperty("skippableUntil");
    expect(await tom.post(SKIP)).toMatchObject({ status: 403, json: { code: "forbidden" } });
    await isHeld(tom);
    const form = await tom.form(SKIP);
    expect(form.status).toBe(403);
    expect((await tom.page("/second-factor/enrol")).text).not.toContain(SKIP);
  });

  test("a session that had put it off is held at its next request, and can enrol there", async () => {
    await app.addUser({ email: TOM });
    const tom = await skipped();
    app.clock.advance({ days: 13, hours: 23, minutes: 59, seconds: 59 });
    await isIn(tom);
    app.clock.advance({ seconds: 1 });
    await isHeld(tom);
    expect((await tom.post(SKIP)).status).toBe(403);
    const secret = String((await tom.post(ENROL)).json["secret"]);
    const confirmed = await tom.post(CONFIRM, { code: await codes(app.clock, secret).code() });
    expect(confirmed.json).toMatchObject({ state: "satisfied" });
    await isIn(tom);
  });

  test("a login that began in the last minute cannot be completed in the next one", async () => {
    await app.addUser({ email: TOM });
    await skipped();
    app.clock.advance({ days: 13, hours: 23, minutes: 59, seconds: 30 });
    const tom = await afterPassword(app, TOM);
    app.clock.advance({ seconds: 30 });
    expect((await tom.post(SKIP)).status).toBe(403);
    await isHeld(tom);
  });

  test("is the date of the policy as it is now: a shorter grace ends sessions and logins that were begun", async () => {
    await app.addUser({ email: TOM });
    const open = await skipped();
    const begun = await afterPassword(app, TOM);
    app.clock.advance({ minutes: 10 });
    await underPolicy({ organisation: "required" });
    const [later, pending] = [app.visitor(), app.visitor()];
    for (const [name, value] of open.cookies) later.cookies.set(name, value);
    for (const [name, value] of begun.cookies) pending.cookies.set(name, value);
    await isHeld(later);
    const reply = await pending.post(SKIP);
    expect([401, 403]).toContain(reply.status);
    await isHeld(pending);
  });
});

describe("a clock that jumps", () => {
  test("ahead ends the grace; back again, it runs to the same date", async () => {
    await app.addUser({ email: TOM });
    const until = daysFromNow(14);
    const tom = await skipped();
    app.clock.advance({ days: 20 });
    expect((await app.visitor().post("/login", credentials(TOM))).json).not.toHaveProperty("skippableUntil");
    app.clock.advance({ days: -19 });
    expect((await app.visitor().post("/login", credentials(TOM))).json).toMatchObject({
      skippableUntil: until,
    });
    await isIn(tom);
  });

  test.each([{ days: -1 }, { days: -365 }, { days: -365 * 60 }])(
    "back by %j fails nowhere, moves no date, and notes none anew",
    async (jump) => {
      await app.addUser({ email: TOM });
      const [until, since] = [daysFromNow(14), app.clock.now()];
      await skipped();
      app.clock.advance(jump);
      const tom = app.visitor();
      expect((await tom.post("/login", credentials(TOM))).json).toMatchObject({ skippableUntil: until });
      expect((await tom.post(SKIP)).status).toBe(200);
      expect(await requiredSince()).toEqual(since);
    },
  );
});

describe("somebody whose factor does not count for their role", () => {
  const admins = { roles: { admin: { mode: "required", factors: ["email"] } }, graceDays: 14 } as const;

  test("proves it, and may put the other one off; what was proven stays proven", async () => {
    await app.start({ factors: (outbox) => everyFactor(outbox), options: { policy: admins } });
    await app.addUser({ email: TOM, secret: TOTP_SECRET, roles: ["admin"] });
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(SKIP)).json).toMatchObject({ code: "second_factor_required" });
    const proven = await tom.post(VERIFY, { code: await codes(app.clock).code(), factor: "totp" });
    expect(proven.json).toMatchObject({ code: "enrolment_required", skippableUntil: daysFromNow(14) });
    expect((await tom.post(SKIP)).json).toMatchObject({ state: "satisfied" });
    await isIn(tom);
    expect((await tom.get("/whoami")).json).toMatchObject({ factors: ["totp"] });
    app.clock.advance({ days: 14 });
    expect((await tom.get("/account")).status).toBe(401);
    expect((await tom.get("/whoami")).json).toMatchObject({ user: null });
  });

  test("has put off nothing but that: signed in without the proof is nobody", async () => {
    await app.start({ factors: (outbox) => everyFactor(outbox), options: { policy: admins } });
    const user = await app.addUser({ email: TOM, roles: ["admin"] });
    const tom = await skipped();
    await app.secondFactor.importTotp(user, TOTP_SECRET);
    expect((await tom.get("/account")).json).toMatchObject({ code: "second_factor_required" });
  });
});

describe("a login without a session", () => {
  const bearer = () => app.visitor().post("/api/login", credentials(TOM));

  test("passes during the grace, and is refused after it", async () => {
    await app.addUser({ email: TOM });
    await skipped();
    expect((await bearer()).json).toEqual({ token: "for the API" });
    app.clock.advance({ days: 13, hours: 23 });
    expect((await bearer()).status).toBe(200);
    app.clock.advance({ hours: 1 });
    expect(await bearer()).toMatchObject({ status: 401, json: { code: "second_factor_required" } });
  });

  test("is a first login at which it was required, too: who has no other is refused after as many days", async () => {
    await app.addUser({ email: TOM });
    expect((await bearer()).status).toBe(200);
    app.clock.advance({ days: 14 });
    expect(await bearer()).toMatchObject({ status: 401, json: { code: "second_factor_required" } });
  });

  test("is refused at once where a code is owed, grace or none", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    expect((await bearer()).status).toBe(401);
  });
});

describe("what the app asks itself", () => {
  test("check() says of somebody who put it off what it says of anybody signed in, until the date", async () => {
    await app.addUser({ email: TOM });
    const tom = await skipped();
    expect((await tom.get("/whoami")).json).toMatchObject({ state: "satisfied", user: TOM, factors: [] });
    app.clock.advance({ days: 14 });
    expect((await tom.get("/whoami")).json).toMatchObject({ state: "pending", user: null });
  });

  test("check() of a user says the same, and not for ever where it is all that the app asks", async () => {
    await app.addUser({ email: TOM });
    const token = async () => (await app.visitor().post("/token", credentials(TOM))).json;
    expect(await token()).toEqual({ token: "for the API" });
    app.clock.advance({ days: 14 });
    expect(await token()).toEqual({ state: "pending" });
  });

  test("and nobody is signed in by the grace who has a factor", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await isIn(tom);
    expect((await afterPassword(app, TOM).then((it) => it.get("/account"))).status).toBe(401);
  });
});

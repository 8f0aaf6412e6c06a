// After an administrator's act: what is gone is gone everywhere, what was locked works, and the person is told.
import { createOutbox } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import { memoryEvents } from "../../src/stores/event-log.js";
import {
  ADA,
  afterPassword,
  CONFIRM,
  codes,
  credentials,
  ENROL,
  everyFactor,
  nextCode,
  PHONE,
  SEND,
  SENDER,
  sentCode,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
  WRONG_CODE,
} from "../support/app.js";
import {
  administratedBy,
  administrator,
  countFailures,
  perform,
  personUrl,
  USERS,
} from "../support/people.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const MAIL = "tom@home.test";
let told = createOutbox();

const app = useApp(() => {
  told = createOutbox();
  return {
    factors: everyFactor,
    options: {
      ...administratedBy(),
      policy: { roles: { staff: { mode: "required" } } },
      eventLog: memoryEvents(),
      notices: { delivery: told.mail({ from: SENDER }) },
    },
    routes: ({ app: express, passport, secondFactor }) => {
      const login = passport.authenticate("local");
      express.post("/sso", secondFactor.exempt("sso"), login, (_req, res) => void res.json({}));
    },
  };
});

let ada: Visitor;
beforeEach(async () => {
  ada = await administrator(app);
});

const isIn = async (visitor: Visitor) => expect((await visitor.get("/account")).status).toBe(200);
const isOut = async (visitor: Visitor) => {
  expect((await visitor.get("/account")).status).not.toBe(200);
  expect((await visitor.get("/whoami")).json["user"]).toBeNull();
};

/** Tom, with every factor, recovery codes, a trusted browser, a grant, and sessions of each kind. */
async function tomEverywhere(roles: string[] = []) {
  await app.addUser({ email: TOM, roles, secret: TOTP_SECRET, address: MAIL, phone: PHONE });
  const trusted = await afterPassword(app, TOM);
  const first = { factor: "totp", code: await codes(app.clock).code(), trustBrowser: true };
  expect((await trusted.post(VERIFY, first)).status).toBe(200);
  app.clock.advance({ seconds: 30 });
  await stepUp(app, trusted, TOTP_SECRET);
  const made = await trusted.post("/second-factor/recovery-codes");
  await stepUp(app, trusted, TOTP_SECRET);
  const sso = app.visitor();
  await sso.post("/sso", credentials(TOM));
  const pending = await afterPassword(app, TOM);
  await pending.post(SEND, { factor: "email" });
  const mailed = sentCode(app, MAIL);
  return { trusted, sso, pending, mailed, recovery: made.json["recoveryCodes"] as string[] };
}

describe("switching off", () => {
  test("ends every session, exempted ones and the person's own code under way among them", async () => {
    const { trusted, sso, pending, mailed } = await tomEverywhere();
    await isIn(trusted);
    await isIn(sso);
    expect((await perform(app, ada, TOM, "disable")).status).toBe(200);
    for (const visitor of [trusted, sso, pending]) await isOut(visitor);
    expect((await pending.post(VERIFY, { factor: "email", code: mailed })).status).not.toBe(200);
    await isOut(pending);
    await isIn(ada);
  });

  test("leaves the password alone: they sign in with it, in any browser, and nothing is remembered", async () => {
    const { trusted } = await tomEverywhere();
    await perform(app, ada, TOM, "disable");
    expect((await app.visitor().post("/login", credentials(TOM))).json).toEqual({ signedIn: TOM });
    await trusted.post("/login", credentials(TOM));
    await isIn(trusted);
    expect((await trusted.get("/second-factor/browsers")).json["browsers"]).toEqual([]);
    expect((await app.visitor().post("/login", { email: TOM, password: "wrong" })).status).toBe(401);
  });

  test("where one is required they must set up a new one; old codes and recovery codes are worth nothing", async () => {
    const { recovery } = await tomEverywhere(["staff"]);
    await perform(app, ada, TOM, "disable");
    const tom = app.visitor();
    expect((await tom.post("/login", credentials(TOM))).json["code"]).toBe("enrolment_required");
    await isOut(tom);
    for (const answer of [
      { factor: "totp", code: await nextCode(app) },
      { factor: "recovery-code", code: recovery[0] },
    ]) {
      expect((await tom.post(VERIFY, answer)).status).not.toBe(200);
      await isOut(tom);
    }
    const { secret } = (await tom.post(ENROL)).json as { secret: string };
    expect(secret).not.toBe(TOTP_SECRET);
    expect((await tom.post(CONFIRM, { code: await codes(app.clock).code() })).status).toBe(401);
    expect((await tom.post(CONFIRM, { code: await codes(app.clock, secret).code() })).status).toBe(200);
    await isIn(tom);
    const again = await afterPassword(app, TOM);
    for (const code of recovery)
      expect((await again.post(VERIFY, { factor: "recovery-code", code })).status).not.toBe(200);
    await isOut(again);
  });

  test("leaves no enrolment behind that somebody had begun, nor a grant to begin one", async () => {
    const { trusted } = await tomEverywhere();
    const { secret } = (await trusted.post(ENROL)).json as { secret: string };
    await perform(app, ada, TOM, "disable");
    const code = await codes(app.clock, secret).code();
    expect((await trusted.post(CONFIRM, { code })).status).not.toBe(200);
    await isOut(trusted);
    const stored = JSON.stringify((await storedUser(app, TOM))["secondFactor"]);
    expect(stored).not.toMatch(/"active"|"pending"|"secret"|home\.test|4155550123/);
  });

  test("unlocks as well: wrong codes of before count no more", async () => {
    await tomEverywhere(["staff"]);
    await countFailures(app, TOM, 100);
    await perform(app, ada, TOM, "disable");
    expect((await storedUser(app, TOM))["secondFactor"]).not.toHaveProperty("vault.failures");
  });

  test("gives no new days to put it off", async () => {
    await app.start({
      clock: app.clock,
      factors: everyFactor,
      options: { ...administratedBy(), policy: { graceDays: 14, roles: { staff: { mode: "required" } } } },
    });
    await app.addUser({ email: TOM, roles: ["staff"] });
    expect((await app.visitor().post("/login", credentials(TOM))).json).toHaveProperty("skippableUntil");
    app.clock.advance({ days: 13 });
    const user = await app.User.findOne({ email: TOM }).orFail();
    await app.secondFactor.importTotp(user, TOTP_SECRET);
    app.clock.advance({ days: 2 });
    await perform(app, await administrator(app), TOM, "disable");
    const login = await app.visitor().post("/login", credentials(TOM));
    expect(login.json["code"]).toBe("enrolment_required");
    expect(login.json).not.toHaveProperty("skippableUntil");
  });

  test("an administrator who was switched off is signed out, and signs in as anybody", async () => {
    const eve = "eve@acme.test";
    await app.start({ clock: app.clock, factors: everyFactor, options: administratedBy(eve) });
    await app.addUser({ email: eve, secret: TOTP_SECRET });
    const other = await signedIn(app, eve, TOTP_SECRET);
    ada = await administrator(app);
    expect((await perform(app, other, ADA, "disable")).status).toBe(200);
    expect((await ada.get(USERS)).status).toBe(401);
    const again = await signedIn(app, ADA);
    expect((await again.get(USERS)).status).toBe(200);
    // With no factor there is no fresh code, and without one no act.
    const url = await personUrl(app, eve);
    const reply = await again.post(`${url}/disable`, { reason: "Revenge" });
    expect(reply.json["code"]).toBe("step_up_required");
    expect((await again.post(VERIFY, { code: await nextCode(app), action: "administer" })).status).not.toBe(
      200,
    );
    expect((await again.post(`${url}/disable`, { reason: "Revenge" })).status).toBe(401);
    await isIn(other);
  });

  test("oneself takes a fresh code like anybody, and ends the session it was done in", async () => {
    expect((await perform(app, ada, ADA, "disable")).status).toBe(200);
    await isOut(ada);
    await app.secondFactor.settled();
    expect(told.messages()[0]).toMatchObject({ to: ADA });
  });
});

describe("unlocking", () => {
  test("lets a blocked factor be used again, and nothing else changes", async () => {
    const { trusted } = await tomEverywhere();
    await countFailures(app, TOM, 100);
    const locked = await afterPassword(app, TOM);
    expect((await locked.post(VERIFY, { factor: "totp", code: await nextCode(app) })).status).toBe(429);
    expect((await perform(app, ada, TOM, "unlock")).status).toBe(200);
    expect((await locked.post(VERIFY, { factor: "totp", code: await nextCode(app) })).status).toBe(200);
    await isIn(locked);
    await isIn(trusted);
  });

  test("gives five tries, not more, before codes pause again", async () => {
    await tomEverywhere();
    await countFailures(app, TOM, 100);
    await perform(app, ada, TOM, "unlock");
    const guesser = await afterPassword(app, TOM);
    for (let index = 0; index < 5; index++)
      expect((await guesser.post(VERIFY, { factor: "totp", code: WRONG_CODE })).status).toBe(401);
    const next = { factor: "totp", code: await codes(app.clock).code() };
    expect((await guesser.post(VERIFY, next)).status).toBe(429);
  });
});

describe("forgetting browsers", () => {
  test("makes the next login ask, and leaves open sessions", async () => {
    const { trusted } = await tomEverywhere();
    expect((await perform(app, ada, TOM, "forget-browsers")).status).toBe(200);
    await isIn(trusted);
    await trusted.post("/logout");
    expect((await trusted.post("/login", credentials(TOM))).json["code"]).toBe("second_factor_required");
  });
});

describe("ending sessions", () => {
  test("ends all of them, exempted ones, trusted browsers and logins under way; a new login asks", async () => {
    const { trusted, sso, pending, mailed } = await tomEverywhere();
    expect((await perform(app, ada, TOM, "end-sessions")).status).toBe(200);
    for (const visitor of [trusted, sso, pending]) await isOut(visitor);
    expect((await pending.post(VERIFY, { factor: "email", code: mailed })).status).not.toBe(200);
    expect((await trusted.post("/login", credentials(TOM))).json["code"]).toBe("second_factor_required");
    expect((await trusted.post(VERIFY, { factor: "totp", code: await nextCode(app) })).status).toBe(200);
    await isIn(trusted);
  });
});

test("the person is told of each act once, at the address on file, and finds it in their own history", async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: MAIL });
  await perform(app, ada, TOM, "disable", { reason: "Lost the phone" });
  await app.secondFactor.settled();
  const mails = told.messages().filter(({ subject }) => subject === "An administrator changed your sign-in");
  expect(mails).toHaveLength(1);
  expect(mails[0]).toMatchObject({
    to: TOM,
    text: expect.stringMatching(/^Two-factor authentication was switched off\. Reason: Lost the phone\.\n/),
  });
  const tom = await signedIn(app, TOM);
  const { events } = (await tom.get("/second-factor/events")).json as { events: object[] };
  const detail = { act: "disable", by: ADA, reason: "Lost the phone" };
  expect(events).toContainEqual(expect.objectContaining({ event: "administered", detail }));
});

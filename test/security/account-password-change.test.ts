// Changing a password with a stolen cookie, with codes for something else, and many times at once.
import { describe, expect, test } from "vitest";
import { choose, NEW_PASSWORD, PASSWORD_URL, passwords, withAccount } from "../support/account.js";
import {
  afterPassword,
  elsewhere,
  nextCode,
  PASSWORD,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";

const locked = { status: 429, json: { code: "locked", blocked: false } };
const NEXT_PASSWORD = "another battery, another staple";

describe("somebody with the cookie of an open session", () => {
  const app = useApp(() => withAccount());

  test("who lacks the factor learns nothing of the password", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const thief = await signedIn(app, TOM, TOTP_SECRET);
    for (const guess of [PASSWORD, "a wrong password"]) {
      const refused = await choose(thief, NEW_PASSWORD, guess);
      expect(refused).toMatchObject({ status: 401, json: { code: "step_up_required" } });
    }
  });

  test("is signed out when its owner changes the password, also with a copy of the very cookie", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    const thief = tom.copy();
    const other = await afterPassword(app, TOM);
    expect((await choose(tom, NEW_PASSWORD, PASSWORD)).status).toBe(200);
    expect((await tom.get("/account")).status).toBe(200);
    for (const gone of [thief, other]) expect((await gone.get("/account")).status).toBe(403);
  });

  test("may guess five times in a quarter of an hour, and twenty in a day; nobody's login is locked by it", async () => {
    await app.addUser({ email: TOM });
    const thief = await afterPassword(app, TOM);
    const guess = (password = "a wrong password") => choose(thief, NEW_PASSWORD, password);
    for (let round = 0; round < 4; round++) {
      for (let tries = 0; tries < 5; tries++) expect((await guess()).status).toBe(400);
      const refused = await guess(PASSWORD);
      expect(refused).toMatchObject(locked);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      app.clock.advance({ minutes: 15 });
    }
    expect(await guess(PASSWORD)).toMatchObject(locked);
    expect((await afterPassword(app, TOM).then((tom) => tom.get("/account"))).status).toBe(200);
    expect(await storedUser(app, TOM)).toMatchObject({ password: PASSWORD });
    app.clock.advance({ days: 1 });
    expect((await guess(PASSWORD)).status).toBe(200);
  });

  test("of fifty guesses at once five are compared", async () => {
    let compared = 0;
    const verify = () => {
      compared += 1;
      return false;
    };
    await app.start(withAccount({}, { passwords: { ...passwords, verify } }));
    await app.addUser({ email: TOM });
    const thief = await afterPassword(app, TOM);
    await Promise.all(
      Array.from({ length: 50 }, () => choose(elsewhere(app, thief), NEW_PASSWORD, "a wrong password")),
    );
    expect(compared).toBe(5);
  });

  test("is told on the page to wait, and no more", async () => {
    await app.addUser({ email: TOM });
    const thief = await afterPassword(app, TOM);
    for (let tries = 0; tries < 5; tries++) await choose(thief, NEW_PASSWORD, "a wrong password");
    const form = { newPassword: NEW_PASSWORD, currentPassword: PASSWORD };
    const { location = "" } = await thief.form(PASSWORD_URL, form);
    expect((await thief.page(location)).text).toMatch(
      /Too many wrong passwords\. Try again in about \d+ minutes\./,
    );
  });
});

describe("a code for one thing", () => {
  const app = useApp(() => withAccount({ options: { actions: { "change-address": {}, payout: {} } } }));
  const stepUpRequired = { status: 401, json: { code: "step_up_required", action: "change-password" } };

  test.each(["change-factors", "change-address", "payout"])("%s changes no password", async (action) => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET, action);
    expect(await choose(tom, NEW_PASSWORD, PASSWORD)).toMatchObject(stepUpRequired);
  });

  test("the login's code changes none, and change-password's changes nothing else", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await afterPassword(app, TOM);
    const code = await nextCode(app);
    await tom.post(VERIFY, { code });
    const body = { newPassword: NEW_PASSWORD, currentPassword: PASSWORD, secondFactorCode: code };
    expect((await tom.post(PASSWORD_URL, body)).json).toMatchObject({ code: "wrong_code", hint: "used" });
    app.clock.advance({ seconds: 30 });
    await stepUp(app, tom, TOTP_SECRET, "change-password");
    const factors = await tom.post("/second-factor/recovery-codes");
    expect(factors.json).toMatchObject({ code: "step_up_required", action: "change-factors" });
  });

  test("one code changes the password once, of twenty requests at once", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET, "change-password");
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, at) => choose(elsewhere(app, tom), `${NEXT_PASSWORD} ${at}`, PASSWORD)),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await storedUser(app, TOM)).not.toMatchObject({ password: PASSWORD });
  });

  test("of another session, or too old, is none", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const other = await signedIn(app, TOM, TOTP_SECRET);
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, other, TOTP_SECRET, "change-password");
    expect(await choose(tom, NEW_PASSWORD, PASSWORD)).toMatchObject(stepUpRequired);
    app.clock.advance({ minutes: 5 });
    expect(await choose(other, NEW_PASSWORD, PASSWORD)).toMatchObject(stepUpRequired);
  });
});

// A login that must end with a new password: what a pending session, a hostile body and a race get out of it.
import { describe, expect, test } from "vitest";
import { choose, mustChange, NEW_PASSWORD, PASSWORD_URL, withAccount } from "../support/account.js";
import {
  afterPassword,
  ENROL,
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

const required = { status: 403, json: { code: "password_change_required" } };

describe("a login that must end with a new password", () => {
  const app = useApp(() => withAccount());

  test.each<[string, string]>([
    ["GET", "/account"],
    ["POST", "/account"],
    ["GET", "/second-factor"],
    ["GET", "/second-factor/enrol"],
    ["POST", ENROL],
    ["POST", "/second-factor/recovery-codes"],
    ["GET", "/second-factor/browsers"],
    ["POST", "/second-factor/browsers/forget-all"],
    ["POST", "/second-factor/sessions/end-others"],
    ["POST", "/second-factor/challenge/send"],
    ["POST", VERIFY],
    ["POST", "/second-factor/enrol/skip"],
    ["GET", "/second-factor/admin/users"],
  ])("opens nothing else: %s %s", async (method, path) => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    const before = await storedUser(app, TOM);
    expect(
      await tom.ask(path, { method, ...(method === "POST" ? { body: { code: "000000" } } : {}) }),
    ).toMatchObject(required);
    expect((await tom.get("/whoami")).json).toMatchObject({
      state: "pending",
      user: null,
      authenticated: false,
    });
    expect(await storedUser(app, TOM)).toEqual(before);
  });

  test("ends every other session, trusted browser and login under way", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const thief = await afterPassword(app, TOM);
    const trusted = await afterPassword(app, TOM);
    await trusted.post(VERIFY, { code: await nextCode(app), trustBrowser: true });
    app.clock.advance({ seconds: 30 });
    const open = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, open, TOTP_SECRET);
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    await tom.post(VERIFY, { code: await nextCode(app) });
    expect((await choose(tom, NEW_PASSWORD)).status).toBe(200);
    for (const other of [trusted, open]) expect((await other.get("/account")).status).toBe(403);
    expect((await thief.post(VERIFY, { code: await nextCode(app) })).status).toBe(401);
    expect(await trusted.post("/login", { email: TOM, password: NEW_PASSWORD })).toMatchObject({
      status: 401,
    });
    const kept = (await storedUser(app, TOM))["secondFactor"] as { vault: Record<string, unknown[]> };
    expect([kept.vault["grants"], kept.vault["browsers"], kept.vault["challenges"]].flat()).toHaveLength(1);
    expect((await tom.get("/account")).status).toBe(200);
  });

  test("is completed by one of twenty requests at once, whose password it is then", async () => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    const wanted = Array.from({ length: 20 }, (_, index) => `${NEW_PASSWORD} ${index}`);
    const replies = await Promise.all(wanted.map((password) => choose(elsewhere(app, tom), password)));
    const won = replies.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(won).toHaveLength(1);
    expect(await storedUser(app, TOM)).toMatchObject({ password: wanted[won[0] ?? -1] });
    for (const { status } of replies.filter((_, index) => index !== won[0]))
      expect([401, 503]).toContain(status);
  });

  test.each<[string, unknown]>([
    ["an operator", { $ne: null }],
    ["a list", [NEW_PASSWORD]],
    ["a number", 1234567890123456],
    ["null", null],
    ["nothing", undefined],
    ["a megabyte", "x".repeat(2 ** 20)],
  ])("takes no password that is %s", async (_, newPassword) => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    expect(await tom.post(PASSWORD_URL, { newPassword })).toMatchObject({ status: 400 });
    expect(await storedUser(app, TOM)).toMatchObject({ password: PASSWORD });
  });

  test("cannot be posted from another site, nor changed by a GET", async () => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    const headers = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
    const foreign = await tom.ask(PASSWORD_URL, {
      method: "POST",
      headers,
      body: { newPassword: NEW_PASSWORD },
    });
    expect(foreign).toMatchObject({ status: 403, json: { code: "cross_origin" } });
    await tom.get(`${PASSWORD_URL}?newPassword=${encodeURIComponent(NEW_PASSWORD)}`);
    expect(await storedUser(app, TOM)).toMatchObject({ password: PASSWORD });
  });

  test("is over after half an hour", async () => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    app.clock.advance({ minutes: 30 });
    expect(await choose(tom, NEW_PASSWORD)).toMatchObject({ status: 401, json: { code: "no_challenge" } });
    expect(await storedUser(app, TOM)).toMatchObject({ password: PASSWORD });
  });
});

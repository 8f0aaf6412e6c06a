// Logins by name and password: who is let through, what a temporary password is good for, and what passport-local is told.
import { describe, expect, test } from "vitest";
import {
  BECAUSE,
  choose,
  LOGIN_URL,
  localLogin,
  mustChange,
  NEW_PASSWORD,
  passwords,
  withAccount,
} from "../support/account.js";
import { credentials, nextCode, PASSWORD, storedUser, TOM, TOTP_SECRET, VERIFY } from "../support/app.js";
import { useApp, useStartableApp } from "../support/suite.js";

const WRONG = { status: 401, json: { message: "Wrong name or password." } };
const OVER = {
  status: 401,
  json: { message: "That password no longer works. Ask an administrator for another." },
};
const mustChoose = { status: 403, json: { code: "password_change_required" } };

describe("a name and a password", () => {
  const app = useApp(() => withAccount(localLogin()));

  test("sign in, and nothing else does", async () => {
    await app.addUser({ email: TOM });
    const login = (email: string, password: string) => app.visitor().post(LOGIN_URL, { email, password });
    expect(await login(TOM, PASSWORD)).toMatchObject({ status: 200, json: { signedIn: true } });
    expect(await login(` ${TOM}`, PASSWORD)).toMatchObject({ status: 200 });
    expect(await login(TOM, `${PASSWORD} `)).toMatchObject(WRONG);
    expect(await login(TOM, "x".repeat(1001))).toMatchObject(WRONG);
    expect(await login("nobody@acme.test", PASSWORD)).toMatchObject(WRONG);
  });

  test("owe what anybody owes: the code, a new password", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await mustChange(app, TOM);
    const tom = app.visitor();
    expect(await tom.post(LOGIN_URL, credentials(TOM))).toMatchObject({
      json: { code: "second_factor_required" },
    });
    expect(await tom.post(VERIFY, { code: await nextCode(app) })).toMatchObject(mustChoose);
  });
});

describe("a temporary password", () => {
  const app = useApp(() => withAccount(localLogin()));
  const make = async () => {
    const { id } = await app.addUser({ email: TOM });
    return app.secondFactor.admin.makeTemporaryPassword(String(id), BECAUSE);
  };
  const login = (password: string) => app.visitor().post(LOGIN_URL, { email: TOM, password });

  test("opens one login, which ends with a new one; the old one has gone", async () => {
    const { password } = await make();
    expect(await login(PASSWORD)).toMatchObject(WRONG);
    const tom = app.visitor();
    expect(await tom.post(LOGIN_URL, { email: TOM, password: password.toLowerCase() })).toMatchObject(
      mustChoose,
    );
    expect(await login(password)).toMatchObject(OVER);
    expect(await login(PASSWORD)).toMatchObject(WRONG);
    expect((await choose(tom, NEW_PASSWORD)).status).toBe(200);
    expect(await login(NEW_PASSWORD)).toMatchObject({ status: 200 });
    for (const gone of [password, PASSWORD]) expect(await login(gone)).toMatchObject(WRONG);
  });

  test("cannot be kept, and the old one cannot be taken up again", async () => {
    const { password } = await make();
    const tom = app.visitor();
    await tom.post(LOGIN_URL, { email: TOM, password });
    for (const kept of [password, password.replaceAll("-", " ").toLowerCase()]) {
      expect((await choose(tom, kept)).json).toMatchObject({
        errors: [{ field: "newPassword", message: "Choose one you don't use now." }],
      });
    }
  });

  test("ends the sessions that are open", async () => {
    const { id } = await app.addUser({ email: TOM });
    const tom = app.visitor();
    await tom.post(LOGIN_URL, credentials(TOM));
    await app.secondFactor.admin.makeTemporaryPassword(String(id), BECAUSE);
    expect((await tom.get("/account")).status).toBe(403);
    expect((await tom.get("/whoami")).json).toMatchObject({ state: "anonymous" });
  });

  test("is over after a day, by the clock, and another takes its place", async () => {
    const { password, expiresAt } = await make();
    app.clock.set(expiresAt);
    expect(await login(password)).toMatchObject(OVER);
    expect(await login(PASSWORD)).toMatchObject(WRONG);
    const user = await app.User.findOne({ email: TOM });
    const next = await app.secondFactor.admin.makeTemporaryPassword(String(user?._id), BECAUSE);
    expect(await login(password)).toMatchObject(WRONG);
    expect(await login(next.password)).toMatchObject(mustChoose);
  });

  test("gives way to a password that the app sets by itself", async () => {
    const { password } = await make();
    await app.User.updateOne({ email: TOM }, { password: NEW_PASSWORD });
    expect(await login(password)).toMatchObject(WRONG);
    expect(await login(NEW_PASSWORD)).toMatchObject(mustChoose);
  });

  test("is the password only: the code is asked for as always", async () => {
    const { id } = await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const { password } = await app.secondFactor.admin.makeTemporaryPassword(String(id), BECAUSE);
    const tom = app.visitor();
    const reply = await tom.post(LOGIN_URL, { email: TOM, password });
    expect(reply).toMatchObject({ json: { code: "second_factor_required" } });
    expect(await tom.post(VERIFY, { code: await nextCode(app) })).toMatchObject(mustChoose);
    expect((await choose(tom, NEW_PASSWORD)).status).toBe(200);
  });

  test("is told of: made by whom and why, then used", async () => {
    const told: unknown[] = [];
    app.secondFactor.on("administered", (event) => told.push(event));
    app.secondFactor.on("temporary-password-used", (event) => told.push(event));
    const { password } = await make();
    await login(password);
    expect(told).toEqual([
      expect.objectContaining({ act: "temporary-password", ...BECAUSE }),
      expect.objectContaining({ user: String((await storedUser(app, TOM))["_id"]) }),
    ]);
    expect(JSON.stringify(told)).not.toContain(password);
  });
});

describe("a name that nobody has", () => {
  const app = useStartableApp();

  test("is compared with the app's stand-in, whose password does not sign in either", async () => {
    const asked: unknown[] = [];
    const standIn = { password: PASSWORD };
    const verify = (user: { password: string }, password: string) => {
      asked.push(user);
      return user.password === password;
    };
    await app.start(withAccount(localLogin({ standIn }), { passwords: { ...passwords, verify } }));
    const reply = await app.visitor().post(LOGIN_URL, { email: "nobody@acme.test", password: PASSWORD });
    expect(reply).toMatchObject(WRONG);
    expect(asked).toEqual([standIn]);
  });
});

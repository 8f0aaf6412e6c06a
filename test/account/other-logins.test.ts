// Logins that are no form with a password, where a new one is owed: without a session, by another provider, half made.
import { describe, expect, test } from "vitest";
import { choose, mustChange, NEW_PASSWORD, withAccount } from "../support/account.js";
import {
  afterPassword,
  codes,
  credentials,
  nextCode,
  PASSWORD,
  storedSessions,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";

const required = {
  status: 403,
  json: { code: "password_change_required", passwordUrl: "/second-factor/password" },
};

const app = useApp(() =>
  withAccount({
    routes: ({ app: express, passport, secondFactor }) => {
      const signedIn = (_req: unknown, res: { json(body: object): unknown }) =>
        void res.json({ signedIn: true });
      express.post("/login/token", passport.authenticate("local", { session: false }), signedIn);
      express.post("/login/sso", secondFactor.exempt("sso"), passport.authenticate("local"), signedIn);
    },
  }),
);

describe("a login that owes a new password", () => {
  test("gets no token: there is no session to choose one in", async () => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    expect(await app.visitor().post("/login/token", credentials(TOM))).toMatchObject(required);
    await app.User.collection.updateOne(
      { email: TOM },
      { $unset: { "secondFactor.mustChangePassword": "" } },
    );
    expect((await app.visitor().post("/login/token", credentials(TOM))).status).toBe(200);
  });

  test("of which the code is owed as well is told of the code", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await mustChange(app, TOM);
    expect(await app.visitor().post("/login/token", credentials(TOM))).toMatchObject({
      status: 401,
      json: { code: "second_factor_required" },
    });
  });

  test("by a provider that the app exempts owes nothing", async () => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    expect(await app.visitor().post("/login/sso", credentials(TOM))).toMatchObject({ status: 200 });
  });

  test("is what a session without a record of ours is decided as", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    const sessions = storedSessions(app);
    const { secondFactor: _, ...older } = (await sessions.read(tom.sessionId)) ?? {};
    await sessions.write(tom.sessionId, older);
    await mustChange(app, TOM);
    expect(await tom.get("/account")).toMatchObject(required);
    expect((await choose(tom, NEW_PASSWORD)).status).toBe(200);
    expect((await tom.get("/account")).status).toBe(200);
  });

  test("from a remembered browser gives the code: the browser is not remembered past it", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await afterPassword(app, TOM);
    await tom.post(VERIFY, { code: await codes(app.clock).code(), trustBrowser: true });
    expect((await tom.post("/login", credentials(TOM))).status).toBe(200);
    await mustChange(app, TOM);
    expect((await tom.post("/login", credentials(TOM))).json).toMatchObject({
      code: "second_factor_required",
    });
    const proven = await tom.post(VERIFY, { code: await nextCode(app), trustBrowser: true });
    expect(proven).toMatchObject(required);
    expect((await choose(tom, NEW_PASSWORD)).status).toBe(200);
    const again = await tom.post("/login", { email: TOM, password: NEW_PASSWORD });
    expect(again.json).toMatchObject({ code: "second_factor_required" });
    expect((await app.visitor().post("/login", { email: TOM, password: PASSWORD })).status).toBe(401);
  });
});

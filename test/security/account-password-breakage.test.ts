// A new password where something breaks: nothing is lost, and nobody is let through.
import { describe, expect, test } from "vitest";
import { choose, mustChange, NEW_PASSWORD, passwords, withAccount } from "../support/account.js";
import {
  afterPassword,
  credentials,
  PASSWORD,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
} from "../support/app.js";
import { useStartableApp } from "../support/suite.js";

const required = { status: 403, json: { code: "password_change_required" } };

describe("where something breaks", () => {
  const app = useStartableApp();
  const unavailable = { status: 503, json: { code: "store_unavailable" } };
  const failing = () => Promise.reject(new Error("the app's database is away"));

  test("the app cannot keep it: the login waits as before, and the next try goes through", async () => {
    let set: (user: never, password: string) => unknown = failing;
    const broken = { ...passwords, set: (user: never, password: string) => set(user, password) };
    await app.start(withAccount({}, { passwords: broken }));
    const told: unknown[] = [];
    app.secondFactor.on("listener-failed", ({ event }) => told.push(event));
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    expect(await choose(tom, NEW_PASSWORD)).toMatchObject(unavailable);
    expect(told).toEqual(["passwords.set"]);
    expect(await tom.get("/account")).toMatchObject(required);
    expect(await storedUser(app, TOM)).toMatchObject({ password: PASSWORD });
    set = passwords.set;
    expect((await choose(tom, NEW_PASSWORD)).status).toBe(200);
  });

  test("the app cannot keep one's own: the code is used, the password as it was, and nobody signed out", async () => {
    await app.start(withAccount({}, { passwords: { ...passwords, set: failing } }));
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET, "change-password");
    expect(await choose(tom, NEW_PASSWORD, PASSWORD)).toMatchObject(unavailable);
    expect((await choose(tom, NEW_PASSWORD, PASSWORD)).json).toMatchObject({ code: "step_up_required" });
    expect((await tom.get("/account")).status).toBe(200);
  });

  test.each<[string, unknown]>([
    ["throws", failing],
    ["answers something other than yes", () => "yes"],
  ])(
    "a comparison that %s lets nobody change anything, and an outage counts as no guess",
    async (_, verify) => {
      await app.start(withAccount({}, { passwords: { ...passwords, verify: verify as () => boolean } }));
      await app.addUser({ email: TOM });
      const tom = await afterPassword(app, TOM);
      for (let tries = 0; tries < (verify === failing ? 8 : 5); tries++) {
        const { status } = await choose(tom, NEW_PASSWORD, PASSWORD);
        expect(status).toBe(verify === failing ? 503 : 400);
      }
      expect(await storedUser(app, TOM)).toMatchObject({ password: PASSWORD });
    },
  );

  test("no page is there for a new password: the login fails, and says what is missing", async () => {
    await app.start();
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = app.visitor();
    expect(await tom.post("/login", credentials(TOM))).toMatchObject({ status: 500 });
    expect(String(app.errors[0])).toContain("account: account({ … })");
    expect((await tom.get("/whoami")).json).toMatchObject({ state: "anonymous", user: null });
  });

  test("the user goes meanwhile: the login is over", async () => {
    await app.start(withAccount());
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    await app.User.deleteMany({});
    expect(await choose(tom, NEW_PASSWORD)).toMatchObject({ status: 401, json: { code: "no_challenge" } });
  });
});

// A login that ends with a new password: what comes before it, what after, and that nothing else opens.
import { describe, expect, test } from "vitest";
import { choose, mustChange, NEW_PASSWORD, PASSWORD_URL, withAccount } from "../support/account.js";
import {
  ADA,
  afterPassword,
  credentials,
  ENROL,
  nextCode,
  PASSWORD,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp, useStartableApp } from "../support/suite.js";

describe("somebody who must change their password", () => {
  const app = useApp(() => withAccount());
  const required = {
    status: 403,
    json: { code: "password_change_required", passwordUrl: PASSWORD_URL },
  };

  test("is held at the login, which says where, and goes where it wanted once it is done", async () => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = app.visitor();
    expect(await tom.post("/login", credentials(TOM))).toMatchObject(required);
    expect(await tom.get("/account")).toMatchObject(required);
    expect((await tom.page("/account")).location).toBe(PASSWORD_URL);
    expect(await tom.get(PASSWORD_URL)).toMatchObject({
      status: 200,
      json: { account: TOM, forced: true, minLength: 15, maxLength: 200 },
    });
    expect(await choose(tom, NEW_PASSWORD)).toMatchObject({
      status: 200,
      json: { state: "satisfied", returnTo: "/account" },
    });
    expect((await tom.get("/account")).json).toMatchObject({ user: TOM });
    expect(await storedUser(app, TOM)).toMatchObject({ password: NEW_PASSWORD });
    const again = app.visitor();
    expect((await again.post("/login", { email: TOM, password: PASSWORD })).status).toBe(401);
    expect((await again.post("/login", { email: TOM, password: NEW_PASSWORD })).status).toBe(200);
  });

  test("does so on a page, which says what is wrong at the field, and goes on by redirect", async () => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = app.visitor();
    expect((await tom.form("/login", credentials(TOM))).location).toBe(PASSWORD_URL);
    const page = await tom.page(PASSWORD_URL);
    for (const words of ["Choose a new password", "Your administrator asked for this.", "Save password"])
      expect(page.text).toContain(words);
    expect(page.text).not.toContain("Current password");
    expect((await tom.form(PASSWORD_URL, { newPassword: "short" })).location).toBe(`${PASSWORD_URL}?again`);
    expect((await tom.page(`${PASSWORD_URL}?again`)).text).toContain("Use at least 15 characters.");
    expect((await tom.page(PASSWORD_URL)).text).not.toContain("Use at least 15 characters.");
    expect((await tom.form(PASSWORD_URL, { newPassword: NEW_PASSWORD })).location).toBe("/");
    expect((await tom.page("/")).json).toMatchObject({ user: TOM });
  });

  test.each([
    ["x".repeat(14), "Use at least 15 characters."],
    ["🔑".repeat(14), "Use at least 15 characters."],
    ["x".repeat(201), "Use at most 200 characters."],
    ["a password with\u0000a hole", "Use letters, digits, spaces and signs only."],
  ])("%j is not taken: %s", async (password, message) => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    expect(await choose(tom, password)).toMatchObject({
      status: 400,
      json: { code: "invalid_input", errors: [{ field: "newPassword", message }] },
    });
    expect(await storedUser(app, TOM)).toMatchObject({ password: PASSWORD });
  });

  test.each(["🔑".repeat(15), "x".repeat(200), "fünfzehn Zeichen"])(
    "%j is taken as it is",
    async (password) => {
      await app.addUser({ email: TOM });
      await mustChange(app, TOM);
      expect((await choose(await afterPassword(app, TOM), password)).status).toBe(200);
      expect(await storedUser(app, TOM)).toMatchObject({ password });
    },
  );

  test("cannot keep the one they have", async () => {
    const password = "correct horse battery";
    await app.addUser({ email: TOM, password });
    await mustChange(app, TOM);
    const tom = app.visitor();
    await tom.post("/login", { email: TOM, password });
    expect((await choose(tom, password)).json).toMatchObject({
      errors: [{ field: "newPassword", message: "Choose one you don't use now." }],
    });
  });

  test("gives the code first", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await mustChange(app, TOM);
    const tom = app.visitor();
    const challenged = { status: 401, json: { code: "second_factor_required" } };
    expect(await tom.post("/login", credentials(TOM))).toMatchObject(challenged);
    expect(await tom.get(PASSWORD_URL)).toMatchObject(challenged);
    expect(await choose(tom, NEW_PASSWORD)).toMatchObject(challenged);
    expect(await tom.post(VERIFY, { code: await nextCode(app) })).toMatchObject(required);
    expect(await tom.get("/second-factor")).toMatchObject(required);
    expect(await tom.post(ENROL)).toMatchObject(required);
    expect((await tom.page("/second-factor/challenge")).location).toBe(PASSWORD_URL);
    expect((await choose(tom, NEW_PASSWORD)).status).toBe(200);
    expect((await tom.get("/whoami")).json).toMatchObject({ state: "satisfied", factors: ["totp"] });
  });

  test("sets a factor up after it, where the policy wants one", async () => {
    await app.addUser({ email: ADA, roles: ["admin"] });
    await mustChange(app, ADA);
    const ada = app.visitor();
    expect(await ada.post("/login", credentials(ADA))).toMatchObject(required);
    expect(await ada.post(ENROL)).toMatchObject(required);
    expect(await choose(ada, NEW_PASSWORD)).toMatchObject({
      status: 401,
      json: { code: "enrolment_required", challengeUrl: "/second-factor/enrol" },
    });
    expect(await ada.get("/account")).toMatchObject({ status: 401, json: { code: "enrolment_required" } });
    expect((await ada.get(PASSWORD_URL)).json).toMatchObject({ code: "enrolment_required" });
    const { secret } = (await ada.post(ENROL)).json;
    const code = await nextCode(app, String(secret));
    expect((await ada.post(`${ENROL}/confirm`, { code })).status).toBe(200);
    expect((await ada.get("/account")).json).toMatchObject({ user: ADA });
  });

  test("is not touched where they are signed in already", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    await mustChange(app, TOM);
    expect((await tom.get("/account")).json).toMatchObject({ user: TOM });
    expect(await afterPassword(app, TOM).then((other) => other.get("/account"))).toMatchObject(required);
  });

  test("may give up, and use another account", async () => {
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    expect((await tom.form("/second-factor/challenge/cancel")).location).toBe("/login");
    expect(await choose(tom, NEW_PASSWORD)).toMatchObject({ status: 401, json: { code: "no_challenge" } });
    expect(await storedUser(app, TOM)).toMatchObject({ password: PASSWORD });
  });
});

describe("what the app is told", () => {
  const app = useStartableApp();

  test("check() says what is owed, also of somebody who has only given a password", async () => {
    await app.start(
      withAccount({
        routes: ({ app: express, secondFactor, User }) => {
          express.get("/owes", async (_req, res) => {
            res.json(await secondFactor.check(_req, await User.findOne({ email: TOM })));
          });
        },
        options: { open: ["/whoami", "/owes"] },
      }),
    );
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    expect((await tom.get("/whoami")).json).toMatchObject({ state: "pending", owes: "password", user: null });
    expect((await app.visitor().get("/owes")).json).toEqual({ state: "pending", owes: "password" });
  });

  test("its own rule may refuse a password, and says why", async () => {
    const refuse = (password: string) =>
      password.includes("battery") ? "This password is known to have leaked." : undefined;
    await app.start(withAccount({}, { refuse }));
    await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    const tom = await afterPassword(app, TOM);
    expect((await choose(tom, NEW_PASSWORD)).json).toMatchObject({
      errors: [{ field: "newPassword", message: "This password is known to have leaked." }],
    });
    expect((await choose(tom, "something else entirely")).status).toBe(200);
  });

  test("an event says that the password was changed, and a hook runs once the login is complete", async () => {
    const told: unknown[] = [];
    await app.start(withAccount({ options: { onSignedIn: () => told.push("signed in") } }));
    app.secondFactor.on("password-changed", (event) => told.push(event));
    const { id } = await app.addUser({ email: TOM });
    await mustChange(app, TOM);
    await choose(await afterPassword(app, TOM), NEW_PASSWORD);
    expect(told).toEqual([expect.objectContaining({ user: id, forced: true }), "signed in"]);
  });
});

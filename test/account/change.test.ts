// Changing one's own password: the present one, a fresh code, and what the change ends.
import { describe, expect, test } from "vitest";
import { choose, NEW_PASSWORD, PASSWORD_URL, withAccount } from "../support/account.js";
import {
  afterPassword,
  everyFactor,
  nextCode,
  PASSWORD,
  sentCode,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
} from "../support/app.js";
import { useApp } from "../support/suite.js";

const app = useApp(() => withAccount({ factors: everyFactor }));
const codeFirst = { status: 401, json: { code: "step_up_required", action: "change-password" } };
const wrong = {
  status: 400,
  json: { errors: [{ field: "currentPassword", message: "That isn't your password." }] },
};
const passwordOf = async () => (await storedUser(app, TOM))["password"];
const done = { status: 200, json: { state: "password-changed" } };

describe("somebody with a factor", () => {
  test("gives a code first, then the password they have, then another", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect(await tom.get(PASSWORD_URL)).toMatchObject(codeFirst);
    expect(await choose(tom, NEW_PASSWORD, PASSWORD)).toMatchObject(codeFirst);
    await stepUp(app, tom, TOTP_SECRET, "change-password");
    expect((await tom.get(PASSWORD_URL)).json).toMatchObject({ account: TOM, forced: false });
    expect(await choose(tom, NEW_PASSWORD, "a wrong password")).toMatchObject(wrong);
    expect(await choose(tom, "short", PASSWORD)).toMatchObject({ status: 400 });
    expect(await choose(tom, PASSWORD, PASSWORD)).toMatchObject({
      json: { errors: [{ field: "newPassword", message: "Choose one you don't use now." }] },
    });
    expect(await passwordOf()).toBe(PASSWORD);
    expect(await choose(tom, NEW_PASSWORD, PASSWORD)).toMatchObject(done);
    expect(await passwordOf()).toBe(NEW_PASSWORD);
    expect((await tom.get("/account")).json).toMatchObject({ user: TOM });
    expect(await choose(tom, "yet another password", NEW_PASSWORD)).toMatchObject(codeFirst);
  });

  test("does it on pages: the code's, then the form, then back in the settings", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await tom.page("/second-factor")).text).toContain(`href="${PASSWORD_URL}"`);
    const challenge = "/second-factor/challenge?action=change-password";
    expect((await tom.page(PASSWORD_URL)).location).toBe(challenge);
    expect((await tom.page(challenge)).text).toContain(
      "Enter a new code to <bdi>change your password</bdi>.",
    );
    const code = await nextCode(app);
    const proven = await tom.form("/second-factor/challenge/verify", { code, action: "change-password" });
    expect(proven.location).toBe(PASSWORD_URL);
    expect((await tom.page(PASSWORD_URL)).text).toContain("Current password");
    const typed = { currentPassword: "a wrong password", newPassword: NEW_PASSWORD };
    expect((await tom.form(PASSWORD_URL, typed)).location).toBe(`${PASSWORD_URL}?again`);
    expect((await tom.page(`${PASSWORD_URL}?again`)).text).toContain("That isn't your password.");
    const right = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    const changed = await tom.form(PASSWORD_URL, right);
    expect(changed.location).toBe("/second-factor?notice=password-changed");
    expect((await tom.page(changed.location ?? "")).text).toContain("Your password is changed.");
    expect(await passwordOf()).toBe(NEW_PASSWORD);
  });

  test("may send the code along; a wrong one says nothing of the password, a typo in that uses none up", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const send = (secondFactorCode: string, currentPassword: string) =>
      tom.post(PASSWORD_URL, { newPassword: NEW_PASSWORD, currentPassword, secondFactorCode });
    expect(await send("000000", "a wrong password")).toMatchObject({
      status: 401,
      json: { code: "wrong_code" },
    });
    expect(await send("000000", PASSWORD)).toMatchObject({ status: 401, json: { code: "wrong_code" } });
    const code = await nextCode(app);
    expect(await send(code, "a wrong password")).toMatchObject(wrong);
    expect(await choose(tom, NEW_PASSWORD, PASSWORD)).toMatchObject(done);
  });

  test("may have the code sent", async () => {
    await app.addUser({ email: TOM, address: TOM });
    const tom = await afterPassword(app, TOM);
    await tom.post("/second-factor/challenge/send", { factor: "email" });
    await tom.post("/second-factor/challenge/verify", { factor: "email", code: sentCode(app) });
    app.clock.advance({ minutes: 2 });
    const sent = await tom.post("/second-factor/challenge/send", {
      factor: "email",
      action: "change-password",
    });
    expect(sent.status).toBe(202);
    expect(app.outbox.messages()[0]?.text).toContain("to change your password. It allows nothing else.");
    const body = { newPassword: NEW_PASSWORD, currentPassword: PASSWORD, secondFactorCode: sentCode(app) };
    expect(await tom.post(PASSWORD_URL, body)).toMatchObject(done);
  });
});

describe("somebody without a factor", () => {
  test("gives the password they have, and that is all", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    expect(await choose(tom, NEW_PASSWORD)).toMatchObject(wrong);
    expect(await choose(tom, NEW_PASSWORD, PASSWORD)).toMatchObject(done);
    expect(await passwordOf()).toBe(NEW_PASSWORD);
  });

  test("is nobody without a login", async () => {
    const reply = await choose(app.visitor(), NEW_PASSWORD, PASSWORD);
    expect(reply).toMatchObject({ status: 401, json: { code: "no_challenge" } });
    expect((await app.visitor().page(PASSWORD_URL)).location).toBe("/login");
  });
});

test("without the option there is no such page", async () => {
  await app.start({ factors: everyFactor });
  await app.addUser({ email: TOM });
  const tom = await afterPassword(app, TOM);
  expect((await tom.get(PASSWORD_URL)).status).toBe(404);
  expect((await tom.page("/second-factor")).text).not.toContain("Change your password");
});

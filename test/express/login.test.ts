import { describe, expect, test } from "vitest";
import { codes, credentials, TOTP_SECRET } from "../support/app.js";
import { useApp } from "../support/suite.js";

const app = useApp();

describe("somebody without a factor", () => {
  test("signs in with the password alone", async () => {
    await app.addUser({ email: "ada@acme.test" });
    const ada = app.visitor();
    const login = await ada.post("/login", credentials("ada@acme.test"));
    expect(login.json).toEqual({ signedIn: "ada@acme.test" });
    expect((await ada.get("/account")).json).toMatchObject({ page: "account" });
  });
});

describe("somebody with an authenticator app", () => {
  test("is held after the password and signed in after the code", async () => {
    await app.addUser({ email: "tom@acme.test", secret: TOTP_SECRET });
    const tom = app.visitor();
    const login = await tom.post("/login", credentials("tom@acme.test"));
    expect(login.status).toBe(401);
    expect(login.json).toMatchObject({
      code: "second_factor_required",
      challengeUrl: "/second-factor/challenge",
    });
    expect((await tom.get("/account")).status).toBe(401);
    expect((await tom.get("/second-factor/challenge")).json).toMatchObject({
      purpose: "login",
      account: "tom@acme.test",
    });
    const verified = await tom.post("/second-factor/challenge/verify", {
      code: await codes(app.clock).code(),
    });
    expect(verified.json).toEqual({ state: "satisfied", returnTo: "/" });
    expect((await tom.get("/account")).json).toMatchObject({ page: "account", user: "tom@acme.test" });
    expect((await tom.post("/logout")).status).toBe(200);
    expect((await tom.get("/account")).status).toBe(403);
  });

  test("sees pages in a browser", async () => {
    await app.addUser({ email: "tom@acme.test", secret: TOTP_SECRET });
    const tom = app.visitor();
    const login = await tom.form("/login/redirect", credentials("tom@acme.test"));
    expect([login.status, login.location]).toEqual([303, "/second-factor/challenge"]);
    const page = await tom.page("/second-factor/challenge");
    expect(page.text).toContain("Enter your code");
    const wrong = await tom.form("/second-factor/challenge/verify", { code: "000000", factor: "totp" });
    expect([wrong.status, wrong.location]).toEqual([303, "/second-factor/challenge"]);
    expect((await tom.page("/second-factor/challenge")).text).toContain("That code isn't right");
    const right = await tom.form("/second-factor/challenge/verify", {
      code: await codes(app.clock).code(),
      factor: "totp",
    });
    expect([right.status, right.location]).toEqual([303, "/welcome"]);
  });
});

describe("an administrator who must enrol", () => {
  test("enrols first, and is signed in by it", async () => {
    await app.addUser({ email: "root@acme.test", roles: ["admin"] });
    const root = app.visitor();
    expect((await root.post("/login", credentials("root@acme.test"))).json).toMatchObject({
      code: "enrolment_required",
    });
    expect((await root.get("/account")).json).toMatchObject({ code: "enrolment_required" });
    const begun = await root.post("/second-factor/enrol/totp");
    expect(begun.status).toBe(200);
    const app2 = codes(app.clock, begun.json["secret"] as string);
    const confirmed = await root.post("/second-factor/enrol/totp/confirm", { code: await app2.code() });
    expect(confirmed.json).toMatchObject({ state: "satisfied", recoveryCodes: expect.any(Array) });
    expect((await root.get("/account")).json).toMatchObject({ page: "account" });
  });
});

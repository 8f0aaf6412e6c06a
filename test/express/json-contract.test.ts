// The HTTP contract, row by row: what a JSON client gets, what a browser gets, and the codes clients switch on.
import { MemoryStore } from "express-session";
import { recoveryCodes, totp } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import { afterPassword, codes, PASSWORD, signedIn, TOM, TOTP_SECRET, VERIFY } from "../support/app.js";
import { useApp } from "../support/suite.js";
import { BASE, expectProblem, ROOT, sees } from "./json-contract.js";

const app = useApp(() => {
  const factors = [totp(), recoveryCodes({ count: 2 })];
  const actions = { payout: { description: "pay out money" } };
  return { sessionStore: new MemoryStore(), options: { factors, actions } };
});
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: ROOT, roles: ["admin"] });
});

const code = () => codes(app.clock).code();

describe("a login, or any guarded URL, while pending", () => {
  test("owes a code: JSON 401 with the challenge's address, a page 303 to it", async () => {
    const login = { email: TOM, password: PASSWORD };
    const challengeUrl = `${BASE}/challenge`;
    expectProblem(await app.visitor().post("/login", login), "second_factor_required", { challengeUrl });
    expect(sees(await app.visitor().form("/login", login))).toEqual([303, challengeUrl]);
    const tom = await afterPassword(app, TOM);
    for (const method of ["GET", "POST", "DELETE"]) {
      expectProblem(await tom.ask("/account", { method }), "second_factor_required", { challengeUrl });
    }
    expect(sees(await tom.page("/account"))).toEqual([303, challengeUrl]);
    expect(sees(await tom.form("/account"))).toEqual([303, challengeUrl]);
  });

  test("must enrol: the same, with the address of the enrolment", async () => {
    const login = { email: ROOT, password: PASSWORD };
    const challengeUrl = `${BASE}/enrol`;
    expectProblem(await app.visitor().post("/login", login), "enrolment_required", { challengeUrl });
    expect(sees(await app.visitor().form("/login", login))).toEqual([303, challengeUrl]);
    const root = await afterPassword(app, ROOT);
    expectProblem(await root.get("/account"), "enrolment_required", { challengeUrl });
    expect(sees(await root.page("/account"))).toEqual([303, challengeUrl]);
  });

  test("our own pages are guarded alike", async () => {
    const tom = await afterPassword(app, TOM);
    const root = await afterPassword(app, ROOT);
    for (const path of [BASE, `${BASE}/recovery-codes`, `${BASE}/factors/totp/remove`]) {
      expectProblem(await tom.get(path), "second_factor_required", { challengeUrl: `${BASE}/challenge` });
      expectProblem(await root.get(path), "enrolment_required", { challengeUrl: `${BASE}/enrol` });
      expect(sees(await tom.page(path))).toEqual([303, `${BASE}/challenge`]);
      expect(sees(await root.page(path))).toEqual([303, `${BASE}/enrol`]);
    }
  });
});

describe("GET /challenge", () => {
  test("of a login says what for, for whom, with what, and until when", async () => {
    const tom = await afterPassword(app, TOM);
    const expiresAt = new Date(app.clock.now().getTime() + 10 * 60_000).toISOString();
    const { status, json } = await tom.get(`${BASE}/challenge`);
    expect([status, json]).toEqual([
      200,
      {
        purpose: "login",
        account: TOM,
        factors: [{ kind: "totp" }],
        preferred: "totp",
        expiresAt,
        trustBrowserDays: 90,
      },
    ]);
  });

  test("of an action says which, and what it allows", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await tom.get(`${BASE}/challenge?action=payout`)).json).toEqual({
      purpose: "action:payout",
      action: "payout",
      description: "pay out money",
      factors: [{ kind: "totp" }],
      preferred: "totp",
    });
  });

  test("where no login is open says where one begins", async () => {
    expectProblem(await app.visitor().get(`${BASE}/challenge`), "no_challenge", { loginUrl: "/login" });
    expect(sees(await app.visitor().page(`${BASE}/challenge`))).toEqual([303, "/login"]);
  });

  test("of somebody who must enrol points there", async () => {
    const root = await afterPassword(app, ROOT);
    expectProblem(await root.get(`${BASE}/challenge`), "enrolment_required", {
      challengeUrl: `${BASE}/enrol`,
    });
    expect(sees(await root.page(`${BASE}/challenge`))).toEqual([303, `${BASE}/enrol`]);
  });

  test("of a login whose time is up is 410", async () => {
    const tom = await afterPassword(app, TOM);
    app.clock.advance({ minutes: 10 });
    const late = await tom.get(`${BASE}/challenge`);
    expect([late.status, late.json["code"], late.json["loginUrl"]]).toEqual([
      410,
      "challenge_expired",
      "/login",
    ]);
    expect((await tom.page(`${BASE}/challenge`)).status).toBe(410);
  });

  test("of an action that nobody named is 404", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expectProblem(await tom.get(`${BASE}/challenge?action=nothing`), "not_found");
  });

  test("of an action, for somebody with no factor to confirm it, is 409", async () => {
    await app.addUser({ email: "ada@acme.test" });
    const ada = await signedIn(app, "ada@acme.test");
    expectProblem(await ada.get(`${BASE}/challenge?action=payout`), "factor_not_enrolled");
  });
});

describe("POST /challenge/send", () => {
  test("starts the challenge afresh: 202, a page 303 back to it", async () => {
    const tom = await afterPassword(app, TOM);
    const expiresAt = new Date(app.clock.now().getTime() + 10 * 60_000).toISOString();
    const sent = await tom.post(`${BASE}/challenge/send`, { factor: "totp" });
    expect([sent.status, sent.json]).toEqual([202, { kind: "totp", expiresAt }]);
    expect(sees(await tom.form(`${BASE}/challenge/send`, { factor: "totp" }))).toEqual([
      303,
      `${BASE}/challenge`,
    ]);
  });

  test("without a login is 401, and of a factor that may not answer 403", async () => {
    expectProblem(await app.visitor().post(`${BASE}/challenge/send`), "no_challenge", { loginUrl: "/login" });
    const tom = await afterPassword(app, TOM);
    expectProblem(await tom.post(`${BASE}/challenge/send`, { factor: "email" }), "factor_not_allowed");
  });
});

describe("POST /challenge/verify", () => {
  test("with the right code signs in, and says where to go", async () => {
    const tom = await afterPassword(app, TOM);
    const right = await tom.post(VERIFY, { code: await code() });
    expect([right.status, right.json]).toEqual([200, { state: "satisfied", returnTo: "/" }]);
  });

  test("in a browser goes to where the login said, else to the page that was asked for", async () => {
    const asked = app.visitor();
    await asked.form("/login", { email: TOM, password: PASSWORD });
    await asked.page("/account?tab=2");
    expect(sees(await asked.form(VERIFY, { code: await code() }))).toEqual([303, "/account?tab=2"]);
    app.clock.advance({ seconds: 30 });
    const sent = app.visitor();
    await sent.form("/login/redirect", { email: TOM, password: PASSWORD });
    await sent.page("/account");
    expect(sees(await sent.form(VERIFY, { code: await code() }))).toEqual([303, "/welcome"]);
  });

  test("with a wrong code is 401 with the attempts left; a page goes back", async () => {
    const tom = await afterPassword(app, TOM);
    expectProblem(await tom.post(VERIFY, { code: "000000" }), "wrong_code", { attemptsLeft: 4 });
    expect(sees(await tom.form(VERIFY, { code: "000000" }))).toEqual([303, `${BASE}/challenge`]);
    expectProblem(await tom.post(VERIFY, { code: "000000" }), "wrong_code", { attemptsLeft: 2 });
  });

  test("with a code of some minutes ago hints at the clock, with a used one at that", async () => {
    const tom = await afterPassword(app, TOM);
    const old = await codes(app.clock).code({ seconds: -240 });
    expectProblem(await tom.post(VERIFY, { code: old }), "wrong_code", { attemptsLeft: 4, hint: "clock" });
    const used = await code();
    await tom.post(VERIFY, { code: used });
    const again = await afterPassword(app, TOM);
    expectProblem(await again.post(VERIFY, { code: used }), "wrong_code", { attemptsLeft: 5, hint: "used" });
  });

  test("with a malformed code is 400 with the field", async () => {
    const tom = await afterPassword(app, TOM);
    const errors = [{ field: "code", message: expect.any(String) }];
    for (const typed of ["", "12345", "1234567", "abcdef"]) {
      expectProblem(await tom.post(VERIFY, { code: typed }), "invalid_input", { errors });
    }
    expectProblem(await tom.post(VERIFY, {}), "invalid_input", { errors });
  });

  test("while locked is 429 with how long; a dead challenge after it 410, until it is started afresh", async () => {
    const tom = await afterPassword(app, TOM);
    for (let guess = 0; guess < 5; guess++) await tom.post(VERIFY, { code: "000000" });
    const locked = await tom.post(VERIFY, { code: await code() });
    expectProblem(locked, "locked", { blocked: false });
    expect(locked.headers.get("retry-after")).toBe("30");
    expect((await tom.post(`${BASE}/challenge/send`)).status).toBe(429);
    app.clock.advance({ seconds: 30 });
    expectProblem(await tom.post(VERIFY, { code: await code() }), "challenge_expired", { renewable: true });
    expect((await tom.post(`${BASE}/challenge/send`)).status).toBe(202);
    expect((await tom.post(VERIFY, { code: await code() })).status).toBe(200);
  });

  test("after the login's time is 410, and without a login 401", async () => {
    const tom = await afterPassword(app, TOM);
    app.clock.advance({ minutes: 10 });
    const late = await tom.post(VERIFY, { code: await code() });
    expect([late.status, late.json["code"]]).toEqual([410, "challenge_expired"]);
    expectProblem(await app.visitor().post(VERIFY, { code: "123456" }), "no_challenge", {
      loginUrl: "/login",
    });
  });

  test("for an action, signed in, earns it: 200", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const proven = await tom.post(VERIFY, { code: await code(), action: "payout" });
    expect([proven.status, proven.json]).toEqual([200, { state: "satisfied", returnTo: BASE }]);
    expectProblem(await tom.post(VERIFY, { code: "000000", action: "payout" }), "wrong_code", {
      attemptsLeft: 4,
    });
  });
});

describe("POST /challenge/cancel", () => {
  test("ends the login: 200, a page 303 to the login page", async () => {
    const tom = await afterPassword(app, TOM);
    const over = await tom.post(`${BASE}/challenge/cancel`);
    expect([over.status, over.json]).toEqual([200, { state: "anonymous", loginUrl: "/login" }]);
    expectProblem(await tom.post(VERIFY, { code: await code() }), "no_challenge", { loginUrl: "/login" });
    const again = await afterPassword(app, TOM);
    expect(sees(await again.form(`${BASE}/challenge/cancel`))).toEqual([303, "/login"]);
  });
});

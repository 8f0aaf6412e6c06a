// The HTTP contract, row by row: what a JSON client gets, what a browser gets, and the codes clients switch on.
import { MemoryStore } from "express-session";
import { recoveryCodes, STATUS, totp } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import { afterPassword, codes, PASSWORD, signedIn, stepUp, TOM, TOTP_SECRET } from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const ROOT = "root@acme.test";
const BASE = "/second-factor";
const VERIFY = `${BASE}/challenge/verify`;
const ENROL = `${BASE}/enrol/totp`;

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

/** A problem document (RFC 9457): its type and fields, and the status repeated in it. */
function expectProblem(reply: Reply, name: keyof typeof STATUS, fields: object = {}) {
  expect(reply.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  const known = { title: expect.stringMatching(/^[A-Z]?\w/), status: STATUS[name], code: name, ...fields };
  expect(reply.json).toEqual(known);
  expect(reply.status).toBe(STATUS[name]);
  const challenge = reply.headers.get("www-authenticate");
  const insufficient = 'SecondFactor error="insufficient_user_authentication"';
  expect(challenge).toBe(reply.status === 401 ? insufficient : null);
}

const sees = (reply: Reply) => [reply.status, reply.location];

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
      { purpose: "login", account: TOM, factors: [{ kind: "totp" }], preferred: "totp", expiresAt },
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

describe("GET /", () => {
  test("lists the person's factors and the recovery codes left", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const lastUsedAt = new Date(app.clock.now().getTime() - 30_000).toISOString();
    expect((await tom.get(BASE)).json).toEqual({
      on: true,
      account: TOM,
      factors: [{ kind: "totp", lastUsedAt }],
      addable: [],
      configured: true,
      recoveryCodes: { left: 0, total: 2, saved: true },
    });
    await stepUp(app, tom, TOTP_SECRET);
    await tom.post(`${BASE}/recovery-codes`);
    expect((await tom.get(BASE)).json).toMatchObject({ recoveryCodes: { left: 2, total: 2, saved: false } });
  });

  test("of nobody is 401 with the login page's address; a page goes there", async () => {
    expectProblem(await app.visitor().get(BASE), "no_challenge", { loginUrl: "/login" });
    expect(sees(await app.visitor().page(BASE))).toEqual([303, "/login"]);
  });
});

describe("enrolment", () => {
  const offer = {
    secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
    uri: expect.stringMatching(/^otpauth:\/\/totp\/Acme:root%40acme\.test\?/),
    qr: expect.stringMatching(/^<svg /),
  };

  test("GET /enrol lists what can be set up, and whether it must be", async () => {
    const root = await afterPassword(app, ROOT);
    expect((await root.get(`${BASE}/enrol`)).json).toEqual({ factors: [{ kind: "totp" }], required: true });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await tom.get(`${BASE}/enrol`)).json).toEqual({ factors: [{ kind: "totp" }], required: false });
    expect(sees(await tom.page(`${BASE}/enrol`))).toEqual([303, `${BASE}/challenge?action=change-factors`]);
  });

  test("POST /enrol/totp begins: secret, URI and QR code; GET shows it again", async () => {
    const root = await afterPassword(app, ROOT);
    expectProblem(await root.get(ENROL), "not_found");
    expect(sees(await root.page(ENROL))).toEqual([303, `${BASE}/enrol`]);
    const begun = await root.post(ENROL);
    expect([begun.status, begun.json]).toEqual([200, offer]);
    expect((await root.get(ENROL)).json).toEqual(begun.json);
    expect(sees(await root.form(ENROL))).toEqual([303, ENROL]);
  });

  test("POST /enrol/totp/confirm turns it on, signs in, and shows the recovery codes", async () => {
    const root = await afterPassword(app, ROOT);
    const { secret } = (await root.post(ENROL)).json;
    expectProblem(await root.post(`${ENROL}/confirm`, { code: "000000" }), "wrong_code", { attemptsLeft: 4 });
    const errors = [{ field: "code", message: expect.any(String) }];
    expectProblem(await root.post(`${ENROL}/confirm`, { code: "1" }), "invalid_input", { errors });
    const first = await codes(app.clock, String(secret)).code();
    const done = await root.post(`${ENROL}/confirm`, { code: first });
    const group = "[0-9A-HJKMNP-TV-Z]{4}";
    const recovery = expect.stringMatching(new RegExp(`^${group}(-${group}){3}$`));
    expect([done.status, done.json]).toEqual([
      200,
      { state: "satisfied", returnTo: "/", recoveryCodes: [recovery, recovery] },
    ]);
    expect((await root.get("/account")).status).toBe(200);
  });

  test("POST /enrol/totp/confirm of nothing begun is 410 with where to begin", async () => {
    const root = await afterPassword(app, ROOT);
    expectProblem(await root.post(`${ENROL}/confirm`, { code: "123456" }), "challenge_expired", {
      enrolUrl: `${BASE}/enrol`,
    });
    expect(sees(await root.form(`${ENROL}/confirm`, { code: "123456" }))).toEqual([303, `${BASE}/enrol`]);
  });

  test("of a factor that is not configured is 403", async () => {
    const root = await afterPassword(app, ROOT);
    expectProblem(await root.post(`${BASE}/enrol/passkey`), "factor_not_allowed");
  });
});

describe("a change of factors", () => {
  const challengeUrl = `${BASE}/challenge?action=change-factors`;
  const changes: [string, (tom: Visitor) => Promise<Reply>][] = [
    [`${BASE}/factors/totp/remove`, (tom) => tom.post(`${BASE}/factors/totp/remove`)],
    [`${BASE}/recovery-codes`, (tom) => tom.post(`${BASE}/recovery-codes`)],
    [ENROL, (tom) => tom.post(ENROL)],
  ];

  test.each(changes)(
    "POST %s without a grant is 401 with the challenge; a page goes there",
    async (path, change) => {
      const tom = await signedIn(app, TOM, TOTP_SECRET);
      expectProblem(await change(tom), "step_up_required", { action: "change-factors", challengeUrl });
      expect(sees(await tom.form(path))).toEqual([303, challengeUrl]);
    },
  );

  test("with a grant: removed, and a page goes to the overview that says so", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const removed = await tom.post(`${BASE}/factors/totp/remove`);
    expect([removed.status, removed.json]).toEqual([200, { removed: "totp" }]);
    expectProblem(await tom.post(`${BASE}/factors/totp/remove`), "factor_not_enrolled");
    await app.addUser({ email: "eve@acme.test", secret: TOTP_SECRET });
    const eve = await signedIn(app, "eve@acme.test", TOTP_SECRET);
    await stepUp(app, eve, TOTP_SECRET);
    expect(sees(await eve.form(`${BASE}/factors/totp/remove`))).toEqual([303, `${BASE}?notice=removed`]);
  });

  test("a step-up in a browser comes back to the form it was asked from", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await tom.form(`${BASE}/factors/totp/remove`);
    const proven = await tom.form(VERIFY, { code: await code(), action: "change-factors" });
    expect(sees(proven)).toEqual([303, `${BASE}/factors/totp/remove`]);
    expect((await tom.get(`${BASE}/factors/totp/remove`)).json).toEqual({
      kind: "totp",
      last: true,
      required: false,
    });
  });

  test("that the policy forbids is 403", async () => {
    await app.addUser({ email: "boss@acme.test", roles: ["admin"], secret: TOTP_SECRET });
    const boss = await signedIn(app, "boss@acme.test", TOTP_SECRET);
    expectProblem(await boss.post(`${BASE}/factors/totp/remove`), "forbidden");
  });

  test("POST /recovery-codes makes new ones, GET counts them, POST …/saved notes that they are kept", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await tom.get(`${BASE}/recovery-codes`)).json).toEqual({ left: 0, total: 2, saved: true });
    await stepUp(app, tom, TOTP_SECRET);
    expect((await tom.get(`${BASE}/recovery-codes/new`)).json).toEqual({ left: 0 });
    const made = await tom.post(`${BASE}/recovery-codes`);
    expect([made.status, made.json]).toEqual([
      200,
      { recoveryCodes: [expect.any(String), expect.any(String)] },
    ]);
    const returnTo = `${BASE}?notice=recovery-codes-saved`;
    expect((await tom.post(`${BASE}/recovery-codes/saved`)).json).toEqual({ returnTo });
    expect((await tom.get(`${BASE}/recovery-codes`)).json).toEqual({ left: 2, total: 2, saved: true });
  });
});

describe("everything else", () => {
  test("is 404 where there is nothing, 405 with the methods there are, 415 for another type, 403 from elsewhere", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expectProblem(await tom.get(`${BASE}/nothing`), "not_found");
    const wrong = await tom.get(VERIFY);
    expectProblem(wrong, "method_not_allowed");
    expect(wrong.headers.get("allow")).toBe("POST");
    const text = { method: "POST", body: "code=1", headers: { "content-type": "text/plain" } };
    expectProblem(await tom.ask(VERIFY, text), "unsupported_media_type");
    const evil = { method: "POST", body: {}, headers: { origin: "https://evil.test" } };
    expectProblem(await tom.ask(VERIFY, evil), "cross_origin");
  });

  test("an error as a page has a heading, the status, and a way on", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const page = await tom.page(`${BASE}/nothing`);
    expect(page.status).toBe(404);
    expect(page.text).toMatch(/<h1>Nothing is here<\/h1>/);
    expect(page.text).toMatch(/href="\/"/);
  });

  test("with a base path and login path of one's own, every address says so", async () => {
    const options = { basePath: "/account/2fa", loginPath: "/sign-in", open: ["/login"] };
    await app.start({ sessionStore: new MemoryStore(), options });
    const tom = app.visitor();
    const login = await tom.post("/login", { email: TOM, password: PASSWORD });
    expect(login.json).toMatchObject({ challengeUrl: "/account/2fa/challenge" });
    const page = await tom.page("/account/2fa/challenge");
    expect(page.text).toContain('action="/account/2fa/challenge/verify"');
    expect(page.text).not.toContain('"/second-factor');
    expect(sees(await tom.form("/account/2fa/challenge/cancel"))).toEqual([303, "/sign-in"]);
    expect((await tom.get("/second-factor")).status).toBe(404);
  });
});

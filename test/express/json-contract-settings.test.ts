// The HTTP contract of a person's own factors: the settings, the authenticator app and the recovery codes.
import { MemoryStore } from "express-session";
import { recoveryCodes, totp } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  CONFIRM,
  codes,
  ENROL,
  signedIn,
  stepUp,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";
import { BASE, expectProblem, ROOT, sees } from "./json-contract.js";

const app = useApp(() => {
  const factors = [totp(), recoveryCodes({ count: 2 })];
  return { sessionStore: new MemoryStore(), options: { factors } };
});
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: ROOT, roles: ["admin"] });
});

const code = () => codes(app.clock).code();

describe("GET /", () => {
  test("lists the person's factors and the recovery codes left", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const lastUsedAt = new Date(app.clock.now().getTime() - 30_000).toISOString();
    expect((await tom.get(BASE)).json).toEqual({
      on: true,
      account: TOM,
      factors: [{ kind: "totp", lastUsedAt }],
      addable: [],
      browsers: 0,
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
    expiresAt: "2026-01-01T12:30:00.000Z",
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
    expectProblem(await root.post(CONFIRM, { code: "000000" }), "wrong_code", { attemptsLeft: 4 });
    const errors = [{ field: "code", message: expect.any(String) }];
    expectProblem(await root.post(CONFIRM, { code: "1" }), "invalid_input", { errors });
    const first = await codes(app.clock, String(secret)).code();
    const done = await root.post(CONFIRM, { code: first });
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
    expectProblem(await root.post(CONFIRM, { code: "123456" }), "challenge_expired", {
      enrolUrl: `${BASE}/enrol`,
    });
    expect(sees(await root.form(CONFIRM, { code: "123456" }))).toEqual([303, `${BASE}/enrol`]);
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

// The HTTP contract of setting up codes by e-mail and by text message: the address, its code, and what is wrong with either.
import { MemoryStore } from "express-session";
import { DeliveryError, emailCode, smsCode, textDelivery } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  everyFactor,
  nextCode,
  PHONE,
  SENDER,
  sentCode,
  signedIn,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import { BASE, expectProblem, ROOT, reads, sees } from "./json-contract.js";

const EMAIL = `${BASE}/enrol/email`;
const SMS = `${BASE}/enrol/sms`;
const HOME = "root@home.test";
const NUMBER = { country: "US", number: "(415) 555-0123" };

const app = useApp(() => ({ sessionStore: new MemoryStore(), factors: everyFactor }));
beforeEach(async () => {
  await app.connection.collection("second_factor_limits").deleteMany({});
  await app.addUser({ email: ROOT, roles: ["admin"] });
});

/** So long from now, as JSON has it. */
function inSeconds(seconds: number): string {
  return new Date(app.clock.now().getTime() + seconds * 1000).toISOString();
}

/** What the answer says of an address that has just been written to. */
function underWay(kind: "email" | "sms", address: string, hint: string) {
  const expiresAt = inSeconds(kind === "email" ? 600 : 300);
  const sent = { kind, hint, expiresAt, resendAt: inSeconds(60) };
  return { address, expiresAt: inSeconds(1800), sent };
}

describe("GET /enrol", () => {
  test("lists what can be set up", async () => {
    const root = await afterPassword(app, ROOT);
    const factors = [{ kind: "totp" }, { kind: "email" }, { kind: "sms" }];
    expect(reads(await root.get(`${BASE}/enrol`))).toEqual([200, { factors, required: true }]);
  });

  test.each([EMAIL, SMS])("GET %s of nothing begun is 404; a page shows the form", async (path) => {
    const root = await afterPassword(app, ROOT);
    expectProblem(await root.get(path), "not_found");
    const page = await root.page(path);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`action="${path}"`);
  });
});

describe("POST /enrol/email", () => {
  test("sends a code to the address: 200 with both; GET shows it again", async () => {
    const root = await afterPassword(app, ROOT);
    const shown = underWay("email", HOME, "r***@home.test");
    expect(reads(await root.post(EMAIL, { address: HOME }))).toEqual([200, shown]);
    expect(reads(await root.get(EMAIL))).toEqual([200, shown]);
    expect(app.outbox.messages()).toMatchObject([{ to: HOME, channel: "email" }]);
  });

  test("in a browser goes to the page with the field", async () => {
    const root = await afterPassword(app, ROOT);
    expect(sees(await root.form(EMAIL, { address: HOME }))).toEqual([303, EMAIL]);
    expect((await root.page(EMAIL)).text).toContain(`action="${EMAIL}/confirm"`);
    expect((await root.page(`${EMAIL}?change=1`)).text).toContain(`value="${HOME}"`);
  });

  test("again within a minute is 429 with from when on, also for another address; then it is sent", async () => {
    const root = await afterPassword(app, ROOT);
    await root.post(EMAIL, { address: HOME });
    const resendAt = inSeconds(60);
    app.clock.advance({ seconds: 20 });
    for (const body of [{ address: HOME }, { address: TOM }, { resend: true }]) {
      const early = await root.post(EMAIL, body);
      expectProblem(early, "resend_too_soon", { resendAt });
      expect(early.headers.get("retry-after")).toBe("40");
    }
    app.clock.advance({ seconds: 40 });
    expect((await root.post(EMAIL, { resend: true })).json).toMatchObject({ address: HOME });
    expect(app.outbox.messages().map(({ to }) => to)).toEqual([HOME, HOME]);
  });

  test.each([
    "",
    "root",
    "root@",
    "a@b@c.test",
    "root@acme.test, eve@evil.test",
    "root@acme.test\r\nBcc: eve@evil.test",
  ])("of %j is 400 with the field and what to write", async (address) => {
    const root = await afterPassword(app, ROOT);
    const errors = [{ field: "address", message: "Enter an e-mail address like name@example.com." }];
    expectProblem(await root.post(EMAIL, { address }), "invalid_input", { errors });
    expect(app.outbox.messages()).toEqual([]);
  });

  test.each([
    { address: ["root@acme.test"] },
    { address: { $ne: null } },
    { address: 7 },
    { address: "a".repeat(300) },
  ])("of %j is 400 with the field", async (body) => {
    const root = await afterPassword(app, ROOT);
    const errors = [{ field: "address", message: expect.any(String) }];
    expectProblem(await root.post(EMAIL, body), "invalid_input", { errors });
  });

  test("with a factor active takes a fresh code; a page goes there", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const challengeUrl = `${BASE}/challenge?action=change-factors`;
    const refused = await tom.post(EMAIL, { address: TOM });
    expectProblem(refused, "step_up_required", { action: "change-factors", challengeUrl });
    expect(sees(await tom.form(EMAIL, { address: TOM }))).toEqual([303, challengeUrl]);
    expect(sees(await tom.page(EMAIL))).toEqual([303, challengeUrl]);
    expect(app.outbox.messages()).toEqual([]);
    await tom.form(VERIFY, { factor: "totp", code: await nextCode(app), action: "change-factors" });
    expect((await tom.post(EMAIL, { address: TOM })).status).toBe(200);
  });
});

describe("POST /enrol/sms", () => {
  test("sends a code to the number: 200 with both, the number in E.164", async () => {
    const root = await afterPassword(app, ROOT);
    const shown = underWay("sms", PHONE, "+1********23");
    expect(reads(await root.post(SMS, NUMBER))).toEqual([200, shown]);
    expect(reads(await root.get(SMS))).toEqual([200, shown]);
    expect(app.outbox.messages()).toMatchObject([{ to: PHONE, channel: "sms" }]);
  });

  test.each([
    ["country", { number: "4155550123" }],
    ["country", { country: "XX", number: "4155550123" }],
    ["number", { country: "US" }],
    ["number", { country: "US", number: "12" }],
    ["number", { country: "US", number: "900 555 0123" }],
    ["number", { country: "GB", number: "020 7946 0000" }],
  ])("is 400 at %s for %j", async (field, given) => {
    const root = await afterPassword(app, ROOT);
    const errors = [{ field, message: expect.stringMatching(/\.$/) }];
    expectProblem(await root.post(SMS, given), "invalid_input", { errors });
    expect(app.outbox.messages()).toEqual([]);
  });
});

describe("where the provider does not take it", () => {
  const start = (error: DeliveryError) =>
    app.start({
      sessionStore: new MemoryStore(),
      factors: (box) => [
        smsCode({ delivery: textDelivery(() => Promise.reject(error)) }),
        emailCode({ delivery: box.mail({ from: SENDER }) }),
      ],
    });

  test.each(["invalid-recipient", "unsupported-region", "opted-out"] as const)(
    "because of the number, %s: 400 at that field; a page says so",
    async (reason) => {
      await start(new DeliveryError(reason, "", { isDefinite: true }));
      const root = await afterPassword(app, ROOT);
      const refused = await root.post(SMS, NUMBER);
      const errors = [{ field: "number", message: expect.stringMatching(/^(We can't|This number)/) }];
      expectProblem(refused, "invalid_input", { errors });
      const [{ message } = { message: "" }] = refused.json["errors"] as { message: string }[];
      expect(sees(await root.form(SMS, NUMBER))).toEqual([303, SMS]);
      expect((await root.page(SMS)).text).toContain(message.split(".")[0]);
    },
  );

  test("for any other reason: 503, and the address can be tried again at once", async () => {
    await start(new DeliveryError("timeout", "", { isDefinite: false }));
    const root = await afterPassword(app, ROOT);
    const failed = await root.post(SMS, NUMBER);
    expectProblem(failed, "delivery_failed");
    expect(failed.headers.get("retry-after")).toBe("30");
    expect((await root.post(EMAIL, { address: HOME })).status).toBe(200);
  });
});

describe("POST /enrol/:factor/confirm", () => {
  const recoveryCodes = Array(10).fill(expect.stringMatching(/^(\w{4}-){3}\w{4}$/));

  test.each([
    ["email", { address: HOME }, HOME],
    ["sms", NUMBER, PHONE],
  ])("of %s turns it on, signs in, and shows the recovery codes", async (kind, given, to) => {
    const root = await afterPassword(app, ROOT);
    await root.post(`${BASE}/enrol/${kind}`, given);
    const confirm = `${BASE}/enrol/${kind}/confirm`;
    expectProblem(await root.post(confirm, { code: "000000" }), "wrong_code", { attemptsLeft: 4 });
    const errors = [{ field: "code", message: "Enter the 6-digit code." }];
    expectProblem(await root.post(confirm, { code: "1" }), "invalid_input", { errors });
    const done = await root.post(confirm, { code: sentCode(app, to) });
    expect(reads(done)).toEqual([200, { state: "satisfied", returnTo: "/", recoveryCodes }]);
    expect((await root.get("/account")).status).toBe(200);
  });

  test("of somebody who is signed in goes to their settings", async () => {
    await app.addUser({ email: ADA });
    const ada = await afterPassword(app, ADA);
    await ada.post(EMAIL, { address: ADA });
    const done = await ada.post(`${EMAIL}/confirm`, { code: sentCode(app, ADA) });
    const returnTo = `${BASE}?notice=turned-on`;
    expect(reads(done)).toEqual([200, { state: "satisfied", returnTo, recoveryCodes }]);
  });

  test("of a code that is over is 410 and can be sent anew; a page says so at the form", async () => {
    const root = await afterPassword(app, ROOT);
    await root.post(SMS, NUMBER);
    const code = sentCode(app, PHONE);
    app.clock.advance({ minutes: 5 });
    expectProblem(await root.post(`${SMS}/confirm`, { code }), "challenge_expired", { renewable: true });
    expect(sees(await root.form(`${SMS}/confirm`, { code }))).toEqual([303, SMS]);
    const page = (await root.page(SMS)).text;
    expect(page).toContain("That code has expired. Send a new code.");
    expect(page).toMatch(/<form[^>]* action="\/second-factor\/enrol\/sms"/);
    expect((await root.post(SMS, { resend: true })).status).toBe(200);
    const done = await root.post(`${SMS}/confirm`, { code: sentCode(app, PHONE) });
    expect(done.status).toBe(200);
  });

  test("of nothing begun is 410 with where to begin", async () => {
    const root = await afterPassword(app, ROOT);
    const refused = await root.post(`${EMAIL}/confirm`, { code: "123456" });
    expectProblem(refused, "challenge_expired", { enrolUrl: `${BASE}/enrol` });
  });
});

// The HTTP contract of codes that are sent at a login or for an action: hints, what is under way, and why nothing is.
import { MemoryStore } from "express-session";
import {
  DeliveryError,
  emailCode,
  type SecondFactorOptions,
  smsCode,
  textDelivery,
  totp,
} from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  codes,
  everyFactor,
  nextCode,
  PHONE,
  SEND,
  SENDER,
  sentCode,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import { BASE, expectProblem, reads, sees } from "./json-contract.js";

const actions = { payout: { description: "pay out money" } };
const setup = (options: Partial<SecondFactorOptions> = {}) => ({
  sessionStore: new MemoryStore(),
  factors: everyFactor,
  options: { actions, ...options },
});
const app = useApp(() => setup());
beforeEach(async () => {
  await app.connection.collection("second_factor_limits").deleteMany({});
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: TOM, phone: PHONE });
});

const MAIL = { kind: "email", hint: "t***@acme.test" };
const TEXT = { kind: "sms", hint: "+1********23" };
const CHALLENGE = `${BASE}/challenge`;

/** So long from now, as JSON has it. */
function inSeconds(seconds: number): string {
  return new Date(app.clock.now().getTime() + seconds * 1000).toISOString();
}

async function signedInTom(): Promise<Visitor> {
  const tom = await afterPassword(app, TOM);
  await tom.post(VERIFY, { factor: "totp", code: await nextCode(app) });
  return tom;
}

describe("GET /challenge", () => {
  test("says where codes go, covered, and what is asked first", async () => {
    const tom = await afterPassword(app, TOM);
    const asked = {
      purpose: "login",
      account: TOM,
      factors: [{ kind: "totp" }, MAIL, TEXT],
      preferred: "totp",
      expiresAt: inSeconds(600),
      trustBrowserDays: 90,
    };
    expect(reads(await tom.get(CHALLENGE))).toEqual([200, asked]);
    expect(reads(await tom.get(`${CHALLENGE}/choose`))).toEqual([200, asked]);
  });

  test("says what is under way, until the login is complete", async () => {
    const tom = await afterPassword(app, TOM);
    const sent = { ...MAIL, expiresAt: inSeconds(600), resendAt: inSeconds(60) };
    expect(reads(await tom.post(SEND, { factor: "email" }))).toEqual([202, sent]);
    expect((await tom.get(CHALLENGE)).json).toMatchObject({ preferred: "totp", sent });
    app.clock.advance({ seconds: 61 });
    const again = { ...TEXT, expiresAt: inSeconds(300), resendAt: inSeconds(60) };
    expect(reads(await tom.post(SEND, { factor: "sms" }))).toEqual([202, again]);
    expect((await tom.get(CHALLENGE)).json).toMatchObject({ sent: again });
    expect((await tom.post(VERIFY, { factor: "sms", code: sentCode(app, PHONE) })).status).toBe(200);
  });

  test("of an action has the same, but no box to tick and no end of its own", async () => {
    const tom = await signedInTom();
    const sent = { ...MAIL, expiresAt: inSeconds(600), resendAt: inSeconds(60) };
    expect(reads(await tom.post(SEND, { factor: "email", action: "payout" }))).toEqual([202, sent]);
    expect((await tom.get(`${CHALLENGE}?action=payout`)).json).toEqual({
      purpose: "action:payout",
      action: "payout",
      description: "pay out money",
      factors: [{ kind: "totp" }, MAIL, TEXT],
      preferred: "totp",
      sent,
    });
    const proof = { factor: "email", code: sentCode(app, TOM), action: "payout" };
    expect(reads(await tom.post(VERIFY, proof))).toEqual([200, { state: "satisfied", returnTo: BASE }]);
  });

  test("where codes go out at the login has one under way already", async () => {
    await app.start(setup({ sendOn: "login" }));
    await app.addUser({ email: ADA, address: ADA });
    const ada = await afterPassword(app, ADA);
    const sent = {
      kind: "email",
      hint: "a***@acme.test",
      expiresAt: inSeconds(600),
      resendAt: inSeconds(60),
    };
    expect((await ada.get(CHALLENGE)).json).toMatchObject({ factors: [{ kind: "email" }], sent });
    expectProblem(await ada.post(SEND), "resend_too_soon", { resendAt: sent.resendAt });
  });
});

describe("POST /challenge/send", () => {
  test("in a browser goes back to the page, which shows the field", async () => {
    const tom = await afterPassword(app, TOM);
    expect(sees(await tom.form(SEND, { factor: "email" }))).toEqual([303, CHALLENGE]);
    const page = await tom.page(CHALLENGE);
    expect(page.text).toContain(MAIL.hint);
    expect(page.text).toContain(SENDER);
  });

  test("with no factor named sends the code of the one that is asked first", async () => {
    await app.addUser({ email: ADA, address: ADA });
    const ada = await afterPassword(app, ADA);
    expect((await ada.post(SEND)).json).toMatchObject({ kind: "email" });
  });

  test("too soon is 429 with from when on; a page goes back and says so", async () => {
    const tom = await afterPassword(app, TOM);
    const { resendAt } = (await tom.post(SEND, { factor: "email" })).json;
    app.clock.advance({ seconds: 18 });
    for (const factor of ["email", "sms"]) {
      const early = await tom.post(SEND, { factor });
      expectProblem(early, "resend_too_soon", { resendAt });
      expect(early.headers.get("retry-after")).toBe("42");
    }
    expect(sees(await tom.form(SEND, { factor: "email" }))).toEqual([303, CHALLENGE]);
    expect((await tom.page(CHALLENGE)).text).toContain("You can ask for a new code in 42 seconds.");
    expect(app.outbox.messages()).toHaveLength(1);
  });

  test("of a factor that the person does not have, or that there is not, is 403", async () => {
    await app.addUser({ email: ADA, address: ADA });
    const ada = await afterPassword(app, ADA);
    expectProblem(await ada.post(SEND, { factor: "sms" }), "factor_not_allowed");
    expectProblem(await ada.post(SEND, { factor: "totp" }), "factor_not_allowed");
    expectProblem(await ada.post(SEND, { factor: "carrier-pigeon" }), "factor_not_allowed");
  });

  test.each([{ factor: ["email"] }, { factor: { $ne: null } }, { factor: 1 }, { action: ["payout"] }])(
    "with %j is 400 with the field",
    async (body) => {
      const tom = await afterPassword(app, TOM);
      const errors = [{ field: Object.keys(body)[0], message: expect.any(String) }];
      expectProblem(await tom.post(SEND, body), "invalid_input", { errors });
    },
  );
});

describe("POST /challenge/send, where no message goes out", () => {
  const failing = (error: Error) => ({
    ...setup(),
    factors: () => [totp(), smsCode({ delivery: textDelivery(() => Promise.reject(error)) })],
  });
  const definite = { isDefinite: true } as const;
  const busy = new DeliveryError("busy", "", { ...definite, retryAfterSeconds: 17 });
  const FAILURES: [string, Error, object, string][] = [
    ["unreachable", new DeliveryError("unreachable", "", definite), {}, "30"],
    ["anything", new TypeError("fetch failed"), {}, "30"],
    ["unauthorised", new DeliveryError("unauthorised", "bad account", definite), {}, "30"],
    ["opted-out", new DeliveryError("opted-out", "", definite), { reason: "opted-out" }, "30"],
    ["busy", busy, { reason: "busy" }, "17"],
  ];

  test.each(FAILURES)("because of %s: 503 with when to try again", async (_, error, fields, seconds) => {
    await app.start(failing(error));
    const tom = await afterPassword(app, TOM);
    const failed = await tom.post(SEND, { factor: "sms" });
    expectProblem(failed, "delivery_failed", fields);
    expect(failed.headers.get("retry-after")).toBe(seconds);
    expect((await tom.get(CHALLENGE)).json).not.toHaveProperty("sent");
    expect((await tom.post(SEND, { factor: "sms" })).status).toBe(503);
    expect((await tom.post(VERIFY, { factor: "totp", code: await codes(app.clock).code() })).status).toBe(
      200,
    );
  });

  test("a page goes back and says so", async () => {
    await app.start(failing(busy));
    const tom = await afterPassword(app, TOM);
    expect(sees(await tom.form(SEND, { factor: "sms" }))).toEqual([303, `${CHALLENGE}?factor=sms`]);
    expect((await tom.page(`${CHALLENGE}?factor=sms`)).text).toContain("We couldn't send the code.");
  });
});

describe("POST /challenge/verify of a code that was sent", () => {
  test("and then replaced hints at that; one that is over is 410 and can be sent anew", async () => {
    const tom = await afterPassword(app, TOM);
    await tom.post(SEND, { factor: "email" });
    const first = sentCode(app, TOM);
    app.clock.advance({ seconds: 60 });
    await tom.post(SEND, { factor: "email" });
    expectProblem(await tom.post(VERIFY, { factor: "email", code: first }), "wrong_code", {
      attemptsLeft: 4,
      hint: "superseded",
    });
    expectProblem(await tom.post(VERIFY, { factor: "sms", code: first }), "challenge_expired", {
      renewable: true,
    });
    expect((await tom.post(VERIFY, { factor: "email", code: sentCode(app, TOM) })).status).toBe(200);
  });

  test("where none was sent is 410, and costs no attempt", async () => {
    const short = {
      ...setup(),
      factors: (box: typeof app.outbox) => [emailCode({ delivery: box.mail({ from: SENDER }) })],
    };
    await app.start(short);
    const tom = await afterPassword(app, TOM);
    for (let guess = 0; guess < 6; guess++) {
      expectProblem(await tom.post(VERIFY, { code: "123456" }), "challenge_expired", { renewable: true });
    }
    await tom.post(SEND);
    expect((await tom.post(VERIFY, { code: sentCode(app, TOM) })).status).toBe(200);
  });
});

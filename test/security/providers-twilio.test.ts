// When Twilio refuses, stalls or answers nonsense: nobody gets past, nobody pays for it, at most one message leaves.
import {
  recoveryCodes,
  type SecondFactorOptions,
  smsCode,
  totp,
  twilioDelivery,
} from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../src/core/delivery.js";
import {
  afterPassword,
  PHONE,
  SEND,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
  WRONG_CODE,
} from "../support/app.js";
import { useStartableApp } from "../support/suite.js";
import { ACCOUNT_SID, type Behaviour, clientFor, startTwilio, type TwilioServer } from "../support/twilio.js";
import type { Reply, Visitor } from "../support/visitor.js";

const SMS = "/second-factor/enrol/sms";
const GIVEN = { country: "US", number: PHONE };

const app = useStartableApp();
let twilio: TwilioServer;
beforeAll(async () => {
  twilio = await startTwilio();
});
afterAll(() => twilio.close());

async function start(
  options: Partial<SecondFactorOptions> = {},
  account?: { authToken: string },
): Promise<void> {
  const client = await clientFor(twilio, account && { accountSid: ACCOUNT_SID, ...account });
  const sender = { from: "+14155550100" };
  const hasty = twilioDelivery(client, sender, { timeoutSeconds: 0.5 });
  const patient = twilioDelivery(client, sender, { timeoutSeconds: 20 });
  // Gives up soon where nothing will come, and else waits for as long as a busy machine needs.
  const delivery: Delivery = {
    ...patient,
    send: (message) => (isSilent ? hasty : patient).send(message),
  };
  await app.start({ factors: () => [totp(), smsCode({ delivery }), recoveryCodes()], options });
}

beforeEach(async () => {
  await app.connection.collection("second_factor_limits").deleteMany({});
  back();
  await start();
});

let isSilent: boolean;
function behave(how: Behaviour): void {
  isSilent = how === "silence";
  twilio.behave(how);
}

/** The provider is well again, and has seen nothing. */
function back(): void {
  behave("success");
  twilio.requests.length = 0;
}

const codeIn = () => /^\d{6}(?= )/.exec(twilio.requests.at(-1)?.fields["Body"] ?? "")?.[0] ?? "";

interface Failure {
  name: string;
  how: Behaviour;
  /** Why, where a person can do something about it. */
  reason?: string;
  /** Told at the field, at an enrolment. */
  isMistake?: true;
  /** Seconds until the next try makes sense, where Twilio said so. */
  wait?: number;
  /** It may have been sent: messages to the number stay counted. */
  isUncertain?: true;
}
const FAILURES: Failure[] = [
  {
    name: "21211, no number",
    how: { refuse: 400, code: 21211 },
    reason: "invalid-recipient",
    isMistake: true,
  },
  {
    name: "21614, no mobile",
    how: { refuse: 400, code: 21614 },
    reason: "invalid-recipient",
    isMistake: true,
  },
  {
    name: "21408, no such region",
    how: { refuse: 400, code: 21408 },
    reason: "unsupported-region",
    isMistake: true,
  },
  { name: "21610, opted out", how: { refuse: 400, code: 21610 }, reason: "opted-out", isMistake: true },
  {
    name: "30003 at once",
    how: { status: "failed", errorCode: 30003 },
    reason: "invalid-recipient",
    isMistake: true,
  },
  { name: "401", how: { refuse: 401, code: 20003 } },
  { name: "403 by a proxy", how: { refuse: 403 } },
  { name: "429", how: { refuse: 429, code: 20429, retryAfter: "17" }, reason: "busy", wait: 17 },
  { name: "500", how: { refuse: 500, code: 20500 }, isUncertain: true },
  { name: "503 by a proxy", how: { refuse: 503 }, isUncertain: true },
  { name: "garbage", how: "garbage", isUncertain: true },
  { name: "silence", how: "silence", isUncertain: true },
  { name: "reset", how: "reset", isUncertain: true },
];

function expectFailed(reply: Reply, { reason, wait }: Failure): void {
  expect([reply.status, reply.json["code"], reply.json["reason"]]).toEqual([503, "delivery_failed", reason]);
  expect(Number(reply.headers.get("retry-after"))).toBe(wait ?? 30);
  expect(reply.headers.get("cache-control")).toBe("no-store");
  expect(reply.text).not.toMatch(/415555|Twilio|\d{5}|refused|stack/i);
}

interface Vault {
  failures?: object;
  sends?: unknown[];
}
async function vaultOf(): Promise<Vault> {
  return ((await storedUser(app, TOM))["secondFactor"] as { vault: Vault }).vault;
}

async function nobody(visitor: Visitor): Promise<void> {
  expect((await visitor.get("/whoami")).json["user"]).toBeNull();
  expect((await visitor.get("/account")).status).toBe(401);
}

describe.each(FAILURES)("text messages that fail: $name", (failure) => {
  const { how, isMistake, isUncertain } = failure;

  test("at a login: 503, one request, nothing spent, and the next try sends at once", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET, phone: PHONE });
    const tom = await afterPassword(app, TOM);
    await tom.post(VERIFY, { factor: "totp", code: WRONG_CODE });
    const before = await vaultOf();
    const told: unknown[] = [];
    app.secondFactor.on("delivery-failed", (event) => told.push(event, String(event.error.message)));
    app.secondFactor.on("code-sent", () => told.push("sent"));
    behave(how);
    expectFailed(await tom.post(SEND, { factor: "sms" }), failure);
    expect(twilio.requests).toHaveLength(1);
    expect(told).toEqual([expect.objectContaining({ factor: "sms", purpose: "login" }), expect.any(String)]);
    expect(JSON.stringify(told)).not.toContain(PHONE);
    expect(JSON.stringify(told)).not.toContain(codeIn());
    expect(await vaultOf()).toEqual({ ...before, sends: [] });
    await nobody(tom);
    // Whether or not it arrived, the code in it is void.
    expect((await tom.post(VERIFY, { factor: "sms", code: codeIn() })).status).toBe(410);
    back();
    expect((await tom.post(SEND, { factor: "sms" })).status).toBe(202);
    expect(twilio.requests).toHaveLength(1);
    expect((await tom.post(VERIFY, { factor: "sms", code: codeIn() })).status).toBe(200);
  });

  test("at a resend: the code before it still works", async () => {
    await app.addUser({ email: TOM, phone: PHONE });
    const tom = await afterPassword(app, TOM);
    await tom.post(SEND, { factor: "sms" });
    const code = codeIn();
    app.clock.advance({ seconds: 60 });
    behave(how);
    expectFailed(await tom.post(SEND, { factor: "sms" }), failure);
    expect((await tom.post(VERIFY, { factor: "sms", code })).status).toBe(200);
  });

  test("at an enrolment: told at the field where the number is at fault, and nothing is in force", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    behave(how);
    const reply = await tom.post(SMS, GIVEN);
    if (isMistake) {
      expect([reply.status, reply.json["code"]]).toEqual([400, "invalid_input"]);
      expect(reply.json["errors"]).toEqual([{ field: "number", message: expect.any(String) }]);
    } else expectFailed(reply, failure);
    expect(twilio.requests).toHaveLength(1);
    expect((await tom.post(`${SMS}/confirm`, { code: codeIn() })).status).toBe(410);
    expect(await storedUser(app, TOM)).not.toHaveProperty("secondFactor.factors.0");
    const page = await tom.form(SMS, GIVEN);
    expect([page.status, page.location]).toEqual([303, SMS]);
    expect((await tom.page(SMS)).text).toMatch(/We (can|couldn)(&#39;|')t|This number has opted out/);
    back();
    expect((await tom.post(SMS, GIVEN)).status).toBe(200);
    expect(twilio.requests).toHaveLength(1);
    expect((await tom.post(`${SMS}/confirm`, { code: codeIn() })).status).toBe(200);
  });

  test("as a page: back to the challenge, which says so and shows no number", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET, phone: PHONE });
    const tom = await afterPassword(app, TOM);
    behave(how);
    const reply = await tom.form(SEND, { factor: "sms" });
    expect(reply.status).toBe(303);
    const page = await tom.page(reply.location ?? "");
    expect(page.text).toMatch(/We (can|couldn)(&#39;|')t|This number has opted out/);
    expect(page.text).not.toContain(PHONE);
    await nobody(tom);
  });

  test("where codes go out with the login: it is pending all the same, and the page says so", async () => {
    await start({ sendOn: "login" });
    await app.addUser({ email: TOM, phone: PHONE });
    behave(how);
    const tom = app.visitor();
    const login = await tom.post("/login", { email: TOM, password: "correct horse" });
    expect([login.status, login.json["code"]]).toEqual([401, "second_factor_required"]);
    expect(twilio.requests).toHaveLength(1);
    const page = await tom.page("/second-factor/challenge");
    expect(page.text).toMatch(/We (can|couldn)(&#39;|')t|This number has opted out/);
    await nobody(tom);
    back();
    expect((await tom.post(SEND)).status).toBe(202);
  });

  test("messages to the number are counted where one may have been sent, and only there", async () => {
    await app.addUser({ email: TOM, phone: PHONE });
    const tom = await afterPassword(app, TOM);
    behave(how);
    const replies: number[] = [];
    for (let i = 0; i < 5; i += 1) replies.push((await tom.post(SEND, { factor: "sms" })).status);
    expect(replies).toEqual(isUncertain ? [503, 503, 503, 429, 429] : [503, 503, 503, 503, 503]);
    expect(twilio.requests).toHaveLength(isUncertain ? 3 : 5);
    expect((await vaultOf()).sends).toEqual([]);
    expect(await vaultOf()).not.toHaveProperty("failures.login");
  });
});

test("the account's own token being wrong is not told to the person", async () => {
  await start({}, { authToken: "another one" });
  await app.addUser({ email: TOM, phone: PHONE });
  const tom = await afterPassword(app, TOM);
  expectFailed(await tom.post(SEND, { factor: "sms" }), { name: "", how: "success" });
  await nobody(tom);
});

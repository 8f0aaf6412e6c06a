// When mail is refused, hangs or is lost on the way: nobody gets past, nobody pays for it, at most one message leaves.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createTransport } from "nodemailer";
import {
  emailCode,
  nodemailerDelivery,
  recoveryCodes,
  type SecondFactorOptions,
  totp,
} from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../src/core/delivery.js";
import {
  afterPassword,
  EVE,
  SEND,
  SENDER,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
  WRONG_CODE,
} from "../support/app.js";
import { type Fault, type Smtp, startSmtp } from "../support/smtp.js";
import { useStartableApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const ADDRESS = "tom.private@mail.test";
const EMAIL = "/second-factor/enrol/email";

const app = useStartableApp();
let smtp: Smtp;
let closedPort: number;
let port: number;

beforeAll(async () => {
  smtp = await startSmtp();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port: closedPort } = server.address() as AddressInfo);
  server.close();
  await once(server, "close");
});
afterAll(() => smtp.close());

/** Milliseconds after which a connection that nobody needs is given up. */
const SOON = { connectionTimeout: 20_000, greetingTimeout: 20_000, socketTimeout: 20_000 };

/** Gives up soon where the mail server hangs, and else waits for as long as a busy machine needs. */
function deliveryTo(settings: () => object): Delivery {
  const transport = {
    sendMail: (mail: object) => createTransport({ ...settings(), ...SOON }).sendMail(mail),
  };
  const hasty = nodemailerDelivery(transport, { from: SENDER, timeoutSeconds: 0.5 });
  const patient = nodemailerDelivery(transport, { from: SENDER, timeoutSeconds: 20 });
  return { ...patient, send: (message) => (isHanging() ? hasty : patient).send(message) };
}

async function start(options: Partial<SecondFactorOptions> = {}): Promise<void> {
  const auth = { user: "acme", pass: "correct horse" };
  const delivery = deliveryTo(() => ({ host: "127.0.0.1", port, auth }));
  await app.start({ factors: () => [totp(), emailCode({ delivery }), recoveryCodes()], options });
}

beforeEach(async () => {
  await app.connection.collection("second_factor_limits").deleteMany({});
  fail("ok");
  smtp.mails.length = 0;
  await start();
});

type Failure = Fault | "refused-connection";

let failure: Failure;
const isHanging = () => failure.startsWith("hang");

function fail(how: Failure): void {
  failure = how;
  port = how === "refused-connection" ? closedPort : smtp.port;
  smtp.behave(how === "refused-connection" ? "ok" : how);
}

/** Each failure; why, where a person can do something about it; whether the server may have the message all the same. */
const FAULTS: [fault: Failure, reason: string | undefined, arrives: boolean][] = [
  ["refused-connection", undefined, false],
  ["hang-at-connect", undefined, false],
  ["hang-after-data", undefined, true],
  ["drop-after-data", undefined, true],
  ["421-at-mail", "busy", false],
  ["450-at-rcpt", "busy", false],
  ["550-at-rcpt", "invalid-recipient", false],
  ["550-policy-at-rcpt", undefined, false],
  ["552-after-data", undefined, true],
  ["untrusted-certificate", undefined, false],
  ["535-at-auth", undefined, false],
  ["454-at-auth", "busy", false],
];

const codeIn = () => /^\d{6}(?= )/.exec(smtp.mails.at(-1)?.mail.text ?? "")?.[0] ?? "";

function expectFailed(reply: Reply, reason?: string): void {
  expect([reply.status, reply.json["code"], reply.json["reason"]]).toEqual([503, "delivery_failed", reason]);
  expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(reply.headers.get("cache-control")).toBe("no-store");
  expect(reply.text).not.toMatch(/mail\.test|no, not|SMTP|\bE[A-Z]{4,}|127\.0\.0\.1|\d{6}|stack/);
}

interface Vault {
  failures?: object;
  sends?: unknown[];
  challenges: { attempts: number; code?: object }[];
}
async function vaultOf(email = TOM): Promise<Vault> {
  return ((await storedUser(app, email))["secondFactor"] as { vault: Vault }).vault;
}

async function nobody(visitor: Visitor): Promise<void> {
  expect((await visitor.get("/whoami")).json["user"]).toBeNull();
  expect((await visitor.get("/account")).status).toBe(401);
}

describe.each(FAULTS)("mail that fails: %s", (fault, reason, arrives) => {
  test("at a login: 503, at most one message, nothing spent, and the next try sends at once", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET, address: ADDRESS });
    const tom = await afterPassword(app, TOM);
    await tom.post(VERIFY, { factor: "totp", code: WRONG_CODE });
    const before = await vaultOf();
    const failed: unknown[] = [];
    app.secondFactor.on("delivery-failed", (event) => failed.push(event));
    app.secondFactor.on("code-sent", () => failed.push("sent"));
    fail(fault);
    expectFailed(await tom.post(SEND, { factor: "email" }), reason);
    expect(smtp.mails.length).toBeLessThanOrEqual(arrives ? 1 : 0);
    expect(failed).toEqual([expect.objectContaining({ factor: "email", purpose: "login" })]);
    expect(JSON.stringify(failed)).not.toContain(ADDRESS);
    expect(await vaultOf()).toEqual({ ...before, sends: [] });
    await nobody(tom);
    // A message that went out all the same holds a code that is void.
    if (codeIn()) expect((await tom.post(VERIFY, { factor: "email", code: codeIn() })).status).toBe(410);
    fail("ok");
    smtp.mails.length = 0;
    expect((await tom.post(SEND, { factor: "email" })).status).toBe(202);
    expect(smtp.mails).toHaveLength(1);
    expect((await tom.post(VERIFY, { factor: "email", code: codeIn() })).status).toBe(200);
  });

  test("at a resend: the code before it still works", async () => {
    await app.addUser({ email: TOM, address: ADDRESS });
    const tom = await afterPassword(app, TOM);
    await tom.post(SEND, { factor: "email" });
    const code = codeIn();
    app.clock.advance({ seconds: 60 });
    fail(fault);
    expectFailed(await tom.post(SEND, { factor: "email" }), reason);
    expect((await tom.post(VERIFY, { factor: "email", code })).status).toBe(200);
  });

  test("as a page: back to the challenge, which says so", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET, address: ADDRESS });
    const tom = await afterPassword(app, TOM);
    fail(fault);
    const reply = await tom.form(SEND, { factor: "email" });
    expect(reply.status).toBe(303);
    const page = await tom.page(reply.location ?? "");
    const words =
      reason === "invalid-recipient" ? "We can't send codes to this address." : "We couldn't send the code.";
    expect(page.text.replaceAll("&#39;", "'")).toContain(words);
    expect(page.text).not.toContain(ADDRESS);
    await nobody(tom);
  });

  test("at a step-up: 503, and nothing is earned", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET, address: ADDRESS });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    fail(fault);
    expectFailed(await tom.post(SEND, { factor: "email", action: "change-factors" }), reason);
    expect((await tom.post("/second-factor/recovery-codes")).json).toMatchObject({
      code: "step_up_required",
    });
    expect((await vaultOf()).sends).toEqual([]);
    expect((await tom.get("/account")).status).toBe(200);
  });

  test("at an enrolment: told at the field where the address is at fault, and nothing is in force", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    fail(fault);
    const reply = await tom.post(EMAIL, { address: ADDRESS });
    if (reason === "invalid-recipient") {
      expect([reply.status, reply.json["code"]]).toEqual([400, "invalid_input"]);
      expect(reply.json["errors"]).toEqual([{ field: "address", message: expect.any(String) }]);
    } else expectFailed(reply, reason);
    expect(smtp.mails.length).toBeLessThanOrEqual(arrives ? 1 : 0);
    if (codeIn()) expect((await tom.post(`${EMAIL}/confirm`, { code: codeIn() })).status).toBe(410);
    expect(await storedUser(app, TOM)).not.toHaveProperty("secondFactor.factors.0");
    fail("ok");
    smtp.mails.length = 0;
    expect((await tom.post(EMAIL, { address: ADDRESS })).status).toBe(200);
    expect(smtp.mails).toHaveLength(1);
    expect((await tom.post(`${EMAIL}/confirm`, { code: codeIn() })).status).toBe(200);
  });

  test("where codes go out with the login: it is pending all the same, and the page says so", async () => {
    await start({ sendOn: "login" });
    await app.addUser({ email: TOM, address: ADDRESS });
    fail(fault);
    const tom = app.visitor();
    const login = await tom.form("/login", { email: TOM, password: "correct horse" });
    expect([login.status, login.location]).toEqual([303, "/second-factor/challenge"]);
    expect(smtp.mails.length).toBeLessThanOrEqual(arrives ? 1 : 0);
    const page = await tom.page("/second-factor/challenge");
    expect(page.text.replaceAll("&#39;", "'")).toMatch(
      /We (couldn't send the code|can't send codes to this address)\./,
    );
    await nobody(tom);
    expect((await tom.get("/second-factor/challenge")).json).not.toHaveProperty("sent");
    fail("ok");
    smtp.mails.length = 0;
    expect((await tom.post(SEND)).status).toBe(202);
    expect(smtp.mails).toHaveLength(1);
  });
});

test("a mail server that fails 20 people locks nobody out, and costs nobody an attempt", async () => {
  await app.addUser({ email: TOM, address: ADDRESS });
  fail("550-at-rcpt");
  const tom = await afterPassword(app, TOM);
  for (let i = 0; i < 20; i += 1)
    expectFailed(await tom.post(SEND, { factor: "email" }), "invalid-recipient");
  expect(await vaultOf()).toMatchObject({ sends: [], challenges: [{ attempts: 0 }] });
  expect(await vaultOf()).not.toHaveProperty("failures.login");
  expect(smtp.mails).toEqual([]);
});

describe("of two deliveries", () => {
  let other: Smtp;
  beforeEach(async () => {
    other = await startSmtp();
    const at = (smtpPort: number) => ({ host: "127.0.0.1", port: smtpPort });
    const delivery = [deliveryTo(() => at(port)), deliveryTo(() => at(other.port))];
    await app.start({ factors: () => [emailCode({ delivery })] });
    await app.addUser({ email: TOM, address: ADDRESS });
    return () => other.close();
  });

  test.each(["refused-connection", "421-at-mail", "550-policy-at-rcpt", "552-after-data"] as const)(
    "the second sends where the first has certainly not: %s",
    async (fault) => {
      fail(fault);
      const tom = await afterPassword(app, TOM);
      expect((await tom.post(SEND, { factor: "email" })).status).toBe(202);
      expect(other.mails).toHaveLength(1);
      const code = /^\d{6}/.exec(other.mails[0]?.mail.text ?? "")?.[0];
      expect((await tom.post(VERIFY, { factor: "email", code })).status).toBe(200);
    },
  );

  test.each(["hang-after-data", "drop-after-data", "hang-at-connect"] as const)(
    "the second is not asked where the first may have sent: %s",
    async (fault) => {
      fail(fault);
      const tom = await afterPassword(app, TOM);
      expectFailed(await tom.post(SEND, { factor: "email" }));
      expect(smtp.mails.length).toBeLessThanOrEqual(1);
      expect(other.connections).toBe(0);
    },
  );
});

test("a code that arrived before the failure of somebody else's is nobody else's business", async () => {
  await app.addUser({ email: TOM, address: ADDRESS });
  await app.addUser({ email: EVE, address: "eve.private@mail.test" });
  const tom = await afterPassword(app, TOM);
  await tom.post(SEND, { factor: "email" });
  const code = codeIn();
  fail("550-at-rcpt");
  const eve = await afterPassword(app, EVE);
  expectFailed(await eve.post(SEND, { factor: "email" }), "invalid-recipient");
  expect((await eve.post(VERIFY, { factor: "email", code })).status).toBe(410);
  expect((await tom.post(VERIFY, { factor: "email", code })).status).toBe(200);
});

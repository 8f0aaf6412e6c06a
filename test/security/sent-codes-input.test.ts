// Somebody who writes into a request, an address or a name what was never meant to be there.
import { createTransport } from "nodemailer";
import { emailCode, nodemailerDelivery, recoveryCodes, smsCode, totp } from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  EVE,
  everyFactor,
  PHONE,
  SEND,
  SENDER,
  signedIn,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { type Smtp, startSmtp } from "../support/smtp.js";
import { useStartableApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const ADDRESS = "tom.private@mail.test";
const EMAIL = "/second-factor/enrol/email";
const SMS = "/second-factor/enrol/sms";

const app = useStartableApp();
beforeEach(() => waitIsOver());

async function waitIsOver(): Promise<void> {
  const sent = { "secondFactor.vault.sends": { $exists: true } };
  await app.connection.collection("users").updateMany(sent, { $set: { "secondFactor.vault.sends": [] } });
  await app.connection.collection("second_factor_limits").deleteMany({});
}

const messages = () => app.outbox.messages();
const tomExists = () => app.addUser({ email: TOM, secret: TOTP_SECRET, address: ADDRESS, phone: PHONE });

describe("a code is sent to whoever gave the password, where and when they asked for it", () => {
  beforeEach(async () => {
    await app.start({ factors: everyFactor });
    await tomExists();
    await app.addUser({ email: EVE, address: "eve.private@mail.test", phone: "+14155550199" });
  });

  test.each([SEND, `${SEND}?factor=email`])(
    "without a login: 401 no_challenge from %s, and nothing is sent",
    async (path) => {
      const eve = app.visitor();
      const tom = await app.User.findOne({ email: TOM });
      const bodies = [{}, { factor: "email" }, { factor: "sms", email: TOM, user: tom?.id, login: "x" }];
      for (const body of bodies) {
        const reply = await eve.post(path, body);
        expect([reply.status, reply.json["code"]]).toEqual([401, "no_challenge"]);
      }
      expect((await eve.form(path, { factor: "email" })).location).toBe("/login");
      await eve.post("/login", { email: TOM, password: "wrong" });
      expect((await eve.post(path, { factor: "email" })).status).toBe(401);
      expect((await eve.post(EMAIL, { address: ADDRESS })).status).toBe(401);
      expect(messages()).toEqual([]);
    },
  );

  test("to nobody else: an id or an address in the body, the query, a cookie or a header is ignored", async () => {
    const tom = String((await app.User.findOne({ email: TOM }))?._id);
    const names = [
      "user",
      "userId",
      "id",
      "_id",
      "email",
      "account",
      "login",
      "address",
      "to",
      "phone",
      "number",
    ];
    for (const [i, value] of [tom, TOM, ADDRESS, PHONE].entries()) {
      await waitIsOver();
      const eve = await afterPassword(app, EVE);
      const fields = Object.fromEntries(names.map((name) => [name, value]));
      for (const name of names) eve.cookies.set(name, encodeURIComponent(value));
      const headers = { "x-user": value, "x-user-id": value, "x-email": value, from: value };
      const path = `${SEND}?${new URLSearchParams(fields)}`;
      const body = { factor: i % 2 ? "sms" : "email", ...fields };
      expect((await eve.ask(path, { method: "POST", headers, body })).status).toBe(202);
    }
    const [mails, texts] = ["eve.private@mail.test", "+14155550199"];
    expect(messages().map(({ to }) => to)).toEqual([texts, mails, texts, mails]);
  });

  test.each(["totp2", "passkey", "recovery-code", "__proto__", "constructor", "sms,email", "EMAIL"])(
    "by no way that is not theirs: %s",
    async (factor) => {
      await app.addUser({ email: "ada@acme.test", address: "ada.private@mail.test" });
      const ada = await afterPassword(app, "ada@acme.test");
      for (const name of [factor, "sms", "totp"]) {
        expect((await ada.post(SEND, { factor: name })).json).toMatchObject({ code: "factor_not_allowed" });
      }
      expect(messages()).toEqual([]);
    },
  );

  test("by no way that does not count for their role", async () => {
    await app.start({
      factors: everyFactor,
      options: { policy: { roles: { admin: { mode: "required", factors: ["totp"] } } } },
    });
    await app.User.updateOne({ email: TOM }, { roles: ["admin"] });
    const eve = await afterPassword(app, TOM);
    for (const factor of ["email", "sms"]) {
      const reply = await eve.post(SEND, { factor });
      expect([reply.status, reply.json["code"]]).toEqual([403, "factor_not_allowed"]);
      expect((await eve.post(VERIFY, { factor, code: "123456" })).status).toBe(403);
    }
    expect(messages()).toEqual([]);
  });

  test("by no GET and no HEAD, and by no prefetch or mail scanner that follows links", async () => {
    const tom = await afterPassword(app, TOM);
    const signed = await signedIn(app, TOM, TOTP_SECRET);
    const paths = [
      SEND,
      `${SEND}?factor=email`,
      "/second-factor/challenge",
      "/second-factor/challenge?factor=sms",
      "/second-factor/challenge?action=change-factors&factor=email",
      "/second-factor/challenge/choose",
      "/second-factor/enrol",
      `${EMAIL}?address=eve@mail.test`,
      `${SMS}?country=US&number=4155550199&change`,
      `${EMAIL}/confirm`,
    ];
    for (const path of paths) {
      for (const method of ["GET", "HEAD"]) {
        for (const visitor of [tom, signed]) {
          expect((await visitor.ask(path, { method })).status).toBeLessThan(500);
          expect((await visitor.ask(path, { method, headers: { accept: "text/html" } })).status).toBeLessThan(
            500,
          );
        }
      }
    }
    expect((await tom.get(SEND)).status).toBe(405);
    expect(messages()).toEqual([]);
  });

  test("by no other site, and by no body that a form of another site can send without asking", async () => {
    const tom = await afterPassword(app, TOM);
    const signed = await signedIn(app, TOM, TOTP_SECRET);
    const foreign = [
      { origin: "https://evil.test" },
      { origin: "null" },
      { origin: "https://evil.test", "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://acme.test.evil.test" },
    ];
    for (const headers of foreign) {
      for (const path of [SEND, EMAIL, SMS]) {
        const body = { factor: "email", address: "eve@mail.test", country: "US", number: "4155550199" };
        const reply = await (path === SEND ? tom : signed).ask(path, { method: "POST", headers, body });
        expect([reply.status, reply.json["code"]]).toEqual([403, "cross_origin"]);
      }
    }
    const headers = { "content-type": "text/plain" };
    const plain = await tom.ask(SEND, { method: "POST", headers, body: '{"factor":"email"}' });
    expect(plain.status).toBe(415);
    expect(messages()).toEqual([]);
  });

  test.each([["email"], 1, { $ne: null }, null, "e".repeat(65)])(
    "by no field of another type: %o",
    async (value) => {
      const tom = await afterPassword(app, TOM);
      const reply = await tom.post(SEND, { factor: value });
      expect([reply.status, reply.json["code"]]).toEqual([400, "invalid_input"]);
      expect((await tom.post(SEND, { factor: "email", action: value })).status).toBe(400);
      expect(messages()).toEqual([]);
    },
  );
});

const LONG = "a".repeat(10_240);
const ADDRESSES: [string, unknown][] = [
  ["a line's end", "eve@mail.test\r\nBcc: x@mail.test"],
  ["a bare line feed", "eve@mail.test\nBcc: x@mail.test"],
  ["an encoded line's end", "eve@mail.test%0d%0aBcc:x@mail.test"],
  ["a null byte", "eve@mail.test\0"],
  ["two addresses", "tom@mail.test,eve@mail.test"],
  ["two addresses, by a semicolon", "tom@mail.test;eve@mail.test"],
  ["two addresses, by a blank", "tom@mail.test eve@mail.test"],
  ["a quoted part", '"eve@mail.test,x"@mail.test'],
  ["a quoted part with a blank", '"eve x"@mail.test'],
  ["a name", "Eve <eve@mail.test>"],
  ["a comment", "eve(comment)@mail.test"],
  ["a route", "@relay.test:eve@mail.test"],
  ["two signs", "eve@mail.test@evil.test"],
  ["a percent route of the domain", "eve@mail.test%evil.test@"],
  ["a literal", "eve@[127.0.0.1]"],
  ["a bare address of a machine", "eve@127.0.0.1"],
  ["a host without a dot", "eve@localhost"],
  ["a URL", "https://mail.test/?a=eve@mail.test"],
  ["an option of sendmail", "-OQueueDirectory=/tmp@"],
  ["marks that turn the text", "eve\u202e@mail.test"],
  ["nothing", ""],
  ["blanks", "   "],
  ["a list", ["eve@mail.test"]],
  ["a list of two", ["eve@mail.test", "x@mail.test"]],
  ["an object", { $ne: null }],
  ["an object like Nodemailer's", { name: "Eve", address: "eve@mail.test" }],
  ["a number", 42],
  ["a switch", true],
  ["null", null],
  ["10 kB", `${LONG}@mail.test`],
  ["300 letters", `${"a".repeat(60)}@${"b.".repeat(120)}test`],
];
const NUMBERS: [string, unknown, string, unknown][] = [
  ["a premium number", "GB", "number", "0909 879 0000"],
  ["a premium number of the US", "US", "number", "1-900-234-5678"],
  ["a toll-free number", "US", "number", "800 234 5678"],
  ["a landline, where they are told apart", "GB", "number", "020 7946 0958"],
  ["a satellite", "GB", "number", "+881 612 345 678"],
  ["a country that is not listed", "CU", "country", "5 1234567"],
  ["a number of a country that is not listed", "US", "country", "+53 5 1234567"],
  ["a country that is none", "ZZ", "country", "4155550123"],
  ["no country", undefined, "country", "4155550123"],
  ["too many digits", "US", "number", "415 555 0123 4567 8901"],
  ["too few digits", "US", "number", "415"],
  ["an extension", "US", "number", "415 555 0123 ext. 9"],
  ["an extension by a comma", "US", "number", "4155550123,,9"],
  ["a line's end", "US", "number", "4155550123\r\nTo: +14155550199"],
  ["two numbers", "US", "number", "4155550123, 4155550199"],
  ["letters", "US", "number", "1-800-FLOWERS"],
  ["an address of another channel", "US", "number", "whatsapp:+14155550123"],
  ["a client of the provider", "US", "number", "client:tom"],
  ["a parameter", "US", "number", "+14155550123&From=+14155550199"],
  ["nothing", "US", "number", ""],
  ["a list", "US", "number", ["4155550123"]],
  ["an object", "US", "number", { $gt: "" }],
  ["a number that is one", "US", "number", 4155550123],
  ["10 kB of digits", "US", "number", "1".repeat(10_240)],
  ["a list of countries", ["US"], "country", "4155550123"],
  ["an operator for a country", { $ne: null }, "country", "4155550123"],
  ["10 kB for a country", LONG, "country", "4155550123"],
  ["a property of every object", "__proto__", "country", "4155550123"],
];

describe("what cannot be an address is refused before anybody is asked to send anything", () => {
  let called: number;
  const refusing = (channel: "email" | "sms") => ({
    channel,
    send: async () => {
      called += 1;
    },
  });
  let tom: Visitor;
  beforeEach(async () => {
    called = 0;
    await app.start({
      factors: () => [
        emailCode({ delivery: refusing("email") }),
        smsCode({ delivery: refusing("sms"), countries: ["US", "GB"] }),
      ],
    });
    await app.addUser({ email: TOM });
    tom = await signedIn(app, TOM);
  });

  async function expectRefused(path: string, body: object, field: string): Promise<void> {
    const before = await app.User.collection.findOne({ email: TOM });
    const reply = await tom.post(path, body);
    expect([reply.status, reply.json["code"]]).toEqual([400, "invalid_input"]);
    expect(reply.json["errors"]).toEqual([{ field, message: expect.any(String) }]);
    expect(called).toBe(0);
    expect(await app.User.collection.findOne({ email: TOM })).toEqual(before);
  }

  test.each(ADDRESSES)("an address with %s", (_, address) => expectRefused(EMAIL, { address }, "address"));

  test.each(NUMBERS)("%s", (_, country, field, number) => expectRefused(SMS, { country, number }, field));

  test("as a form: the page again, with what was typed escaped, and what to write instead", async () => {
    const address = '"><script>alert(1)</script>@mail.test';
    const reply = await tom.form(EMAIL, { address });
    expect([reply.status, reply.location]).toEqual([303, EMAIL]);
    const page = await tom.page(EMAIL);
    expect(page.text).toContain("Enter an e-mail address like name@example.com.");
    expect(page.text).not.toContain("<script>alert");
    const sms = await tom.form(SMS, { country: '"><img src=x>', number: "<b>1</b>" });
    expect((await tom.page(sms.location ?? "")).text).not.toMatch(/<img src=x|<b>1/);
    expect(called).toBe(0);
  });

  test("a field twice in a form, and 1 MB: refused", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const twice = await tom.ask(EMAIL, {
      method: "POST",
      headers,
      body: "address=a@mail.test&address=b@mail.test",
    });
    expect(twice.status).toBe(400);
    const huge = await tom.post(EMAIL, { address: "a".repeat(1_048_576) });
    expect(huge.status).toBe(400);
    expect(called).toBe(0);
  });
});

describe("what a message says comes from the options, and cannot break it", () => {
  const HOSTILE = 'x"\r\nBcc: bcc@mail.test\r\n\r\n<b>Eve</b>\u202e';
  let smtp: Smtp;
  const texts: { to: string; text: string }[] = [];

  beforeAll(async () => {
    smtp = await startSmtp();
  });
  afterAll(() => smtp.close());

  async function startWith(issuer: string, account: string, description: string): Promise<Visitor> {
    const transport = createTransport({ host: "127.0.0.1", port: smtp.port });
    smtp.mails.length = 0;
    texts.length = 0;
    await app.start({
      factors: () => [
        totp(),
        emailCode({ delivery: nodemailerDelivery(transport, { from: SENDER }) }),
        smsCode({
          delivery: { channel: "sms", send: async ({ to, text }) => void texts.push({ to, text }) },
        }),
        recoveryCodes(),
      ],
      options: { issuer, accountOf: () => account, actions: { payout: { description } } },
    });
    await app.addUser({ email: TOM, secret: TOTP_SECRET, address: ADDRESS, phone: PHONE });
    return signedIn(app, TOM, TOTP_SECRET);
  }

  test("an issuer, an account and a description with line ends, markup and marks: one mail, to one person", async () => {
    const tom = await startWith(`Acme ${HOSTILE}`, `Tom ${HOSTILE}`, `pay ${HOSTILE}`);
    expect((await (await afterPassword(app, TOM)).post(SEND, { factor: "email" })).status).toBe(202);
    await waitIsOver();
    expect((await tom.post(SEND, { factor: "email", action: "payout" })).status).toBe(202);
    await waitIsOver();
    await app.addUser({ email: "ada@acme.test" });
    const ada = await signedIn(app, "ada@acme.test");
    expect((await ada.post(EMAIL, { address: "ada.private@mail.test" })).status).toBe(200);
    expect(smtp.mails.map(({ to }) => to)).toEqual([[ADDRESS], [ADDRESS], ["ada.private@mail.test"]]);
    for (const { mail, to } of smtp.mails) {
      expect([mail.to].flat().map((it) => it?.text)).toEqual(to);
      expect([mail.cc, mail.bcc]).toEqual([undefined, undefined]);
      expect(mail.headers.has("bcc")).toBe(false);
      expect(mail.subject).not.toMatch(/[\r\n\u202e]|\d{6}/);
      expect(mail.html).not.toMatch(/<b>|\u202e/);
      expect(mail.html).toContain("&lt;b&gt;");
      expect(mail.text).toMatch(/^\d{6} is your Acme x" Bcc: bcc@mail\.test <b>Eve<\/b> code to /);
    }
  });

  test("in text messages as well: one segment, whose last line is the site's", async () => {
    const tom = await startWith(
      `Acme ${HOSTILE} @evil.test #000000`,
      "Tom",
      `pay\n@evil.test #123456 ${"x".repeat(300)}`,
    );
    expect((await tom.post(SEND, { factor: "sms", action: "payout" })).status).toBe(202);
    expect(texts.map(({ to }) => to)).toEqual([PHONE]);
    const [{ text } = { text: "" }] = texts;
    const [first = "", ...more] = text.split("\n");
    const code = /^\d{6}(?= )/.exec(first)?.[0];
    expect(more).toEqual([`@acme.test #${code}`]);
    expect(text.length).toBeLessThanOrEqual(160);
  });

  test("Host and X-Forwarded-Host are not in them, at a login, a step-up or an enrolment", async () => {
    const tom = await startWith("Acme", TOM, "pay Eve");
    const headers = {
      host: "evil.test",
      "x-forwarded-host": "evil.test",
      "x-forwarded-proto": "http",
      forwarded: "host=evil.test",
    };
    const ask = (visitor: Visitor, path: string, body: object) =>
      visitor.ask(path, { method: "POST", headers, body });
    const pending = await afterPassword(app, TOM);
    await app.addUser({ email: "ada@acme.test" });
    const ada = await signedIn(app, "ada@acme.test");
    for (const factor of ["sms", "email"]) {
      await waitIsOver();
      expect((await ask(pending, SEND, { factor })).status).toBe(202);
      await waitIsOver();
      expect((await ask(tom, SEND, { factor, action: "payout" })).status).toBe(202);
    }
    expect((await ask(ada, SMS, { country: "US", number: "4155550142" })).status).toBe(200);
    await waitIsOver();
    expect((await ask(ada, EMAIL, { address: "ada.private@mail.test" })).status).toBe(200);
    expect([smtp.mails.length, texts.length]).toEqual([3, 3]);
    for (const { raw } of smtp.mails) expect(raw).not.toContain("evil.test");
    for (const { text } of texts) {
      expect(text).not.toContain("evil.test");
      expect(text).toMatch(/\n@acme\.test #\d{6}$/);
    }
  });
});

// An app that keeps people's numbers itself: setting text messages up takes the number on file, and no other.
import { type Factor, type Outbox, smsCode, totp } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  PHONE,
  sentCode,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import { BASE, expectProblem, ROOT } from "./json-contract.js";

const SMS = `${BASE}/enrol/sms`;
const OTHER = "+14155550199";
const NONE = "Save your mobile number in your account first.";

const text = (outbox: Outbox): Factor =>
  smsCode({ delivery: outbox.sms(), numberUrl: "/account", countries: ["US", "GB"] });
const app = useApp(() => ({ factors: (outbox) => [totp(), text(outbox)] }));
beforeEach(async () => {
  await app.connection.collection("second_factor_limits").deleteMany({});
  await app.addUser({ email: ADA });
  await app.addUser({ email: ROOT, roles: ["admin"] });
});

const userOf = (email: string) => app.User.findOne({ email });
const save = async (email: string, number: string) =>
  app.secondFactor.suggestPhone(await userOf(email), { number });
const texted = () => app.outbox.messages().map(({ to }) => to);
const waited = () => app.clock.advance({ minutes: 1 });
const turnOn = (visitor: Visitor) => visitor.post(`${SMS}/confirm`, { code: sentCode(app) });

describe("with a number on file", () => {
  test("the code goes there, and no field is offered", async () => {
    await save(ADA, PHONE);
    const ada = await signedIn(app, ADA);
    const { text } = await ada.page(SMS);
    expect(text).toContain('We\'ll text a code to <bdi dir="ltr">+1 415 555 0123</bdi>.');
    expect(text).toMatch(/<a [^>]*href="\/account"[^>]*>Change it in your account<\/a>/);
    expect(text).not.toMatch(/<select|type="tel"/);
    expect((await ada.form(SMS)).location).toBe(SMS);
    expect(texted()).toEqual([PHONE]);
    expect((await ada.page(SMS)).text).toContain("We sent a code to");
    expect((await turnOn(ada)).status).toBe(200);
    expect(await app.secondFactor.phoneOf(await userOf(ADA))).toBe(PHONE);
  });

  test.each([
    ["another number", { number: OTHER }],
    ["another number of a country", { country: "US", number: "415 555 0199" }],
    ["no number at all", { number: "none" }],
    ["another number in a new start", { number: OTHER, restart: true }],
    ["an address", { address: OTHER }],
  ])("%s that is posted is not heard", async (_name, body) => {
    await save(ADA, PHONE);
    const reply = await (await signedIn(app, ADA)).post(SMS, body);
    expect([reply.status, reply.json["address"]]).toEqual([200, PHONE]);
    expect(texted()).toEqual([PHONE]);
  });

  test("a number that was changed meanwhile takes the place of the one before, whose code is void", async () => {
    await save(ADA, PHONE);
    const ada = await signedIn(app, ADA);
    await ada.form(SMS);
    const old = sentCode(app);
    await save(ADA, OTHER);
    expect((await ada.page(SMS)).text).toContain("+1 415 555 0199");
    waited();
    expect((await ada.post(SMS, { resend: true })).json["address"]).toBe(OTHER);
    expect(texted()).toEqual([OTHER, PHONE]);
    expect((await ada.post(`${SMS}/confirm`, { code: old })).status).toBe(401);
    expect((await turnOn(ada)).status).toBe(200);
  });

  test("one in a country that is not texted is refused with the way to change it, and said once", async () => {
    await app.User.collection.updateOne(
      { email: ADA },
      { $set: { "secondFactor.vault.enrolments.sms.suggested": "+33612345678" } },
    );
    const ada = await signedIn(app, ADA);
    expectProblem(await ada.post(SMS), "invalid_input", {
      errors: [{ field: "country", message: "We can't text numbers in France." }],
    });
    await ada.form(SMS);
    const { text } = await ada.page(SMS);
    expect(text).toContain("We can't text numbers in France.");
    expect(text).toContain("Change it in your account");
    expect((await ada.page(SMS)).text).not.toContain("France");
    expect(texted()).toEqual([]);
  });

  test("the number that codes go to already can be set up again, and another in its place", async () => {
    await app.addUser({ email: TOM, phone: PHONE, secret: TOTP_SECRET });
    expect(await app.secondFactor.phoneOf(await userOf(TOM))).toBe(PHONE);
    await save(TOM, OTHER);
    expect(await app.secondFactor.phoneOf(await userOf(TOM))).toBe(OTHER);
    const { secondFactor } = (await storedUser(app, TOM)) as {
      secondFactor: { vault: { enrolments: { sms: { active: { address: string } } } } };
    };
    expect(secondFactor.vault.enrolments.sms.active.address).toBe(PHONE);
  });
});

describe("with none on file", () => {
  test("JSON is told so at the number", async () => {
    const ada = await signedIn(app, ADA);
    expectProblem(await ada.post(SMS, { country: "US", number: OTHER }), "invalid_input", {
      errors: [{ field: "number", message: NONE }],
    });
    expect(texted()).toEqual([]);
    expect(await app.secondFactor.phoneOf(await userOf(ADA))).toBeUndefined();
  });

  test("the page says so and leads to the account, until one is saved", async () => {
    const ada = await signedIn(app, ADA);
    expect((await ada.form(SMS, { number: OTHER })).location).toBe(SMS);
    const { text } = await ada.page(SMS);
    expect(text).toContain(NONE);
    expect(text).toMatch(/<a [^>]*href="\/account"[^>]*>Open your account<\/a>/);
    expect(text).not.toMatch(/<select|type="tel"|Text me a code/);
    await save(ADA, PHONE);
    expect((await ada.page(SMS)).text).not.toContain(NONE);
  });

  test("the choice of ways says it at the text message", async () => {
    const ada = await signedIn(app, ADA);
    expect((await ada.page(`${BASE}/enrol`)).text).toContain(NONE);
    await save(ADA, PHONE);
    const { text } = await ada.page(`${BASE}/enrol`);
    expect(text).not.toContain(NONE);
    expect(text).toContain("Less secure; prefer an app or e-mail.");
  });
});

describe("a login that must enrol", () => {
  test("is not offered text messages without a number, as it cannot get to the page for one", async () => {
    const root = await afterPassword(app, ROOT);
    expect((await root.get(`${BASE}/enrol`)).json["factors"]).toEqual([{ kind: "totp" }]);
    expect((await root.page(`${BASE}/enrol`)).text).not.toContain("Text message");
    await save(ROOT, PHONE);
    expect((await root.get(`${BASE}/enrol`)).json["factors"]).toEqual([{ kind: "totp" }, { kind: "sms" }]);
  });

  test("is told whom to ask where there is no other way", async () => {
    await app.start({ factors: (outbox) => [text(outbox)], options: { support: "help@acme.test" } });
    const root = await afterPassword(app, ROOT);
    expect((await root.page(`${BASE}/enrol`)).text).toContain("Text message");
    const { text: page } = await root.page(SMS);
    expect(page).toContain("Your account has no mobile number. Ask <bdi>help@acme.test</bdi> to add it.");
    expect(page).not.toContain('href="/account"');
    expect((await root.post(SMS, { number: OTHER })).json["errors"]).toEqual([
      { field: "number", message: NONE },
    ]);
    expect(texted()).toEqual([]);
  });

  test("cannot point the codes at a number of its own", async () => {
    await save(ROOT, PHONE);
    const root = await afterPassword(app, ROOT);
    await root.post(SMS, { number: OTHER });
    expect(texted()).toEqual([PHONE]);
    expect((await root.page(`${SMS}?change=1`)).text).not.toContain('href="/account"');
  });
});

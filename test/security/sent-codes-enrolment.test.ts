// Somebody in a session that is not theirs, or with a password alone, points a person's codes at an address of their own.
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  CONFIRM,
  codes,
  ENROL,
  everyFactor,
  PHONE,
  SEND,
  sentCode,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const OLD = "tom.private@mail.test";
const EVIL = "eve@mail.test";
const EVIL_PHONE = "+14155550199";
const ADA = "ada@acme.test";

const app = useApp(() => ({
  factors: everyFactor,
  options: { policy: { roles: { admin: { mode: "required" } } } },
}));
beforeEach(() => waitIsOver());

/** Codes may be sent again at once, while the ones before still work. */
async function waitIsOver(): Promise<void> {
  await app.User.collection.updateMany(
    { "secondFactor.vault.sends": { $exists: true } },
    { $set: { "secondFactor.vault.sends": [] } },
  );
  await app.connection.collection("second_factor_limits").deleteMany({});
}

/** Kinds whose codes are sent, each with an address of the attacker's. */
const WAYS = [
  { kind: "email", body: { address: EVIL }, to: EVIL, own: OLD },
  { kind: "sms", body: { country: "US", number: EVIL_PHONE }, to: EVIL_PHONE, own: PHONE },
] as const;
const pathOf = (kind: string) => `/second-factor/enrol/${kind}`;
const messages = () => app.outbox.messages().length;

interface Slot {
  active?: { address?: string };
  pending?: { address?: string };
}
async function slotOf(kind: string, email = TOM): Promise<Slot> {
  const user = (await storedUser(app, email)) as {
    secondFactor?: { vault?: { enrolments?: Record<string, Slot> } };
  };
  return user.secondFactor?.vault?.enrolments?.[kind] ?? {};
}
const activeOf = async (kind: string, email = TOM) => (await slotOf(kind, email)).active?.address;

/** Has a code sent to the address that is in force, and signs in with it. */
async function signedInBy(kind: "email" | "sms", email = TOM): Promise<Visitor> {
  await waitIsOver();
  const visitor = await afterPassword(app, email);
  expect((await visitor.post(SEND, { factor: kind })).status).toBe(202);
  const reply = await visitor.post(VERIFY, { factor: kind, code: sentCode(app) });
  expect(reply.status).toBe(200);
  await waitIsOver();
  return visitor;
}

/** Proves a change of factors, or of where codes go, with a code to the address that is in force. */
async function proven(visitor: Visitor, kind: "email" | "sms", change?: object): Promise<void> {
  const action = change ? "change-address" : "change-factors";
  if (change) expect((await visitor.post(pathOf(kind), change)).json).toMatchObject({ action });
  expect((await visitor.post(SEND, { factor: kind, action })).status).toBe(202);
  const reply = await visitor.post(VERIFY, { factor: kind, code: sentCode(app), action });
  expect(reply.status).toBe(200);
  await waitIsOver();
}

async function begun(visitor: Visitor, kind: string, body: object): Promise<string> {
  await waitIsOver();
  expect((await visitor.post(pathOf(kind), body)).status).toBe(200);
  return sentCode(app);
}

describe.each(WAYS)("an address by $kind", ({ kind, body, to, own }) => {
  beforeEach(async () => {
    await app.addUser({ email: TOM, address: OLD, phone: PHONE });
  });

  test("is not taken in a session without a fresh proof: 401, nothing sent, nothing changed", async () => {
    const thief = await signedInBy(kind);
    const [before, sent] = [await storedUser(app, TOM), messages()];
    for (const given of [body, { ...body, restart: true }, { ...body, action: "change-factors" }]) {
      const reply = await thief.post(pathOf(kind), given);
      expect([reply.status, reply.json["code"]]).toEqual([401, "step_up_required"]);
    }
    expect((await thief.post(pathOf(kind), { ...body, resend: true })).status).toBe(400);
    const page = await thief.form(pathOf(kind), Object.fromEntries(Object.entries(body)));
    expect([page.status, page.location]).toEqual([303, expect.stringContaining("action=change-address")]);
    expect(messages()).toBe(sent);
    expect(await storedUser(app, TOM)).toEqual(before);
    expect((await thief.post(`${pathOf(kind)}/confirm`, { code: "123456" })).status).not.toBe(200);
  });

  test("is not taken from a login that is pending, which only owes a code", async () => {
    const eve = await afterPassword(app, TOM);
    const before = await storedUser(app, TOM);
    for (const path of [pathOf(kind), `${pathOf(kind)}/confirm`]) {
      const reply = await eve.post(path, { ...body, code: "123456" });
      expect([reply.status, reply.json["code"]]).toEqual([401, "second_factor_required"]);
    }
    expect(messages()).toBe(0);
    expect(await storedUser(app, TOM)).toEqual(before);
  });

  test("is not taken from somebody who is blocked: a blocked factor is still one", async () => {
    const thief = await signedInBy(kind);
    const failures = { count: 100, lastAt: app.clock.now() };
    const blocked = { "secondFactor.vault.failures": { login: failures, signedIn: failures } };
    await app.User.collection.updateOne({ email: TOM }, { $set: blocked });
    const sent = messages();
    expect((await thief.post(pathOf(kind), body)).json).toMatchObject({ code: "step_up_required" });
    expect(messages()).toBe(sent);
  });

  test("changes nothing until its code came back: the old one stays in force, and still signs in", async () => {
    const tom = await signedInBy(kind);
    await proven(tom, kind, body);
    await begun(tom, kind, body);
    expect(await slotOf(kind)).toMatchObject({ active: { address: own }, pending: { address: to } });
    const eve = await afterPassword(app, TOM);
    await waitIsOver();
    expect((await eve.post(SEND, { factor: kind })).status).toBe(202);
    expect(app.outbox.messages()[0]?.to).toBe(own);
    expect((await eve.post(VERIFY, { factor: kind, code: sentCode(app, own) })).status).toBe(200);
  });

  test("that is abandoned leaves the old one in force and the enforcement as it was, and dies in 30 minutes", async () => {
    const tom = await signedInBy(kind);
    await proven(tom, kind, body);
    const code = await begun(tom, kind, body);
    app.clock.advance({ minutes: 30 });
    const late = await tom.post(`${pathOf(kind)}/confirm`, { code });
    expect([401, 404, 409, 410]).toContain(late.status);
    expect(await activeOf(kind)).toBe(own);
    expect((await tom.post(pathOf(kind), body)).json).toMatchObject({ code: "step_up_required" });
    const login = await app.visitor().post("/login", { email: TOM, password: "correct horse" });
    expect(login.json).toMatchObject({ code: "second_factor_required" });
  });

  test("that is confirmed ends the person's other sessions, pending logins and trusted browsers", async () => {
    await waitIsOver();
    const home = await afterPassword(app, TOM);
    await home.post(SEND, { factor: kind });
    const trusted = { factor: kind, code: sentCode(app), trustBrowser: true };
    expect((await home.post(VERIFY, trusted)).status).toBe(200);
    const other = await signedInBy(kind);
    const pending = await afterPassword(app, TOM);
    const tom = await signedInBy(kind);
    await proven(tom, kind, body);
    const code = await begun(tom, kind, body);
    expect((await other.get("/account")).status).toBe(200);
    expect((await tom.post(`${pathOf(kind)}/confirm`, { code })).status).toBe(200);
    expect(await activeOf(kind)).toBe(to);
    expect((await tom.get("/account")).status).toBe(200);
    expect((await other.get("/account")).json["page"]).toBe("forbidden");
    expect((await pending.post(SEND, { factor: kind })).json).toMatchObject({ code: "no_challenge" });
    await home.post("/logout");
    const again = await home.post("/login", { email: TOM, password: "correct horse" });
    expect(again.json).toMatchObject({ code: "second_factor_required" });
  });

  test("that is confirmed takes codes from then on, and the old one none", async () => {
    const tom = await signedInBy(kind);
    await proven(tom, kind, body);
    const code = await begun(tom, kind, body);
    const late = await afterPassword(app, TOM);
    await waitIsOver();
    expect((await late.post(SEND, { factor: kind })).status).toBe(202);
    const old = sentCode(app, own);
    expect((await tom.post(`${pathOf(kind)}/confirm`, { code })).status).toBe(200);
    expect((await late.post(VERIFY, { factor: kind, code: old })).status).toBe(401);
    await signedInBy(kind);
    expect(app.outbox.messages()[0]?.to).toBe(to);
  });
});

describe.each(WAYS)("a code that went to one address by $kind", ({ kind, body, to }) => {
  const mine = kind === "email" ? { address: "mine@mail.test" } : { country: "US", number: "+14155550142" };
  let ada: Visitor;
  beforeEach(async () => {
    await app.addUser({ email: ADA });
    ada = await signedIn(app, ADA);
  });
  const confirm = (code: string): Promise<Reply> => ada.post(`${pathOf(kind)}/confirm`, { code });

  test("proves no other: the second enrolment kills the code of the first", async () => {
    const first = await begun(ada, kind, mine);
    const second = await begun(ada, kind, body);
    expect((await confirm(first)).json).toMatchObject({ code: "wrong_code" });
    expect(await activeOf(kind, ADA)).toBeUndefined();
    expect((await confirm(second)).status).toBe(200);
    expect(await activeOf(kind, ADA)).toBe(to);
  });

  test("proves no other, where the other's code was refused as too soon: the first stays", async () => {
    const first = await begun(ada, kind, mine);
    expect((await ada.post(pathOf(kind), body)).json).toMatchObject({ code: "resend_too_soon" });
    expect((await confirm(first)).status).toBe(200);
    expect(await activeOf(kind, ADA)).not.toBe(to);
  });

  test("proves no other, where parallel requests change the address and confirm the first one's code", async () => {
    for (let round = 0; round < 3; round += 1) {
      const first = await begun(ada, kind, mine);
      await waitIsOver();
      await Promise.all([
        ada.copy().post(pathOf(kind), body),
        ...Array.from({ length: 4 }, () => ada.copy().post(`${pathOf(kind)}/confirm`, { code: first })),
      ]);
      expect(await activeOf(kind, ADA)).not.toBe(to);
      await app.User.deleteMany({});
      await app.addUser({ email: ADA });
      ada = await signedIn(app, ADA);
    }
  });

  test("is worth nothing to another session of the same person", async () => {
    const code = await begun(ada, kind, mine);
    const other = await signedIn(app, ADA);
    expect((await other.post(`${pathOf(kind)}/confirm`, { code })).status).not.toBe(200);
    expect(await activeOf(kind, ADA)).toBeUndefined();
    expect((await confirm(code)).status).toBe(200);
  });

  test("is worth nothing once another factor is set up elsewhere: a first enrolment was begun without a proof", async () => {
    const code = await begun(ada, kind, mine);
    const tom = await signedIn(app, ADA);
    const { secret } = (await tom.post(ENROL)).json as { secret: string };
    expect((await tom.post(CONFIRM, { code: await codes(app.clock, secret).code() })).status).toBe(200);
    expect((await confirm(code)).status).not.toBe(200);
    expect(await activeOf(kind, ADA)).toBeUndefined();
  });
});

describe("enrolling resets no budget", () => {
  test("a change of the address leaves the wrong codes of the login and of the session counted", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET, address: OLD });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const change = { address: "new@mail.test" };
    await tom.post("/second-factor/enrol/email", change);
    await stepUp(app, tom, TOTP_SECRET, "change-address");
    const eve = await afterPassword(app, TOM);
    for (let i = 0; i < 3; i += 1) await eve.post(VERIFY, { factor: "totp", code: "000000" });
    for (let i = 0; i < 2; i += 1)
      await tom.post(VERIFY, { factor: "totp", code: "000000", action: "confirm" });
    const code = await begun(tom, "email", change);
    expect((await tom.post("/second-factor/enrol/email/confirm", { code })).status).toBe(200);
    expect(await storedUser(app, TOM)).toMatchObject({
      secondFactor: { vault: { failures: { login: { count: 3 }, signedIn: { count: 2 } } } },
    });
  });

  test("a factor that is removed and set up again leaves them, too", async () => {
    await app.addUser({ email: TOM, address: OLD });
    const eve = await afterPassword(app, TOM);
    const tom = await signedInBy("email");
    await eve.post(SEND, { factor: "email" });
    await waitIsOver();
    for (let i = 0; i < 3; i += 1) await eve.post(VERIFY, { factor: "email", code: "000000" });
    await proven(tom, "email");
    expect((await tom.post("/second-factor/factors/email/remove")).status).toBe(200);
    const code = await begun(tom, "email", { address: OLD });
    expect((await tom.post("/second-factor/enrol/email/confirm", { code })).status).toBe(200);
    expect(await storedUser(app, TOM)).toMatchObject({
      secondFactor: { vault: { failures: { login: { count: 3 } } } },
    });
  });
});

describe("a login that must enrol", () => {
  test("sends to the address given, and to nobody else, and is complete with its code alone", async () => {
    await app.addUser({ email: ADA, roles: ["admin"] });
    const ada = await afterPassword(app, ADA);
    const refused = await ada.post(SEND, { factor: "email" });
    expect([refused.status, refused.json["code"]]).toEqual([401, "enrolment_required"]);
    expect(messages()).toBe(0);
    const code = await begun(ada, "email", { address: "mine@mail.test" });
    expect(app.outbox.messages().map(({ to }) => to)).toEqual(["mine@mail.test"]);
    expect((await ada.post(VERIFY, { factor: "email", code })).status).toBe(401);
    expect((await ada.get("/account")).status).toBe(401);
    expect((await ada.post("/second-factor/enrol/email/confirm", { code })).status).toBe(200);
    expect((await ada.get("/account")).status).toBe(200);
  });

  test("has its code die with the login that it was part of", async () => {
    await app.addUser({ email: ADA, roles: ["admin"] });
    const ada = await afterPassword(app, ADA);
    const code = await begun(ada, "email", { address: "mine@mail.test" });
    const copy = ada.copy();
    await ada.post("/second-factor/challenge/cancel");
    const next = await afterPassword(app, ADA);
    for (const visitor of [copy, ada, next]) {
      expect((await visitor.post("/second-factor/enrol/email/confirm", { code })).status).not.toBe(200);
      expect((await visitor.get("/account")).status).not.toBe(200);
    }
    expect(await activeOf("email", ADA)).toBeUndefined();
  });
});

// Somebody who saw a code that was sent: uses it many times at once, too late, or for something it was not sent for.
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  everyFactor,
  PHONE,
  SEND,
  sentCode,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const ADDRESS = "tom.private@mail.test";
const EVE_ADDRESS = "eve.private@mail.test";
const ACTION = "change-factors";
const FACTORS = ["email", "sms"] as const;
type Sent = (typeof FACTORS)[number];

const app = useApp(() => ({ factors: everyFactor, options: { actions: { payout: {} } } }));
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: ADDRESS, phone: PHONE });
  await waitIsOver();
});

/** Codes may be sent again at once, while the ones before still work. */
async function waitIsOver(): Promise<void> {
  await app.User.collection.updateMany({}, { $set: { "secondFactor.vault.sends": [] } });
  await app.connection.collection("second_factor_limits").deleteMany({});
}

async function send(visitor: Visitor, factor: Sent, fields: object = {}): Promise<string> {
  await waitIsOver();
  expect((await visitor.post(SEND, { factor, ...fields })).status).toBe(202);
  return sentCode(app);
}

const facts = ({ status, json }: Reply) => ({ status, code: json["code"], hint: json["hint"] });
const WRONG = { status: 401, code: "wrong_code", hint: undefined };
const EXPIRED = { status: 410, code: "challenge_expired", hint: undefined };

async function failuresOf(budget: "login" | "signedIn"): Promise<number> {
  const user = (await storedUser(app, TOM)) as {
    secondFactor: { vault: { failures?: Record<string, { count: number }> } };
  };
  return user.secondFactor.vault.failures?.[budget]?.count ?? 0;
}

describe.each(FACTORS)("invariant 3: a code that went by %s is spent once", (factor) => {
  test("50 parallel uses at a login: one success, one session", async () => {
    const tom = await afterPassword(app, TOM);
    const code = await send(tom, factor);
    const racers = Array.from({ length: 50 }, () => tom.copy());
    const replies = await Promise.all(racers.map((racer) => racer.post(VERIFY, { factor, code })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.every(({ status }) => status < 500)).toBe(true);
    const inside = await Promise.all(racers.map((racer) => racer.get("/account")));
    expect(inside.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await failuresOf("login")).toBe(0);
  });

  test("50 parallel uses at a step-up: one success, one grant", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const body = { factor, code: await send(tom, factor, { action: ACTION }), action: ACTION };
    const racers = Array.from({ length: 50 }, () => tom.copy());
    const replies = await Promise.all(racers.map((racer) => racer.post(VERIFY, body)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    const visitors = [tom, ...racers];
    const spent = await Promise.all(visitors.map((it) => it.post("/second-factor/recovery-codes")));
    expect(spent.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("50 parallel uses at the end of an enrolment: one success, one set of recovery codes", async () => {
    const email = "ada@acme.test";
    await app.addUser({ email });
    const ada = await signedIn(app, email);
    const path = `/second-factor/enrol/${factor}`;
    const body = { address: "ada.private@mail.test", country: "US", number: "415 555 0142" };
    expect((await ada.post(path, body)).status).toBe(200);
    const code = sentCode(app);
    const racers = Array.from({ length: 50 }, () => ada.copy());
    const replies = await Promise.all(racers.map((racer) => racer.post(`${path}/confirm`, { code })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ json }) => json["recoveryCodes"] !== undefined)).toHaveLength(1);
    expect(replies.every(({ status }) => status < 500)).toBe(true);
    expect(await storedUser(app, email)).toMatchObject({
      secondFactor: { factors: [factor, "recovery-code"], sessionGeneration: 1 },
    });
  });

  test("used, it opens neither the same login from another browser, nor the next one, nor a step-up", async () => {
    const tom = await afterPassword(app, TOM);
    const eve = tom.copy();
    const code = await send(tom, factor);
    const next = await afterPassword(app, TOM);
    expect((await tom.post(VERIFY, { factor, code })).status).toBe(200);
    expect(facts(await eve.post(VERIFY, { factor, code }))).toMatchObject({
      status: 401,
      code: "no_challenge",
    });
    expect(facts(await next.post(VERIFY, { factor, code }))).toEqual(EXPIRED);
    expect(facts(await tom.post(VERIFY, { factor, code, action: ACTION }))).toEqual(EXPIRED);
    expect((await eve.get("/account")).status).not.toBe(200);
    expect((await next.get("/account")).status).toBe(401);
  });
});

describe.each(FACTORS)("a code that went by %s is refused", (factor) => {
  test("after its resend: the newest alone works, and the refusal says so", async () => {
    const tom = await afterPassword(app, TOM);
    const first = await send(tom, factor);
    const second = await send(tom, factor);
    const refused = facts(await tom.post(VERIFY, { factor, code: first }));
    expect(refused).toEqual({ ...WRONG, hint: "superseded" });
    expect(await failuresOf("login")).toBe(1);
    expect((await tom.post(VERIFY, { factor, code: second })).status).toBe(200);
  });

  test("after a code by the other way was sent for the same login", async () => {
    const other = factor === "email" ? "sms" : "email";
    const tom = await afterPassword(app, TOM);
    const first = await send(tom, factor);
    const second = await send(tom, other);
    expect(facts(await tom.post(VERIFY, { factor, code: first }))).toEqual(EXPIRED);
    expect(facts(await tom.post(VERIFY, { factor: other, code: first }))).toMatchObject({
      hint: "superseded",
    });
    expect(facts(await tom.post(VERIFY, { factor, code: second }))).toEqual(EXPIRED);
    expect((await tom.post(VERIFY, { factor: other, code: second })).status).toBe(200);
  });

  const life = { email: 600, sms: 300 }[factor];

  test("after its lifetime, to the millisecond, at no cost; before it works", async () => {
    const tom = await afterPassword(app, TOM);
    const late = await send(tom, factor);
    app.clock.advance({ seconds: life });
    expect(facts(await tom.post(VERIFY, { factor, code: late }))).toMatchObject({
      code: expect.stringMatching(/challenge_expired|no_challenge/),
    });
    expect((await tom.get("/account")).status).not.toBe(200);
    expect(await failuresOf("login")).toBe(0);
    const again = await afterPassword(app, TOM);
    const code = await send(again, factor);
    app.clock.advance({ seconds: life - 0.001 });
    expect((await again.post(VERIFY, { factor, code })).status).toBe(200);
  });

  test("after its lifetime, where what it was sent for goes on for longer", async () => {
    const email = "ada@acme.test";
    await app.addUser({ email });
    const ada = await signedIn(app, email);
    const path = `/second-factor/enrol/${factor}`;
    const body = { address: "ada.private@mail.test", country: "US", number: "415 555 0142" };
    expect((await ada.post(path, body)).status).toBe(200);
    const code = sentCode(app);
    app.clock.advance({ seconds: life });
    expect(facts(await ada.post(`${path}/confirm`, { code }))).toEqual(EXPIRED);
    expect(await storedUser(app, email)).not.toHaveProperty("secondFactor.factors.0");
    expect((await ada.post(path, body)).status).toBe(200);
    expect((await ada.post(`${path}/confirm`, { code: sentCode(app) })).status).toBe(200);
  });
});

/** Where a code can be sent, and typed in. */
interface Door {
  send(): Promise<string>;
  type(code: string): Promise<Reply>;
}

/** Every purpose that a code of this kind is sent for, each with its challenge open, by one person. */
async function doorsOf(factor: Sent): Promise<Record<string, Door>> {
  const tom = await signedIn(app, TOM, TOTP_SECRET);
  const login = await afterPassword(app, TOM);
  const step = (action: string): Door => ({
    send: () => send(tom, factor, { action }),
    type: (code) => tom.post(VERIFY, { factor, code, action }),
  });
  const path = `/second-factor/enrol/${factor}`;
  return {
    login: { send: () => send(login, factor), type: (code) => login.post(VERIFY, { factor, code }) },
    [ACTION]: step(ACTION),
    payout: step("payout"),
    enrol: {
      async send() {
        await waitIsOver();
        const body = { address: "new@mail.test", country: "US", number: "415 555 0177" };
        expect((await tom.post(path, body)).status).toBe(401);
        const code = await codes(app.clock).code();
        await tom.post(VERIFY, { factor: "totp", code, action: "change-address" });
        expect((await tom.post(path, body)).status).toBe(200);
        return sentCode(app);
      },
      type: (code) => tom.post(`${path}/confirm`, { code }),
    },
  };
}

describe.each(FACTORS)(
  "invariant 4: a code that went by %s is worth nothing for another purpose",
  (factor) => {
    test.each(["login", ACTION, "payout", "enrol"])("sent for: %s", async (purpose) => {
      const doors = await doorsOf(factor);
      const { [purpose]: own, ...others } = doors;
      const sent = new Map<string, string>();
      for (const name of ["enrol", ACTION, "payout", "login"])
        sent.set(name, (await doors[name]?.send()) ?? "");
      const code = sent.get(purpose) ?? "";
      for (const [name, door] of Object.entries(others)) {
        expect([name, facts(await door.type(code))]).toEqual([name, WRONG]);
      }
      expect((await own?.type(code))?.status).toBe(200);
    });

    test.each(["login", ACTION, "payout", "enrol"])(
      "sent for: %s, where the others have sent none",
      async (purpose) => {
        const { [purpose]: own, ...others } = await doorsOf(factor);
        const code = (await own?.send()) ?? "";
        for (const [name, door] of Object.entries(others)) {
          const { status } = await door.type(code);
          expect([401, 410], name).toContain(status);
        }
        expect(await failuresOf("login")).toBe(0);
        expect(await failuresOf("signedIn")).toBe(0);
      },
    );

    test("Tom's code is wrong at Eve's login, and Eve's at Tom's", async () => {
      await app.addUser({ email: "eve@acme.test", address: EVE_ADDRESS, phone: "+14155550199" });
      const tom = await afterPassword(app, TOM);
      const eve = await afterPassword(app, "eve@acme.test");
      const toms = await send(tom, factor);
      const eves = await send(eve, factor);
      expect(facts(await eve.post(VERIFY, { factor, code: toms }))).toEqual(WRONG);
      expect(facts(await tom.post(VERIFY, { factor, code: eves }))).toEqual(WRONG);
      expect((await eve.get("/account")).status).toBe(401);
      expect((await tom.post(VERIFY, { factor, code: toms })).status).toBe(200);
    });

    test("the code of one login is wrong at another of the same person", async () => {
      const tom = await afterPassword(app, TOM);
      const eve = await afterPassword(app, TOM);
      const toms = await send(tom, factor);
      expect(facts(await eve.post(VERIFY, { factor, code: toms }))).toEqual(EXPIRED);
      await send(eve, factor);
      expect(facts(await eve.post(VERIFY, { factor, code: toms }))).toEqual(WRONG);
      expect((await eve.get("/account")).status).toBe(401);
      expect((await tom.post(VERIFY, { factor, code: toms })).status).toBe(200);
    });
  },
);

describe("invariant 4: a code is worth nothing as another factor's", () => {
  test("at a login: mailed as texted, sent as the app's, the app's as sent", async () => {
    const tom = await afterPassword(app, TOM);
    const totp = await codes(app.clock).code();
    const mailed = await send(tom, "email");
    expect(facts(await tom.post(VERIFY, { factor: "sms", code: mailed }))).toEqual(EXPIRED);
    expect(facts(await tom.post(VERIFY, { factor: "totp", code: mailed }))).toEqual(WRONG);
    expect(facts(await tom.post(VERIFY, { factor: "email", code: totp }))).toEqual(WRONG);
    expect(facts(await tom.post(VERIFY, { factor: "sms", code: totp }))).toEqual(EXPIRED);
    expect((await tom.get("/account")).status).toBe(401);
    expect((await tom.post(VERIFY, { factor: "email", code: mailed })).status).toBe(200);
  });

  test("at an enrolment: the code for the address at the number, at the app, and the other way round", async () => {
    const email = "ada@acme.test";
    await app.addUser({ email });
    const ada = await signedIn(app, email);
    const enrol = (kind: string) => `/second-factor/enrol/${kind}`;
    await ada.post(enrol("email"), { address: "ada.private@mail.test" });
    const mailed = sentCode(app);
    await waitIsOver();
    expect((await ada.post(enrol("sms"), { country: "US", number: "415 555 0142" })).status).toBe(200);
    const texted = sentCode(app);
    const { secret } = (await ada.post(enrol("totp"))).json as { secret: string };
    const totp = await codes(app.clock, secret).code();
    const tries = [
      ["email", texted],
      ["sms", mailed],
      ["totp", texted],
      ["email", totp],
    ] as const;
    for (const [kind, code] of tries) {
      expect([kind, facts(await ada.post(`${enrol(kind)}/confirm`, { code }))]).toEqual([kind, WRONG]);
    }
    expect(await storedUser(app, email)).not.toHaveProperty("secondFactor.factors.0");
    expect((await ada.post(`${enrol("email")}/confirm`, { code: mailed })).status).toBe(200);
  });
});

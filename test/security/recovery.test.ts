// Recovery codes: used ones, old ones, other people's, and what somebody who used one may then do.
import { MemoryStore } from "express-session";
import { recoveryCodes, totp } from "passport-second-factor";
import { describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  ENROL,
  EVE,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const CODES = "/second-factor/recovery-codes";
const REMOVE = "/second-factor/factors/totp/remove";

const app = useApp(() => {
  const factors = [totp(), recoveryCodes({ count: 3 })];
  return { sessionStore: new MemoryStore(), options: { factors } };
});

interface Enrolled {
  visitor: Visitor;
  secret: string;
  printed: [string, string, string];
}

/** Somebody who has just turned the second factor on, with the codes they printed. */
async function enrolled(email = TOM): Promise<Enrolled> {
  await app.addUser({ email });
  const visitor = await signedIn(app, email);
  const secret = String((await visitor.post(ENROL)).json["secret"]);
  const code = await codes(app.clock, secret).code();
  const reply = await visitor.post(`${ENROL}/confirm`, { code });
  app.clock.advance({ seconds: 30 });
  return { visitor, secret, printed: reply.json["recoveryCodes"] as Enrolled["printed"] };
}

const recover = (visitor: Visitor, code: string | undefined): Promise<Reply> =>
  visitor.post(VERIFY, { factor: "recovery-code", code });

const isTom = async (visitor: Visitor) => (await visitor.get("/whoami")).json["user"] === TOM;

describe("a recovery code", () => {
  test("gets in once; the same code again is refused, however it is written, and not counted as a guess", async () => {
    const { printed } = await enrolled();
    const [code] = printed;
    expect((await recover(await afterPassword(app, TOM), code)).status).toBe(200);
    const again = await afterPassword(app, TOM);
    for (const form of [
      code,
      code.replaceAll("-", ""),
      code.toLowerCase(),
      ` ${code.replaceAll("-", " ")} `,
    ]) {
      const reply = await recover(again, form);
      expect(reply.json).toMatchObject({ code: "wrong_code", hint: "used", attemptsLeft: 5 });
    }
    expect(await isTom(again)).toBe(false);
  });

  test("used by twenty browsers at once lets one of them in", async () => {
    const { printed } = await enrolled();
    const browsers: Visitor[] = [];
    for (let i = 0; i < 5; i++) browsers.push(await afterPassword(app, TOM));
    const tries = browsers.flatMap((browser) => Array.from({ length: 4 }, () => browser.copy()));
    const replies = await Promise.all(tries.map((browser) => recover(browser, printed[0])));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("of an earlier set is worth nothing once new ones are made", async () => {
    const { visitor, secret, printed } = await enrolled();
    await stepUp(app, visitor, secret);
    const renewed = (await visitor.post(CODES)).json["recoveryCodes"] as string[];
    expect(renewed).toHaveLength(3);
    const thief = await afterPassword(app, TOM);
    for (const old of printed) expect((await recover(thief, old)).json).toMatchObject({ code: "wrong_code" });
    expect((await recover(await afterPassword(app, TOM), renewed[0])).status).toBe(200);
  });

  test("of somebody else is a wrong code, and stays good for its owner", async () => {
    const { printed } = await enrolled(TOM);
    await enrolled(EVE);
    const eve = await afterPassword(app, EVE);
    expect((await recover(eve, printed[0])).json).toMatchObject({ code: "wrong_code" });
    expect((await recover(await afterPassword(app, TOM), printed[0])).status).toBe(200);
  });

  test("is worth nothing without the password", async () => {
    const { printed } = await enrolled();
    const nobody = app.visitor();
    expect((await recover(nobody, printed[0])).json).toMatchObject({ code: "no_challenge" });
    expect((await recover(await afterPassword(app, TOM), printed[0])).status).toBe(200);
  });

  test("is not taken for a TOTP code, nor a TOTP code for it", async () => {
    const { printed, secret } = await enrolled();
    const tom = await afterPassword(app, TOM);
    expect((await tom.post(VERIFY, { factor: "totp", code: printed[0] })).status).toBe(400);
    const code = await codes(app.clock, secret).code();
    expect((await tom.post(VERIFY, { factor: "recovery-code", code })).status).toBe(400);
    expect(await isTom(tom)).toBe(false);
  });

  test("that is malformed is a bad request, and costs no attempt", async () => {
    const { printed } = await enrolled();
    const tom = await afterPassword(app, TOM);
    const [code] = printed;
    const malformed = ["", code.slice(1), `${code}0`, "UUUU-UUUU-UUUU-UUUU", "½".repeat(16), "0".repeat(65)];
    for (const typed of [...malformed, ...malformed]) {
      expect(await recover(tom, typed)).toMatchObject({ status: 400, json: { code: "invalid_input" } });
    }
    expect((await recover(tom, code)).status).toBe(200);
  });

  test("still gets its owner in while somebody else keeps the login locked with guesses", async () => {
    const { printed } = await enrolled();
    const thief = await afterPassword(app, TOM);
    for (let guess = 0; guess < 6; guess++) await thief.post(VERIFY, { code: "000000" });
    expect((await thief.post(VERIFY, { code: "000000" })).status).toBe(429);
    expect((await recover(await afterPassword(app, TOM), printed[0])).status).toBe(200);
  });

  test("guessed wrong five times ends the challenge", async () => {
    const { printed } = await enrolled();
    const thief = await afterPassword(app, TOM);
    for (let guess = 0; guess < 5; guess++) {
      expect((await recover(thief, "0000-0000-0000-0000")).json).toMatchObject({ code: "wrong_code" });
    }
    expect(await recover(thief, printed[0])).toMatchObject({
      status: 410,
      json: { code: "challenge_expired" },
    });
  });

  test("is refused where the policy says that none counts", async () => {
    const { printed } = await enrolled();
    const factors = [totp(), recoveryCodes({ count: 3 })];
    await app.start({ options: { factors, policy: { recovery: false } } });
    const tom = await afterPassword(app, TOM);
    expect(await recover(tom, printed[0])).toMatchObject({
      status: 403,
      json: { code: "factor_not_allowed" },
    });
  });
});

describe("a set of recovery codes", () => {
  test("is shown once, in the answer that made it; later there is a count", async () => {
    const { visitor, printed } = await enrolled();
    await recover(await afterPassword(app, TOM), printed[0]);
    const later = [
      await visitor.get(CODES),
      await visitor.get("/second-factor"),
      await visitor.page(CODES),
      await visitor.page("/second-factor"),
    ];
    expect(later[0]?.json).toEqual({ left: 2, total: 3, saved: false });
    expect(later[1]?.json["recoveryCodes"]).toEqual({ left: 2, total: 3, saved: false });
    for (const { text } of later) {
      for (const code of printed) {
        expect(text).not.toContain(code);
        expect(text).not.toContain(code.replaceAll("-", ""));
      }
    }
  });

  test("shown on a page is not shown again by the page it leads to", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const secret = String((await tom.post(ENROL)).json["secret"]);
    const page = await tom.form(`${ENROL}/confirm`, { code: await codes(app.clock, secret).code() });
    const printed = page.text.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g) ?? [];
    expect(new Set(printed).size).toBe(3);
    expect(page.headers.get("cache-control")).toBe("no-store");
    const saved = await tom.form(`${CODES}/saved`, { saved: "on" });
    const next = await tom.page(saved.location ?? "");
    for (const code of printed) expect(saved.text + next.text).not.toContain(code);
  });

  test("does not change with the factor that is replaced", async () => {
    const { visitor, secret, printed } = await enrolled();
    await stepUp(app, visitor, secret);
    const next = String((await visitor.post(ENROL)).json["secret"]);
    const replaced = await visitor.post(`${ENROL}/confirm`, { code: await codes(app.clock, next).code() });
    expect([replaced.status, replaced.json["recoveryCodes"]]).toEqual([200, undefined]);
    expect((await recover(await afterPassword(app, TOM), printed[0])).status).toBe(200);
  });

  test("cannot be made by somebody who has no factor", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    expect(await tom.post(CODES)).toMatchObject({ status: 409, json: { code: "factor_not_enrolled" } });
    expect(await storedUser(app, TOM)).not.toHaveProperty("secondFactor.vault.recoveryCodes");
  });
});

describe("after a login with a recovery code", () => {
  test("one enrolment anew is allowed, and nothing after it", async () => {
    const { printed, secret } = await enrolled();
    const tom = await afterPassword(app, TOM);
    await recover(tom, printed[0]);
    const fresh = String((await tom.post(ENROL)).json["secret"]);
    expect(fresh).not.toBe(secret);
    const confirmed = await tom.post(`${ENROL}/confirm`, { code: await codes(app.clock, fresh).code() });
    expect(confirmed.status).toBe(200);
    for (const path of [ENROL, REMOVE, CODES]) {
      expect((await tom.post(path)).json).toMatchObject({ code: "step_up_required" });
    }
    const old = await afterPassword(app, TOM);
    expect((await old.post(VERIFY, { code: await codes(app.clock, secret).code() })).json).toMatchObject({
      code: "wrong_code",
    });
  });

  test("the grant is this login's alone, and gone after five minutes", async () => {
    const { visitor, printed } = await enrolled();
    const tom = await afterPassword(app, TOM);
    await recover(tom, printed[0]);
    expect((await visitor.post(ENROL)).json).toMatchObject({ code: "step_up_required" });
    app.clock.advance({ minutes: 5 });
    expect((await tom.post(ENROL)).json).toMatchObject({ code: "step_up_required" });
  });

  test("the code is no step-up for an action of the app", async () => {
    const { printed } = await enrolled();
    const factors = [totp(), recoveryCodes({ count: 3 })];
    await app.start({
      options: { factors },
      routes: ({ app: server, secondFactor }) => {
        server.post(
          "/payout",
          secondFactor.require({ maxAgeSeconds: 300, factors: ["totp"] }),
          (_req, res) => {
            res.json({ paid: true });
          },
        );
      },
    });
    const tom = await afterPassword(app, TOM);
    await recover(tom, printed[0]);
    expect(await tom.post("/payout")).toMatchObject({ status: 401, json: { code: "step_up_required" } });
  });

  test("the login of somebody who lacks the factor their role needs still owes it", async () => {
    const { printed } = await enrolled();
    await app.User.updateOne({ email: TOM }, { roles: ["admin"] });
    const tom = await afterPassword(app, TOM);
    await recover(tom, printed[0]);
    expect(await tom.post(REMOVE)).toMatchObject({ status: 403, json: { code: "forbidden" } });
    expect(await isTom(tom)).toBe(true);
  });
});

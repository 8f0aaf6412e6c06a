// Guessing and racing at a guarded act, and a guard that is set up wrongly or stands on something broken: never a pass.
import { MemoryStore, type Store as SessionStore } from "express-session";
import type { StepUpOptions } from "passport-second-factor";
import { describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  nextCode,
  signedIn,
  TOM,
  TOTP_SECRET,
  VERIFY,
  WRONG_CODE,
} from "../support/app.js";
import { actionApp, addTom, codeFor, type Done, prove, STEP_UP_KINDS } from "../support/step-up.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const done: Done[] = [];
const app = useApp(() => {
  done.length = 0;
  return actionApp(done);
});

async function tom(): Promise<Visitor> {
  await addTom(app);
  return signedIn(app, TOM, TOTP_SECRET);
}

const inline = (code: string) => ({ secondFactorCode: code, secondFactorKind: "totp" });
const racers = (visitor: Visitor) => Array.from({ length: 50 }, () => visitor.copy());

describe("of fifty requests at once", () => {
  test("one is let through by a grant", async () => {
    const visitor = await tom();
    await visitor.post("/payout", { to: "a" });
    await prove(app, visitor, "payout");
    const replies = await Promise.all(racers(visitor).map((racer) => racer.post("/payout", { to: "a" })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.every(({ status }) => status === 200 || status === 401)).toBe(true);
    expect(done).toHaveLength(1);
  });

  test.each(STEP_UP_KINDS)(
    "one is let through by a code of %s that came along, and no grant is left",
    async (kind) => {
      const visitor = await tom();
      await visitor.post("/payout", { to: "a" });
      const secondFactorCode = await codeFor(app, visitor, kind, "payout");
      const body = { to: "a", secondFactorCode, secondFactorKind: kind };
      const replies = await Promise.all(racers(visitor).map((racer) => racer.post("/payout", body)));
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(replies.every(({ status }) => status < 500)).toBe(true);
      expect(done).toHaveLength(1);
      expect((await visitor.post("/payout", { to: "a" })).status).toBe(401);
    },
  );
});

describe("wrong codes", () => {
  test("are five, over actions, targets, sessions and ways to give them; then the right one is refused", async () => {
    const visitor = await tom();
    app.clock.advance({ seconds: 30 });
    const other = await signedIn(app, TOM, TOTP_SECRET);
    const wrong = inline(WRONG_CODE);
    const tries = [
      () => visitor.post("/password", wrong),
      () => visitor.post("/payout", { to: "a", ...wrong }),
      () => visitor.post("/payout", { to: "b", ...wrong }),
      () => other.post("/password", wrong),
      () => other.post(VERIFY, { factor: "totp", code: WRONG_CODE, action: "change-password" }),
    ];
    const left: unknown[] = [];
    for (const guess of tries) left.push((await guess()).json["attemptsLeft"]);
    expect(left).toEqual([4, 3, 2, 1, 0]);
    for (const session of [visitor, other]) {
      const reply = await session.post("/password", inline(await codes(app.clock).code()));
      expect(reply).toMatchObject({ status: 429, json: { code: "locked" } });
      expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(done).toEqual([]);
    expect((await visitor.post("/password", inline(await nextCode(app)))).status).toBe(200);
  });

  test("fifty at once: five are compared", async () => {
    const visitor = await tom();
    const guesses = Array.from({ length: 50 }, (_, i) => inline(String(i).padStart(6, "0")));
    const replies = await Promise.all(guesses.map((guess) => visitor.copy().post("/password", guess)));
    expect(replies.filter(({ json }) => json["code"] === "wrong_code").length).toBeLessThanOrEqual(5);
    expect(replies.every(({ status }) => status >= 400 && status < 500)).toBe(true);
    expect(done).toEqual([]);
  });

  test("at a login, by somebody with the password, leave the open session its own", async () => {
    const visitor = await tom();
    const guesser = await afterPassword(app, TOM);
    for (let i = 0; i < 5; i += 1) await guesser.post(VERIFY, { factor: "totp", code: WRONG_CODE });
    expect((await visitor.post("/password", inline(await codes(app.clock).code()))).status).toBe(200);
  });
});

test("a code that was used at the login, or for another action, is used", async () => {
  await addTom(app);
  const visitor = await afterPassword(app, TOM);
  const code = await nextCode(app);
  await visitor.post(VERIFY, { factor: "totp", code });
  const used = { status: 401, json: { code: "wrong_code", hint: "used" } };
  expect(await visitor.post("/password", inline(code))).toMatchObject(used);
  const next = await nextCode(app);
  expect((await visitor.post("/payout", { to: "a", ...inline(next) })).status).toBe(200);
  expect(await visitor.post("/password", inline(next))).toMatchObject(used);
  expect(await visitor.post("/payout", { to: "b", ...inline(next) })).toMatchObject(used);
});

describe("nothing but a code for an action satisfies it:", () => {
  test("no recovery code, and not what one earned at the login", async () => {
    await addTom(app);
    const user = await signedIn(app, TOM, TOTP_SECRET);
    await prove(app, user, "change-factors");
    const made = await user.post("/second-factor/recovery-codes");
    const [first = "", second = ""] = made.json["recoveryCodes"] as string[];
    const visitor = await afterPassword(app, TOM);
    expect((await visitor.post(VERIFY, { factor: "recovery-code", code: first })).status).toBe(200);
    for (const path of ["/password", "/factors", "/export", "/archive"]) {
      expect((await visitor.post(path)).json, path).toMatchObject({ code: "step_up_required" });
      const body = { secondFactorCode: second, secondFactorKind: "recovery-code" };
      expect((await visitor.post(path, body)).json, path).toMatchObject({ code: "factor_not_allowed" });
    }
    // The grant itself is there: it sets up a factor anew.
    expect((await visitor.post("/second-factor/enrol/totp")).status).toBe(200);
  });

  test("no login from a trusted browser, and none that was exempted", async () => {
    await app.start(
      actionApp(done, {
        store: { passwordPath: "password" },
        routes: ({ app: express, passport, secondFactor }) => {
          express.post(
            "/sso",
            secondFactor.exempt("sso"),
            passport.authenticate("local"),
            (_req, res) => void res.json({ signedIn: true }),
          );
        },
      }),
    );
    await addTom(app);
    const visitor = await afterPassword(app, TOM);
    await visitor.post(VERIFY, { factor: "totp", code: await nextCode(app), trustBrowser: true });
    await visitor.post("/logout");
    const again = await visitor.post("/login", { email: TOM, password: "correct horse" });
    const exempted = app.visitor();
    const sso = await exempted.post("/sso", { email: TOM, password: "correct horse" });
    expect([again.status, sso.status]).toEqual([200, 200]);
    for (const session of [visitor, exempted])
      expect((await session.post("/archive")).json).toMatchObject({ code: "step_up_required" });
  });
});

describe("an act that is posted", () => {
  test.each([
    [{ origin: "https://evil.test" }, 403],
    [{ origin: "null" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ origin: "https://acme.test", "sec-fetch-site": "same-site" }, 401],
    [{ "sec-fetch-site": "same-origin" }, 401],
  ])("with %j is answered with %i: another site asks nobody for a code", async (headers, status) => {
    const visitor = await tom();
    await visitor.post("/payout", { to: "mine" });
    const reply = await visitor.ask("/payout", { method: "POST", headers, body: { to: "theirs" } });
    expect(reply.status).toBe(status);
    if (status !== 403) return;
    expect(reply.json).toMatchObject({ code: "cross_origin" });
    const asked = await visitor.get("/second-factor/challenge?action=payout");
    expect(asked.json["description"]).toBe("pay mine");
  });
});

describe("a guard that cannot tell lets nobody through:", () => {
  const thrown = () => {
    throw new Error("no such payee");
  };
  test.each<[string, unknown, number]>([
    ["throws", thrown, 500],
    ["throws nothing at all", () => Promise.reject(undefined), 500],
    ["rejects", async () => thrown(), 500],
    ["returns nothing", () => undefined, 400],
    ["returns a list", () => ["a"], 400],
    ["returns an operator", () => ({ $ne: "" }), 400],
    ["returns no letter", () => "", 400],
    ["returns too many", () => "é".repeat(513), 400],
  ])("bind %s", async (_how, bind, status) => {
    await app.start(
      actionApp(done, {
        routes: ({ app: express, secondFactor }) => {
          const guard = secondFactor.stepUp("payout", { bind } as StepUpOptions);
          express.all("/bound", guard, (_req, res) => void res.json({ passed: true }));
        },
      }),
    );
    const visitor = await tom();
    await prove(app, visitor, "payout");
    for (const reply of [await visitor.post("/bound"), await visitor.get("/bound")]) {
      expect(reply.status).toBe(status);
      expect(reply.json).not.toHaveProperty("passed");
    }
  });

  test("it stands before the middleware", async () => {
    await app.start(
      actionApp(done, {
        before: ({ app: express, secondFactor }) =>
          void express.post("/early", secondFactor.stepUp("payout"), (_req, res) => void res.json({})),
      }),
    );
    expect((await app.visitor().post("/early")).status).toBe(500);
    expect(String(app.errors[0])).toContain("stepUp() runs before app.use(secondFactor.middleware())");
  });

  test("the database is away", async () => {
    const visitor = await tom();
    await visitor.post("/payout", { to: "a" });
    await prove(app, visitor, "payout");
    const { collection } = app.User;
    const { findOneAndUpdate, updateOne } = collection;
    const away = () => Promise.reject(new Error("away"));
    Object.assign(collection, { updateOne: away, findOneAndUpdate: away });
    for (const body of [{ to: "a" }, { to: "a", ...inline(WRONG_CODE) }]) {
      const reply = await visitor.post("/payout", body);
      expect(reply).toMatchObject({ status: 503, json: { code: "store_unavailable" } });
    }
    Object.assign(collection, { findOneAndUpdate, updateOne });
    expect(done).toEqual([]);
    expect((await visitor.post("/payout", { to: "a" })).status).toBe(200);
  });

  test("the session store is away when the code is right", async () => {
    const sessionStore: SessionStore = new MemoryStore();
    await app.start(actionApp(done, { sessionStore }));
    const visitor = await tom();
    const code = await nextCode(app);
    const { destroy } = sessionStore;
    sessionStore.destroy = (_id, callback) => callback?.(new Error("away"));
    expect((await visitor.post("/password", inline(code))).status).toBe(503);
    sessionStore.destroy = destroy;
    expect(done).toEqual([]);
  });
});

// A code in the request it is for: one round for clients that have it at hand, and nothing left of it behind the guard.
import { describe, expect, test } from "vitest";
import { nextCode, SEND, sentCode, signedIn, TOM, TOTP_SECRET, WRONG_CODE } from "../support/app.js";
import { actionApp, addTom, codeFor, type Done, MAIL, STEP_UP_KINDS } from "../support/step-up.js";
import { useApp } from "../support/suite.js";
import { expectProblem } from "./json-contract.js";

const done: Done[] = [];
const app = useApp(() => {
  done.length = 0;
  return actionApp(done);
});

async function tom() {
  await addTom(app);
  return signedIn(app, TOM, TOTP_SECRET);
}

const headersOf = (code: string, kind?: string) => ({
  "Second-Factor-Code": code,
  ...(kind ? { "Second-Factor-Kind": kind } : {}),
});

describe("a code with the request", () => {
  test("in the body lets it through, once, and is gone from the body", async () => {
    const visitor = await tom();
    const body = { to: "a", secondFactorCode: await nextCode(app), secondFactorKind: "totp" };
    expect((await visitor.post("/payout", body)).json).toEqual({ done: "payout" });
    expect(done).toMatchObject([{ act: "payout", body: { to: "a" } }]);
    expect(done[0]?.body).toEqual({ to: "a" });
    expectProblem(await visitor.post("/payout", body), "wrong_code", { hint: "used", attemptsLeft: 5 });
    expect(done).toHaveLength(1);
  });

  test("in a header, too, which no handler and no log behind the guard sees", async () => {
    const visitor = await tom();
    const code = await nextCode(app);
    const ask = { method: "POST", headers: headersOf(code, "totp"), body: { password: "new" } };
    expect((await visitor.ask("/password", ask)).json).toEqual({ done: "change-password" });
    const seen = JSON.stringify(done);
    expect(seen).toContain("user-agent");
    expect(seen).not.toContain(code);
    expect(seen.toLowerCase()).not.toContain("second-factor");
  });

  test.each(STEP_UP_KINDS)("of %s, the usual kind where none is named", async (kind) => {
    const visitor = await tom();
    await visitor.post("/payout", { to: "a" });
    const secondFactorCode = await codeFor(app, visitor, kind, "payout");
    const reply = await visitor.post("/payout", { to: "a", secondFactorCode });
    expect(reply.json).toEqual({ done: "payout" });
  });

  test("that was sent for one target answers for no other", async () => {
    const visitor = await tom();
    await visitor.post("/payout", { to: "a" });
    await visitor.post(SEND, { factor: "email", action: "payout" });
    const secondFactorCode = sentCode(app, MAIL);
    const reply = await visitor.post("/payout", { to: "b", secondFactorCode, secondFactorKind: "email" });
    expectProblem(reply, "challenge_expired", { renewable: true });
    expect(done).toEqual([]);
  });

  test("that is wrong is refused like anywhere, echoes nothing, and leaves the act undone", async () => {
    const visitor = await tom();
    const headers = headersOf(WRONG_CODE, "totp");
    const reply = await visitor.ask("/password", { method: "POST", headers });
    expectProblem(reply, "wrong_code", { attemptsLeft: 4 });
    expect(reply.text + JSON.stringify([...reply.headers])).not.toContain(WRONG_CODE);
    expect((await visitor.post("/password")).json).toMatchObject({ code: "step_up_required" });
    expect(done).toEqual([]);
  });

  test.each([["12"], [{ $ne: null }], [["123456"]], [123456], [null], ["x".repeat(5000)]])(
    "%j is none: 400, uncounted",
    async (secondFactorCode) => {
      const visitor = await tom();
      const reply = await visitor.post("/password", { secondFactorCode, secondFactorKind: "totp" });
      expectProblem(reply, "invalid_input", {
        errors: [{ field: "code", message: "Enter the 6-digit code." }],
      });
      expect(done).toEqual([]);
    },
  );

  test.each(["recovery-code", "passkey", "constructor", { $ne: "" }, ["totp"]])(
    "of the kind %j is refused",
    async (secondFactorKind) => {
      const visitor = await tom();
      const secondFactorCode = await nextCode(app);
      const reply = await visitor.post("/password", { secondFactorCode, secondFactorKind });
      expectProblem(reply, "factor_not_allowed");
    },
  );

  test("that is empty counts as none, as a form sends it", async () => {
    const visitor = await tom();
    const reply = await visitor.form("/password", { secondFactorCode: "", secondFactorKind: "" });
    expect(reply.location).toBe("/second-factor/challenge?action=change-password");
  });

  test("in a form that is wrong leads to the page that says so", async () => {
    const visitor = await tom();
    const reply = await visitor.form("/password", { secondFactorCode: WRONG_CODE, secondFactorKind: "totp" });
    expect(reply.status).toBe(303);
    expect((await visitor.page(reply.location ?? "")).text).toContain("That code isn't right. Try again.");
  });

  test("changes nothing on a GET, where it is not even compared", async () => {
    const visitor = await tom();
    const code = await nextCode(app);
    const reply = await visitor.ask("/password", { headers: headersOf(code, "totp") });
    expect(reply.json).toMatchObject({ code: "step_up_required" });
    expect((await visitor.post("/password", { secondFactorCode: code })).status).toBe(200);
  });

  test("in a query is nothing to us: it would be in every log", async () => {
    const visitor = await tom();
    const reply = await visitor.post(`/password?secondFactorCode=${await nextCode(app)}`);
    expect(reply.json).toMatchObject({ code: "step_up_required" });
  });

  test("leaves no grant behind, and is on record as a step-up under a new session id", async () => {
    const events: unknown[] = [];
    app.secondFactor.on("step-up", (event) => events.push(event));
    const visitor = await tom();
    const before = visitor.copy();
    await visitor.post("/password", { secondFactorCode: await nextCode(app) });
    expect(events).toMatchObject([
      { action: "change-password", factor: "totp", userAgent: expect.any(String) },
    ]);
    const user = await app.User.collection.findOne({ email: TOM });
    expect(user?.["secondFactor"].vault.grants ?? []).toEqual([]);
    expect((await visitor.post("/archive")).status).toBe(200);
    expect(visitor.sessionId).not.toBe(before.sessionId);
    expect((await before.post("/archive")).status).toBe(401);
  });
});

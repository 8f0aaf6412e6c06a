// The guard as JSON clients see it: who is asked, for what, and what one code covers.
import type { Request, Response } from "express";
import { describe, expect, test } from "vitest";
import {
  afterPassword,
  credentials,
  EVE,
  nextCode,
  SEND,
  sentCode,
  signedIn,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { actionApp, addTom, type Done, prove } from "../support/step-up.js";
import { useApp } from "../support/suite.js";
import { expectProblem } from "./json-contract.js";

const CHALLENGE = "/second-factor/challenge";
const A = { to: "j***@new.test" };
const B = { to: "b***@new.test" };
const done: Done[] = [];
const app = useApp(() => {
  done.length = 0;
  return actionApp(done);
});

async function tom() {
  await addTom(app);
  return signedIn(app, TOM, TOTP_SECRET);
}

const asks = (action: string) => ({
  code: "step_up_required",
  action,
  challengeUrl: `${CHALLENGE}?action=${action}`,
});

describe("a JSON client", () => {
  test("is told what to prove, proves it, and repeats the request once", async () => {
    const visitor = await tom();
    expectProblem(await visitor.post("/password"), "step_up_required", {
      action: "change-password",
      challengeUrl: `${CHALLENGE}?action=change-password`,
    });
    expect((await visitor.get(`${CHALLENGE}?action=change-password`)).json).toMatchObject({
      purpose: "action:change-password",
      description: "change password",
    });
    expect((await prove(app, visitor, "change-password")).json).toMatchObject({ state: "satisfied" });
    expect((await visitor.post("/password", { password: "new" })).json).toEqual({ done: "change-password" });
    expect((await visitor.post("/password")).json).toMatchObject(asks("change-password"));
    expect(done).toMatchObject([{ act: "change-password", body: { password: "new" } }]);
  });

  test("looks at a guarded GET as often as it likes before the code is used up", async () => {
    const visitor = await tom();
    expect((await visitor.get("/password")).json).toMatchObject(asks("change-password"));
    await prove(app, visitor, "change-password");
    for (let i = 0; i < 3; i += 1)
      expect((await visitor.get("/password")).json).toEqual({ form: "password" });
    expect((await visitor.ask("/password", { method: "HEAD" })).status).toBe(200);
    expect((await visitor.post("/password")).status).toBe(200);
    expect((await visitor.get("/password")).json).toMatchObject(asks("change-password"));
  });

  test("reads what a code would allow, and what it is bound to", async () => {
    const visitor = await tom();
    const asked = await visitor.post("/address", A);
    expect(asked.json).toMatchObject({
      ...asks("change-address"),
      target: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect((await visitor.get(`${CHALLENGE}?action=change-address`)).json).toMatchObject({
      purpose: "action:change-address",
      action: "change-address",
      description: "change your address to j***@new.test",
      target: asked.json["target"],
    });
    await prove(app, visitor, "change-address");
    expect((await visitor.post("/address", A)).json).toEqual({ done: "change-address" });
  });

  test("who names the target is told where another was asked about since", async () => {
    const visitor = await tom();
    const first = (await visitor.post("/address", A)).json["target"];
    const second = (await visitor.post("/address", B)).json["target"];
    expect(second).not.toBe(first);
    const given = { action: "change-address", factor: "totp", target: first };
    for (const path of [VERIFY, SEND]) {
      const reply = await visitor.post(path, { ...given, code: await nextCode(app) });
      expectProblem(reply, "conflict", { detail: expect.stringContaining("nothing was done") });
    }
    const code = await nextCode(app);
    expect((await visitor.post(VERIFY, { ...given, target: second, code })).status).toBe(200);
    expect((await visitor.post("/address", A)).json).toMatchObject(asks("change-address"));
    expect((await visitor.post("/address", B)).json).toEqual({ done: "change-address" });
  });

  test("gets the words in the message, too, and never the whole target on the document or in the event", async () => {
    const events: unknown[] = [];
    app.secondFactor.on("step-up", (event) => events.push(event));
    const visitor = await tom();
    await visitor.post("/payout", { to: "100 to NL91ABNA0417164300" });
    await visitor.post(SEND, { factor: "email", action: "payout" });
    expect(app.outbox.messages()[0]?.text).toContain("code to pay 100 to NL91ABNA0417164300.");
    app.clock.advance({ seconds: 60 });
    await visitor.post(SEND, { factor: "sms", action: "payout" });
    expect(app.outbox.messages()[0]?.text).toContain("code to pay 100 to NL91ABNA0417164300, valid 5 min");
    const code = sentCode(app);
    expect((await visitor.post(VERIFY, { factor: "sms", code, action: "payout" })).status).toBe(200);
    expect(JSON.stringify(await app.User.collection.find().toArray())).not.toContain("NL91");
    expect(events).toMatchObject([{ action: "payout", factor: "sms" }]);
    expect(JSON.stringify(events)).not.toContain("NL91");
  });
});

describe("the guard refuses like require()", () => {
  test("whoever is pending, or nobody", async () => {
    await addTom(app);
    const [nobody, pending] = [app.visitor(), await afterPassword(app, TOM)];
    for (const visitor of [nobody, pending]) {
      expect((await visitor.post("/password")).json).toMatchObject({ code: "second_factor_required" });
      expect((await visitor.page("/password")).status).toBe(303);
    }
    expect((await nobody.page("/password")).location).toBe("/login");
  });

  test("whoever signs in elsewhere in the same request", async () => {
    await app.start(
      actionApp(done, {
        routes: ({ app: express, passport, secondFactor }) => {
          express.post(
            "/login-and-act",
            passport.authenticate("local"),
            secondFactor.stepUp("archive"),
            (_req: Request, res: Response) => void res.json({ passed: true }),
          );
        },
      }),
    );
    await app.addUser({ email: EVE });
    await addTom(app);
    const visitor = await signedIn(app, TOM, TOTP_SECRET);
    await prove(app, visitor, "archive");
    const reply = await visitor.post("/login-and-act", credentials(EVE));
    expect(reply.json).toMatchObject({ code: "second_factor_required" });
  });
});

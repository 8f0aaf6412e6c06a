// What an action says of itself: which kinds may answer, how old a code may be, and who passes without a factor.
import { describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  EVE,
  nextCode,
  SEND,
  sentCode,
  signedIn,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { ACTIONS, actionApp, addTom, type Done, MAIL, prove } from "../support/step-up.js";
import { useApp } from "../support/suite.js";
import { expectProblem } from "./json-contract.js";

const CHALLENGE = "/second-factor/challenge";
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

describe("somebody without a factor that counts", () => {
  const eve = async () => {
    await app.addUser({ email: EVE });
    return afterPassword(app, EVE);
  };

  test("sets one up and comes back, unless the action says otherwise", async () => {
    const visitor = await eve();
    expectProblem(await visitor.post("/password"), "enrolment_required", {
      action: "change-password",
      challengeUrl: "/second-factor/enrol",
      enrolUrl: "/second-factor/enrol",
    });
    const page = await visitor.page("/password");
    expect([page.status, page.location]).toEqual([303, "/second-factor/enrol"]);
    const { secret } = (await visitor.post("/second-factor/enrol/totp")).json as { secret: string };
    const code = await codes(app.clock, secret).code();
    const confirmed = await visitor.form("/second-factor/enrol/totp/confirm", { code });
    expect(confirmed.text).toContain("Save your recovery codes");
    const saved = await visitor.form("/second-factor/recovery-codes/saved", { saved: "on" });
    expect(saved.location).toBe("/password");
    expect((await visitor.page("/password")).location).toBe(`${CHALLENGE}?action=change-password`);
    const again = await nextCode(app, secret);
    await visitor.post(VERIFY, { code: again, action: "change-password" });
    expect((await visitor.post("/password")).status).toBe(200);
  });

  test("who gives that up in the settings is not taken there by a later set-up", async () => {
    const visitor = await eve();
    await visitor.page("/password");
    await visitor.page("/second-factor/");
    const { secret } = (await visitor.post("/second-factor/enrol/totp")).json as { secret: string };
    const code = await codes(app.clock, secret).code();
    await visitor.form("/second-factor/enrol/totp/confirm", { code });
    const saved = await visitor.form("/second-factor/recovery-codes/saved", { saved: "on" });
    expect(saved.location).toBe("/second-factor?notice=turned-on");
  });

  test("is refused where the action says so", async () => {
    const visitor = await eve();
    expectProblem(await visitor.post("/export"), "forbidden", {
      action: "export",
      reason: "factor_not_enrolled",
    });
    const page = await visitor.form("/export");
    expect(page.status).toBe(403);
    expect(page.text).toContain("<h1");
    expect(done).toEqual([]);
  });

  test("passes where the action says so", async () => {
    const visitor = await eve();
    expect((await visitor.post("/archive", { secondFactorCode: "000000" })).json).toEqual({
      done: "archive",
    });
    expect(done[0]?.body).toEqual({});
  });

  test("never passes who has a factor that is not accepted", async () => {
    await app.start(
      actionApp(done, {
        options: {
          actions: { ...ACTIONS, archive: { factors: ["totp"], whenNotEnrolled: "allow" } },
          policy: { roles: { clerk: { mode: "optional", factors: ["totp"] } } },
        },
      }),
    );
    await app.addUser({ email: EVE, address: MAIL });
    await app.addUser({ email: TOM, address: MAIL, roles: ["clerk"] });
    const [eve, clerk] = [await afterPassword(app, EVE), await afterPassword(app, TOM)];
    for (const visitor of [eve, clerk]) {
      await visitor.post(SEND, { factor: "email" });
      expect((await visitor.post(VERIFY, { factor: "email", code: sentCode(app) })).status).toBe(200);
      app.clock.advance({ seconds: 60 });
      expect((await visitor.post("/archive")).json).toMatchObject({ code: "enrolment_required" });
    }
    // What counts for nobody's login of theirs confirms no action of the app's either.
    expect((await clerk.post("/password")).json).toMatchObject({ code: "enrolment_required" });
    expect((await eve.post("/password")).json).toMatchObject(asks("change-password"));
    expect(done).toEqual([]);
  });

  test("never passes whose factor is blocked", async () => {
    await app.start(
      actionApp(done, {
        options: { actions: { ...ACTIONS, archive: { whenNotEnrolled: "allow" } } },
      }),
    );
    const visitor = await tom();
    const failures = { count: 100, lastAt: app.clock.now() };
    await app.User.collection.updateOne({}, { $set: { "secondFactor.vault.failures.signedIn": failures } });
    expect((await visitor.post("/archive")).json).toMatchObject(asks("archive"));
    const reply = await visitor.post("/archive", { secondFactorCode: await nextCode(app) });
    expectProblem(reply, "locked", { blocked: true });
    expect(done).toEqual([]);
  });

  test("never passes on what a cache of the app's says of them", async () => {
    const stale = new Map<string, unknown>();
    await app.start(
      actionApp(done, {
        load: async (User, id) => stale.get(id) ?? User.findById(id),
      }),
    );
    const user = await app.addUser({ email: EVE });
    stale.set(user.id, await app.User.findById(user.id));
    const visitor = await afterPassword(app, EVE);
    expect((await visitor.post("/archive")).json).toEqual({ done: "archive" });
    await app.secondFactor.importTotp(user, TOTP_SECRET);
    expect((await visitor.post("/archive")).json).toMatchObject({ code: "enrolment_required" });
  });
});

describe("maxAgeSeconds", () => {
  test("takes a code for any action that is new enough, and nothing of the login's own", async () => {
    const visitor = await tom();
    expect((await visitor.post("/archive")).json).toMatchObject(asks("archive"));
    await prove(app, visitor, "change-password");
    for (let i = 0; i < 2; i += 1) expect((await visitor.post("/archive")).json).toEqual({ done: "archive" });
    // The code was for the password, which is still to be changed.
    expect((await visitor.post("/password")).json).toEqual({ done: "change-password" });
    app.clock.advance({ seconds: 120 });
    expect((await visitor.post("/archive")).status).toBe(200);
    app.clock.advance({ seconds: 1 });
    expect((await visitor.post("/archive")).json).toMatchObject(asks("archive"));
  });

  test("takes no code of a kind that may not answer", async () => {
    await app.start(
      actionApp(done, {
        options: { actions: { ...ACTIONS, archive: { factors: ["sms"], maxAgeSeconds: 60 } } },
      }),
    );
    const visitor = await tom();
    await prove(app, visitor, "change-password");
    expect((await visitor.post("/archive")).json).toMatchObject(asks("archive"));
    const code = await nextCode(app);
    const reply = await visitor.post(VERIFY, { factor: "totp", code, action: "archive" });
    expectProblem(reply, "factor_not_allowed");
    expect((await visitor.get(`${CHALLENGE}?action=archive`)).json["factors"]).toEqual([
      { kind: "sms", hint: expect.any(String) },
    ]);
  });
});

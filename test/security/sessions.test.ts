// Somebody keeps an old session: its id from before a login, or a copy of it that is written back later.
import type { Request, Response } from "express";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  codes,
  credentials,
  nextCode,
  signedIn,
  storedSessions,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const BOB = "bob@acme.test";
const BOBS_SECRET = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";

/** Does something to the session, on behalf of the app. */
let act: (req: Request, res: Response) => void;

const app = useApp(() => ({
  options: { open: ["/whoami", "/act"] },
  routes: ({ app: express }) => express.post("/act", (req, res) => act(req, res)),
}));
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: BOB, secret: BOBS_SECRET });
  await app.addUser({ email: ADA });
});

/** A session that exists before anybody signs in: what an attacker plants in somebody's browser. */
async function planted(): Promise<Visitor> {
  const visitor = app.visitor();
  act = (req, res) => {
    Object.assign(req.session, { cart: ["tea"], returnTo: "/kept" });
    res.json({});
  };
  await visitor.post("/act");
  expect(visitor.sessionId).not.toBe("");
  return visitor;
}

async function expectNobody(visitor: Visitor): Promise<void> {
  expect((await visitor.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
  expect((await visitor.get("/account")).status).not.toBe(200);
}

async function expectSignedIn(visitor: Visitor, email: string): Promise<void> {
  expect((await visitor.get("/account")).json).toEqual({ page: "account", user: email });
}

/** A browser that holds its cookies of now, and the session document of now, to be written back later. */
async function oldCopy(visitor: Visitor): Promise<{ thief: Visitor; writeBack(): Promise<void> }> {
  const thief = visitor.copy();
  const session = await storedSessions(app).read(visitor.sessionId);
  expect(session).toBeDefined();
  return { thief, writeBack: () => storedSessions(app).write(thief.sessionId, session ?? {}) };
}

describe("invariant 2: the session id rotates at both steps", () => {
  test.each(["/login", "/login/keep"])(
    "%s: neither the planted id nor the pending one becomes somebody",
    async (path) => {
      const tom = await planted();
      const before = tom.copy();
      await tom.post(path, credentials(TOM));
      const pending = tom.copy();
      await tom.post(VERIFY, { code: await nextCode(app) });
      await expectSignedIn(tom, TOM);
      expect(new Set([before.sessionId, pending.sessionId, tom.sessionId]).size).toBe(3);
      await expectNobody(before);
      await expectNobody(pending);
      expect(await storedSessions(app).read(before.sessionId)).toBeUndefined();
      expect(await storedSessions(app).read(pending.sessionId)).toBeUndefined();
    },
  );

  test("who owes nothing gets a new id as well", async () => {
    const ada = await planted();
    const before = ada.copy();
    await ada.post("/login", credentials(ADA));
    expect(before.sessionId).not.toBe(ada.sessionId);
    await expectNobody(before);
    await expectSignedIn(ada, ADA);
  });

  test("what the app kept stays behind without keepSessionInfo", async () => {
    const tom = await planted();
    await tom.post("/login", credentials(TOM));
    expect(await storedSessions(app).read(tom.sessionId)).not.toHaveProperty("cart");
    await tom.post(VERIFY, { code: await nextCode(app) });
    expect(await storedSessions(app).read(tom.sessionId)).not.toHaveProperty("cart");
  });

  test("what the app kept moves along with keepSessionInfo, and its returnTo is honoured", async () => {
    const tom = await planted();
    await tom.post("/login/keep", credentials(TOM));
    expect(await storedSessions(app).read(tom.sessionId)).toMatchObject({ cart: ["tea"] });
    const verified = await tom.post(VERIFY, { code: await nextCode(app) });
    expect(verified.json).toEqual({ state: "satisfied", returnTo: "/kept" });
    expect(await storedSessions(app).read(tom.sessionId)).toMatchObject({ cart: ["tea"] });
  });

  test("who is signed in is never kept, nor what they have proven", async () => {
    const visitor = await signedIn(app, TOM, TOTP_SECRET);
    await visitor.post("/login/keep", credentials(BOB));
    const session = await storedSessions(app).read(visitor.sessionId);
    expect(session).not.toHaveProperty("passport");
    expect(session).toMatchObject({ secondFactor: { state: "pending", account: BOB, proven: [] } });
    await visitor.post(VERIFY, { code: await nextCode(app, BOBS_SECRET) });
    await expectSignedIn(visitor, BOB);
    const again = await visitor.post("/login/keep", credentials(BOB));
    expect(again.json).toMatchObject({ code: "second_factor_required" });
    await expectNobody(visitor);
  });
});

describe("invariant 2: a copy of an old session that is written back is nobody", () => {
  test.each(["/login", "/login/keep"])("%s: over the rotation after the password", async (path) => {
    const tom = await planted();
    const { thief, writeBack } = await oldCopy(tom);
    await tom.post(path, credentials(TOM));
    await writeBack();
    await expectNobody(thief);
    await tom.post(VERIFY, { code: await nextCode(app) });
    await expectNobody(thief);
    await expectSignedIn(tom, TOM);
  });

  test.each(["/login", "/login/keep"])("%s: over the rotation after the code", async (path) => {
    const tom = await afterPassword(app, TOM, path);
    const { thief, writeBack } = await oldCopy(tom);
    await tom.post(VERIFY, { code: await nextCode(app) });
    await writeBack();
    await expectNobody(thief);
    const replayed = await thief.post(VERIFY, { code: await nextCode(app) });
    expect([replayed.status, replayed.json["code"]]).toEqual([401, "no_challenge"]);
    expect((await thief.post("/second-factor/challenge/send")).status).toBe(401);
    await expectNobody(thief);
    await expectSignedIn(tom, TOM);
  });

  test("over a log-out", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const { thief, writeBack } = await oldCopy(tom);
    await tom.post("/logout");
    await writeBack();
    await expectNobody(thief);
    expect((await thief.get("/second-factor")).status).toBe(401);
  });

  test("over a log-out with keepSessionInfo", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const { thief, writeBack } = await oldCopy(tom);
    act = (req, res) => req.logout({ keepSessionInfo: true }, () => res.json({}));
    await tom.post("/act");
    await expectNobody(tom);
    await writeBack();
    await expectNobody(thief);
    await expectNobody(tom);
  });

  test("over a log-out of somebody who owed nothing", async () => {
    const ada = await afterPassword(app, ADA);
    const { thief, writeBack } = await oldCopy(ada);
    await ada.post("/logout");
    await writeBack();
    await expectNobody(thief);
  });

  test.each(["/login", "/login/keep"])("%s: over a login as somebody else", async (path) => {
    const visitor = await signedIn(app, TOM, TOTP_SECRET);
    const { thief, writeBack } = await oldCopy(visitor);
    await visitor.post(path, credentials(BOB));
    await writeBack();
    await expectNobody(thief);
    await visitor.post(VERIFY, { code: await nextCode(app, BOBS_SECRET) });
    await expectSignedIn(visitor, BOB);
    await expectNobody(thief);
  });

  test("over a second login of the same person", async () => {
    const ada = await afterPassword(app, ADA);
    const { thief, writeBack } = await oldCopy(ada);
    await ada.post("/login", credentials(ADA));
    await writeBack();
    await expectNobody(thief);
    await expectSignedIn(ada, ADA);
  });

  test("over an enrolment that a login had to wait for", async () => {
    await app.addUser({ email: "root@acme.test", roles: ["admin"] });
    const admin = await afterPassword(app, "root@acme.test");
    const { secret } = (await admin.post("/second-factor/enrol/totp")).json as { secret: string };
    const { thief, writeBack } = await oldCopy(admin);
    const code = await codes(app.clock, secret).code();
    expect((await admin.post("/second-factor/enrol/totp/confirm", { code })).status).toBe(200);
    await writeBack();
    await expectNobody(thief);
    expect((await thief.post("/second-factor/enrol/totp", { restart: true })).status).toBe(401);
    const next = await nextCode(app, secret);
    expect((await thief.post("/second-factor/enrol/totp/confirm", { code: next })).status).not.toBe(200);
    await expectNobody(thief);
    await expectSignedIn(admin, "root@acme.test");
  });

  test("a session record that is edited to another login's state does not hold without its user", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const ada = await afterPassword(app, ADA);
    const { secondFactor } = (await storedSessions(app).read(tom.sessionId)) ?? {};
    const { passport: _passport, ...mine } = (await storedSessions(app).read(ada.sessionId)) ?? {};
    await storedSessions(app).write(ada.sessionId, { ...mine, secondFactor });
    await expectNobody(ada);
  });
});

describe("attack 5: another login in the same browser", () => {
  test("as B while signed in as A: A ends first, and B's failure leaves nobody signed in", async () => {
    const visitor = await signedIn(app, TOM, TOTP_SECRET);
    expect((await visitor.post("/login", credentials(BOB))).status).toBe(401);
    await expectNobody(visitor);
    expect((await visitor.get("/second-factor/challenge")).json).toMatchObject({ account: BOB });
    expect((await visitor.post(VERIFY, { code: await nextCode(app) })).json).toMatchObject({
      code: "wrong_code",
    });
    await expectNobody(visitor);
    expect(await storedUser(app, TOM)).toMatchObject({ secondFactor: { endedLogins: [expect.any(String)] } });
  });

  test("as B while pending as A: B's challenge replaces A's, whose code gets nobody in", async () => {
    const visitor = await afterPassword(app, TOM);
    const { thief, writeBack } = await oldCopy(visitor);
    await visitor.post("/login", credentials(BOB));
    expect((await visitor.get("/second-factor/challenge")).json).toMatchObject({ account: BOB });
    expect((await visitor.post(VERIFY, { code: await nextCode(app) })).status).toBe(401);
    await writeBack();
    expect((await thief.post(VERIFY, { code: await nextCode(app) })).json).toMatchObject({
      code: "no_challenge",
    });
    await visitor.post(VERIFY, { code: await nextCode(app, BOBS_SECRET) });
    await expectSignedIn(visitor, BOB);
    await expectNobody(thief);
  });

  test("again as A while pending as A: only the newer login can be completed", async () => {
    const tom = await afterPassword(app, TOM);
    const { thief, writeBack } = await oldCopy(tom);
    await tom.post("/login", credentials(TOM));
    await writeBack();
    const code = await nextCode(app);
    expect((await thief.post(VERIFY, { code })).json).toMatchObject({ code: "no_challenge" });
    expect((await tom.post(VERIFY, { code })).status).toBe(200);
  });

  test("with a wrong password while signed in: nothing changes", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await tom.post("/login", { email: BOB, password: "wrong" })).status).toBe(401);
    await expectSignedIn(tom, TOM);
  });

  test("as somebody who owes nothing while signed in: the first login has ended", async () => {
    const visitor = await signedIn(app, TOM, TOTP_SECRET);
    const { thief, writeBack } = await oldCopy(visitor);
    await visitor.post("/login", credentials(ADA));
    await expectSignedIn(visitor, ADA);
    await writeBack();
    await expectNobody(thief);
  });
});

describe("invariant 1: a session without an assurance record is decided like a login", () => {
  async function withoutRecord(email: string): Promise<Visitor> {
    const visitor = await (email === ADA ? afterPassword(app, ADA) : signedIn(app, email, TOTP_SECRET));
    const session = (await storedSessions(app).read(visitor.sessionId)) as Record<string, unknown>;
    const { secondFactor: _record, ...older } = session;
    expect(older).toHaveProperty("passport.user");
    await storedSessions(app).write(visitor.sessionId, older);
    return visitor;
  }

  test("nothing owed: it goes on, and carries a record from then on", async () => {
    const ada = await withoutRecord(ADA);
    await expectSignedIn(ada, ADA);
    expect(await storedSessions(app).read(ada.sessionId)).toMatchObject({
      secondFactor: { state: "signed-in", proven: [] },
    });
    const { thief, writeBack } = await oldCopy(ada);
    await ada.post("/logout");
    await writeBack();
    await expectNobody(thief);
  });

  test("a factor owed: it is pending, under a new id, with nobody in it", async () => {
    const tom = await withoutRecord(TOM);
    const { thief, writeBack } = await oldCopy(tom);
    expect((await tom.get("/account")).json).toMatchObject({ code: "second_factor_required" });
    expect(tom.sessionId).not.toBe(thief.sessionId);
    expect(await storedSessions(app).read(tom.sessionId)).not.toHaveProperty("passport");
    await expectNobody(tom);
    await writeBack();
    await expectNobody(thief);
    expect((await tom.post(VERIFY, { code: await nextCode(app) })).status).toBe(200);
    await expectSignedIn(tom, TOM);
  });

  test("a factor owed, on an open path: the request is anonymous already", async () => {
    const tom = await withoutRecord(TOM);
    expect((await tom.get("/whoami")).json).toEqual({
      user: null,
      authenticated: false,
      state: "pending",
      owes: "challenge",
    });
  });

  test.each([
    [
      "another user's record",
      async () =>
        (await storedSessions(app).read((await signedIn(app, BOB, BOBS_SECRET)).sessionId))?.["secondFactor"],
    ],
    ["a made-up one", async () => ({ state: "signed-in" })],
    [
      "one for no user",
      async () => ({ state: "signed-in", user: "", login: "x", generation: 0, proven: [] }),
    ],
    ["text", async () => "signed-in"],
    ["null", async () => null],
  ])("%s is no record", async (_name, forge) => {
    const tom = await withoutRecord(TOM);
    const session = await storedSessions(app).read(tom.sessionId);
    await storedSessions(app).write(tom.sessionId, { ...session, secondFactor: await forge() });
    await expectNobody(tom);
  });

  test("the user in the session is swapped for another: what was proven does not follow", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const bob = await storedUser(app, BOB);
    act = (req, res) => {
      Object.assign(req.session, { passport: { user: String(bob["_id"]) } });
      res.json({});
    };
    await tom.post("/act");
    await expectNobody(tom);
    expect((await tom.get("/second-factor/challenge")).json).toMatchObject({ account: BOB });
  });

  test("a user is written into a pending session: what is pending lets nobody in", async () => {
    const tom = await afterPassword(app, TOM);
    const id = String((await storedUser(app, TOM))["_id"]);
    act = (req, res) => {
      Object.assign(req.session, { passport: { user: id } });
      res.json({});
    };
    await tom.post("/act");
    await expectNobody(tom);
  });

  test("a session of an older generation ends, and one that raised it goes on", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const other = await signedIn(app, TOM, TOTP_SECRET);
    const { secondFactor } = (await storedSessions(app).read(tom.sessionId)) as {
      secondFactor: { login: string };
    };
    await app.User.collection.updateOne(
      { email: TOM },
      {
        $inc: { "secondFactor.sessionGeneration": 1 },
        $set: { "secondFactor.raisedBy": secondFactor.login },
      },
    );
    await expectNobody(other);
    await expectSignedIn(tom, TOM);
  });
});

// A fresh code before a change, and a login that must enrol: what one proof buys, for how long, and what a failure leaves.
import type { Request } from "express";
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  CONFIRM,
  codes,
  ENROL,
  nextCode,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const NEW = "new@acme.test";

/** What deserializeUser does instead of reading the user. */
let deserialize: (() => Promise<unknown>) | undefined;

beforeEach(() => {
  deserialize = undefined;
});
const app = useApp(() => ({
  // As many apps have it, and the strictest: every session that begins sets a cookie.
  session: { saveUninitialized: true },
  load: (User, id) => (deserialize ? deserialize() : User.findById(id)),
  routes: ({ app: express, secondFactor }) => {
    type Kept = Request["session"] & { cart?: unknown };
    express.post("/cart", (req, res) => {
      (req.session as Kept).cart = req.body;
      res.json({});
    });
    express.get("/cart", (req, res) => void res.json({ cart: (req.session as Kept).cart ?? null }));
    const page = (_req: unknown, res: { json(body: object): unknown }) => void res.json({ secret: "plans" });
    express.get("/fresh", secondFactor.require({ maxAgeSeconds: 300 }), page);
    express.get("/plain", secondFactor.require(), page);
  },
}));

const secretOf = (reply: Reply) => String(reply.json["secret"]);

async function confirm(visitor: Visitor, secret: string): Promise<Reply> {
  return visitor.post(CONFIRM, { code: await codes(app.clock, secret).code() });
}

interface Stored {
  factors?: string[];
  sessionGeneration?: number;
  vault?: {
    failures?: Record<string, unknown>;
    recoveryCodes?: unknown;
    enrolments?: { totp?: { active?: unknown; pending?: unknown } };
  };
}

async function stored(email: string): Promise<Stored> {
  return ((await storedUser(app, email)) as { secondFactor?: Stored }).secondFactor ?? {};
}

const stepUpRequired = { status: 401, json: { code: "step_up_required", action: "change-factors" } };

describe("a replacement that one step-up bought", () => {
  test("lasts 30 minutes from its beginning, however often it starts again with a new key", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const first = secretOf(await tom.post(ENROL));
    app.clock.advance({ minutes: 20 });
    const again = await tom.post(ENROL, { restart: true });
    expect(again.status).toBe(200);
    expect(secretOf(again)).not.toBe(first);
    app.clock.advance({ minutes: 9, seconds: 59 });
    const last = await tom.post(ENROL, { restart: true });
    expect(last.status).toBe(200);
    app.clock.advance({ seconds: 1 });
    expect((await confirm(tom, secretOf(last))).status).toBe(410);
    for (const body of [{}, { restart: true }]) {
      expect(await tom.post(ENROL, body)).toMatchObject(stepUpRequired);
    }
    expect((await tom.form(ENROL, { restart: "on" })).location).toContain("action=change-factors");
    await stepUp(app, tom, TOTP_SECRET);
    const renewed = await tom.post(ENROL, { restart: true });
    expect((await confirm(tom, secretOf(renewed))).status).toBe(200);
  });
});

describe("a login that must enrol, pushed out by five password logins of somebody else", () => {
  /** Before the key is shown, after it, and where only the challenge of the login has gone. */
  const orders = [
    ["before its key is shown", { before: 5, after: 0 }],
    ["after its key is shown, the challenge of the enrolment too", { before: 0, after: 5 }],
    ["after its key is shown, but for the challenge of the enrolment", { before: 0, after: 4 }],
    ["some before and some after", { before: 3, after: 2 }],
  ] as const;

  async function pushedOut({ before, after }: { before: number; after: number }) {
    await app.addUser({ email: NEW, roles: ["admin"] });
    const admin = await afterPassword(app, NEW);
    for (let i = 0; i < before; i += 1) await afterPassword(app, NEW);
    const secret = secretOf(await admin.post(ENROL));
    for (let i = 0; i < after; i += 1) await afterPassword(app, NEW);
    return { admin, secret };
  }

  /** No attempt counts against the person, nothing is on, nobody is in; and signing in again does work. */
  async function expectStartOver(admin: Visitor): Promise<void> {
    const { factors = [], vault } = await stored(NEW);
    expect([factors, vault?.failures ?? {}]).toEqual([[], {}]);
    expect(vault?.recoveryCodes).toBeUndefined();
    expect((await admin.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
    const again = await afterPassword(app, NEW);
    const secret = secretOf(await again.post(ENROL));
    expect((await confirm(again, secret)).json).toMatchObject({ state: "satisfied" });
    expect((await again.get("/account")).json).toEqual({ page: "account", user: NEW });
  }

  test.each(orders)("%s, is told by its right code to sign in again", async (_when, logins) => {
    const { admin, secret } = await pushedOut(logins);
    const reply = await confirm(admin, secret);
    expect(reply).toMatchObject({ status: 401, json: { code: "no_challenge", loginUrl: "/login" } });
    await expectStartOver(admin);
  });

  test.each(orders)("%s, is sent to the login page in a browser", async (_when, logins) => {
    const { admin, secret } = await pushedOut(logins);
    const reply = await admin.form(CONFIRM, { code: await codes(app.clock, secret).code() });
    expect([reply.status, reply.location]).toEqual([303, "/login"]);
    await expectStartOver(admin);
  });
});

test("the right code of a first enrolment sent ten times at once: no loser overwrites the winner's cookie", async () => {
  await app.addUser({ email: NEW, roles: ["admin"] });
  const admin = await afterPassword(app, NEW);
  const secret = secretOf(await admin.post(ENROL));
  const copies = Array.from({ length: 10 }, () => admin.copy());
  // Each has read the pending session before one of them ends it.
  let arrived = 0;
  const all = new Promise<void>((resolve) => {
    deserialize = async () => {
      arrived += 1;
      if (arrived === copies.length) resolve();
      await all;
      return app.User.findOne({ email: NEW });
    };
  });
  const replies = await Promise.all(copies.map((copy) => confirm(copy, secret)));
  const setsCookie = (reply: Reply) => reply.headers.getSetCookie().length > 0;
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(replies.filter(setsCookie).map(({ status }) => status)).toEqual([200]);
});

describe("a recovery code", () => {
  test("gets in, but is no proof that a route with maxAgeSeconds takes", async () => {
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    const secret = secretOf(await tom.post(ENROL));
    const { recoveryCodes: printed } = (await confirm(tom, secret)).json as { recoveryCodes: string[] };
    app.clock.advance({ seconds: 30 });
    const later = await afterPassword(app, TOM);
    const login = await later.post(VERIFY, { code: printed[0], factor: "recovery-code" });
    expect(login.status).toBe(200);
    expect((await later.get("/plain")).json).toEqual({ secret: "plans" });
    expect((await later.get("/whoami")).json).toMatchObject({ factors: ["recovery-code"] });
    const refused = await later.get("/fresh");
    expect(refused).toMatchObject({ status: 401, json: { code: "step_up_required", action: "confirm" } });
    await stepUp(app, later, secret, "confirm");
    expect((await later.get("/fresh")).json).toEqual({ secret: "plans" });
  });
});

describe("the session gets a new id, and the old one is nobody,", () => {
  const cart = { tea: 2, notes: ["for Ada"] };

  /** A copy of the session from before is worth nothing; the new one is the same person with the same cart. */
  async function expectRenewed(visitor: Visitor, email: string, act: () => Promise<unknown>): Promise<void> {
    await visitor.post("/cart", cart);
    const stolen = visitor.copy();
    await act();
    expect(visitor.sessionId).not.toBe(stolen.sessionId);
    expect((await visitor.get("/account")).json).toEqual({ page: "account", user: email });
    expect((await visitor.get("/cart")).json).toEqual({ cart });
    expect((await stolen.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
    expect((await stolen.get("/cart")).json).toEqual({ cart: null });
  }

  test("at a step-up, as JSON or as a page", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await expectRenewed(tom, TOM, () => stepUp(app, tom, TOTP_SECRET));
    await expectRenewed(tom, TOM, async () => {
      const fields = { code: await nextCode(app), action: "change-factors" };
      expect((await tom.form(VERIFY, fields)).location).toBe("/second-factor");
    });
    expect((await tom.post(ENROL)).status).toBe(200);
  });

  test("at the enrolment of somebody signed in, first or in place of another", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    let secret = secretOf(await tom.post(ENROL));
    await expectRenewed(tom, TOM, async () => expect((await confirm(tom, secret)).status).toBe(200));
    app.clock.advance({ seconds: 30 });
    await stepUp(app, tom, secret);
    secret = secretOf(await tom.post(ENROL));
    await expectRenewed(tom, TOM, async () => expect((await confirm(tom, secret)).status).toBe(200));
    expect((await tom.get("/fresh")).json).toEqual({ secret: "plans" });
  });
});

describe("a deserializeUser that fails at the confirmation of a login that must enrol", () => {
  const away = new Error("the directory is away");
  const failures = [
    [
      "throws",
      () => {
        throw away;
      },
      { status: 500, json: { failed: true } },
    ],
    ["gives an error", () => Promise.reject(away), { status: 500, json: { failed: true } }],
    ["gives false", async () => false, { status: 401, json: { code: "no_challenge", loginUrl: "/login" } }],
  ] as const;

  test.each(failures)(
    "(%s) turns nothing on, makes no codes and signs nobody in",
    async (_how, fails, answer) => {
      await app.addUser({ email: NEW, roles: ["admin"] });
      const admin = await afterPassword(app, NEW);
      const secret = secretOf(await admin.post(ENROL));
      const { sessionGeneration } = await stored(NEW);
      deserialize = fails;
      const reply = await confirm(admin, secret);
      expect(reply).toMatchObject(answer);
      expect(reply.json).not.toHaveProperty("recoveryCodes");
      deserialize = undefined;
      const after = await stored(NEW);
      expect(after.vault?.enrolments?.totp?.active).toBeUndefined();
      expect(after.vault?.recoveryCodes).toBeUndefined();
      expect([after.factors ?? [], after.vault?.failures ?? {}]).toEqual([[], {}]);
      expect(after.sessionGeneration).toBe(sessionGeneration);
      expect((await admin.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
      const again = await afterPassword(app, NEW);
      const { recoveryCodes } = (await confirm(again, secretOf(await again.post(ENROL)))).json;
      expect(recoveryCodes).toHaveLength(10);
    },
  );

  test("and answers again a moment later, has cost nothing: the same code turns it on", async () => {
    await app.addUser({ email: NEW, roles: ["admin"] });
    const admin = await afterPassword(app, NEW);
    const secret = secretOf(await admin.post(ENROL));
    deserialize = () => Promise.reject(away);
    expect((await confirm(admin, secret)).status).toBe(500);
    deserialize = undefined;
    expect((await confirm(admin, secret)).json).toMatchObject({ state: "satisfied" });
    expect((await admin.get("/account")).json).toEqual({ page: "account", user: NEW });
  });
});

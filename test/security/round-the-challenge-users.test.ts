// req.user that says too little: a projection, a plain object, a cached copy. No way past the second factor.
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  nextCode,
  type Parts,
  signedIn,
  storedSessions,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useStartableApp } from "../support/suite.js";

const ROOT = "root@acme.test";

const app = useStartableApp();

type Load = (User: Parts["User"], id: string) => Promise<unknown>;

/** Users as an app's deserializeUser may give them. The cache holds what it saw first, for ever. */
function loaders(): Record<string, Load> {
  const cache = new Map<string, unknown>();
  const cached =
    (load: Load): Load =>
    async (User, id) => {
      if (!cache.has(id)) cache.set(id, await load(User, id));
      return cache.get(id);
    };
  return {
    '.select("email")': (User, id) => User.findById(id).select("email"),
    '.select("-roles")': (User, id) => User.findById(id).select("-roles"),
    '.select("-secondFactor")': (User, id) => User.findById(id).select("-secondFactor"),
    '.select("email roles secondFactor.sessionGeneration")': (User, id) =>
      User.findById(id).select("email roles secondFactor.sessionGeneration"),
    ".lean()": (User, id) => User.findById(id).lean(),
    ".select().lean()": (User, id) => User.findById(id).select("email").lean(),
    "toObject()": async (User, id) => (await User.findById(id))?.toObject(),
    "toJSON(), with _id as text": async (User, id) => JSON.parse(JSON.stringify(await User.findById(id))),
    "{ _id, email }": async (User, id) => ({ _id: id, email: (await User.findById(id))?.email }),
    "a plain object that claims it has no factor": async (_User, id) => ({
      _id: id,
      email: TOM,
      roles: [],
      secondFactor: { factors: [], sessionGeneration: 0, endedLogins: [] },
    }),
    "a cached plain copy": cached(async (User, id) => (await User.findById(id))?.toObject()),
    "a hydrated copy": async (User, id) => User.hydrate((await User.findById(id))?.toObject()),
    "a cached copy, hydrated": cached(async (User, id) => User.hydrate({ _id: id, email: TOM, roles: [] })),
    "a new document of the same id": async (User, id) => new User({ _id: id, email: TOM }),
    "aggregate()": async (User, id) =>
      (await User.aggregate([{ $match: { email: TOM } }]))[0] ?? User.findById(id),
  };
}

/** An app whose sessions load their user that way. The login itself has the document, as passport-local gives it. */
async function startWith(load: Load | undefined): Promise<void> {
  await app.start(load ? { load } : {});
}

describe.each(Object.keys(loaders()))("invariant 1: req.user from %s", (name) => {
  beforeEach(() => startWith(loaders()[name]));

  test("holds who owes a code, and lets in who gave it", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await afterPassword(app, TOM);
    expect((await tom.get("/account")).status).toBe(401);
    expect((await tom.post(VERIFY, { code: await nextCode(app) })).status).toBe(200);
    expect((await tom.get("/account")).status).toBe(200);
  });

  test("holds a session without a record", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const { secondFactor: _record, ...older } = (await storedSessions(app).read(tom.sessionId)) ?? {};
    await storedSessions(app).write(tom.sessionId, older);
    expect((await tom.get("/account")).status).toBe(401);
  });

  test("holds who enrolled elsewhere meanwhile", async () => {
    const user = await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    expect((await tom.get("/account")).status).toBe(200);
    await app.secondFactor.importTotp(user, TOTP_SECRET);
    expect((await tom.get("/account")).status).toBe(401);
  });

  test("knows that the login has ended", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const thief = tom.copy();
    const session = (await storedSessions(app).read(tom.sessionId)) ?? {};
    await tom.post("/logout");
    await storedSessions(app).write(thief.sessionId, session);
    expect((await thief.get("/account")).status).toBe(403);
    expect((await thief.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
  });
});

describe("roles that a projection left out", () => {
  test.each(['.select("email")', '.select("-roles")', ".select().lean()", "{ _id, email }"])(
    "%s: an administrator without a factor must still enrol",
    async (name) => {
      await startWith(undefined);
      await app.addUser({ email: ROOT });
      const root = await afterPassword(app, ROOT);
      await app.User.updateOne({ email: ROOT }, { $set: { roles: ["admin"] } });
      await startWith(loaders()[name]);
      const again = app.visitor();
      for (const [cookie, value] of root.cookies) again.cookies.set(cookie, value);
      expect((await again.get("/account")).json).toMatchObject({ code: "enrolment_required" });
    },
  );
});

describe("a user that names nobody", () => {
  test.each([
    ["no id", async () => ({ email: TOM })],
    ["an id that is an object", async () => ({ _id: { $ne: null } })],
    ["an id that is a list", async () => ({ id: ["1"] })],
    ["an id of nobody", async () => ({ id: "000000000000000000000000" })],
    ["an id that cannot be cast", async () => ({ id: "nobody" })],
    ["text", async () => TOM],
    ["a number", async () => 7],
  ] as [string, Load][])("%s: 5xx, never a pass", async (_name, load) => {
    await startWith(undefined);
    await app.addUser({ email: TOM });
    const tom = await afterPassword(app, TOM);
    await startWith(load);
    const again = app.visitor();
    for (const [cookie, value] of tom.cookies) again.cookies.set(cookie, value);
    expect((await again.get("/account")).status).toBeGreaterThanOrEqual(500);
  });
});

// Somebody who knows the password and nothing else looks for a way past the challenge.
import { get } from "node:http";
import type { NextFunction, Request, Response } from "express";
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  EVE,
  nextCode,
  PASSWORD,
  type Parts,
  signedIn,
  startApp,
  storedSessions,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
  WRONG_CODE,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const EVES_SECRET = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";
const CHALLENGE = "/second-factor/challenge";

let reached: string[];
let load: ((User: Parts["User"], id: string) => Promise<unknown>) | undefined;

const app = useApp(() => ({
  load: (User, id) => (load ? load(User, id) : User.findById(id)),
  options: { open: ["/whoami", "/public/*"] },
  routes: ({ app: express }) => express.use(reach),
}));
beforeEach(async () => {
  reached = [];
  load = undefined;
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: EVE, secret: EVES_SECRET });
});

/** Answers every path that nothing else answered, and remembers who came. */
function reach(req: Request, res: Response, _next: NextFunction): void {
  reached.push(`${req.method} ${req.path}`);
  res.json({ reached: true, user: req.user ?? null, authenticated: req.isAuthenticated() });
}

/** A GET whose path is sent as it is written: fetch would tidy it up first. */
function raw(path: string, visitor: Visitor): Promise<{ status: number; text: string }> {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const request = get({ hostname, port, path, headers: { cookie } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on("error", reject);
  });
}

const NAVIGATION = { accept: "text/html", "sec-fetch-mode": "navigate" };
const ACCEPTS: Record<string, Record<string, string>> = {
  json: { accept: "application/json" },
  anything: { accept: "*/*" },
  html: { accept: "text/html,application/xhtml+xml" },
  navigation: NAVIGATION,
  fetch: { accept: "text/html;q=0", "sec-fetch-mode": "cors" },
};
const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
const PATHS = ["/", "/account", "/anything/else", "/Second-Factor/challenge", "/second-factorish"];

describe("invariant 1: fail closed, on every route while a login is pending", () => {
  test.each(METHODS)("%s reaches nothing of the app, whatever the client says it accepts", async (method) => {
    const eve = await afterPassword(app, TOM);
    for (const headers of Object.values(ACCEPTS)) {
      for (const path of PATHS) {
        const reply = await eve.ask(path, { method, headers });
        const page = (headers["accept"] ?? "").includes("text/html");
        expect([path, reply.status]).toEqual([path, page ? 303 : 401]);
        if (page) expect(reply.location).toBe(CHALLENGE);
        else if (method !== "HEAD") expect(reply.json).toMatchObject({ code: "second_factor_required" });
        expect(reply.text).not.toContain('page":');
        expect(reply.headers.get("cache-control")).toBe("no-store");
      }
    }
    expect(reached).toEqual([]);
  });

  test.each([
    "//account",
    "/%61ccount",
    "/account/",
    "/ACCOUNT",
    "/account;x=1",
    "/account%00",
    "/whoami/../account",
    "/whoami%2f..%2faccount",
    "/public",
    "/publicly",
    "/login/redirect/x",
    "/second-factor/../account",
    "/second-factor//account",
    "/second-factor/assets/%2e%2e/account",
  ])("%s hands out nothing of the account", async (path) => {
    const eve = await afterPassword(app, TOM);
    const { status, text } = await raw(path, eve);
    expect(text).not.toMatch(/"page":"account"|"authenticated":true/);
    expect(text).not.toContain(TOM);
    expect([401, 404]).toContain(status);
    expect(reached).toEqual([]);
  });

  test.each([
    "/whoami",
    "/WHOAMI",
    "/whoami/",
    "/public/style.css",
    "/public/../account",
    "/login",
    "/logout/",
  ])("the open path %s passes, and sees nobody", async (path) => {
    const eve = await afterPassword(app, TOM);
    const { status, text } = await raw(path, eve);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ user: null, authenticated: false });
  });

  test.each(["//whoami", "/%77hoami", "/whoami%2f", "/whoami/x", "/whoami.", "/public%2fx"])(
    "%s is no spelling of an open path",
    async (path) => {
      const eve = await afterPassword(app, TOM);
      expect((await raw(path, eve)).status).toBe(401);
      expect(reached).toEqual([]);
    },
  );

  test("the session in the store holds no signed-in user", async () => {
    const eve = await afterPassword(app, TOM);
    const session = await storedSessions(app).read(eve.sessionId);
    expect(session).toMatchObject({ secondFactor: { state: "pending" } });
    expect(session).not.toHaveProperty("passport");
  });

  test("the answer to the login comes from the gate: the app's own handler never runs", async () => {
    const login = await app.visitor().post("/login", { email: TOM, password: PASSWORD });
    expect(login.status).toBe(401);
    expect(login.json).not.toHaveProperty("signedIn");
    expect(login.json).toEqual({
      title: "A code is needed",
      status: 401,
      code: "second_factor_required",
      challengeUrl: CHALLENGE,
    });
    expect(login.headers.get("www-authenticate")).toBe(
      'SecondFactor error="insufficient_user_authentication"',
    );
  });

  test("a client that turns the failure into a success is denied by the next request", async () => {
    const eve = await afterPassword(app, TOM);
    await eve.post(VERIFY, { code: WRONG_CODE, state: "satisfied", secondFactor: { state: "signed-in" } });
    expect((await eve.get("/account")).status).toBe(401);
    expect((await eve.page("/")).location).toBe(CHALLENGE);
  });

  test("a login that took too long is nobody's", async () => {
    const eve = await afterPassword(app, TOM);
    app.clock.advance({ minutes: 10 });
    expect((await eve.get("/account")).status).toBe(403);
    expect((await eve.post(VERIFY, { code: await nextCode(app) })).status).toBe(401);
    expect((await eve.get("/account")).status).toBe(403);
  });

  test("cancelling ends the login for good", async () => {
    const eve = await afterPassword(app, TOM);
    const copy = eve.copy();
    const session = await storedSessions(app).read(eve.sessionId);
    await eve.post(`${CHALLENGE}/cancel`);
    await storedSessions(app).write(copy.sessionId, session ?? {});
    expect((await copy.post(VERIFY, { code: await nextCode(app) })).json).toMatchObject({
      code: "no_challenge",
    });
    expect((await copy.get("/account")).status).toBe(401);
    expect((await copy.post(`${CHALLENGE}/send`)).json).toMatchObject({ code: "no_challenge" });
  });

  test("logging out while pending ends the login for good", async () => {
    const eve = await afterPassword(app, TOM);
    const copy = eve.copy();
    const session = await storedSessions(app).read(eve.sessionId);
    expect((await eve.post("/logout")).status).toBe(200);
    await storedSessions(app).write(copy.sessionId, session ?? {});
    expect((await copy.post(VERIFY, { code: await nextCode(app) })).json).toMatchObject({
      code: "no_challenge",
    });
  });
});

describe("invariant 7: who knows only the password changes nothing about the factors", () => {
  test.each([
    ["GET", ""],
    ["GET", "/enrol"],
    ["GET", "/enrol/totp"],
    ["POST", "/enrol/totp"],
    ["POST", "/enrol/totp/confirm"],
    ["GET", "/recovery-codes"],
    ["GET", "/recovery-codes/new"],
    ["POST", "/recovery-codes"],
    ["POST", "/recovery-codes/saved"],
    ["GET", "/factors/totp/remove"],
    ["POST", "/factors/totp/remove"],
  ])("%s /second-factor%s is denied while a code is owed", async (method, path) => {
    const eve = await afterPassword(app, TOM);
    const before = await storedUser(app, TOM);
    for (const headers of [{ accept: "application/json" }, NAVIGATION]) {
      const body = method === "POST" ? { code: WRONG_CODE, restart: true } : undefined;
      const reply = await eve.ask(`/second-factor${path}`, { method, headers, body });
      expect([303, 401, 403]).toContain(reply.status);
      if (reply.status === 303) expect(reply.location).toBe(CHALLENGE);
      expect(reply.text).not.toMatch(/otpauth|secret|<svg[^>]*crispEdges|recoveryCodes/i);
    }
    expect(await storedUser(app, TOM)).toEqual(before);
  });

  test("who must enrol but has not reaches the enrolment pages and nothing else", async () => {
    await app.addUser({ email: "new@acme.test", roles: ["admin"] });
    const admin = await afterPassword(app, "new@acme.test");
    expect((await admin.get("/account")).json).toMatchObject({ code: "enrolment_required" });
    expect((await admin.page("/account")).location).toBe("/second-factor/enrol");
    expect((await admin.get("/second-factor")).json).toMatchObject({ code: "enrolment_required" });
    expect((await admin.post("/second-factor/recovery-codes")).status).toBe(401);
    expect((await admin.post(VERIFY, { code: WRONG_CODE })).json).toMatchObject({
      code: "enrolment_required",
    });
    expect((await admin.get("/second-factor/enrol")).status).toBe(200);
    expect((await admin.post("/second-factor/enrol/recovery-code")).status).toBe(403);
    expect(reached).toEqual([]);
  });

  test("an enrolment that is begun lets nobody in", async () => {
    await app.addUser({ email: "new@acme.test", roles: ["admin"] });
    const admin = await afterPassword(app, "new@acme.test");
    expect((await admin.post("/second-factor/enrol/totp")).status).toBe(200);
    expect((await admin.post("/second-factor/enrol/totp/confirm", { code: WRONG_CODE })).status).toBe(401);
    expect((await admin.get("/account")).status).toBe(401);
    const again = await admin.post("/login", { email: "new@acme.test", password: PASSWORD });
    expect(again.json).toMatchObject({ code: "enrolment_required" });
  });
});

describe("invariant 2: what was proven belongs to one login", () => {
  test("a second factor proven in one session does nothing for a pending one", async () => {
    const pending = await afterPassword(app, TOM);
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await tom.get("/account")).status).toBe(200);
    expect((await pending.get("/account")).status).toBe(401);
    expect((await tom.get("/account")).json).toMatchObject({ user: TOM });
  });

  test("a role that asks for a second factor holds its bearer at the very next request", async () => {
    await app.addUser({ email: "new@acme.test" });
    const visitor = await afterPassword(app, "new@acme.test");
    const copy = visitor.copy();
    expect((await visitor.get("/account")).status).toBe(200);
    await app.User.updateOne({ email: "new@acme.test" }, { $set: { roles: ["admin"] } });
    expect((await visitor.get("/account")).json).toMatchObject({ code: "enrolment_required" });
    expect((await visitor.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
    expect((await copy.get("/account")).status).toBe(403);
    expect(await storedSessions(app).read(visitor.sessionId)).not.toHaveProperty("passport");
  });

  test("a factor enrolled elsewhere holds a session that has proven nothing", async () => {
    const user = await app.addUser({ email: "new@acme.test" });
    const visitor = await afterPassword(app, "new@acme.test");
    expect((await visitor.get("/account")).status).toBe(200);
    await app.secondFactor.importTotp(user, TOTP_SECRET);
    expect((await visitor.get("/account")).json).toMatchObject({ code: "second_factor_required" });
    expect((await visitor.post(VERIFY, { code: await nextCode(app) })).status).toBe(200);
    expect((await visitor.get("/account")).status).toBe(200);
  });
});

describe("invariant 4: whose code it is comes from the session, never from the request", () => {
  test("forged ids, addresses and logins name nobody", async () => {
    const tom = await storedUser(app, TOM);
    const victim = await afterPassword(app, TOM);
    const { secondFactor } = (await storedSessions(app).read(victim.sessionId)) as {
      secondFactor: { login: string };
    };
    const eve = await afterPassword(app, EVE);
    const id = String(tom["_id"]);
    const forged = { user: id, userId: id, _id: id, id, email: TOM, login: secondFactor.login, account: TOM };
    eve.cookies.set("user", id);
    eve.cookies.set("login", secondFactor.login);
    const query = new URLSearchParams(forged).toString();
    const code = await nextCode(app);
    const reply = await eve.ask(`${VERIFY}?${query}`, {
      method: "POST",
      headers: {
        "x-user": id,
        "x-user-id": id,
        "x-forwarded-user": TOM,
        from: TOM,
        authorization: `Basic ${btoa(`${TOM}:${PASSWORD}`)}`,
      },
      body: { ...forged, code, user: forged.user, secondFactor: { user: { id }, login: secondFactor.login } },
    });
    expect(reply.json).toMatchObject({ code: "wrong_code" });
    expect((await eve.get(`${CHALLENGE}?${query}`)).json).toMatchObject({ account: EVE });
    expect((await eve.get("/account")).status).toBe(401);
    expect(await storedUser(app, TOM)).not.toHaveProperty("secondFactor.vault.failures");
    expect((await victim.post(VERIFY, { code })).status).toBe(200);
  });

  test("neither the factor nor an action can be chosen to dodge the login's challenge", async () => {
    const eve = await afterPassword(app, TOM);
    const code = await nextCode(app);
    for (const factor of ["email", "passkey", "recovery-code", "constructor", "__proto__", ""]) {
      expect((await eve.post(VERIFY, { factor, code })).status, factor).toBe(403);
    }
    await eve.post(VERIFY, { code: WRONG_CODE, action: "change-factors" });
    const state = await storedUser(app, TOM);
    expect(state).toMatchObject({ secondFactor: { vault: { failures: { login: { count: 1 } } } } });
    expect((await eve.get("/account")).status).toBe(401);
  });
});

describe("a user who changes while a login is pending", () => {
  test("deleted: the right code signs nobody in", async () => {
    const tom = await afterPassword(app, TOM);
    await app.User.deleteOne({ email: TOM });
    const reply = await tom.post(VERIFY, { code: await nextCode(app) });
    expect([reply.status, reply.json["code"]]).toEqual([401, "no_challenge"]);
    expect((await tom.get("/account")).status).toBe(401);
    expect((await tom.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
  });

  test("refused by deserializeUser: the right code signs nobody in", async () => {
    const tom = await afterPassword(app, TOM);
    load = async () => false;
    const reply = await tom.post(VERIFY, { code: await nextCode(app) });
    expect([reply.status, reply.json["code"]]).toEqual([401, "no_challenge"]);
    load = undefined;
    expect((await tom.get("/account")).status).toBe(403);
  });

  test("deserializeUser fails: 5xx, and nobody is signed in", async () => {
    const tom = await afterPassword(app, TOM);
    load = () => Promise.reject(new Error("directory away"));
    expect((await tom.post(VERIFY, { code: await nextCode(app) })).status).toBe(500);
    load = undefined;
    expect((await tom.get("/whoami")).json).toMatchObject({ user: null });
    expect((await tom.get("/account")).status).not.toBe(200);
  });

  test("deserializeUser gives somebody else: 5xx, and nobody is signed in", async () => {
    const tom = await afterPassword(app, TOM);
    load = (User) => User.findOne({ email: EVE });
    expect((await tom.post(VERIFY, { code: await nextCode(app) })).status).toBe(503);
    load = undefined;
    expect((await tom.get("/account")).status).not.toBe(200);
    expect((await tom.get("/whoami")).json).toMatchObject({ user: null });
  });

  test("deleted while signed in: nobody", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await app.User.deleteOne({ email: TOM });
    expect((await tom.get("/account")).status).not.toBe(200);
  });

  test("the factor goes from the configuration: 5xx, never a pass", async () => {
    const { recoveryCodes } = await import("passport-second-factor");
    const other = await startApp({ connection: app.connection, options: { factors: [recoveryCodes()] } });
    const user = await other.addUser({ email: "tim@acme.test" });
    await other.User.collection.updateOne(
      { _id: user._id },
      { $set: { secondFactor: { factors: ["totp"] } } },
    );
    const tim = other.visitor();
    expect((await tim.post("/login", { email: "tim@acme.test", password: PASSWORD })).status).toBe(500);
    expect((await tim.get("/account")).status).toBe(403);
    await other.close();
  });
});

test("the right code, and only it, is the way in", async () => {
  const tom = await afterPassword(app, TOM);
  expect((await tom.post(VERIFY, { code: await codes(app.clock, EVES_SECRET).code() })).status).toBe(401);
  expect((await tom.get("/account")).status).toBe(401);
  expect((await tom.post(VERIFY, { code: await codes(app.clock).code() })).status).toBe(200);
  expect((await tom.get("/account")).json).toEqual({ page: "account", user: TOM });
});

// Every way to sign in that an app may have: each must arrive at the challenge, without a change to its route.
import type { NextFunction, Request, Response } from "express";
import passportModule, { type Strategy, type StrategyCreated } from "passport";
import { describe, expect, test } from "vitest";
import {
  ADA,
  codes,
  credentials,
  nextCode,
  type Parts,
  storedSessions,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { type Setup, useStartableApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const app = useStartableApp();

/** An app with routes of its own; Tom has an authenticator app, Ada has no second factor. */
async function start(setup: Setup): Promise<void> {
  await app.start(setup);
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: ADA });
}

async function expectNobody(visitor: Visitor): Promise<void> {
  expect((await visitor.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
  expect((await visitor.get("/account")).status).not.toBe(200);
}

async function expectSignedIn(visitor: Visitor, email: string): Promise<void> {
  expect((await visitor.get("/account")).json).toEqual({ page: "account", user: email });
}

/** A strategy that knows a person by an address in the query or a header, as a provider or a token would name them. */
function trusting(name: string, User: Parts["User"], addressOf: (req: Request) => unknown): Strategy {
  const strategy = new passportModule.Strategy();
  strategy.name = name;
  strategy.authenticate = function authenticate(this: StrategyCreated<Strategy>, req: Request) {
    const address = addressOf(req);
    if (address === undefined && name === "oauth") return this.redirect("https://idp.test/authorize");
    if (typeof address !== "string") return this.fail(401);
    User.findOne({ email: address }).then(
      (user) => (user ? this.success(user as unknown as Express.User) : this.fail(401)),
      (error) => this.error(error),
    );
  };
  return strategy;
}

const byHeader = (req: Request) => req.get("authorization")?.replace("Bearer ", "");

describe("a redirecting provider", () => {
  const oauth = ({ app: express, passport, User, secondFactor }: Parts) => {
    passport.use(trusting("oauth", User, (req) => req.query["code"]));
    express.get("/auth", passport.authenticate("oauth"));
    express.get("/auth/callback", passport.authenticate("oauth", { successRedirect: "/welcome" }));
    express.get(
      "/sso/callback",
      secondFactor.exempt("sso"),
      passport.authenticate("oauth", { successRedirect: "/welcome" }),
    );
  };

  test("arrives at the challenge with no change to its route, and goes on where it said", async () => {
    await start({ routes: oauth });
    const tom = app.visitor();
    expect((await tom.page("/auth")).location).toBe("https://idp.test/authorize");
    const callback = await tom.page(`/auth/callback?code=${TOM}`);
    expect([callback.status, callback.location]).toEqual([303, "/second-factor/challenge"]);
    await expectNobody(tom);
    const verified = await tom.form(VERIFY, { code: await nextCode(app) });
    expect([verified.status, verified.location]).toEqual([303, "/welcome"]);
    await expectSignedIn(tom, TOM);
  });

  test("whoever owes nothing follows the route's own redirect", async () => {
    await start({ routes: oauth });
    const ada = app.visitor();
    expect((await ada.page(`/auth/callback?code=${ADA}`)).location).toBe("/welcome");
    await expectSignedIn(ada, ADA);
  });

  test("exempt: signed in without a code, on that route and no other", async () => {
    await start({ routes: oauth });
    const tom = app.visitor();
    expect((await tom.page(`/sso/callback?code=${TOM}`)).location).toBe("/welcome");
    await expectSignedIn(tom, TOM);
    expect((await tom.page(`/auth/callback?code=${TOM}`)).location).toBe("/second-factor/challenge");
    await expectNobody(tom);
    const other = app.visitor();
    await other.page(`/sso/callback?code=nobody@acme.test`);
    expect((await other.post("/login", credentials(TOM))).status).toBe(401);
    await expectNobody(other);
  });

  test("an exempted login that has ended is nobody, whatever copy turns up", async () => {
    await start({ routes: oauth });
    const tom = app.visitor();
    await tom.page(`/sso/callback?code=${TOM}`);
    const thief = tom.copy();
    const session = await storedSessions(app).read(tom.sessionId);
    await tom.post("/logout");
    await storedSessions(app).write(thief.sessionId, session ?? {});
    await expectNobody(thief);
  });
});

describe("a custom callback that calls req.logIn itself", () => {
  const custom = ({ app: express, passport }: Parts) => {
    express.post("/custom", (req, res, next) => {
      passport.authenticate("local", (error: unknown, user: Express.User | false) => {
        if (error || !user) return error ? next(error) : res.status(401).json({});
        req.logIn(user, (failed) => (failed ? next(failed) : res.json({ welcome: true })));
      })(req, res, next);
    });
    express.post("/alias", (req, res, next) => {
      passport.authenticate("local", (_error: unknown, user: Express.User) => {
        req.login(user, { session: true, keepSessionInfo: true }, (failed) =>
          failed ? next(failed) : res.json({ welcome: true }),
        );
      })(req, res, next);
    });
  };

  test.each(["/custom", "/alias"])("%s is held before its callback runs", async (path) => {
    await start({ routes: custom });
    const tom = app.visitor();
    const login = await tom.post(path, credentials(TOM));
    expect(login.status).toBe(401);
    expect(login.json).not.toHaveProperty("welcome");
    await expectNobody(tom);
    expect((await tom.post(VERIFY, { code: await nextCode(app) })).status).toBe(200);
    await expectSignedIn(tom, TOM);
    expect((await app.visitor().post(path, credentials(ADA))).json).toEqual({ welcome: true });
  });
});

describe("a login that is no login form", () => {
  test("a password reset that signs in by itself arrives at the challenge", async () => {
    await start({
      routes: ({ app: express, User }) => {
        express.post("/reset", async (req, res, next) => {
          const user = await User.findOne({ email: String(req.body.email) });
          req.logIn(user as unknown as Express.User, (error) =>
            error ? next(error) : res.json({ welcome: true }),
          );
        });
      },
    });
    const eve = app.visitor();
    expect((await eve.post("/reset", { email: TOM })).status).toBe(401);
    await expectNobody(eve);
  });

  const rememberMe = (req: Request, _res: Response, next: NextFunction, User: Parts["User"]) => {
    const [, email] = /remember=([^;]+)/.exec(req.headers.cookie ?? "") ?? [];
    if (req.isAuthenticated() || !email) return next();
    User.findOne({ email }).then((user) => req.logIn(user as unknown as Express.User, next), next);
  };

  test("a remember-me cookie after the middleware arrives at the challenge", async () => {
    await start({
      before: () => {},
      routes: ({ app: express, User }) => {
        express.use(
          "/shop",
          (req, res, next) => rememberMe(req, res, next, User),
          (req, res) => {
            res.json({ shop: true, user: req.user });
          },
        );
      },
    });
    const tom = app.visitor();
    tom.cookies.set("remember", TOM);
    expect((await tom.get("/shop")).json).toMatchObject({ code: "second_factor_required" });
    const ada = app.visitor();
    ada.cookies.set("remember", ADA);
    expect((await ada.get("/shop")).json).toMatchObject({ shop: true });
  });

  test("a remember-me cookie before the middleware is refused, and told where it belongs", async () => {
    await start({
      before: ({ app: express, User }) => express.use((req, res, next) => rememberMe(req, res, next, User)),
    });
    for (const email of [TOM, ADA]) {
      const visitor = app.visitor();
      visitor.cookies.set("remember", email);
      expect((await visitor.get("/account")).status).toBe(500);
    }
    expect(String(app.errors[0])).toContain("move it after app.use(secondFactor.middleware())");
  });

  test("what it signed in before the middleware is held at the next request", async () => {
    await start({
      before: ({ app: express, User }) => express.use((req, res, next) => rememberMe(req, res, next, User)),
    });
    const tom = app.visitor();
    tom.cookies.set("remember", TOM);
    await tom.get("/account");
    tom.cookies.delete("remember");
    expect((await tom.get("/account")).status).not.toBe(200);
    expect((await tom.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
  });
});

describe("a bearer API beside the sessions", () => {
  const api = ({ app: express, passport, User, secondFactor }: Parts) => {
    passport.use(trusting("token", User, byHeader));
    const answer = (req: Request, res: Response) =>
      void res.json({ api: (req.user as { email?: string })?.email });
    express.get("/api/plain", passport.authenticate("token", { session: false }), answer);
    const bearer = { session: false, secondFactor: "bearer" } as object;
    express.get("/api/bearer", passport.authenticate("token", bearer), answer);
    const lasting = { secondFactor: "bearer" } as object;
    express.get("/api/session", passport.authenticate("token", lasting), answer);
    express.get(
      "/api/assigned",
      passport.authenticate("token", { assignProperty: "account" }),
      secondFactor.require({ user: (req) => (req as Request & { account?: unknown }).account }),
      (req, res) => void res.json({ token: "issued", user: req.user ?? null }),
    );
    const account = (req: Request) => (req as Request & { account?: unknown }).account;
    express.get(
      "/api/unassigned",
      secondFactor.require({ user: account }),
      (_req, res) => void res.json({ token: "issued" }),
    );
    express.get(
      "/api/strict",
      passport.authenticate("token", { assignProperty: "account" }),
      secondFactor.require({ user: account, factors: ["totp"] }),
      (_req, res) => void res.json({ token: "issued" }),
    );
  };
  const as = (email: string) => ({ headers: { authorization: `Bearer ${email}` } });

  test("session: false is refused while a factor is owed, and passes where none is", async () => {
    await start({ routes: api });
    const reply = await app.visitor().ask("/api/plain", as(TOM));
    expect([reply.status, reply.json["code"]]).toEqual([401, "second_factor_required"]);
    expect((await app.visitor().ask("/api/plain", as(ADA))).json).toEqual({ api: ADA });
  });

  test('secondFactor: "bearer" passes a token that was issued after the proof, and starts no session', async () => {
    await start({ routes: api });
    const client = app.visitor();
    expect((await client.ask("/api/bearer", as(TOM))).json).toEqual({ api: TOM });
    expect(client.cookies.size).toBe(0);
    await expectNobody(client);
  });

  test('secondFactor: "bearer" is worth nothing for a login with a session', async () => {
    await start({ routes: api });
    const client = app.visitor();
    expect((await client.ask("/api/session", as(TOM))).status).toBe(401);
    await expectNobody(client);
  });

  test("a token beside a signed-in session does not end, or change, that session", async () => {
    await start({ routes: api });
    const ada = app.visitor();
    await ada.post("/login", credentials(ADA));
    expect((await ada.ask("/api/plain", as(TOM))).status).toBe(401);
    expect((await ada.ask("/api/bearer", as(TOM))).json).toEqual({ api: TOM });
    await expectSignedIn(ada, ADA);
  });

  test("assignProperty never reaches logIn: require({ user }) decides about that user", async () => {
    await start({ routes: api });
    expect((await app.visitor().ask("/api/assigned", as(TOM))).status).toBe(401);
    expect((await app.visitor().ask("/api/assigned", as(ADA))).json).toEqual({ token: "issued", user: null });
  });

  test("require({ user }) is not fooled by somebody else's session", async () => {
    await start({ routes: api });
    const visitor = app.visitor();
    await visitor.post("/login", credentials(TOM));
    await visitor.post(VERIFY, { code: await nextCode(app) });
    await expectSignedIn(visitor, TOM);
    expect((await visitor.ask("/api/assigned", as(TOM))).status).toBe(401);
    expect((await visitor.get("/api/unassigned")).status).toBe(401);
    expect((await visitor.ask("/api/strict", as(ADA))).status).toBe(401);
  });
});

describe("another Passport instance", () => {
  async function startTwo(): Promise<void> {
    await start({
      routes: ({ app: express, User }) => {
        const { Passport } = passportModule as unknown as { Passport: new () => typeof passportModule };
        const second = new Passport();
        second.serializeUser((user, done) => done(null, String((user as { _id?: unknown })._id)));
        second.deserializeUser((id: string, done) => {
          User.findById(id).then((user) => done(null, user as unknown as Express.User), done);
        });
        second.use(trusting("other", User, (req) => req.query["code"]));
        express.get(
          "/second/login",
          second.authenticate("other"),
          (_req, res) => void res.json({ welcome: true }),
        );
        express.get("/second/complete", second.session(), (req, res, next) => {
          User.findOne({ email: String(req.query["code"]) }).then(
            (user) =>
              req.logIn(user as unknown as Express.User, (error) =>
                error ? next(error) : res.json({ welcome: true }),
              ),
            next,
          );
        });
      },
      options: { open: ["/whoami", "/second/*"] },
    });
  }

  test.each([TOM, ADA])("its logIn is refused with 5xx, for %s too", async (email) => {
    await startTwo();
    const visitor = app.visitor();
    expect((await visitor.get(`/second/login?code=${email}`)).status).toBe(500);
    await expectNobody(visitor);
    expect(String(app.errors[0])).toContain("createSecondFactor({ passport })");
  });

  test("it cannot complete the first one's pending login", async () => {
    await startTwo();
    const visitor = app.visitor();
    await visitor.post("/login", credentials(TOM));
    expect((await visitor.get(`/second/complete?code=${TOM}`)).status).toBe(500);
    expect((await visitor.get(`/second/login?code=${TOM}`)).status).toBe(500);
    await expectNobody(visitor);
    expect(await storedSessions(app).read(visitor.sessionId)).not.toHaveProperty("passport");
  });
});

describe("a user under another name: passport.initialize({ userProperty })", () => {
  test("is anonymous under every name while pending, and known under its own afterwards", async () => {
    await start({
      initialize: { userProperty: "account" },
      options: { open: ["/names"] },
      routes: ({ app: express }) => {
        express.get("/names", (req, res) => {
          const { account, user } = req as Request & { account?: { email: string } };
          res.json({
            account: account?.email ?? null,
            user: user ?? null,
            authenticated: req.isAuthenticated(),
          });
        });
      },
    });
    const tom = app.visitor();
    await tom.post("/login", credentials(TOM));
    expect((await tom.get("/names")).json).toEqual({ account: null, user: null, authenticated: false });
    expect((await tom.get("/account")).status).toBe(401);
    await tom.post(VERIFY, { code: await nextCode(app) });
    expect((await tom.get("/names")).json).toEqual({ account: TOM, user: null, authenticated: true });
    const { secondFactor: _record, ...older } = (await storedSessions(app).read(tom.sessionId)) ?? {};
    await storedSessions(app).write(tom.sessionId, older);
    expect((await tom.get("/names")).json).toEqual({ account: null, user: null, authenticated: false });
  });
});

describe("when a step of the login fails, nobody is signed in", () => {
  test.each([
    [
      "throws",
      () => {
        throw new Error("cart is away");
      },
    ],
    ["rejects", () => Promise.reject(new Error("cart is away"))],
  ])("onSignedIn %s", async (_how, onSignedIn) => {
    await start({ options: { onSignedIn } });
    for (const email of [TOM, ADA]) {
      const visitor = app.visitor();
      const login = await visitor.post("/login", credentials(email));
      const last = email === TOM ? await visitor.post(VERIFY, { code: await nextCode(app) }) : login;
      expect(last.status).toBe(500);
      await expectNobody(visitor);
      expect(await storedSessions(app).read(visitor.sessionId)).not.toHaveProperty("passport");
    }
  });

  test("onSignedIn runs after every complete login, and never for somebody pending", async () => {
    const seen: string[] = [];
    await start({
      options: {
        onSignedIn: (_req: Request, _res: Response, user: { email: string }) => seen.push(user.email),
      },
    });
    const tom = app.visitor();
    await tom.post("/login", credentials(TOM));
    await tom.post(VERIFY, { code: "000000" });
    expect(seen).toEqual([]);
    await tom.post(VERIFY, { code: await nextCode(app) });
    await app.visitor().post("/login", credentials(ADA));
    expect(seen).toEqual([TOM, ADA]);
  });

  test("serializeUser fails, before the challenge or after the code", async () => {
    await start({});
    const late = app.visitor();
    await late.post("/login", credentials(TOM));
    const serializers = (app.passport as unknown as { _serializers: unknown[] })._serializers;
    serializers.unshift((_user: unknown, done: (error: Error) => void) => done(new Error("no id")));
    expect((await late.post(VERIFY, { code: await nextCode(app) })).status).toBe(500);
    await expectNobody(late);
    for (const email of [TOM, ADA]) {
      const visitor = app.visitor();
      expect((await visitor.post("/login", credentials(email))).status).toBe(500);
      await expectNobody(visitor);
    }
  });

  test("the policy cannot be read: 5xx, at the login and for a session that is open", async () => {
    let broken = false;
    await start({
      options: {
        rolesOf: () => {
          if (broken) throw new Error("directory away");
          return [];
        },
      },
    });
    const ada = app.visitor();
    await ada.post("/login", credentials(ADA));
    broken = true;
    expect((await ada.get("/account")).status).toBe(500);
    expect((await app.visitor().post("/login", credentials(ADA))).status).toBe(500);
    const tom = app.visitor();
    expect((await tom.post("/login", credentials(TOM))).status).toBe(500);
    broken = false;
    await expectNobody(tom);
  });

  test("a listener that throws changes nothing", async () => {
    await start({});
    app.secondFactor.on("signed-in", () => {
      throw new Error("log is full");
    });
    app.secondFactor.on("code-refused", () => Promise.reject(new Error("log is full")));
    const tom = app.visitor();
    await tom.post("/login", credentials(TOM));
    expect((await tom.post(VERIFY, { code: "000000" })).status).toBe(401);
    expect((await tom.post(VERIFY, { code: await codes(app.clock).code() })).status).toBe(200);
    await expectSignedIn(tom, TOM);
  });
});

describe("a middleware in the wrong place lets nobody through", () => {
  test("mounted under a path", async () => {
    await start({
      without: true,
      routes: ({ app: express, secondFactor }) => express.use("/admin", secondFactor.middleware()),
    });
    expect((await app.visitor().get("/admin/users")).status).toBe(500);
  });

  test("a guard before it", async () => {
    await start({
      before: ({ app: express, secondFactor }) =>
        express.get("/early", secondFactor.require(), (_req, res) => void res.json({ early: true })),
    });
    const ada = app.visitor();
    await ada.post("/login", credentials(ADA));
    expect((await ada.get("/early")).status).toBe(500);
  });
});

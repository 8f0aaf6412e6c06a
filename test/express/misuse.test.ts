// Mistakes in the set-up: each is refused, at construction or at the first request, with words on what to write.
import express from "express";
import { MemoryStore } from "express-session";
import mongoose from "mongoose";
import passportModule from "passport";
import {
  createSecondFactor,
  memoryStore,
  mongooseStore,
  recoveryCodes,
  type SecondFactorOptions,
  secondFactorPlugin,
  totp,
} from "passport-second-factor";
import { describe, expect, test } from "vitest";
import { codes, KEY, PASSWORD, signedIn, type TestApp, TOTP_SECRET } from "../support/app.js";
import { type Setup, useStartableApp } from "../support/suite.js";

const { Passport } = passportModule as unknown as { Passport: new () => typeof passportModule };

/** Options that work; anything may be put in their place, as JavaScript allows. */
function options(changes: object = {}): SecondFactorOptions {
  return {
    issuer: "Acme",
    origins: ["https://acme.test"],
    keys: [KEY],
    store: memoryStore(),
    factors: [totp(), recoveryCodes()],
    passport: new Passport(),
    ...changes,
  };
}

describe("createSecondFactor", () => {
  test("takes options that are right", () => {
    expect(() => createSecondFactor(options())).not.toThrow();
  });

  const short = { id: "a", secret: "too short" };
  const MISTAKES: [string, object, RegExp][] = [
    ["no keys", { keys: undefined }, /`keys` is missing: write keys: \[\{ id: "…", secret: … \}\]/],
    ["an empty list of keys", { keys: [] }, /`keys` is empty: write keys: .* make one with: node -e/],
    [
      "a short key",
      { keys: [short] },
      /secret of key "a" is shorter than 32 characters; make one with: node -e/,
    ],
    ["a key without a secret", { keys: [{ id: "a" }] }, /secret of key "a" is shorter than 32/],
    ["a key id with a dot", { keys: [{ ...KEY, id: "2026.11" }] }, /`id` is 1 to 32 letters, digits/],
    ["a key without an id", { keys: [{ secret: KEY.secret }] }, /`id` is 1 to 32 letters/],
    ["two keys of one id", { keys: [KEY, { ...KEY }] }, /two keys have the same `id`/],
    ["an unknown option", { issuers: "Acme" }, /unknown option "issuers": there are issuer, origins, keys/],
    [
      "an unknown policy option",
      { policy: { role: {} } },
      /unknown policy option "role": there are organisation, roles/,
    ],
    [
      "an unknown option of a role",
      { policy: { roles: { admin: { mode: "required", factor: "totp" } } } },
      /unknown option of role "admin" "factor": there are mode, factors/,
    ],
    [
      "a mode that is none",
      { policy: { roles: { admin: { mode: "mandatory" } } } },
      /`policy.roles.admin.mode` is "mandatory": write "off", "optional" or "required"/,
    ],
    [
      "a role without a mode",
      { policy: { roles: { admin: {} } } },
      /`policy.roles.admin.mode` is undefined: write "off"/,
    ],
    [
      "an organisation's mode that is none",
      { policy: { organisation: true } },
      /`policy.organisation` is true: write/,
    ],
    [
      "a role that asks for a factor that is not there",
      { policy: { roles: { admin: { mode: "required", factors: ["passkey"] } } } },
      /role "admin" asks for "passkey", which is not in `factors`/,
    ],
    [
      "no factors",
      { factors: undefined },
      /`factors` is missing: write factors: \[totp\(\), recoveryCodes\(\)\]/,
    ],
    ["an empty list of factors", { factors: [] }, /`factors` is missing: write/],
    ["a factory that is not called", { factors: [totp] }, /did you write totp instead of totp\(\)\?/],
    ["a factor by name", { factors: ["totp"] }, /holds something that is no factor/],
    [
      "a factor named twice",
      { factors: [totp(), totp()] },
      /factor "totp" is named twice in `factors`: keep one/,
    ],
    ["no origins", { origins: undefined }, /`origins` is missing: write origins: \["https:\/\/acme.test"\]/],
    ["an empty list of origins", { origins: [] }, /`origins` is missing: write/],
    ["an origin that is no list", { origins: "https://acme.test" }, /`origins` is missing: write/],
    [
      "an origin with a path",
      { origins: ["https://acme.test/shop"] },
      /is not one: write scheme and host only/,
    ],
    ["an origin with a slash", { origins: ["https://acme.test/"] }, /is not one: write scheme and host only/],
    ["an origin without a scheme", { origins: ["acme.test"] }, /origin "acme.test" is not one: write/],
    ["no issuer", { issuer: undefined }, /`issuer` is missing: write the product's name, issuer: "Acme"/],
    ["a blank issuer", { issuer: "  " }, /`issuer` is missing/],
    ["no store", { store: undefined }, /`store` is missing: write store: mongooseStore\(User\)/],
    ["a store that is a model", { store: {} }, /`store` is missing: write store: mongooseStore\(User\)/],
    [
      "a base path without a slash",
      { basePath: "2fa" },
      /`basePath` holds "2fa": write a path such as "\/second-factor"/,
    ],
    ["a base path that ends in one", { basePath: "/2fa/" }, /`basePath` holds "\/2fa\/": write a path/],
    ["a base path that is the whole site", { basePath: "/" }, /`basePath` holds "\/": write a path/],
    [
      "a login path that is a URL",
      { loginPath: "https://acme.test/login" },
      /`loginPath` holds .*: write a path/,
    ],
    ["an open path without a slash", { open: ["assets/*"] }, /`open` holds "assets\/\*": write a path/],
    [
      "an action in capitals",
      { actions: { Payout: {} } },
      /action "Payout": use lower-case words and hyphens/,
    ],
  ];

  test.each(MISTAKES)("given %s throws, and says what to write", (_, mistake, message) => {
    expect(() => createSecondFactor(options(mistake))).toThrow(message);
    expect(() => createSecondFactor(options(mistake))).toThrow(
      expect.objectContaining({ code: "misconfigured" }),
    );
  });

  test.each([undefined, null, "options"])("given %s instead of options throws", (given) => {
    expect(() => createSecondFactor(given as never)).toThrow("createSecondFactor takes an object");
  });

  test("never repeats a secret in what it says", () => {
    const keys = [{ id: "a", secret: "hunter2 hunter2 hunter2" }];
    expect(() => createSecondFactor(options({ keys }))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });

  test.each([
    [() => totp({ clockHintMinutes: 31 }), /clockHintMinutes \}\) is a whole number from 0 to 30/],
    [() => totp({ clockHintMinutes: 0.5 }), /whole number/],
    [() => recoveryCodes({ count: 0 }), /count \}\) is a whole number from 1 to 20/],
    [() => recoveryCodes({ count: 21 }), /whole number from 1 to 20/],
    [() => createSecondFactor(options()).exempt(""), /exempt\(\) takes a name: exempt\("sso"\)/],
    [() => createSecondFactor(options()).exempt(undefined as never), /exempt\(\) takes a name/],
  ])("%s throws", (call, message) => {
    expect(call).toThrow(message);
  });
});

describe("mongooseStore", () => {
  test("on a schema without the plugin says where to call it", () => {
    const Bare = mongoose.model("BareUser", new mongoose.Schema({ email: String }));
    expect(() => mongooseStore(Bare)).toThrow(
      /schema of "BareUser" lacks the plugin: call userSchema.plugin\(secondFactorPlugin\) before mongoose.model\(\)/,
    );
  });

  test("on a schema with a path of our name says to rename it", () => {
    const schema = new mongoose.Schema({ secondFactor: Boolean });
    expect(() => schema.plugin(secondFactorPlugin)).toThrow(
      /has a path named "secondFactor" already: rename it/,
    );
  });
});

describe("the middleware", () => {
  const started = useStartableApp();

  async function withApp(setup: Setup, run: (app: TestApp) => Promise<void>): Promise<void> {
    await started.start({ sessionStore: new MemoryStore(), ...setup });
    await run(started);
  }

  const messages = (app: TestApp) => app.errors.map((error) => (error as Error).message);

  test("under a path refuses every request there", () =>
    withApp(
      {
        without: true,
        routes: ({ app, secondFactor }) =>
          app.use("/shop", secondFactor.middleware(), (_req, res) => void res.json({ in: true })),
      },
      async (app) => {
        expect((await app.visitor().get("/shop/cart")).status).toBe(500);
        expect(messages(app)).toEqual([
          expect.stringMatching(
            /mounted under "\/shop" .*: write app.use\(secondFactor.middleware\(\)\), and move its pages with `basePath`/,
          ),
        ]);
      },
    ));

  test("before passport.session() refuses a request whose session has a user", async () => {
    const sessions = new MemoryStore();
    await withApp({ sessionStore: sessions }, async (app) => {
      await app.addUser({ email: "ada@acme.test" });
      const ada = await signedIn(app, "ada@acme.test");
      const early = express();
      const { default: session } = await import("express-session");
      early.use(session({ secret: "test", resave: false, saveUninitialized: false, store: sessions }));
      early.use(
        app.secondFactor.middleware(),
        app.passport.session(),
        (_req, res) => void res.json({ in: true }),
      );
      await expectRefusal(
        early,
        [...ada.cookies],
        /runs before passport.session\(\): write app.use\(passport.session\(\)\), then/,
      );
    });
  });

  test("without Passport refuses every request", async () => {
    const { default: session } = await import("express-session");
    const app = express();
    app.use(session({ secret: "test", resave: false, saveUninitialized: false }));
    app.use(createSecondFactor(options()).middleware(), (_req, res) => void res.json({ in: true }));
    await expectRefusal(app, [], /runs before passport.session\(\)/);
  });

  /** Serves one request, which must be an error with these words. */
  async function expectRefusal(
    app: express.Express,
    cookies: [string, string][],
    message: RegExp,
  ): Promise<void> {
    app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      res.status(500).json({ message: error.message });
    });
    const server = app.listen(0, "127.0.0.1");
    try {
      await new Promise((resolve) => server.once("listening", resolve));
      const { port } = server.address() as { port: number };
      const cookie = cookies.map(([name, value]) => `${name}=${value}`).join("; ");
      const reply = await fetch(`http://127.0.0.1:${port}/account`, { headers: cookie ? { cookie } : {} });
      expect(reply.status).toBe(500);
      expect(await reply.json()).toEqual({ message: expect.stringMatching(message) });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test("after a remember-me that logged somebody in refuses the request, and lets nobody in", () =>
    withApp(
      {
        before: ({ app, User }) =>
          app.use(async (req, _res, next) => {
            const user = req.get("x-remember-me") ? await User.findOne() : null;
            if (user) req.login(user as unknown as Express.User, next);
            else next();
          }),
      },
      async (app) => {
        await app.addUser({ email: "tom@acme.test", secret: TOTP_SECRET });
        const tom = app.visitor();
        const reply = await tom.ask("/account", { headers: { "x-remember-me": "yes" } });
        expect([reply.status, reply.json]).toEqual([500, { failed: true }]);
        expect(messages(app)).toEqual([
          expect.stringMatching(
            /something logged somebody in before the middleware ran .*: move it after app.use\(secondFactor.middleware\(\)\)/,
          ),
        ]);
        expect((await tom.get("/account")).status).toBe(401);
      },
    ));

  test("after a bearer token that set req.user refuses the request", () =>
    withApp(
      {
        before: ({ app, User }) =>
          app.use(async (req, _res, next) => {
            if (req.get("authorization")) req.user = (await User.findOne()) as unknown as Express.User;
            next();
          }),
      },
      async (app) => {
        await app.addUser({ email: "ada@acme.test" });
        const reply = await app.visitor().ask("/account", { headers: { authorization: "Bearer x" } });
        expect(reply.status).toBe(500);
        expect(messages(app)).toEqual([
          expect.stringMatching(/\(a remember-me, a bearer token\): move it after/),
        ]);
      },
    ));

  test("that is missing makes require() refuse, and say where it goes", () =>
    withApp(
      {
        without: true,
        routes: ({ app, secondFactor }) =>
          app.get("/vault", secondFactor.require(), (_req, res) => void res.json({})),
      },
      async (app) => {
        await app.addUser({ email: "ada@acme.test" });
        const ada = await signedIn(app, "ada@acme.test");
        expect((await ada.get("/vault")).status).toBe(500);
        expect(messages(app)).toEqual([
          expect.stringMatching(
            /require\(\) runs before app.use\(secondFactor.middleware\(\)\): move it after/,
          ),
        ]);
      },
    ));

  test("of another Passport instance than the app's refuses its logins", () =>
    withApp({ options: { passport: new Passport() } }, async (app) => {
      await app.addUser({ email: "tom@acme.test", secret: TOTP_SECRET });
      const tom = app.visitor();
      expect((await tom.post("/login", { email: "tom@acme.test", password: PASSWORD })).status).toBe(500);
      expect(messages(app)).toEqual([
        expect.stringMatching(
          /another Passport instance: give the one the app uses to createSecondFactor\(\{ passport \}\)/,
        ),
      ]);
      expect((await tom.get("/whoami")).json["user"]).toBeNull();
    }));

  test("refuses a user in a group that is not populated: it is not one without roles", () =>
    withApp(
      {
        schema: (schema) => schema.add({ groups: [{ type: mongoose.Schema.Types.ObjectId, ref: "Group" }] }),
      },
      async (app) => {
        await app.addUser({ email: "ada@acme.test", groups: [new mongoose.Types.ObjectId()] } as never);
        const ada = app.visitor();
        expect((await ada.post("/login", { email: "ada@acme.test", password: PASSWORD })).status).toBe(500);
        expect(messages(app)).toEqual([
          expect.stringMatching(
            /a group without `roles`: populate it in deserializeUser, and for the login, or give `rolesOf`/,
          ),
        ]);
        expect((await ada.get("/whoami")).json["user"]).toBeNull();
      },
    ));

  test("refuses somebody who must prove a factor that is no longer configured: never a pass", () =>
    withApp({ options: { factors: [recoveryCodes()] } }, async (app) => {
      await app.addUser({ email: "tom@acme.test" });
      await app.User.collection.updateOne(
        { email: "tom@acme.test" },
        { $set: { "secondFactor.factors": ["totp"] } },
      );
      const tom = app.visitor();
      expect((await tom.post("/login", { email: "tom@acme.test", password: PASSWORD })).status).toBe(500);
      expect(messages(app)).toEqual([
        expect.stringMatching(
          /no configured factor can serve \(theirs: totp; configured: recovery-code\): add the factor to `factors`/,
        ),
      ]);
      expect((await tom.get("/whoami")).json["user"]).toBeNull();
    }));

  test("works in an app that is mounted in another, with its links and redirects under the mount", () =>
    withApp({}, async (app) => {
      await app.addUser({ email: "tom@acme.test", secret: TOTP_SECRET });
      const outer = express().use("/shop", app.app);
      const server = outer.listen(0, "127.0.0.1");
      try {
        await new Promise((resolve) => server.once("listening", resolve));
        const { port } = server.address() as { port: number };
        const Visitor = app.visitor().constructor as new (url: string) => ReturnType<TestApp["visitor"]>;
        const tom = new Visitor(`http://127.0.0.1:${port}`);
        const login = await tom.form("/shop/login", { email: "tom@acme.test", password: PASSWORD });
        expect([login.status, login.location]).toEqual([303, "/shop/second-factor/challenge"]);
        const page = await tom.page("/shop/second-factor/challenge");
        expect(page.text).toContain('action="/shop/second-factor/challenge/verify"');
        expect(page.text).toContain('href="/shop/second-factor/assets/style.css');
        const right = await tom.form("/shop/second-factor/challenge/verify", {
          code: await codes(app.clock).code(),
        });
        expect([right.status, right.location]).toEqual([303, "/shop/"]);
        expect((await tom.get("/shop/account")).json).toMatchObject({ page: "account" });
      } finally {
        server.closeAllConnections();
        server.close();
      }
    }));
});

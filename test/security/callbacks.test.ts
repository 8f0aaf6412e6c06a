// Callbacks of the app's that answer, throw, or are given to req.logIn in an unusual way: the process goes on, nobody
// gets in by it, and the app's own error handler learns what happened.
import type { NextFunction, Request, Response } from "express";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  credentials,
  nextCode,
  type Parts,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { type Setup, useStartableApp } from "../support/suite.js";

/** What nobody caught: Node ends the process for it. */
let uncaught: unknown[];
/** Resolves with the first error that reaches the app, or that nobody caught. */
let firstError: Promise<{ reached: "the app" | "nobody"; error: unknown }>;
let settle: Record<"theApp" | "nobody", (error: unknown) => void>;

const onUncaught = (error: unknown) => {
  uncaught.push(error);
  settle.nobody(error);
};

const app = useStartableApp();
beforeEach(() => {
  uncaught = [];
  firstError = new Promise((resolve) => {
    settle = {
      theApp: (error) => resolve({ reached: "the app", error }),
      nobody: (error) => resolve({ reached: "nobody", error }),
    };
  });
  process.on("unhandledRejection", onUncaught).on("uncaughtException", onUncaught);
  return () => process.off("unhandledRejection", onUncaught).off("uncaughtException", onUncaught);
});

/** Tom has an authenticator app, Ada has no second factor. */
async function start(setup: Setup): Promise<void> {
  await app.start({
    ...setup,
    routes(parts) {
      setup.routes?.(parts);
      parts.app.use((error: unknown, _req: Request, _res: Response, next: NextFunction) => {
        settle.theApp(error);
        next(error);
      });
    },
  });
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: ADA });
}

/** All that a completed login still does has been done: Node has told of rejections that nobody handled. */
async function afterLogin(act: () => Promise<unknown>): Promise<void> {
  const signedIn = new Promise<void>((resolve) => app.secondFactor.on("signed-in", () => resolve()));
  await act();
  await signedIn;
  await new Promise((resolve) => setImmediate(resolve));
}

const headersSent = { code: "ERR_HTTP_HEADERS_SENT" };

describe("an onSignedIn that answers", () => {
  const answers = {
    options: { onSignedIn: (_req: Request, res: Response) => res.redirect("/elsewhere") },
  };

  test("a login that owes nothing: the second answer is an error of the app's, and the process goes on", async () => {
    await start(answers);
    const reply = await app.visitor().post("/login/redirect", credentials(ADA));
    expect([reply.status, reply.location]).toEqual([302, "/elsewhere"]);
    expect(await firstError).toMatchObject({ reached: "the app", error: headersSent });
    expect(uncaught).toEqual([]);
  });

  test.each(["form", "post"] as const)("a code by %s: nothing is answered twice", async (way) => {
    await start(answers);
    const tom = await afterPassword(app, TOM);
    const code = await nextCode(app);
    await afterLogin(async () => {
      const reply = await tom[way](VERIFY, { code });
      expect([reply.status, reply.location]).toEqual([302, "/elsewhere"]);
    });
    expect([uncaught, app.errors]).toEqual([[], []]);
    expect((await tom.get("/account")).json).toEqual({ page: "account", user: TOM });
  });

  test.each(["form", "post"] as const)("a first enrolment by %s: nothing is answered twice", async (way) => {
    await start(answers);
    await app.addUser({ email: "new@acme.test", roles: ["admin"] });
    const admin = await afterPassword(app, "new@acme.test");
    const secret = String((await admin.post("/second-factor/enrol/totp")).json["secret"]);
    const code = await nextCode(app, secret);
    await afterLogin(async () => {
      const reply = await admin[way]("/second-factor/enrol/totp/confirm", { code });
      expect([reply.status, reply.location]).toEqual([302, "/elsewhere"]);
    });
    expect([uncaught, app.errors]).toEqual([[], []]);
  });
});

describe("a time-out of the app's that answered 503 meanwhile", () => {
  /** The time is up while the roles are being looked up. */
  function slow(): Setup {
    let timeOut = () => {};
    return {
      before: ({ app: express }) =>
        express.use((_req, res, next) => {
          timeOut = () => void res.status(503).json({ timedOut: true });
          next();
        }),
      options: {
        rolesOf: async () => {
          timeOut();
          return [];
        },
      },
    };
  }

  test.each([ADA, TOM])(
    "the login of %s ends in an error of the app's, and the process goes on",
    async (email) => {
      await start(slow());
      const reply = await app.visitor().post("/login/redirect", credentials(email));
      expect([reply.status, reply.json]).toEqual([503, { timedOut: true }]);
      expect(await firstError).toMatchObject({ reached: "the app", error: headersSent });
      expect(uncaught).toEqual([]);
    },
  );

  test("a code that completes the login answers nothing more", async () => {
    let timeOut: (() => void) | undefined;
    await start({
      before: ({ app: express }) =>
        express.use((_req, res, next) => {
          timeOut = () => void res.status(503).json({ timedOut: true });
          next();
        }),
      options: { onSignedIn: async () => timeOut?.() },
    });
    const tom = await afterPassword(app, TOM);
    const code = await nextCode(app);
    await afterLogin(async () => {
      expect((await tom.post(VERIFY, { code })).json).toEqual({ timedOut: true });
    });
    expect([uncaught, app.errors]).toEqual([[], []]);
  });
});

describe("a callback of req.logIn or req.logOut that", () => {
  const broken = new Error("the cart is away");
  const callbacks = ({ app: express, User }: Parts) => {
    const ada = async () => (await User.findOne({ email: ADA })) as unknown as Express.User;
    express.post("/throws", async (req) => {
      req.logIn(await ada(), () => {
        throw broken;
      });
    });
    express.post("/rejects", async (req) => {
      req.logIn(await ada(), async () => {
        throw broken;
      });
    });
    express.post("/throws-at-failure", (req) => {
      req.logIn({ nobody: true } as Express.User, () => {
        throw broken;
      });
    });
    express.post("/throws-at-logout", (req) => {
      req.logOut(() => {
        throw broken;
      });
    });
  };

  test.each(["/throws", "/rejects", "/throws-at-failure", "/throws-at-logout"])(
    "fails (%s) goes to the app's error handler",
    async (path) => {
      await start({ routes: callbacks });
      const asked = app.visitor().post(path);
      expect(await firstError).toEqual({ reached: "the app", error: broken });
      const reply = await asked;
      expect([reply.status, reply.json]).toEqual([500, { failed: true }]);
      expect([uncaught, app.errors]).toEqual([[], [broken]]);
    },
  );

  test("comes after null in place of the options works as in Passport", async () => {
    await start({
      routes: ({ app: express, User }) => {
        express.post("/null", async (req, res, next) => {
          const user = await User.findOne({ email: String(req.body.email) });
          const logIn = req.logIn as unknown as (...given: unknown[]) => void;
          logIn(user, null, (error: unknown) => (error ? next(error) : res.json({ welcome: true })));
        });
        express.post("/null/logout", (req, res, next) => {
          const logOut = req.logOut as unknown as (...given: unknown[]) => void;
          logOut(null, (error: unknown) => (error ? next(error) : res.json({ goodbye: true })));
        });
      },
    });
    const ada = app.visitor();
    expect((await ada.post("/null", { email: ADA })).json).toEqual({ welcome: true });
    expect((await ada.get("/account")).json).toEqual({ page: "account", user: ADA });
    expect((await ada.post("/null/logout")).json).toEqual({ goodbye: true });
    expect((await ada.get("/account")).status).toBe(403);
    const tom = await app.visitor().post("/null", { email: TOM });
    expect([tom.status, tom.json["code"]]).toEqual([401, "second_factor_required"]);
    expect(app.errors).toEqual([]);
  });
});

describe('exempt("sso")', () => {
  test("counts for one req.logIn: a second one in the same request owes its factor", async () => {
    await start({
      routes: ({ app: express, passport, secondFactor, User }) => {
        express.post(
          "/sso",
          secondFactor.exempt("sso"),
          passport.authenticate("local"),
          async (req, res, next) => {
            const other = await User.findOne({ email: String(req.body.as) });
            if (!other) return void res.json({ welcome: true });
            req.logIn(other as unknown as Express.User, (error) =>
              error ? next(error) : res.json({ welcome: true }),
            );
          },
        );
      },
    });
    const tom = app.visitor();
    expect((await tom.post("/sso", credentials(TOM))).json).toEqual({ welcome: true });
    expect((await tom.get("/account")).json).toEqual({ page: "account", user: TOM });
    for (const first of [ADA, TOM]) {
      const visitor = app.visitor();
      const reply = await visitor.post("/sso", { ...credentials(first), as: TOM });
      expect([reply.status, reply.json["code"]]).toEqual([401, "second_factor_required"]);
      expect((await visitor.get("/account")).status).toBe(401);
    }
  });
});

describe("secondFactor.check", () => {
  test("of nobody, such as after a wrong password, is anonymous although the session is signed in", async () => {
    await start({
      routes: ({ app: express, secondFactor }) => {
        express.get("/checks", async (req, res) => {
          const [session, wrong, missing] = await Promise.all([
            secondFactor.check(req),
            secondFactor.check(req, false),
            secondFactor.check(req, undefined),
          ]);
          res.json({ session: session.state, wrong, missing });
        });
      },
    });
    const ada = await afterPassword(app, ADA);
    expect((await ada.get("/checks")).json).toEqual({
      session: "satisfied",
      wrong: { state: "anonymous" },
      missing: { state: "anonymous" },
    });
  });
});

// When a browser is trusted no more: its time, a change of the password or of a factor, ten others; and when it still is.
import { MemoryStore } from "express-session";
import type { SecondFactorOptions } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  codes,
  credentials,
  everyFactor,
  nextCode,
  PHONE,
  sentCode,
  stepUp,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import {
  BROWSERS,
  expectAsked,
  expectLetIn,
  LOCAL,
  storedBrowsers,
  trust,
  trustAndLeave,
  trustCookie,
} from "./trusted-browsers.js";

const setup = (options: Partial<SecondFactorOptions> = {}) => ({
  sessionStore: new MemoryStore(),
  factors: everyFactor,
  options: { ...LOCAL, ...options },
});
const app = useApp(() => setup());
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: TOM });
  await app.addUser({ email: ADA, secret: TOTP_SECRET });
});

/** Signed in with a code on another browser, and free to change one factor. */
async function elsewhere(): Promise<Visitor> {
  const visitor = app.visitor();
  await visitor.post("/login", credentials(TOM));
  const reply = await visitor.post(VERIFY, { factor: "totp", code: await nextCode(app) });
  expect(reply.status).toBe(200);
  app.clock.advance({ seconds: 30 });
  await stepUp(app, visitor, TOTP_SECRET);
  return visitor;
}

async function ok(reply: Promise<{ status: number; text: string }>): Promise<void> {
  const { status, text } = await reply;
  expect(status, text).toBe(200);
}

const user = () => app.User.findOne({ email: TOM });

describe("29: past its time", () => {
  test("by this clock, to the millisecond, though the browser still sends its cookie", async () => {
    const tom = await trustAndLeave(app, TOM);
    const [{ expiresAt } = { expiresAt: new Date(0) }] = await storedBrowsers(app, TOM);
    app.clock.set(new Date(expiresAt.getTime() - 1));
    await expectLetIn(tom, TOM);
    app.clock.set(expiresAt);
    await expectAsked(tom, TOM);
    app.clock.advance({ days: 900 });
    await expectAsked(tom, TOM);
    expect(await storedBrowsers(app, TOM)).toHaveLength(1);
  });

  test("counted from the code, and never moved by use", async () => {
    const start = app.clock.now();
    const tom = await trustAndLeave(app, TOM);
    for (let month = 0; month < 2; month++) {
      app.clock.advance({ days: 30 });
      const login = await tom.post("/login", credentials(TOM));
      expect(login.headers.getSetCookie().join()).not.toContain("second-factor-");
      await tom.post("/logout");
    }
    const [browser] = await storedBrowsers(app, TOM);
    expect(browser?.expiresAt.getTime()).toBe(start.getTime() + 90 * 86_400_000);
    expect(browser?.lastUsedAt).toEqual(app.clock.now());
    app.clock.advance({ days: 30 });
    await expectAsked(tom, TOM);
  });

  test("as the option said when it was trusted", async () => {
    await app.start(setup({ trustBrowserDays: 1 }));
    const tom = await trustAndLeave(app, TOM);
    app.clock.advance({ hours: 23 });
    await expectLetIn(tom, TOM);
    app.clock.advance({ hours: 1 });
    await expectAsked(tom, TOM);
  });
});

describe("29: after a change of the password in the app", () => {
  const password = "battery staple";
  const CHANGES: [string, () => Promise<unknown>][] = [
    ["by an update", () => app.User.updateOne({ email: TOM }, { password }).exec()],
    ["by saving the document", async () => (await user())?.set({ password }).save()],
    ["behind Mongoose's back", () => app.User.collection.updateOne({ email: TOM }, { $set: { password } })],
  ];

  test.each(CHANGES)("%s: every browser is asked", async (_, change) => {
    const browsers = [await trustAndLeave(app, TOM), await trustAndLeave(app, TOM)];
    const ada = await trustAndLeave(app, ADA);
    await change();
    for (const browser of browsers) await expectAsked(browser, TOM, { password });
    await expectLetIn(ada, ADA);
  });

  test("they are listed no more, and a code makes a new one of the old", async () => {
    const tom = await trustAndLeave(app, TOM);
    await app.User.updateOne({ email: TOM }, { password });
    await tom.post("/login", { email: TOM, password });
    const right = { factor: "totp", code: await nextCode(app), trustBrowser: true };
    await ok(tom.post(VERIFY, right));
    const { browsers } = (await tom.get(BROWSERS)).json;
    expect(browsers).toMatchObject([{ isThis: true }]);
    const again = await tom.post("/login", { email: TOM, password });
    expect(again.json).toEqual({ signedIn: TOM });
  });
});

describe("29: after a change of factors", () => {
  const CHANGES: [string, () => Promise<unknown>][] = [
    [
      "added",
      async () => {
        const other = await elsewhere();
        await ok(other.post("/second-factor/enrol/sms", { country: "US", number: PHONE }));
        await ok(other.post("/second-factor/enrol/sms/confirm", { code: sentCode(app, PHONE) }));
      },
    ],
    [
      "replaced",
      async () => {
        const other = await elsewhere();
        const { secret } = (await other.post("/second-factor/enrol/totp")).json;
        const code = await codes(app.clock, String(secret)).code();
        await ok(other.post("/second-factor/enrol/totp/confirm", { code }));
      },
    ],
    [
      "replaced by another address",
      async () => {
        const other = await elsewhere();
        const change = () => other.post("/second-factor/enrol/email", { address: "tom@home.test" });
        expect((await change()).status).toBe(401);
        app.clock.advance({ seconds: 30 });
        await stepUp(app, other, TOTP_SECRET, "change-address");
        await ok(change());
        const code = sentCode(app, "tom@home.test");
        await ok(other.post("/second-factor/enrol/email/confirm", { code }));
      },
    ],
    ["removed", async () => ok((await elsewhere()).post("/second-factor/factors/email/remove"))],
  ];

  test.each(CHANGES)("that was %s on another browser: asked, and nothing is kept", async (_, change) => {
    const tom = await trustAndLeave(app, TOM);
    await change();
    expect(await storedBrowsers(app, TOM)).toEqual([]);
    await expectAsked(tom, TOM);
  });

  test("that was imported: asked, and listed no more", async () => {
    const tom = await trustAndLeave(app, TOM);
    expect(await app.secondFactor.importPhone(await user(), PHONE)).toBe(true);
    expect((await (await elsewhere()).get(BROWSERS)).json).toEqual({ browsers: [] });
    await expectAsked(tom, TOM);
  });

  test("on the very browser that is trusted: it is asked as well", async () => {
    const tom = await trust(app, TOM);
    await stepUp(app, tom, TOTP_SECRET);
    await ok(tom.post("/second-factor/factors/email/remove"));
    await tom.post("/logout");
    await expectAsked(tom, TOM);
  });

  test("an enrolment that was begun and given up changes nothing", async () => {
    const tom = await trustAndLeave(app, TOM);
    await ok((await elsewhere()).post("/second-factor/enrol/totp"));
    await expectLetIn(tom, TOM);
  });
});

describe("what changes neither a password nor a factor", () => {
  const CHANGES: [string, () => Promise<unknown>][] = [
    ["another field of the user", () => app.User.updateOne({ email: TOM }, { roles: ["member"] }).exec()],
    [
      "a number that was only suggested",
      async () => app.secondFactor.suggestPhone(await user(), { number: PHONE }),
    ],
    ["what is asked first", async () => (await elsewhere()).post("/second-factor/factors/email/prefer")],
    ["a log-out elsewhere", async () => (await elsewhere()).post("/logout")],
    [
      "wrong codes elsewhere",
      async () => {
        const other = app.visitor();
        await other.post("/login", credentials(TOM));
        for (let guess = 0; guess < 6; guess++) await other.post(VERIFY, { factor: "totp", code: "000000" });
        expect((await other.post(VERIFY, { factor: "totp", code: "000000" })).status).toBe(429);
      },
    ],
  ];

  test.each(CHANGES)("%s: still trusted", async (_, change) => {
    const tom = await trustAndLeave(app, TOM);
    await change();
    await expectLetIn(tom, TOM);
  });
});

describe("29: at most ten", () => {
  test("the oldest gives way to the eleventh, however lately it was used", async () => {
    const browsers: Visitor[] = [];
    for (let count = 0; count < 10; count++) browsers.push(await trustAndLeave(app, TOM));
    const [first, ...others] = browsers as [Visitor, ...Visitor[]];
    await expectLetIn(first, TOM);
    await first.post("/logout");
    others.push(await trustAndLeave(app, TOM));
    expect(await storedBrowsers(app, TOM)).toHaveLength(10);
    await expectAsked(first, TOM);
    for (const other of others) await expectLetIn(other, TOM);
  });
});

describe("29: where it is switched off", () => {
  test("the next login is asked, whatever was trusted before; switched on again, it is not", async () => {
    const tom = await trustAndLeave(app, TOM);
    const cookie = trustCookie(tom);
    const { clock } = app;
    await app.start({ ...setup({ trustBrowserDays: false }), clock });
    const off = app.visitor();
    off.cookies.set(...cookie);
    await expectAsked(off, TOM);
    await app.start({ ...setup({ trustBrowserDays: 30 }), clock });
    const on = app.visitor();
    on.cookies.set(...cookie);
    await expectLetIn(on, TOM);
  });
});

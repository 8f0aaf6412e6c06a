// Starts the apps of docs/integration.md, sends every request that it shows, and holds what it says besides against them.
import { randomBytes, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import mongoose from "mongoose";
import { createSecondFactor, mongooseStore, totp } from "passport-second-factor";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type TestDatabase, testDatabase } from "../support/database.js";
import type { Ask, Visitor } from "../support/visitor.js";
import { api, type Screens } from "./apps/api.js";
import { filesIn, ROOT } from "./blocks.js";
import { exchanges, nextCode, PAGE, SECRET, walk } from "./walk.js";

const TOM = "tom@acme.test";
const UNA = "una@acme.test";
const ROOT_USER = "root@acme.test";
const PASSWORD = "demo-password-2026";
const KEY = "a secret of at least thirty-two characters";

let database: TestDatabase;

/** The apps run on the clock of the system: it stands still, and only moves when a code is wanted. */
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-01T12:00:00Z") });
  vi.stubEnv("ORIGIN", "https://acme.test");
  vi.stubEnv("SECOND_FACTOR_KEY", KEY);
  vi.stubEnv("SESSION_SECRET", "test");
  database = await testDatabase();
  await mongoose.connect(database.uri);
  const { User } = await import("./apps/users.js");
  const salt = randomBytes(8).toString("base64url");
  const passwordHash = `${salt}:${scryptSync(PASSWORD, salt, 32).toString("base64url")}`;
  const people = [{ email: TOM }, { email: UNA }, { email: ROOT_USER, roles: ["admin"] }];
  const [tom] = await User.create(people.map((person) => ({ ...person, passwordHash })));
  const { importTotp } = createSecondFactor({
    issuer: "Acme",
    origins: ["https://acme.test"],
    keys: [{ id: "2026-11", secret: KEY }],
    store: mongooseStore(User),
    factors: [totp()],
  });
  await importTotp(tom, SECRET);
});

afterAll(async () => {
  await mongoose.disconnect();
  await database.close();
});

describe("the page's files", () => {
  const asRun = (name: string) => readFileSync(`${ROOT}test/docs/apps/${name}`, "utf8");

  test.each(["forms.ts", "spa.ts", "api.ts", "mobile.ts"])("%s is what runs here", (name) => {
    expect(filesIn(PAGE).get(name)).toBe(asRun(name));
  });

  test.each(["users.ts", "sign-in.ts"])("%s is the one of the quick start", (name) => {
    expect(asRun(name)).toBe(filesIn("README.md").get(name));
  });

  test("every exchange belongs to one of the apps", () => {
    const kinds = new Set(exchanges.map(({ request }) => request.visitor?.split(" ")[0]));
    expect([...kinds]).toEqual(["forms", "spa", "mobile"]);
  });
});

describe("forms and pages", () => {
  const visitor = walk("forms", () => import("./apps/forms.js"));

  test("whoever has not signed in is led to the login", async () => {
    expect((await visitor().page("/")).location).toBe("/login");
  });
});

describe("a single-page app", () => {
  const visitor = walk("spa", () => import("./apps/spa.js"));

  /** What a page of the site's own sends, and its cookies. */
  function browse(from: Visitor): void {
    vi.stubGlobal("fetch", async (path: string, { headers, ...init }: Ask) => {
      vi.unstubAllGlobals();
      const site = { origin: "https://acme.test", "sec-fetch-site": "same-origin" };
      const reply = await from.ask(path, { ...init, headers: { ...headers, ...site } });
      browse(from);
      return new Response(reply.text, { status: reply.status, headers: reply.headers });
    });
  }

  afterEach(() => void vi.unstubAllGlobals());

  const screensOf = (email: string, codes: (() => Promise<string>)[]) => {
    const shown: string[] = [];
    const screens: Screens = {
      async signIn() {
        shown.push("sign in");
        await api(screens, "/api/login", { email, password: PASSWORD });
      },
      async code(asked, before) {
        shown.push(before?.code ?? asked.description ?? "code");
        return { factor: asked.preferred, code: await (codes.shift() ?? nextCode)() };
      },
      async enrol(url) {
        shown.push("set up");
        const begun = (await api(screens, `${url}/totp`, {})) as { secret: string };
        await api(screens, `${url}/totp/confirm`, { code: await nextCode(begun.secret) });
      },
    };
    return { screens, shown };
  };

  test("the client signs somebody in who wanted something, past a wrong code, and goes on", async () => {
    browse(visitor());
    const { screens, shown } = screensOf(TOM, [async () => "000000"]);
    expect(await api(screens, "/api/orders")).toEqual({ orders: [] });
    expect(shown).toEqual(["sign in", "code", "wrong_code"]);
  });

  test("the client confirms an act, and does it", async () => {
    browse(visitor());
    const { screens, shown } = screensOf(TOM, []);
    await screens.signIn();
    expect(await api(screens, "/api/payouts", { amount: "100.00", iban: "NL91" })).toEqual({
      paid: "100.00",
    });
    expect(shown).toEqual(["sign in", "code", "pay 100.00 to NL91"]);
  });

  test("the client has somebody set up a factor who must, and they are in", async () => {
    browse(visitor());
    const { screens, shown } = screensOf(ROOT_USER, []);
    expect(await api(screens, "/api/orders")).toEqual({ orders: [] });
    expect(shown).toEqual(["sign in", "set up"]);
  });

  test("the client tells a wrong password, and what it cannot settle", async () => {
    browse(visitor());
    const { screens } = screensOf(TOM, []);
    await expect(api(screens, "/api/login", { email: TOM, password: "wrong" })).rejects.toThrow("401");
    await screens.signIn();
    await expect(api(screens, "/second-factor/admin/policy")).rejects.toThrow("forbidden");
  });

  test("an app on another origin of ours may send, one that only shares our site may not", async () => {
    const tom = visitor();
    const { code } = (await tom.post("/api/login", { email: TOM, password: PASSWORD })).json;
    expect(code).toBe("second_factor_required");
    const from = async (origin: string) => {
      const headers = { origin, "sec-fetch-site": "same-site" };
      const body = { code: await nextCode() };
      return (await tom.ask("/second-factor/challenge/verify", { method: "POST", headers, body })).status;
    };
    expect(await from("https://blog.acme.test")).toBe(403);
    expect(await from("https://acme.test")).toBe(200);
  });
});

describe("a mobile app with bearer tokens", () => {
  const visitor = walk("mobile", () => import("./apps/mobile.js"));
  const orders = (token: string, from = visitor()) =>
    from.ask("/api/orders", { headers: { authorization: `Bearer ${token}` } });

  async function signedIn(email: string): Promise<{ jar: Visitor; token: string }> {
    const jar = visitor();
    const { status } = await jar.post("/login", { email, password: PASSWORD });
    if (status === 401) await jar.post("/second-factor/challenge/verify", { code: await nextCode() });
    const { token } = (await jar.post("/api/tokens")).json;
    return { jar, token: String(token) };
  }

  test("somebody who owes nothing has a token for the password, and it is gone when it is given back", async () => {
    const { token } = await signedIn(UNA);
    expect((await orders(token)).status).toBe(200);
    const headers = { authorization: `Bearer ${token}` };
    expect((await visitor().ask("/api/tokens", { method: "DELETE", headers })).status).toBe(200);
    expect((await orders(token)).status).toBe(401);
  });

  test("nobody has one without a login, and none is as good as a wrong one", async () => {
    expect((await visitor().post("/api/tokens")).json["code"]).toBe("second_factor_required");
    expect((await orders("wrong")).status).toBe(401);
    expect((await visitor().get("/api/orders")).status).toBe(401);
  });

  test("a login that is pending in the same jar is in the way", async () => {
    const { token, jar } = await signedIn(TOM);
    await jar.post("/login", { email: TOM, password: PASSWORD });
    expect((await orders(token, jar)).json["code"]).toBe("second_factor_required");
    expect((await orders(token)).status).toBe(200);
  });

  test("a log-out leaves the token, the end of all sessions does not, and nor does time", async () => {
    const { secondFactor } = await import("./apps/mobile.js");
    const { User } = await import("./apps/users.js");
    const { token, jar } = await signedIn(TOM);
    await jar.post("/logout");
    expect((await orders(token)).status).toBe(200);
    const { id } = await User.findOne({ email: TOM }).orFail();
    await secondFactor.admin.endSessions(id, { by: "root", reason: "the phone is lost" });
    expect((await orders(token)).status).toBe(401);
    const next = await signedIn(TOM);
    vi.setSystemTime(Date.now() + 31 * 86_400_000);
    expect((await orders(next.token)).status).toBe(401);
  });

  test("a factor that is set up ends what was issued before", async () => {
    const { token, jar } = await signedIn(UNA);
    const { secret } = (await jar.post("/second-factor/enrol/totp")).json;
    await jar.post("/second-factor/enrol/totp/confirm", { code: await nextCode(String(secret)) });
    expect((await orders(token)).status).toBe(401);
  });
});

// A person's list of trusted browsers: what it tells, who may forget which, and that looking changes nothing.
import { MemoryStore } from "express-session";
import { beforeEach, describe, expect, test } from "vitest";
import { ADA, afterPassword, credentials, everyFactor, PHONE, TOM, TOTP_SECRET } from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";
import {
  BROWSERS,
  expectAsked,
  expectLetIn,
  expectNoCookie,
  FIREFOX,
  holding,
  LOCAL,
  storedBrowsers,
  trust,
  trustAndLeave,
  trustCookie,
  trustCookies,
} from "./trusted-browsers.js";

const ALL = `${BROWSERS}/forget-all`;
const forget = (id: unknown) => `${BROWSERS}/${id}/forget`;

const app = useApp(() => ({ sessionStore: new MemoryStore(), factors: everyFactor, options: LOCAL }));
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: ADA, secret: TOTP_SECRET });
});

interface Listed {
  id: string;
  name: string;
  isThis: boolean;
}

async function listed(visitor: Visitor): Promise<Listed[]> {
  return (await visitor.get(BROWSERS)).json["browsers"] as Listed[];
}

const sees = ({ status, json }: Reply) => [status, json["code"]];
/** A cookie that is told to be gone. */
const cleared = ({ headers }: Reply) =>
  headers.getSetCookie().filter((it) => /second-factor-.*=; Path=\/; Expires=Thu, 01 Jan 1970/.test(it));

describe("the list", () => {
  test("names every browser and tells which is this one, the one used last first", async () => {
    const first = await trustAndLeave(app, TOM);
    const chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/141.0.0.0 Safari/537.36";
    const second = await trust(app, TOM, { userAgent: chrome });
    await trust(app, ADA);
    expect(await listed(second)).toMatchObject([
      { name: "Chrome on macOS", isThis: true },
      { name: "Firefox on Windows", isThis: false },
    ]);
    await expectLetIn(first, TOM);
    expect(await listed(first)).toMatchObject([{ isThis: true }, { isThis: false }]);
    expect((await first.get("/second-factor")).json).toMatchObject({ browsers: 2 });
  });

  const NAMES: [string, string, string][] = [
    ["nothing that is known", "curl/8.0", "A browser"],
    ["nothing", "", "A browser"],
    ["far too much", `Firefox ${"x".repeat(600)}`, "A browser"],
    ["a script", "<script>alert(1)</script>", "A browser"],
  ];

  test.each(NAMES)("of a browser that says %s of itself", async (_, userAgent, name) => {
    const tom = await trust(app, TOM, { userAgent });
    expect(await listed(tom)).toMatchObject([{ name }]);
    expect((await tom.page(BROWSERS)).text).toContain(`<bdi>${name}</bdi> (this browser)`);
  });

  test("has no browser whose time is up, or that a change has ended", async () => {
    await trust(app, TOM);
    app.clock.advance({ days: 89 });
    const tom = await trust(app, TOM);
    app.clock.advance({ days: 1 });
    expect(await listed(tom)).toMatchObject([{ isThis: true }]);
    await app.secondFactor.importPhone(await app.User.findOne({ email: TOM }), PHONE);
    expect(await listed(tom)).toEqual([]);
  });

  test("tells neither cookie nor hash, in JSON or on the page", async () => {
    const tom = await trust(app, TOM);
    const [, secret] = trustCookie(tom);
    const [{ hash } = { hash: "" }] = await storedBrowsers(app, TOM);
    for (const { text } of [await tom.get(BROWSERS), await tom.page(BROWSERS)]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(hash);
      expect(text).not.toContain("fingerprint");
    }
  });
});

describe("forgetting one", () => {
  test("asks that browser at its next login, and no other", async () => {
    const lost = await trustAndLeave(app, TOM);
    const tom = await trust(app, TOM);
    const [other] = (await listed(tom)).filter(({ isThis }) => !isThis);
    const reply = await tom.post(forget(other?.id));
    expect([reply.status, reply.json]).toEqual([200, { state: "forgotten" }]);
    expectNoCookie(reply);
    await expectAsked(lost, TOM);
    await tom.post("/logout");
    await expectLetIn(tom, TOM);
  });

  test("of which it is this one takes the cookie along; the session goes on", async () => {
    const tom = await trust(app, TOM);
    const [name] = trustCookie(tom);
    const [own] = await listed(tom);
    const reply = await tom.form(forget(own?.id));
    expect([reply.status, reply.location]).toEqual([303, `${BROWSERS}?notice=forgotten`]);
    expect(cleared(reply)).toEqual([
      expect.stringMatching(new RegExp(`^${name}=; .*HttpOnly; SameSite=Lax$`)),
    ]);
    expect((await tom.get("/account")).status).toBe(200);
    expect((await tom.page(`${BROWSERS}?notice=forgotten`)).text).toContain("Forgotten.");
  });

  test("that came by it: the session goes on, the next login is asked", async () => {
    const tom = await trustAndLeave(app, TOM);
    const cookie = trustCookie(tom);
    await expectLetIn(tom, TOM);
    await tom.post(ALL);
    expect((await tom.get("/account")).status).toBe(200);
    await expectAsked(holding(app, cookie), TOM);
  });

  test("happens once: of ten at once, one", async () => {
    const tom = await trust(app, TOM);
    const [own] = await listed(tom);
    const replies = await Promise.all(Array.from({ length: 10 }, () => tom.copy().post(forget(own?.id))));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(404)]);
  });

  test("of somebody else, or of nobody, is 404 and changes nothing", async () => {
    const ada = await trustAndLeave(app, ADA);
    const tom = await trust(app, TOM);
    const [hers] = await storedBrowsers(app, ADA);
    const before = [await storedBrowsers(app, ADA), await storedBrowsers(app, TOM)];
    for (const id of [
      hers?.id,
      hers?.hash,
      "nobody",
      "$ne",
      "%24ne",
      "%7B%22$ne%22:null%7D",
      "..%2F..",
      "%00",
    ]) {
      expect(sees(await tom.post(forget(id)))).toEqual([404, "not_found"]);
      expect(sees(await tom.post(forget(id), { id: hers?.id, user: ADA }))).toEqual([404, "not_found"]);
    }
    expect([await storedBrowsers(app, ADA), await storedBrowsers(app, TOM)]).toEqual(before);
    await expectLetIn(ada, ADA);
    expect(app.errors).toEqual([]);
  });
});

describe("forgetting all", () => {
  test("asks every browser of this person, and of nobody else", async () => {
    const ada = await trustAndLeave(app, ADA);
    const browsers = [await trustAndLeave(app, TOM), await trustAndLeave(app, TOM)];
    const tom = await trust(app, TOM);
    const reply = await tom.post(ALL);
    expect([reply.status, reply.json]).toEqual([200, { state: "all-forgotten" }]);
    expect(cleared(reply)).toHaveLength(1);
    expect(await listed(tom)).toEqual([]);
    for (const browser of browsers) await expectAsked(browser, TOM);
    await expectLetIn(ada, ADA);
    expect((await tom.post(ALL)).status).toBe(200);
  });

  test("is told, as trusting is", async () => {
    const told: unknown[] = [];
    app.secondFactor.on("browser-trusted", (detail) => void told.push(detail));
    app.secondFactor.on("browser-forgotten", (detail) => void told.push(detail));
    const id = String((await app.User.findOne({ email: TOM }))?._id);
    const at = app.clock.now();
    const tom = await trust(app, TOM);
    const until = new Date(at.getTime() + 90 * 86_400_000);
    const userAgent = FIREFOX;
    expect(told).toEqual([{ user: id, browser: "Firefox on Windows", until, at, userAgent }]);
    await tom.post(ALL);
    expect(told[1]).toEqual({ user: id, at: app.clock.now(), userAgent: "node" });
  });
});

describe("only the person, and only on purpose", () => {
  test("a GET forgets nothing", async () => {
    const tom = await trust(app, TOM);
    const [own] = await listed(tom);
    for (const path of [forget(own?.id), ALL]) {
      expect(sees(await tom.get(path))).toEqual([405, "method_not_allowed"]);
      expect((await tom.ask(path, { method: "HEAD" })).status).toBe(405);
      expect((await tom.page(path)).status).toBe(405);
    }
    await tom.page(`${BROWSERS}?notice=all-forgotten`);
    expect(await listed(tom)).toEqual([own]);
  });

  test.each([
    { origin: "https://evil.test" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ])("another site, %j, is refused", async (headers) => {
    const tom = await trust(app, TOM);
    const [own] = await listed(tom);
    for (const path of [forget(own?.id), ALL]) {
      expect(sees(await tom.ask(path, { method: "POST", body: {}, headers }))).toEqual([403, "cross_origin"]);
    }
    expect(await listed(tom)).toEqual([own]);
  });

  test("nobody who is pending, who must enrol, or who is not here sees or forgets any", async () => {
    const owner = await trust(app, TOM);
    const [own] = await listed(owner);
    await app.addUser({ email: "root@acme.test", roles: ["admin"] });
    const cookie = trustCookie(owner);
    const guests = [
      ["second_factor_required", await afterPassword(app, TOM)],
      ["enrolment_required", await afterPassword(app, "root@acme.test")],
      ["no_challenge", holding(app, cookie)],
    ] as const;
    for (const [code, guest] of guests) {
      guest.cookies.set(...cookie);
      expect(sees(await guest.get(BROWSERS))).toEqual([401, code]);
      for (const path of [forget(own?.id), ALL]) expect(sees(await guest.post(path))).toEqual([401, code]);
    }
    expect(await listed(owner)).toEqual([own]);
    expect(trustCookies(owner)).toHaveLength(1);
  });

  test("a session that a log-out ended does neither", async () => {
    const tom = await trust(app, TOM);
    const old = tom.copy();
    await tom.post("/logout");
    expect((await old.post(ALL)).status).toBe(401);
    expect(await storedBrowsers(app, TOM)).toHaveLength(1);
    expect((await old.post("/login", credentials(TOM))).json).toEqual({ signedIn: TOM });
  });
});

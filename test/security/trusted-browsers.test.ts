// The cookie of a trusted browser: whose it is, what it looks like, and everything that is not quite it.
import { MemoryStore } from "express-session";
import { recoveryCodes, totp } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import { ADA, codes, credentials, TOM, TOTP_SECRET, VERIFY } from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply } from "../support/visitor.js";
import {
  expectAsked,
  expectLetIn,
  holding,
  LOCAL,
  storedBrowsers,
  trust,
  trustAndLeave,
  trustCookie,
  trustCookies,
} from "./trusted-browsers.js";

const factors = [totp(), recoveryCodes({ count: 1 })];
const app = useApp(() => ({ sessionStore: new MemoryStore(), options: { ...LOCAL, factors } }));
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: ADA, secret: TOTP_SECRET });
});

/** A login whose Cookie header is this text. */
function loginWith(cookie: string): Promise<Reply> {
  return app.visitor().ask("/login", { method: "POST", body: credentials(TOM), headers: { cookie } });
}

function expectCodeOwed({ status, json }: Reply): void {
  expect([status, json["code"]]).toEqual([401, "second_factor_required"]);
  expect(app.errors).toEqual([]);
}

describe("a browser that was trusted", () => {
  test("is asked for the password alone, as often as it comes back", async () => {
    const tom = await trustAndLeave(app, TOM);
    for (let visit = 0; visit < 3; visit++) {
      await expectLetIn(tom, TOM);
      await tom.post("/logout");
    }
  });

  test("is known by its cookie, whatever else it sends, and however it is told apart", async () => {
    const [name, value] = trustCookie(await trustAndLeave(app, TOM));
    const others = Array.from({ length: 40 }, (_, at) => `other${at}=${"x".repeat(40)}`).join("; ");
    const pair = `${name}=${value}`;
    for (const cookie of [pair, `${others}; ${pair}`, `${pair};${others}`, `;; ${pair} ;`, `a; ${pair}`]) {
      expect((await loginWith(cookie)).json).toEqual({ signedIn: TOM });
    }
  });

  test("may sign in many times at once: each login is one of its own", async () => {
    const cookie = trustCookie(await trustAndLeave(app, TOM));
    const visitors = Array.from({ length: 12 }, () => holding(app, cookie));
    await Promise.all(visitors.map((visitor) => expectLetIn(visitor, TOM)));
    expect(new Set(visitors.map(({ cookies }) => cookies.get("connect.sid"))).size).toBe(12);
    expect(await storedBrowsers(app, TOM)).toHaveLength(1);
  });
});

describe("28: somebody else's cookie", () => {
  test("is nothing at this person's login, also under the name of their own", async () => {
    const [toms, secret] = trustCookie(await trustAndLeave(app, TOM));
    const [adas] = trustCookie(await trustAndLeave(app, ADA));
    expect(adas).not.toBe(toms);
    await expectAsked(holding(app, [toms, secret]), ADA);
    await expectAsked(holding(app, [adas, secret]), ADA);
    expect(app.errors).toEqual([]);
  });

  test("stays where it is: two people on one computer do not evict each other", async () => {
    const shared = await trustAndLeave(app, TOM);
    await trustAndLeave(app, ADA, { visitor: shared });
    expect(trustCookies(shared)).toHaveLength(2);
    for (const email of [TOM, ADA, TOM]) {
      await expectLetIn(shared, email);
      await shared.post("/logout");
    }
    await trustAndLeave(app, TOM);
    await expectLetIn(shared, ADA);
  });
});

describe("28: a cookie that is not quite it", () => {
  const flipped = (value: string, at: number) => {
    const letter = value[at] === "A" ? "B" : "A";
    return value.slice(0, at) + letter + value.slice(at + 1);
  };
  const percent = (value: string) =>
    [...value].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
  const VALUES: [string, (value: string) => string][] = [
    ["with its first letter changed", (value) => flipped(value, 0)],
    ["with its last letter changed", (value) => flipped(value, value.length - 1)],
    ["in the other case", (value) => value.replace(/[a-z]/gi, (it) => swapped(it))],
    ["cut short", (value) => value.slice(0, -1)],
    ["cut to nothing", () => ""],
    ["with a letter more", (value) => `${value}A`],
    ["with padding", (value) => `${value}=`],
    ["twice over", (value) => value + value],
    ["in quotes", (value) => `"${value}"`],
    ["encoded in percent", percent],
    ["encoded in percent, badly", (value) => `%${value}%zz%`],
    ["that nobody was given", () => "A".repeat(43)],
    ["that is an operator", () => '{"$ne":null}'],
    ["that is JSON to cookie-parser", (value) => `j:["${value}"]`],
    ["that is a regular expression", () => ".*"],
    ["of 4 kB", (value) => value.padEnd(4096, "A")],
    ["of 15 kB", (value) => value.padEnd(15_000, "A")],
  ];
  const swapped = (letter: string) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();

  test.each(VALUES)("%s: a challenge, and nothing of the browser changes", async (_, change) => {
    const [name, value] = trustCookie(await trustAndLeave(app, TOM));
    const before = await storedBrowsers(app, TOM);
    expectCodeOwed(await loginWith(`${name}=${change(value)}`));
    expect(await storedBrowsers(app, TOM)).toEqual(before);
    expect((await loginWith(`${name}=${value}`)).json).toEqual({ signedIn: TOM });
  });

  const NAMES: [string, (name: string) => string][] = [
    ["in capitals", (name) => name.toUpperCase()],
    ["with something in front", (name) => `x${name}`],
    ["with a prefix it was not given", (name) => `__Host-${name}`],
    ["without whom it is for", (name) => name.slice(0, "second-factor-".length)],
    ["cut short", (name) => name.slice(0, -1)],
    ["as an array", (name) => `${name}[]`],
    ["encoded in percent", (name) => name.replace("-", "%2d")],
  ];

  test.each(NAMES)("under its name %s: a challenge", async (_, change) => {
    const [name, value] = trustCookie(await trustAndLeave(app, TOM));
    expectCodeOwed(await loginWith(`${change(name)}=${value}`));
  });

  test("that another of its name stands before: a challenge", async () => {
    const [name, value] = trustCookie(await trustAndLeave(app, TOM));
    expectCodeOwed(await loginWith(`${name}=${"A".repeat(43)}; ${name}=${value}`));
    expectCodeOwed(await loginWith(`${name}=; ${name}=${value}`));
  });

  test("made of what the database holds: a challenge", async () => {
    const [name] = trustCookie(await trustAndLeave(app, TOM));
    const [{ id, hash } = { id: "", hash: "" }] = await storedBrowsers(app, TOM);
    expect(hash).toMatch(/^[\w-]{43}$/);
    for (const value of [hash, id, `${id}.${hash}`]) expectCodeOwed(await loginWith(`${name}=${value}`));
  });
});

describe("the cookie", () => {
  const given = async () => {
    const tom = app.visitor();
    await tom.post("/login", credentials(TOM));
    const right = await tom.post(VERIFY, { code: await codes(app.clock).code(), trustBrowser: true });
    const [cookie = "", ...others] = right.headers
      .getSetCookie()
      .filter((it) => it.includes("second-factor-"));
    expect(others).toEqual([]);
    return cookie;
  };
  const EXPIRES = "\\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT";
  const attributes = (seconds: number, ...more: string[]) =>
    ["", `Max-Age=${seconds}`, "Path=/", `Expires=${EXPIRES}`, "HttpOnly", ...more, "SameSite=Lax"].join(
      "; ",
    );

  test("of an https site: for this very host, over https, and out of reach of scripts", async () => {
    await app.start({ options: { factors, origins: ["https://acme.test"] } });
    expect(await given()).toMatch(
      new RegExp(`^__Host-second-factor-[\\w-]{16}=[\\w-]{43}${attributes(7_776_000, "Secure")}$`),
    );
  });

  test("of a site that has both origins: over https", async () => {
    await app.start({ options: { factors, origins: ["http://localhost:3000", "https://acme.test"] } });
    expect(await given()).toMatch(/^__Host-second-factor-.*; Secure;/);
  });

  test("of http://localhost: the same, but for what needs https", async () => {
    expect(await given()).toMatch(
      new RegExp(`^second-factor-[\\w-]{16}=[\\w-]{43}${attributes(7_776_000)}$`),
    );
  });

  test("lasts as long as the option says, and the challenge says so as well", async () => {
    await app.start({ options: { ...LOCAL, factors, trustBrowserDays: 7 } });
    const tom = app.visitor();
    await tom.post("/login", credentials(TOM));
    expect((await tom.get("/second-factor/challenge")).json).toMatchObject({ trustBrowserDays: 7 });
    expect(await given()).toMatch(/; Max-Age=604800;/);
  });

  test("names nobody: neither the account nor its id", async () => {
    const user = await app.User.findOne({ email: TOM });
    const [name, value] = trustCookie(await trust(app, TOM));
    for (const text of [String(user?._id), TOM, "tom"]) expect(`${name}=${value}`).not.toContain(text);
  });

  test("is another each time, also of one person on one browser", async () => {
    const tom = await trustAndLeave(app, TOM);
    const [name, first] = trustCookie(tom);
    await trust(app, TOM);
    tom.cookies.delete(name);
    await trustAndLeave(app, TOM, { visitor: tom });
    const [again, second] = trustCookie(tom);
    expect([again, second === first]).toEqual([name, false]);
    expect(await storedBrowsers(app, TOM)).toHaveLength(3);
  });
});

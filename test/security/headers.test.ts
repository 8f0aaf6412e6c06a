// What every answer carries, who may post, what a GET may do, and where links point.
import http from "node:http";
import { MemoryStore } from "express-session";
import { recoveryCodes, totp } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  ENROL,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const NAVIGATION = { accept: "text/html,application/xhtml+xml", "sec-fetch-mode": "navigate" };

const app = useApp(() => {
  const factors = [totp(), recoveryCodes({ count: 1 })];
  return { sessionStore: new MemoryStore(), options: { factors } };
});
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
});

function expectOurHeaders({ status, headers }: Reply) {
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-frame-options")).toBe("DENY");
  const policy = (headers.get("content-security-policy") ?? "").split("; ");
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
    ]),
  );
  expect(policy.join()).not.toMatch(/unsafe|\*|https?:/);
  expect(headers.get("access-control-allow-origin")).toBeNull();
  if (status === 429 || status === 503) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
}

/** Every path of ours with every method, whoever asks. */
const PATHS = [
  "/second-factor",
  "/second-factor/",
  "/second-factor/challenge",
  "/second-factor/challenge?action=change-factors",
  "/second-factor/challenge/choose",
  "/second-factor/challenge/send",
  VERIFY,
  "/second-factor/challenge/cancel",
  "/second-factor/enrol",
  ENROL,
  `${ENROL}/confirm`,
  "/second-factor/recovery-codes",
  "/second-factor/recovery-codes/new",
  "/second-factor/recovery-codes/saved",
  "/second-factor/factors/totp/remove",
  "/second-factor/assets/style.css",
  "/second-factor/assets/script.js",
  "/second-factor/assets/nothing.js",
  "/second-factor/openapi.json",
  "/second-factor/nowhere",
];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

describe("every answer of ours is not stored, not framed, not sniffed, and tells no other site", () => {
  const visitors: [string, () => Promise<Visitor>][] = [
    ["nobody", async () => app.visitor()],
    ["somebody pending", () => afterPassword(app, TOM)],
    ["somebody signed in", () => signedIn(app, TOM, TOTP_SECRET)],
    [
      "somebody who must enrol",
      async () => {
        await app.addUser({ email: "new@acme.test", roles: ["admin"] });
        return afterPassword(app, "new@acme.test");
      },
    ],
  ];

  test.each(visitors)("to %s, by any path and method, as page and as JSON", async (_, arrive) => {
    const visitor = await arrive();
    for (const path of PATHS) {
      for (const method of METHODS) {
        for (const headers of [{}, NAVIGATION]) {
          // A copy, so that a sign-out on the way does not end the tour.
          const reply = await visitor.copy().ask(path, { method, headers });
          expect([path, method, reply.status < 500]).toEqual([path, method, true]);
          expectOurHeaders(reply);
          expect(reply.headers.get("vary") ?? "").toMatch(/Accept.*Sec-Fetch-Mode/);
        }
      }
    }
  });

  test("also where the gate answers for a page of the app, or for its login", async () => {
    const pending = await afterPassword(app, TOM);
    for (const headers of [{}, NAVIGATION]) {
      expectOurHeaders(await pending.ask("/account", { headers }));
      expectOurHeaders(await pending.ask("/account", { method: "POST", headers }));
    }
    const login = { email: TOM, password: "correct horse" };
    expectOurHeaders(await app.visitor().post("/login", login));
    expectOurHeaders(await app.visitor().form("/login", login));
  });

  test("also refusals: unreadable, unsupported, from another site, locked", async () => {
    const pending = await afterPassword(app, TOM);
    const ways = [
      { body: "{", headers: { "content-type": "application/json" }, status: 400 },
      { body: "x", headers: { "content-type": "text/plain" }, status: 415 },
      { body: "{}", headers: { origin: "https://evil.test" }, status: 403 },
    ];
    for (const { status, ...way } of ways) {
      for (const accept of ["*/*", "text/html"]) {
        const headers = { ...way.headers, accept };
        const reply = await pending.ask(VERIFY, { method: "POST", body: way.body, headers });
        expect(reply.status).toBe(status);
        expectOurHeaders(reply);
      }
    }
    for (let guess = 0; guess < 5; guess++) expectOurHeaders(await pending.post(VERIFY, { code: "000000" }));
    const locked = await pending.post(VERIFY, { code: "000000" });
    expect([locked.status, locked.headers.get("retry-after")]).toEqual([429, "30"]);
    expectOurHeaders(locked);
  });

  test("no page has a script or style of its own, or one from elsewhere", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const pending = await afterPassword(app, TOM);
    for (const [visitor, path] of [
      [tom, "/second-factor"],
      [tom, "/second-factor/challenge?action=change-factors"],
      [pending, "/second-factor/challenge"],
      [pending, "/second-factor/nowhere"],
    ] as const) {
      const { text } = await visitor.page(path);
      expect(text).not.toMatch(
        /<style|style="|onclick|onload|javascript:|<script(?![^>]*src="\/second-factor\/assets\/)/i,
      );
      expect(text).not.toMatch(/(src|href|action)="(https?:)?\/\//);
    }
  });
});

describe("a method that a path does not have", () => {
  const ONLY: [string, string][] = [
    [VERIFY, "POST"],
    ["/second-factor/challenge/send", "POST"],
    ["/second-factor/challenge/cancel", "POST"],
    [`${ENROL}/confirm`, "POST"],
    ["/second-factor/recovery-codes/saved", "POST"],
    ["/second-factor/challenge", "GET"],
    ["/second-factor", "GET"],
    ["/second-factor/assets/style.css", "GET"],
    [ENROL, "GET, POST"],
    ["/second-factor/recovery-codes", "GET, POST"],
    ["/second-factor/factors/totp/remove", "GET, POST"],
  ];

  test.each(ONLY)("of %s is 405, and Allow says %s", async (path, allowed) => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      if (allowed.includes(method)) continue;
      const reply = await tom.ask(path, { method });
      expect(reply).toMatchObject({ status: 405, json: { code: "method_not_allowed" } });
      expect(reply.headers.get("allow")).toBe(allowed);
    }
  });

  test("is not smuggled in by another name", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const before = await storedUser(app, TOM);
    const headers = { "x-http-method-override": "POST", "x-method-override": "POST" };
    const path = "/second-factor/factors/totp/remove?_method=POST";
    expect((await tom.ask(path, { headers })).status).toBe(200);
    expect((await tom.ask(path, { headers: { ...headers, ...NAVIGATION } })).status).toBe(200);
    expect(await storedUser(app, TOM)).toEqual(before);
  });
});

describe("GET and HEAD", () => {
  test("change nothing about the person, whoever asks for whatever", async () => {
    await app.addUser({ email: "new@acme.test", roles: ["admin"] });
    const enrolling = await afterPassword(app, "new@acme.test");
    await enrolling.post(ENROL);
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const pending = await afterPassword(app, TOM);
    const before = [await storedUser(app, TOM), await storedUser(app, "new@acme.test")];
    for (const visitor of [tom, pending, enrolling]) {
      for (const path of [...PATHS, `${VERIFY}?code=123456`, `${ENROL}?restart=true`]) {
        for (const method of ["GET", "HEAD"]) {
          for (const headers of [{}, NAVIGATION]) await visitor.ask(path, { method, headers });
        }
      }
    }
    expect([await storedUser(app, TOM), await storedUser(app, "new@acme.test")]).toEqual(before);
    expect((await tom.post("/second-factor/recovery-codes")).status).toBe(200);
  });

  test("answer alike, but for the body", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    for (const path of ["/second-factor", "/second-factor/assets/style.css", "/second-factor/nowhere"]) {
      const [get, head] = [await tom.get(path), await tom.ask(path, { method: "HEAD" })];
      expect([head.status, head.headers.get("content-type"), head.text]).toEqual([
        get.status,
        get.headers.get("content-type"),
        "",
      ]);
    }
  });
});

describe("a post from another site", () => {
  const ORIGIN = "https://acme.test";
  const EVIL = "https://evil.test";
  /** `Sec-Fetch-Site`, `Origin`, and whether it may. */
  const COMBINATIONS: [string | undefined, string | undefined, boolean][] = [
    [undefined, undefined, true],
    [undefined, ORIGIN, true],
    [undefined, EVIL, false],
    [undefined, "null", false],
    [undefined, "", false],
    [undefined, "http://acme.test", false],
    [undefined, "https://acme.test:8443", false],
    [undefined, "https://acme.test.evil.test", false],
    [undefined, "https://acme.test/", false],
    [undefined, "HTTPS://ACME.TEST", false],
    [undefined, `${EVIL}, ${ORIGIN}`, false],
    ["same-origin", undefined, true],
    ["same-origin", ORIGIN, true],
    ["same-origin", "http://proxied.internal", true],
    ["none", undefined, true],
    ["none", ORIGIN, true],
    ["same-site", undefined, false],
    ["same-site", "https://blog.acme.test", false],
    ["same-site", ORIGIN, true],
    ["cross-site", undefined, false],
    ["cross-site", EVIL, false],
    ["cross-site", "null", false],
    ["cross-site", ORIGIN, true],
    ["", undefined, false],
    ["nonsense", undefined, false],
    ["Same-Origin", EVIL, false],
  ];

  test.each(COMBINATIONS)(
    "with Sec-Fetch-Site %j and Origin %j: let through is %j",
    async (site, origin, passes) => {
      const tom = await signedIn(app, TOM, TOTP_SECRET);
      await stepUp(app, tom, TOTP_SECRET);
      const before = await storedUser(app, TOM);
      const headers = {
        ...(site === undefined ? {} : { "sec-fetch-site": site }),
        ...(origin === undefined ? {} : { origin }),
      };
      const reply = await raw("POST", "/second-factor/factors/totp/remove", headers, tom);
      if (passes) return expect(reply.status).toBe(200);
      expect(reply).toMatchObject({ status: 403, json: { code: "cross_origin" } });
      expect(await storedUser(app, TOM)).toEqual(before);
    },
  );

  test("is refused on every path that changes something, signed in or pending", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const pending = await afterPassword(app, TOM);
    const before = await storedUser(app, TOM);
    const headers = {
      origin: EVIL,
      "sec-fetch-site": "cross-site",
      "content-type": "application/x-www-form-urlencoded",
    };
    for (const visitor of [tom, pending]) {
      for (const path of PATHS.filter((path) => !path.includes("assets"))) {
        const page = await visitor.ask(path, {
          method: "POST",
          body: "code=123456",
          headers: { ...NAVIGATION, ...headers },
        });
        expect([path, page.status, page.text.includes("came from another site")]).toEqual([path, 403, true]);
      }
    }
    expect(await storedUser(app, TOM)).toEqual(before);
    expect((await pending.get("/second-factor/challenge")).status).toBe(200);
  });
});

type Raw = Pick<Reply, "status" | "json"> & { type: string | undefined; location: string | undefined };

/** With headers, and a request line, that fetch would not let through. */
function raw(method: string, path: string, headers: Record<string, string>, visitor: Visitor): Promise<Raw> {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers: { ...headers, cookie } };
    const request = http.request(options, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        const { "content-type": type, location } = response.headers;
        const json = text.startsWith("{") ? JSON.parse(text) : {};
        resolve({ status: response.statusCode ?? 0, json, type, location });
      });
    });
    request.on("error", reject).end();
  });
}

describe("a link or redirect", () => {
  test("never takes its host from a header", async () => {
    const evil = {
      host: "evil.test",
      "x-forwarded-host": "evil.test",
      "x-forwarded-proto": "gopher",
      forwarded: "host=evil.test",
    };
    const tom = await afterPassword(app, TOM);
    const pages = ["/account", "/second-factor/challenge", "/second-factor", "/second-factor/nowhere"];
    for (const path of pages) {
      for (const headers of [evil, { ...evil, ...NAVIGATION }]) {
        const reply = await tom.ask(path, { headers });
        expect(`${reply.text}${JSON.stringify([...reply.headers])}`).not.toMatch(/evil\.test|gopher/);
        if (reply.location) expect(reply.location).toMatch(/^\/(?!\/)/);
      }
    }
  });

  test("to what was asked for stays on the site, also where the request line names another", async () => {
    const tom = await afterPassword(app, TOM);
    for (const path of ["//evil.test/x", "/\\evil.test", "/%2f%2fevil.test", "///evil.test"]) {
      await raw("GET", path, NAVIGATION, tom);
      const page = await tom.copy().page("/second-factor/challenge");
      expect(page.text).not.toMatch(/(href|action|value)="[^"]*evil\.test/);
    }
    const { location } = await tom.form("/second-factor/challenge/cancel");
    expect(location).toBe("/login");
  });
});

describe("page or JSON", () => {
  /** `Sec-Fetch-Mode`, `Accept`, and whether a person is looking. */
  const TABLE: [string | undefined, string | undefined, boolean][] = [
    [undefined, undefined, false],
    [undefined, "*/*", false],
    [undefined, "application/json", false],
    [undefined, "application/json, text/plain, */*", false],
    [undefined, "image/avif,*/*;q=0.8", false],
    [undefined, "text/html", true],
    [undefined, "TEXT/HTML", true],
    [undefined, "text/html,application/xhtml+xml,*/*;q=0.8", true],
    ["navigate", undefined, true],
    ["navigate", "*/*", true],
    ["cors", "*/*", false],
    ["cors", "application/json", false],
    ["no-cors", "*/*", false],
    ["same-origin", "*/*", false],
  ];

  test.each(TABLE)("with Sec-Fetch-Mode %j and Accept %j: a page is %j", async (mode, accept, isPage) => {
    const pending = await afterPassword(app, TOM);
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const headers = { ...(accept ? { accept } : {}), ...(mode ? { "sec-fetch-mode": mode } : {}) };
    const challenge = await raw("GET", "/second-factor/challenge", headers, pending);
    const page = "text/html; charset=utf-8";
    expect(challenge.type).toBe(isPage ? page : "application/json; charset=utf-8");
    const held = await raw("GET", "/account", headers, pending);
    const seen = isPage ? [303, "/second-factor/challenge"] : [401, undefined];
    expect([held.status, held.location]).toEqual(seen);
    const lost = await raw("GET", "/second-factor/nowhere", headers, tom);
    expect(lost.type).toBe(isPage ? page : "application/problem+json; charset=utf-8");
  });

  test("is asked alike on every path that has both", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const paths = PATHS.filter((path) => !/assets|openapi/.test(path));
    for (const path of paths) {
      const json = await tom.get(path);
      expect([path, json.headers.get("content-type")]).toEqual([
        path,
        expect.stringMatching(/^application\/(problem\+)?json/),
      ]);
    }
  });
});

// What is typed, posted and named: no field of ours is ever more than a short text, whatever parser ran before.
import express from "express";
import { MemoryStore } from "express-session";
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  CONFIRM,
  codes,
  ENROL,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useStartableApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const SEND = "/second-factor/challenge/send";

const app = useStartableApp();

/** The same attacks on an app whose own, more generous parsers run before ours. */
const setups = [
  ["our own parsers", undefined],
  [
    "the app's parsers before ours",
    (server: express.Express) => {
      server.set("query parser", "extended");
      server.use(express.json({ limit: "5mb", strict: false, type: ["json", "text/plain"] }));
      server.use(express.urlencoded({ extended: true, limit: "5mb" }));
    },
  ],
] as const;

const WRONG_TYPES: unknown[] = [
  { $ne: null },
  { $gt: "" },
  { $in: ["123456"] },
  { toString: "123456" },
  ["123456"],
  [["123456"]],
  [],
  {},
  123456,
  123456.5,
  null,
  true,
  false,
];

/** Text that is no code: refused as malformed, never compared. */
const MALFORMED = [
  "",
  " ",
  "12345",
  "1234567",
  "12345a",
  "abcdef",
  "1e5000",
  "0x1234",
  "+12345",
  "12345.",
  "१२३४५",
  "½½½½½½",
  "①②③④⑤",
  "123456\u0000",
  "123456' || '1'=='1",
  "\ud800\ud800\ud800\ud800\ud800\ud800",
  "9".repeat(65),
];

describe.each(setups)("with %s", (_, before) => {
  let pending: Visitor;

  beforeEach(async () => {
    await app.start({
      sessionStore: new MemoryStore(),
      ...(before ? { before: ({ app: server }) => before(server) } : {}),
    });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    pending = await afterPassword(app, TOM);
  });

  const failures = async () => {
    const user = (await storedUser(app, TOM)) as { secondFactor: { vault: { failures?: object } } };
    return user.secondFactor.vault.failures ?? {};
  };

  function refused(reply: Reply, fields?: string[]) {
    expect([reply.status, reply.json["code"]]).toEqual([400, "invalid_input"]);
    if (fields)
      expect((reply.json["errors"] as { field: string }[]).map(({ field }) => field)).toEqual(fields);
  }

  test("a code, factor, action or flag that is no text is refused, and no attempt is counted", async () => {
    for (const value of WRONG_TYPES) {
      refused(await pending.post(VERIFY, { code: value }), ["code"]);
      refused(await pending.post(VERIFY, { code: "123456", factor: value }), ["factor"]);
      refused(await pending.post(VERIFY, { code: "123456", action: value }), ["action"]);
      refused(await pending.post(SEND, { factor: value }), ["factor"]);
      refused(await pending.post(SEND, { action: value }), ["action"]);
      if (typeof value !== "boolean") {
        refused(await pending.post(VERIFY, { code: "123456", trustBrowser: value }), ["trustBrowser"]);
      }
    }
    expect(await failures()).toEqual({});
  });

  test("a malformed code is refused, and not counted", async () => {
    for (const code of MALFORMED) {
      refused(await pending.post(VERIFY, { code }), ["code"]);
    }
    expect(await failures()).toEqual({});
  });

  test("the same at a confirmation of an enrolment, and at its flag", async () => {
    await app.addUser({ email: "new@acme.test" });
    const newcomer = await signedIn(app, "new@acme.test");
    for (const value of WRONG_TYPES) {
      if (typeof value !== "boolean") refused(await newcomer.post(ENROL, { restart: value }), ["restart"]);
    }
    const { secret } = (await newcomer.post(ENROL)).json;
    for (const value of [...WRONG_TYPES, ...MALFORMED]) {
      refused(await newcomer.post(CONFIRM, { code: value }), ["code"]);
    }
    const code = await codes(app.clock, String(secret)).code();
    expect((await newcomer.post(CONFIRM, { code })).status).toBe(200);
  });

  test("a code in another script's digits, or with blanks and hyphens, is the code", async () => {
    const code = await codes(app.clock).code();
    const spellings = [
      (text: string) => ` ${text.slice(0, 3)} ${text.slice(3)}\n`,
      (text: string) => `${text.slice(0, 3)}-${text.slice(3)}`,
      (text: string) => `\u200e${text}\u200f`,
      (text: string) => inScript(text, 0x0660),
      (text: string) => inScript(text, 0x0966),
      (text: string) => inScript(text, 0xff10),
    ];
    for (const [i, spell] of spellings.entries()) {
      app.clock.advance({ seconds: 30 });
      const browser = await afterPassword(app, TOM);
      const reply = await browser.post(VERIFY, { code: spell(await codes(app.clock).code()) });
      expect([i, reply.status]).toEqual([i, 200]);
    }
    expect(code).toHaveLength(6);
  });

  test("a body that is no object is refused", async () => {
    for (const body of ["[]", '["123456"]', '"123456"', "123456", "true", '[{"code":"123456"}]']) {
      refused(await pending.ask(VERIFY, { method: "POST", body, headers: json }));
    }
    refused(await pending.ask(VERIFY, { method: "POST", body: "{}", headers: json }), ["code"]);
    refused(await pending.ask(VERIFY, { method: "POST" }), ["code"]);
    refused(await pending.ask(VERIFY, { method: "POST", body: "", headers: json }), ["code"]);
  });

  test("a body that gives itself another prototype gains nothing by it", async () => {
    const bodies = [
      '{"__proto__":{"code":"123456"}}',
      '{"constructor":{"prototype":{"code":"123456"}}}',
      '{"code":{"__proto__":"123456"}}',
      "__proto__[code]=123456",
      "constructor[prototype][code]=123456",
    ];
    for (const body of bodies) {
      refused(await pending.ask(VERIFY, { method: "POST", body, headers: body[0] === "{" ? json : form }), [
        "code",
      ]);
    }
    expect(({} as { code?: unknown }).code).toBeUndefined();
  });

  test("fields that nobody asked for, a victim's name among them, change nothing", async () => {
    await app.addUser({ email: "eve@acme.test", secret: "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU" });
    const eve = await afterPassword(app, "eve@acme.test");
    const code = await codes(app.clock).code();
    const named = { user: TOM, id: TOM, email: TOM, login: "x", account: TOM, purpose: "login", $where: "1" };
    const reply = await eve.post(`${VERIFY}?user=${TOM}&login=x&code=${code}`, { code, ...named });
    expect(reply.json).toMatchObject({ code: "wrong_code" });
    expect((await eve.get("/whoami")).json).toMatchObject({ user: null });
    expect(await failures()).toEqual({});
  });

  test("a form that names a field twice, or with an operator, is refused", async () => {
    const forms = [
      "code=123456&code=654321",
      "code[]=123456",
      "code[$ne]=1",
      "code[$gt]=",
      "code[0]=123456",
      "code.$ne=1",
      "factor=totp",
      "",
      "&&&===",
      "%ff=%fe",
    ];
    for (const body of forms) {
      const reply = await pending.ask(VERIFY, { method: "POST", body, headers: form });
      expect([body, reply.status, reply.json["code"]]).toEqual([body, 400, "invalid_input"]);
    }
    expect(await failures()).toEqual({});
  });

  test("a factor of a name that no factor has is refused, in the body and in the path", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const before = await storedUser(app, TOM);
    pending = await afterPassword(app, TOM);
    for (const kind of [
      "constructor",
      "__proto__",
      "hasOwnProperty",
      "passkey",
      "email",
      "TOTP",
      " totp",
      "",
    ]) {
      for (const path of [VERIFY, SEND]) {
        const reply = await pending.post(path, { code: "123456", factor: kind });
        expect(reply).toMatchObject({ status: 403, json: { code: "factor_not_allowed" } });
      }
      if (kind === "" || kind === "TOTP") continue;
      for (const path of [`/second-factor/enrol/${kind}`, `/second-factor/enrol/${kind}/confirm`]) {
        const reply = await tom.post(path, { code: "123456" });
        expect(reply).toMatchObject({ status: 403, json: { code: "factor_not_allowed" } });
      }
      expect((await tom.get(`/second-factor/enrol/${kind}`)).status).toBe(403);
    }
    const { enrolments, failures: counted } = vaultOf(await storedUser(app, TOM));
    expect({ enrolments, counted }).toEqual({
      enrolments: vaultOf(before).enrolments,
      counted: vaultOf(before).failures,
    });
  });

  test("an action of a name that nobody gave is not found, however it is asked for", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    for (const action of ["constructor", "__proto__", "login", "enrol:totp", "action:change-factors", ""]) {
      const reply = await tom.post(VERIFY, { code: await codes(app.clock).code(), action });
      expect([action, reply.status, reply.json["code"]]).toEqual([action, 404, "not_found"]);
      expect((await tom.get(`/second-factor/challenge?action=${encodeURIComponent(action)}`)).status).toBe(
        404,
      );
    }
    for (const query of ["action=change-factors&action=x", "action[$ne]=x", "action[]=change-factors"]) {
      // What is no text is refused; where the app's query parser takes brackets for a name, there is no action at all.
      const { json } = await tom.get(`/second-factor/challenge?${query}`);
      expect(["invalid_input", "conflict"]).toContain(json["code"]);
    }
    expect((await tom.post(ENROL)).json).toMatchObject({ code: "step_up_required" });
  });

  test("a body of a megabyte, one cut short, or one in an unknown charset is refused", async () => {
    const megabyte = "1".repeat(1024 * 1024);
    const bad: [string, Record<string, string>][] = [
      [JSON.stringify({ code: megabyte }), json],
      [`code=${megabyte}`, form],
      ['{"code":"1234', json],
      ['{"code":"123456"}', { "content-type": "application/json; charset=klingon" }],
      ["code=123456", { "content-type": "application/x-www-form-urlencoded; charset=klingon" }],
      ['{"code":"123456"}', { ...json, "content-encoding": "klingon" }],
    ];
    for (const [body, headers] of bad) {
      const { status } = await pending.ask(VERIFY, { method: "POST", body, headers });
      expect([400, 415]).toContain(status);
    }
    expect(await failures()).toEqual({});
  });

  test("multipart and unnamed types are unsupported, and do not count", async () => {
    const boundary = '--x\r\ncontent-disposition: form-data; name="code"\r\n\r\n123456\r\n--x--\r\n';
    const types = [
      "multipart/form-data; boundary=x",
      "application/xml",
      "application/octet-stream",
      "text/csv",
    ];
    for (const type of types) {
      const headers = { "content-type": type };
      const reply = await pending.ask(VERIFY, { method: "POST", body: boundary, headers });
      expect([type, reply.status]).toEqual([type, 415]);
      expect(reply.json).toMatchObject({ code: "unsupported_media_type" });
    }
    expect(await failures()).toEqual({});
  });

  test("a path that cannot be decoded is a bad request", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    for (const path of ["enrol/%ff", "enrol/%E0%A4%A/confirm", "factors/%c0%ae/remove", "assets/%ff", "%"]) {
      for (const method of ["GET", "POST"]) {
        const reply = await tom.ask(`/second-factor/${path}`, { method });
        expect([400, 404, 405]).toContain(reply.status);
        expect(reply.headers.get("cache-control")).toBe("no-store");
      }
    }
  });

  test("assets are two files, not a folder to climb out of", async () => {
    for (const name of ["..%2f..%2fpackage.json", "__proto__", "constructor", "style.css%00", "toString"]) {
      const reply = await pending.get(`/second-factor/assets/${name}`);
      expect(reply.status).toBe(404);
    }
  });

  test("text/plain, which a page of any site may send, changes nothing", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const headers = {
      "content-type": "text/plain",
      origin: "https://evil.test",
      "sec-fetch-site": "cross-site",
    };
    const before = await storedUser(app, TOM);
    for (const path of ["/second-factor/factors/totp/remove", "/second-factor/recovery-codes", ENROL]) {
      const reply = await tom.ask(path, { method: "POST", body: '{"restart":true}', headers });
      expect([403, 415]).toContain(reply.status);
    }
    expect(await storedUser(app, TOM)).toEqual(before);
  });
});

const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };

function inScript(code: string, zero: number): string {
  return [...code].map((digit) => String.fromCodePoint(zero + Number(digit))).join("");
}

function vaultOf(user: Record<string, unknown>): { enrolments: unknown; failures: unknown } {
  return (user["secondFactor"] as { vault: { enrolments: unknown; failures: unknown } }).vault;
}

describe("names that mean something to somebody else", () => {
  const HOSTILE = [
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)>`,
    `'&quot;&#39;</title></style>`,
    "a\r\nSet-Cookie: session=evil\r\n\r\n<html>",
    "Acme:secret=AAAA&issuer=Evil#?",
    "Acme%3Aevil?secret=AAAA",
    "\u202egnirts \u2066isolated\u2069",
    "half a pair \ud83d",
    "x".repeat(5000),
    "語".repeat(1000),
  ];

  test.each(HOSTILE)(
    "%j as account and issuer: escaped in pages, in headers, and in the label",
    async (name) => {
      await app.start({ options: { accountOf: () => name, issuer: name, support: name } });
      await app.addUser({ email: TOM });
      const tom = await signedIn(app, TOM);
      const begun = await tom.post(ENROL);
      expect(begun.status).toBe(200);
      const uri = new URL(String(begun.json["uri"]));
      expect([uri.protocol, uri.host, [...uri.searchParams.keys()].sort()]).toEqual([
        "otpauth:",
        "totp",
        expect.arrayContaining(["issuer", "secret"]),
      ]);
      expect(uri.searchParams.getAll("secret")).toEqual([begun.json["secret"]]);
      expect(uri.hash).toBe("");
      expect(decodeURIComponent(uri.pathname).split(":")).toHaveLength(2);
      expect(uri.searchParams.get("issuer")).toBe(decodeURIComponent(uri.pathname).slice(1).split(":")[0]);
      expect(String(begun.json["uri"])).toMatch(/^[\x21-\x7e]+$/);

      const code = await codes(app.clock, String(begun.json["secret"])).code();
      const pages = [await tom.page(ENROL), await tom.form(`${ENROL}/confirm`, { code })];
      const pending = await afterPassword(app, TOM);
      pages.push(await pending.page("/second-factor/challenge"), await tom.page("/second-factor"));
      pages.push(await tom.page("/second-factor/nowhere"));
      for (const { text, headers } of pages) {
        expect(text).toMatch(/^<!doctype html>/);
        expect(text).not.toMatch(/<script>|<img src=x|<\/style>|<html>/);
        expect(text.match(/<title>/g)).toHaveLength(1);
        expect(headers.get("set-cookie") ?? "").not.toContain("evil");
      }
    },
  );

  test("a factor named in a form comes back in the address as a value, not as a header or a path", async () => {
    await app.start();
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await afterPassword(app, TOM);
    for (const factor of ["x\r\nSet-Cookie: a=b", "//evil.test", "x&action=y", "\u0000"]) {
      const reply = await tom.form(VERIFY, { code: "123456", factor });
      const url = new URL(reply.location ?? "", "http://here.test");
      expect([reply.status, url.host, url.pathname]).toEqual([303, "here.test", "/second-factor/challenge"]);
      expect([...url.searchParams.keys()]).toEqual(["factor"]);
      expect(reply.headers.get("set-cookie") ?? "").not.toContain("a=b");
    }
  });
});

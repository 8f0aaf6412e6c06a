// The HTTP contract of trusted browsers, and of what a person is asked first.
import { MemoryStore } from "express-session";
import { beforeEach, describe, expect, test } from "vitest";
import { afterPassword, everyFactor, nextCode, PHONE, TOM, TOTP_SECRET, VERIFY } from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import { BASE, expectProblem, reads, sees } from "./json-contract.js";

const BROWSERS = `${BASE}/browsers`;
const START = "2026-01-01T12:00:30.000Z";

const app = useApp(() => ({ sessionStore: new MemoryStore(), factors: everyFactor }));
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: TOM, phone: PHONE });
});

async function trusted(): Promise<Visitor> {
  const tom = await afterPassword(app, TOM);
  const body = { factor: "totp", code: await nextCode(app), trustBrowser: true };
  const right = await tom.post(VERIFY, body);
  expect(reads(right)).toEqual([200, { state: "satisfied", returnTo: "/" }]);
  return tom;
}

describe("GET /browsers", () => {
  test("lists them; where there is none, none", async () => {
    const tom = await trusted();
    const times = { createdAt: START, lastUsedAt: START, expiresAt: "2026-04-01T12:00:30.000Z" };
    const browsers = [
      { id: expect.stringMatching(/^[\w-]{22}$/), name: "A browser", isThis: true, ...times },
    ];
    expect(reads(await tom.get(BROWSERS))).toEqual([200, { browsers }]);
    await tom.post(`${BROWSERS}/forget-all`);
    expect(reads(await tom.get(BROWSERS))).toEqual([200, { browsers: [] }]);
  });

  test("of nobody is 401 with the login page's address; a page goes there", async () => {
    expectProblem(await app.visitor().get(BROWSERS), "no_challenge", { loginUrl: "/login" });
    expect(sees(await app.visitor().page(BROWSERS))).toEqual([303, "/login"]);
  });
});

describe("POST /browsers/:id/forget", () => {
  test("forgets it: 200, a page 303 back to the list; again it is 404", async () => {
    const tom = await trusted();
    const [{ id } = { id: "" }] = (await tom.get(BROWSERS)).json["browsers"] as { id: string }[];
    expect(reads(await tom.post(`${BROWSERS}/${id}/forget`))).toEqual([200, { state: "forgotten" }]);
    expectProblem(await tom.post(`${BROWSERS}/${id}/forget`), "not_found");
    expect((await tom.form(`${BROWSERS}/${id}/forget`)).status).toBe(404);
    const other = await trusted();
    const [left] = (await other.get(BROWSERS)).json["browsers"] as { id: string }[];
    const gone = await other.form(`${BROWSERS}/${left?.id}/forget`);
    expect(sees(gone)).toEqual([303, `${BROWSERS}?notice=forgotten`]);
  });
});

describe("POST /browsers/forget-all", () => {
  test("forgets all: 200 also where there is none, a page 303 back to the list", async () => {
    const tom = await trusted();
    expect(reads(await tom.post(`${BROWSERS}/forget-all`))).toEqual([200, { state: "all-forgotten" }]);
    expect(reads(await tom.post(`${BROWSERS}/forget-all`))).toEqual([200, { state: "all-forgotten" }]);
    expect(sees(await tom.form(`${BROWSERS}/forget-all`))).toEqual([303, `${BROWSERS}?notice=all-forgotten`]);
  });
});

describe("GET /", () => {
  test("shows addresses whole, with how many browsers are trusted", async () => {
    const tom = await trusted();
    expect(reads(await tom.get(BASE))).toEqual([
      200,
      {
        on: true,
        account: TOM,
        factors: [
          { kind: "totp", lastUsedAt: START },
          { kind: "email", hint: TOM },
          { kind: "sms", hint: "+1 415 555 0123" },
        ],
        addable: [],
        browsers: 1,
        configured: true,
        recoveryCodes: { left: 0, total: 10, saved: true },
      },
    ]);
  });
});

describe("POST /factors/:kind/prefer", () => {
  const kinds = ({ json }: { json: Record<string, unknown> }) =>
    (json["factors"] as { kind: string }[]).map(({ kind }) => kind);

  test("puts it first: in the settings, and at the next login and step-up, with no code asked", async () => {
    const tom = await trusted();
    expect(reads(await tom.post(`${BASE}/factors/sms/prefer`))).toEqual([200, { preferred: "sms" }]);
    expect(kinds(await tom.get(BASE))).toEqual(["sms", "totp", "email"]);
    const action = await tom.get(`${BASE}/challenge?action=change-factors`);
    expect([kinds(action), action.json["preferred"]]).toEqual([["sms", "totp", "email"], "sms"]);
    const again = await (await afterPassword(app, TOM)).get(`${BASE}/challenge`);
    expect([kinds(again), again.json["preferred"]]).toEqual([["sms", "totp", "email"], "sms"]);
    expect(sees(await tom.form(`${BASE}/factors/email/prefer`))).toEqual([303, `${BASE}?notice=preferred`]);
    expect(kinds(await tom.get(BASE))).toEqual(["email", "totp", "sms"]);
  });

  test("of what the person does not have, or of recovery codes, is 409 and changes nothing", async () => {
    const tom = await trusted();
    for (const kind of ["passkey", "recovery-code", "nothing", "__proto__"]) {
      expectProblem(await tom.post(`${BASE}/factors/${kind}/prefer`), "factor_not_enrolled");
    }
    expect(kinds(await tom.get(BASE))).toEqual(["totp", "email", "sms"]);
  });

  test("of somebody pending is 401, by GET 405", async () => {
    const pending = await afterPassword(app, TOM);
    const challengeUrl = `${BASE}/challenge`;
    const refused = await pending.post(`${BASE}/factors/sms/prefer`);
    expectProblem(refused, "second_factor_required", { challengeUrl });
    const tom = await trusted();
    expectProblem(await tom.get(`${BASE}/factors/sms/prefer`), "method_not_allowed");
    expect(kinds(await tom.get(BASE))).toEqual(["totp", "email", "sms"]);
  });
});

// What makes a browser trusted: a right code at a login with the box ticked, and nothing else.
import { MemoryStore } from "express-session";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  codes,
  credentials,
  everyFactor,
  nextCode,
  stepUp,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply } from "../support/visitor.js";
import {
  CHANGE,
  expectNoCookie,
  LOCAL,
  storedBrowsers,
  trust,
  trustCookies,
  trustWithMail,
} from "./trusted-browsers.js";

const app = useApp(() => ({ sessionStore: new MemoryStore(), factors: everyFactor, options: LOCAL }));
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: TOM });
});

/** A right code at a login, with this body beside it. */
async function verified(fields: object): Promise<Reply> {
  const tom = await afterPassword(app, TOM);
  return tom.post(VERIFY, { factor: "totp", code: await nextCode(app), ...fields });
}

async function expectNotTrusted(reply: Reply, email = TOM): Promise<void> {
  expectNoCookie(reply);
  expect(await storedBrowsers(app, email)).toEqual([]);
}

describe("the box", () => {
  test.each([true, "on", "true"])("as %j is ticked", async (trustBrowser) => {
    const reply = await verified({ trustBrowser });
    expect(reply.status).toBe(200);
    expect(await storedBrowsers(app, TOM)).toHaveLength(1);
  });

  test.each([{}, { trustBrowser: false }, { trustBrowser: "" }])("as %j is not", async (fields) => {
    const reply = await verified(fields);
    expect(reply.status).toBe(200);
    await expectNotTrusted(reply);
  });

  const NONSENSE = [1, 0, null, "yes", "TRUE", "1", ["on"], [true], [], {}, { $ne: null }, { on: true }];
  test.each(NONSENSE)("as %j is nothing: refused before the code is looked at", async (trustBrowser) => {
    const tom = await afterPassword(app, TOM);
    const body = { factor: "totp", code: await nextCode(app), trustBrowser };
    const reply = await tom.post(VERIFY, body);
    expect([reply.status, reply.json["code"]]).toEqual([400, "invalid_input"]);
    await expectNotTrusted(reply);
    expect((await tom.post(VERIFY, { ...body, trustBrowser: false })).status).toBe(200);
  });

  test("in a form is ticked, and twice in one is nothing", async () => {
    const tom = await afterPassword(app, TOM);
    const code = await nextCode(app);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = `factor=totp&code=${code}&trustBrowser=on&trustBrowser=on`;
    expect((await tom.ask(VERIFY, { method: "POST", body, headers })).status).toBe(400);
    const right = await tom.form(VERIFY, { factor: "totp", code, trustBrowser: "on" });
    expect([right.status, right.location]).toEqual([303, "/"]);
    expect(trustCookies(tom)).toHaveLength(1);
  });

  test("counts in the body alone: not in the address, nor at the password", async () => {
    const tom = app.visitor();
    await tom.post("/login", { ...credentials(TOM), trustBrowser: true });
    const body = { factor: "totp", code: await nextCode(app) };
    await expectNotTrusted(await tom.post(`${VERIFY}?trustBrowser=on`, body));
  });
});

describe("30: nothing is trusted", () => {
  test("by a recovery code", async () => {
    const tom = await trust(app, TOM);
    await tom.post("/second-factor/browsers/forget-all");
    await stepUp(app, tom, TOTP_SECRET);
    const [code] = (await tom.post("/second-factor/recovery-codes")).json["recoveryCodes"] as string[];
    const lost = await afterPassword(app, TOM);
    const reply = await lost.post(VERIFY, { factor: "recovery-code", code, trustBrowser: true });
    expect(reply.status).toBe(200);
    await expectNotTrusted(reply);
  });

  test("by a code for an action", async () => {
    const tom = await afterPassword(app, TOM);
    await tom.post(VERIFY, { factor: "totp", code: await nextCode(app) });
    for (const action of [CHANGE, "confirm"]) {
      const body = { factor: "totp", code: await nextCode(app), action, trustBrowser: true };
      const reply = await tom.post(VERIFY, body);
      expect(reply.status).toBe(200);
      await expectNotTrusted(reply);
    }
  });

  test("by a wrong code, a used one, or one whose challenge is dead", async () => {
    const tom = await afterPassword(app, TOM);
    const used = await nextCode(app);
    await (await afterPassword(app, TOM)).post(VERIFY, { factor: "totp", code: used });
    for (const code of [used, "000000", "000000", "000000", "000000", "000000", await nextCode(app)]) {
      const reply = await tom.post(VERIFY, { factor: "totp", code, trustBrowser: true });
      expect(reply.status).not.toBe(200);
      await expectNotTrusted(reply);
    }
  });

  test("by the first code of an enrolment", async () => {
    await app.addUser({ email: ADA, roles: ["admin"] });
    const ada = await afterPassword(app, ADA);
    const { secret } = (await ada.post("/second-factor/enrol/totp")).json;
    const code = await codes(app.clock, String(secret)).code();
    const reply = await ada.post("/second-factor/enrol/totp/confirm", { code, trustBrowser: true });
    expect(reply.status).toBe(200);
    await expectNotTrusted(reply, ADA);
  });

  test("where it is switched off: nothing offers it, and the box is not read", async () => {
    const options = { ...LOCAL, trustBrowserDays: false } as const;
    await app.start({ sessionStore: new MemoryStore(), factors: everyFactor, options });
    const tom = await afterPassword(app, TOM);
    expect((await tom.get("/second-factor/challenge")).json).not.toHaveProperty("trustBrowserDays");
    expect((await tom.page("/second-factor/challenge")).text).not.toContain("trustBrowser");
    const reply = await tom.post(VERIFY, { factor: "totp", code: await nextCode(app), trustBrowser: true });
    expect(reply.status).toBe(200);
    await expectNotTrusted(reply);
    expect((await tom.get("/second-factor")).json).not.toHaveProperty("browsers");
  });

  test("where the store cannot tell that the password was changed", async () => {
    await app.start({
      sessionStore: new MemoryStore(),
      factors: everyFactor,
      options: LOCAL,
      // No path of the usual names: the app keeps its passwords elsewhere.
      schema: (schema) => schema.remove("password").add({ word: { type: String, alias: "password" } }),
    });
    await app.addUser({ email: ADA, secret: TOTP_SECRET });
    const ada = await afterPassword(app, ADA);
    const reply = await ada.post(VERIFY, { factor: "totp", code: await nextCode(app), trustBrowser: true });
    expect(reply.status).toBe(200);
    await expectNotTrusted(reply, ADA);
  });
});

describe("something is trusted", () => {
  test("by a code that was sent, once: of twenty at once one", async () => {
    await trustWithMail(app, TOM);
    expect(await storedBrowsers(app, TOM)).toMatchObject([{ factor: "email" }]);
    const visitor = await afterPassword(app, TOM);
    const code = await nextCode(app);
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        visitor.copy().post(VERIFY, { factor: "totp", code, trustBrowser: true }),
      ),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    const given = replies
      .flatMap(({ headers }) => headers.getSetCookie())
      .filter((it) => it.startsWith("second-"));
    expect(given).toHaveLength(1);
    expect(await storedBrowsers(app, TOM)).toHaveLength(2);
  });
});

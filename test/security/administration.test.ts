// Whoever changes the policy: an administrator, signed in, with a fresh code for each change, from our own pages.
import type { SecondFactorOptions } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import { memorySettings } from "../../src/stores/settings-store.js";
import {
  ADA,
  afterPassword,
  codes,
  credentials,
  EVE,
  POLICY,
  REPORT,
  signedIn,
  stepUp,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

let settings = memorySettings();
let told: object[] = [];

const options = (more: Partial<SecondFactorOptions> = {}): Partial<SecondFactorOptions> => ({
  settings,
  authorizeAdmin: (req) => (req.user as unknown as { email: string }).email === ADA,
  actions: { payout: {} },
  ...more,
});

const app = useApp(() => {
  settings = memorySettings();
  return { options: options() };
});
beforeEach(async () => {
  told = [];
  await listen();
  await app.addUser({ email: ADA, secret: TOTP_SECRET });
});

async function listen(): Promise<void> {
  app.secondFactor.on("settings-changed", (event) => told.push(event));
}

async function restart(more: Partial<SecondFactorOptions>): Promise<void> {
  await app.start({ clock: app.clock, options: options(more) });
  await listen();
}

const proven = (visitor: Visitor) => stepUp(app, visitor, TOTP_SECRET, "administer");
async function administrator(): Promise<Visitor> {
  const ada = await signedIn(app, ADA, TOTP_SECRET);
  await proven(ada);
  return ada;
}

const STRICT = { organisation: "required" } as const;
const put = (visitor: Visitor, body: unknown = { policy: STRICT, version: 0 }, headers = {}) =>
  visitor.ask(POLICY, { method: "PUT", body, headers });

/** Nothing is saved, nothing is told, and the policy is what the code says. */
async function expectUnchanged(): Promise<void> {
  expect(await settings.read()).toBeUndefined();
  expect(told).toEqual([]);
}

/** Each way to ask for something that only an administrator may. */
const DOORS: [string, (visitor: Visitor) => Promise<Reply>][] = [
  ["GET", (visitor) => visitor.get(POLICY)],
  ["PUT", (visitor) => put(visitor)],
  ["POST", (visitor) => visitor.post(POLICY, { policy: STRICT, version: 0 })],
  ["POST of a report", (visitor) => visitor.post(REPORT, { policy: STRICT, version: 0 })],
];

describe.each(DOORS)("%s of the policy is refused", (_, ask) => {
  test("to somebody who is no administrator, with a fresh code or without", async () => {
    await app.addUser({ email: EVE, secret: TOTP_SECRET, roles: ["admin"] });
    const eve = await signedIn(app, EVE, TOTP_SECRET);
    expect(await ask(eve)).toMatchObject({ status: 403, json: { code: "forbidden" } });
    await proven(eve);
    const reply = await ask(eve);
    expect(reply).toMatchObject({ status: 403, json: { code: "forbidden" } });
    expect(reply.text).not.toMatch(/organisation|version|ada@/);
    await expectUnchanged();
  });

  test("to nobody", async () => {
    expect(await ask(app.visitor())).toMatchObject({ status: 401, json: { code: "no_challenge" } });
    await expectUnchanged();
  });

  test("to an administrator who is pending", async () => {
    const ada = await afterPassword(app, ADA);
    expect(await ask(ada)).toMatchObject({ status: 401, json: { code: "second_factor_required" } });
    await expectUnchanged();
  });

  test("to an administrator who must enrol first", async () => {
    await restart({ authorizeAdmin: () => true });
    await app.addUser({ email: TOM, roles: ["admin"] });
    const tom = await afterPassword(app, TOM);
    expect(await ask(tom)).toMatchObject({ status: 401, json: { code: "enrolment_required" } });
    await expectUnchanged();
  });

  test("to an administrator whose session has ended", async () => {
    const ada = await administrator();
    const copy = ada.copy();
    await ada.post("/logout");
    expect((await ask(copy)).status).toBe(401);
    await expectUnchanged();
  });

  test("to everybody where no authorizeAdmin is configured", async () => {
    const { authorizeAdmin: _, ...rest } = options();
    await app.start({ clock: app.clock, options: rest });
    expect(await ask(await administrator())).toMatchObject({ status: 403, json: { code: "forbidden" } });
    await expectUnchanged();
  });

  test("to everybody where the policy is in code, with no `settings`", async () => {
    const { settings: _, ...rest } = options();
    await app.start({ clock: app.clock, options: rest });
    expect(await ask(await administrator())).toMatchObject({ status: 403, json: { code: "forbidden" } });
  });

  const broken = new Error("the directory is away");
  test.each<[string, () => never | Promise<never>]>([
    [
      "throws",
      () => {
        throw broken;
      },
    ],
    ["rejects", () => Promise.reject(broken)],
  ])("where authorizeAdmin %s: 5xx, and nothing changed", async (_how, authorizeAdmin) => {
    await restart({ authorizeAdmin });
    const ada = await administrator();
    expect(await ask(ada)).toMatchObject({ status: 500, json: { failed: true } });
    expect(app.errors).toEqual([broken]);
    await expectUnchanged();
  });

  test.each<[string, unknown]>([
    ["1", 1],
    ["yes", "yes"],
    ["the user", { email: ADA }],
    ["a promise of yes", Promise.resolve("yes")],
    ["undefined", undefined],
  ])("where authorizeAdmin says %s, which is not true", async (_what, says) => {
    await restart({ authorizeAdmin: () => says as boolean });
    expect(await ask(await administrator())).toMatchObject({ status: 403, json: { code: "forbidden" } });
    await expectUnchanged();
  });
});

describe("a fresh code", () => {
  const stepUpRequired = {
    status: 401,
    json: {
      code: "step_up_required",
      action: "administer",
      challengeUrl: "/second-factor/challenge?action=administer",
    },
  };

  test("is asked for, for the action administer", async () => {
    const ada = await signedIn(app, ADA, TOTP_SECRET);
    expect(await put(ada)).toMatchObject(stepUpRequired);
    await expectUnchanged();
  });

  test("saves one policy, and the next one takes another", async () => {
    const ada = await administrator();
    expect(await put(ada)).toMatchObject({ status: 200, json: { version: 1 } });
    expect(await put(ada, { policy: {}, version: 1 })).toMatchObject(stepUpRequired);
    expect(told).toMatchObject([{ by: ADA, version: 1 }]);
    await proven(ada);
    expect(await put(ada, { policy: {}, version: 1 })).toMatchObject({ status: 200, json: { version: 2 } });
  });

  test("saves one of ten that are sent at once", async () => {
    const ada = await administrator();
    const copies = Array.from({ length: 10 }, () => ada.copy());
    const replies = await Promise.all(copies.map((copy) => put(copy)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ json }) => json["code"] === "step_up_required")).toHaveLength(9);
    expect(told).toHaveLength(1);
  });

  test.each(["change-factors", "payout", "confirm"])("for %s saves none", async (action) => {
    const ada = await signedIn(app, ADA, TOTP_SECRET);
    await stepUp(app, ada, TOTP_SECRET, action);
    expect(await put(ada)).toMatchObject(stepUpRequired);
    await expectUnchanged();
  });

  test("to administer changes no factor", async () => {
    const ada = await administrator();
    const reply = await ada.post("/second-factor/factors/totp/remove");
    expect(reply.json).toMatchObject({ code: "step_up_required", action: "change-factors" });
  });

  test("given in another session, by somebody else, or too long ago, saves none", async () => {
    await administrator();
    const other = await signedIn(app, ADA, TOTP_SECRET);
    expect(await put(other)).toMatchObject(stepUpRequired);
    await app.addUser({ email: EVE, secret: TOTP_SECRET });
    await proven(await signedIn(app, EVE, TOTP_SECRET));
    expect(await put(other)).toMatchObject(stepUpRequired);
    await proven(other);
    app.clock.advance({ minutes: 5 });
    expect(await put(other)).toMatchObject(stepUpRequired);
    await expectUnchanged();
  });

  test("is no recovery code", async () => {
    const ada = await signedIn(app, ADA, TOTP_SECRET);
    await stepUp(app, ada, TOTP_SECRET);
    const { recoveryCodes } = (await ada.post("/second-factor/recovery-codes")).json as {
      recoveryCodes: string[];
    };
    const fields = { factor: "recovery-code", code: recoveryCodes[0], action: "administer" };
    expect((await ada.post(VERIFY, fields)).status).not.toBe(200);
    expect(await put(ada)).toMatchObject(stepUpRequired);
  });

  test("cannot be given by an administrator who has no factor, who can therefore save nothing", async () => {
    await restart({ authorizeAdmin: () => true });
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    expect(await put(tom)).toMatchObject(stepUpRequired);
    expect((await tom.get("/second-factor/challenge?action=administer")).json).toMatchObject({
      code: "factor_not_enrolled",
    });
    await expectUnchanged();
  });

  test("is not used up by a policy that cannot be", async () => {
    const ada = await administrator();
    expect((await put(ada, { policy: { organisation: "must" }, version: 0 })).status).toBe(400);
    expect((await put(ada)).status).toBe(200);
  });
});

describe("from elsewhere", () => {
  test.each([
    { origin: "https://evil.test" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", origin: "https://other.acme.test" },
  ])("a change is refused: %j", async (headers) => {
    const ada = await administrator();
    const refused = { status: 403, json: { code: "cross_origin" } };
    expect(await put(ada, undefined, headers)).toMatchObject(refused);
    for (const path of [POLICY, REPORT]) {
      const body = { policy: STRICT, version: 0 };
      expect(await ada.ask(path, { method: "POST", body, headers })).toMatchObject(refused);
    }
    await expectUnchanged();
  });

  test("a form as another site can send one without asking is refused: text/plain", async () => {
    const ada = await administrator();
    const body = JSON.stringify({ policy: STRICT, version: 0 });
    const reply = await ada.ask(POLICY, { method: "POST", body, headers: { "content-type": "text/plain" } });
    expect(reply.status).toBe(415);
    await expectUnchanged();
  });

  test("a GET changes nothing, whatever its query or its body says", async () => {
    const ada = await administrator();
    const query = "?organisation=required&version=0&policy[organisation]=required&_method=PUT";
    const before = (await ada.get(POLICY)).json;
    expect((await ada.get(POLICY + query)).json).toEqual(before);
    const overridden = await ada.ask(POLICY + query, { headers: { "x-http-method-override": "PUT" } });
    expect(overridden.json).toEqual(before);
    expect([404, 405]).toContain((await ada.get(REPORT + query)).status);
    expect(before).toMatchObject({ version: 0, policy: { roles: { admin: { mode: "required" } } } });
    await expectUnchanged();
    expect((await put(ada)).status).toBe(200);
  });

  test("DELETE and PATCH are no ways in", async () => {
    const ada = await administrator();
    for (const method of ["DELETE", "PATCH"]) {
      expect((await ada.ask(POLICY, { method, body: { policy: STRICT, version: 0 } })).status).toBe(405);
    }
    await expectUnchanged();
  });
});

describe("a hostile policy is 400 and says which part is wrong:", () => {
  const admin = (rules: unknown) => ({ policy: { roles: { admin: rules } }, version: 0 });
  const role = (name: string) => ({
    policy: { roles: JSON.parse(`{${JSON.stringify(name)}:{"mode":"required"}}`) },
    version: 0,
  });
  test.each<[string, unknown]>([
    ["text", { policy: "required", version: 0 }],
    ["a list", { policy: [STRICT], version: 0 }],
    ["null", { policy: null, version: 0 }],
    ["none at all", { version: 0 }],
    ["a number", { policy: 1, version: 0 }],
    ["an operator", { policy: { $set: { organisation: "off" } }, version: 0 }],
    ["a mode that is an operator", { policy: { organisation: { $ne: "off" } }, version: 0 }],
    ["a mode in a list", { policy: { organisation: ["off"] }, version: 0 }],
    ["null for a mode", { policy: { organisation: null }, version: 0 }],
    ["days without an end", { policy: { graceDays: 1e308 }, version: 0 }],
    ["negative days", { policy: { graceDays: -1 }, version: 0 }],
    ["days as text", { policy: { graceDays: "14" }, version: 0 }],
    ["recovery as text", { policy: { recovery: "false" }, version: 0 }],
    ["a part nobody knows", { policy: { generation: 9 }, version: 0 }],
    ["a role without a mode", admin({})],
    ["a role that takes nothing", admin({ mode: "required", factors: [] })],
    ["a factor nobody knows", admin({ mode: "required", factors: ["none"] })],
    ["a factor that is an object", admin({ mode: "required", factors: [{ $ne: 1 }] })],
    ["a role with no name", role("")],
    ["a role of 200 letters", role("x".repeat(200))],
    ["roles as a list", { policy: { roles: [{ mode: "off" }] }, version: 0 }],
    ["no version", { policy: STRICT }],
    ["a version of text", { policy: STRICT, version: "new" }],
    ["a version that is an operator", { policy: STRICT, version: { $gte: 0 } }],
    ["a version in half", { policy: STRICT, version: 0.5 }],
    ["a version below nothing", { policy: STRICT, version: -1 }],
    ["a body that is a list", []],
    ["a body that is no JSON", '{"policy":'],
    ["a megabyte", { policy: { roles: { admin: { mode: "x".repeat(1_000_000) } } }, version: 0 }],
  ])("%s", async (_, body) => {
    const ada = await administrator();
    const headers = { "content-type": "application/json" };
    for (const [method, path] of [
      ["PUT", POLICY],
      ["POST", REPORT],
    ] as const) {
      const reply = await ada.ask(path, { method, body, headers });
      expect(reply).toMatchObject({ status: 400, json: { code: "invalid_input" } });
      expect(reply.text).not.toMatch(/\bat .*\.[tj]s|node_modules|stack/);
    }
    await expectUnchanged();
  });

  test.each<[string, unknown, string]>([
    ["its mode", { organisation: "must" }, "organisation"],
    ["its days", { graceDays: 1.5 }, "graceDays"],
    ["a role", { roles: { admin: { mode: "must" } } }, "roles.admin"],
  ])("by name: %s", async (_, policy, field) => {
    const { errors } = (await put(await administrator(), { policy, version: 0 })).json as {
      errors: { field: string; message: string }[];
    };
    expect(errors.map((error) => error.field)).toEqual([field]);
  });
});

describe("a role may be called anything:", () => {
  test.each([
    "__proto__",
    "constructor",
    "toString",
    "a.b",
    "$set",
    "$where",
    "x".repeat(100),
    "π 🙂",
    "=1+1",
  ])("%s", async (name) => {
    const roles = JSON.parse(`{${JSON.stringify(name)}:{"mode":"required"}}`) as Record<string, object>;
    const ada = await administrator();
    expect(await put(ada, { policy: { roles }, version: 0 })).toMatchObject({ status: 200 });
    const { policy } = (await ada.get(POLICY)).json as { policy: { roles: Record<string, object> } };
    expect(Object.entries(policy.roles)).toEqual([[name, { mode: "required" }]]);
    await app.addUser({ email: TOM, roles: [name] });
    await app.addUser({ email: EVE, roles: ["another"] });
    const login = await app.visitor().post("/login", credentials(TOM));
    expect(login.json).toMatchObject({ code: "enrolment_required" });
    expect((await app.visitor().post("/login", credentials(EVE))).json).toEqual({ signedIn: EVE });
    expect(({} as { mode?: string }).mode).toBeUndefined();
  });

  test("and there may be 200 of them, with names and factors as real ones have", async () => {
    const rules = { mode: "required", factors: ["totp"] };
    const names = Array.from({ length: 200 }, (_, i) => `department-${i}-of-the-north-west-region-managers`);
    const roles = Object.fromEntries(names.map((name) => [name, rules]));
    const reply = await put(await administrator(), { policy: { roles }, version: 0 });
    expect(reply.status).toBe(200);
  });
});

describe("in a browser", () => {
  const FIELDS = {
    version: "0",
    organisation: "optional",
    graceDays: "14",
    hasRecovery: "1",
    hasRoles: "1",
    "role-0-name": "admin",
    "role-0-mode": "required",
    "role-0-factors": "totp",
    "role-7-name": "__proto__",
    "role-7-mode": "off",
    "role-8-name": "",
    "role-8-mode": "off",
    "role-9-name": "staff",
    "role-9-mode": "",
  };

  test("the page is not shown before a fresh code, and the code leads back to it", async () => {
    const ada = await signedIn(app, ADA, TOTP_SECRET);
    const challenge = "/second-factor/challenge?action=administer";
    expect((await ada.page(POLICY)).location).toBe(challenge);
    const fields = { code: await codes(app.clock).code(), action: "administer" };
    expect((await ada.form(VERIFY, fields)).location).toBe(POLICY);
  });

  test("a form says the whole policy, row by row; rows without a name or a rule are left out", async () => {
    const ada = await administrator();
    expect((await ada.form(POLICY, FIELDS)).location).toBe(`${POLICY}?saved`);
    const { policy } = (await ada.get(POLICY)).json as { policy: { roles: object } };
    expect(policy).toMatchObject({ organisation: "optional", graceDays: 14, recovery: false });
    expect(Object.entries(policy.roles)).toEqual([
      ["admin", { mode: "required", factors: ["totp"] }],
      ["__proto__", { mode: "off" }],
    ]);
  });

  test("a form without a fresh code saves nothing, keeps what was edited, and leads to where one is given", async () => {
    const ada = await signedIn(app, ADA, TOTP_SECRET);
    const { status, text } = await ada.form(POLICY, FIELDS);
    expect(status).toBe(401);
    expect(text).toContain('href="/second-factor/challenge?action=administer"');
    expect(text).toMatch(/name="graceDays"[^>]* value="14"/);
    await expectUnchanged();
    const fields = { code: await codes(app.clock).code(), action: "administer" };
    expect((await ada.form(VERIFY, fields)).location).toBe(`${POLICY}?confirmed`);
    expect((await ada.form(POLICY, FIELDS)).location).toBe(`${POLICY}?saved`);
  });

  test("a form cannot change what is pinned, and says the rest", async () => {
    await restart({
      policy: { organisation: "required", recovery: false },
      pinned: ["organisation", "recovery"],
    });
    const ada = await administrator();
    await ada.form(POLICY, { ...FIELDS, organisation: "off", recovery: "on" });
    expect((await ada.get(POLICY)).json).toMatchObject({
      policy: { organisation: "required", recovery: false, graceDays: 14 },
    });
  });
});

test("an answer is never kept by a browser, and names no secret", async () => {
  const ada = await administrator();
  const replies = [await ada.get(POLICY), await ada.post(REPORT, { policy: {}, version: 0 }), await put(ada)];
  for (const reply of replies) {
    expect(reply.status).toBe(200);
    expect(reply.headers.get("cache-control")).toBe("no-store");
    expect(reply.text).not.toContain(await codes(app.clock).code());
    expect(reply.text).not.toMatch(/secret|mac|vault/);
  }
});

// `appliesTo`: whether somebody for whom the policy says optional is asked here and now. It exempts nobody else.
import type { Request } from "express";
import type { Policy, SecondFactorOptions } from "passport-second-factor";
import { describe, expect, test } from "vitest";
import { afterPassword, codes, credentials, signedIn, TOM, TOTP_SECRET, VERIFY } from "../support/app.js";
import { useStartableApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const app = useStartableApp();

const OFFICE = { "x-forwarded-for": "192.0.2.7" };
const HOME = { "x-forwarded-for": "198.51.100.9" };

// What an app writes: the addresses of its office, and that they are read from the proxy it has.
const officeAddresses = new Set(["192.0.2.7", "192.0.2.8"]);
const appliesTo = (req: Request) => !officeAddresses.has(req.ip ?? "");

async function start(options: Partial<SecondFactorOptions>, trustsProxy = true): Promise<void> {
  await app.start({
    options,
    before: ({ app: express }) => void express.set("trust proxy", trustsProxy ? 1 : false),
  });
}

const from = (place: Record<string, string>) => ({
  get: (visitor: Visitor, path = "/account") => visitor.ask(path, { headers: place }),
  login: (visitor: Visitor) =>
    visitor.ask("/login", { method: "POST", body: credentials(TOM), headers: place }),
});

describe("an office whose addresses are not asked", () => {
  test("signs people in with the password alone, and nobody elsewhere", async () => {
    await start({ appliesTo });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const [inside, outside] = [app.visitor(), app.visitor()];
    expect((await from(OFFICE).login(inside)).json).toEqual({ signedIn: TOM });
    expect((await from(OFFICE).get(inside)).json).toEqual({ page: "account", user: TOM });
    expect((await from(HOME).login(outside)).json).toMatchObject({ code: "second_factor_required" });
    expect((await from(HOME).get(outside)).status).toBe(401);
  });

  test("is asked about on each request: a session that began there is asked outside", async () => {
    await start({ appliesTo });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = app.visitor();
    await from(OFFICE).login(tom);
    expect((await from(HOME).get(tom)).json).toMatchObject({ code: "second_factor_required" });
    // It has become a pending login, and going back to the office does not undo that.
    expect((await from(OFFICE).get(tom, "/whoami")).json).toMatchObject({ user: null });
    const code = await codes(app.clock).code();
    const reply = await tom.ask(VERIFY, { method: "POST", body: { code }, headers: HOME });
    expect(reply.status).toBe(200);
    expect((await from(HOME).get(tom)).json).toEqual({ page: "account", user: TOM });
  });

  test("a stolen session of the office is worth nothing outside, and the office keeps its own", async () => {
    await start({ appliesTo });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const office = app.visitor();
    await from(OFFICE).login(office);
    expect((await from(HOME).get(office.copy())).status).toBe(401);
    expect((await from(HOME).get(tom)).status).toBe(200);
  });

  test("is not to be claimed by a header, where the app trusts no proxy", async () => {
    await start({ appliesTo }, false);
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = app.visitor();
    expect((await from(OFFICE).login(tom)).json).toMatchObject({ code: "second_factor_required" });
    expect((await from(OFFICE).get(tom)).status).toBe(401);
  });
});

describe("a condition that exempts everybody", () => {
  const never = { appliesTo: () => false };

  test.each<[string, Policy, string[]]>([
    ["the organisation", { organisation: "required" }, []],
    ["a role", { roles: { admin: { mode: "required" } } }, ["admin"]],
  ])("exempts nobody for whom %s requires it", async (_, policy, roles) => {
    await start({ ...never, policy });
    await app.addUser({ email: TOM, secret: TOTP_SECRET, roles });
    const tom = await afterPassword(app, TOM);
    expect((await tom.get("/account")).json).toMatchObject({ code: "second_factor_required" });
    await app.addUser({ email: "new@acme.test", roles });
    const login = await app.visitor().post("/login", credentials("new@acme.test"));
    expect(login.json).toMatchObject({ code: "enrolment_required" });
  });

  test("is given the request and the user, and may exempt some", async () => {
    await start({ appliesTo: (_req, user: { email: string }) => user.email === TOM });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await app.addUser({ email: "ada@acme.test", secret: TOTP_SECRET });
    expect((await (await afterPassword(app, TOM)).get("/account")).status).toBe(401);
    expect((await (await afterPassword(app, "ada@acme.test")).get("/account")).status).toBe(200);
  });

  test("is not asked where the policy says off, and cannot switch it on", async () => {
    let asked = 0;
    const policy = { organisation: "off" } as const;
    await start({ policy, appliesTo: () => Boolean(++asked) });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    expect((await (await afterPassword(app, TOM)).get("/account")).status).toBe(200);
    expect(asked).toBe(0);
  });
});

describe("the settings of somebody who has nothing", () => {
  const configured = async () =>
    (await (await afterPassword(app, TOM)).get("/second-factor")).json["configured"];

  test("say that it is not configured where the policy says off", async () => {
    await start({ policy: { organisation: "off" } });
    await app.addUser({ email: TOM });
    expect(await configured()).toBe(false);
    const { text } = await (await afterPassword(app, TOM)).page("/second-factor");
    expect(text).toContain("Two-factor authentication isn't configured. Ask");
    expect(text).not.toContain("Turn on");
  });

  test("offer it where a condition exempts them only here and now", async () => {
    await start({ appliesTo: () => false });
    await app.addUser({ email: TOM });
    expect(await configured()).toBe(true);
  });
});

describe("a condition that says nothing clear asks:", () => {
  test.each<[string, () => unknown]>([
    ["undefined", () => undefined],
    ["null", () => null],
    ["a promise of false", async () => false],
    ["text", () => "no"],
  ])("%s", async (_, says) => {
    await start({ appliesTo: says as () => boolean });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await afterPassword(app, TOM);
    expect((await tom.get("/account")).json).toMatchObject({ code: "second_factor_required" });
  });
});

describe("a condition that throws", () => {
  test.each<[string, unknown]>([
    ["an error", new Error("the list of addresses is away")],
    ["nothing", undefined],
    ["false", false],
  ])("%s: 5xx, at the login and on a session that is open, and never a pass", async (_, thrown) => {
    let isBroken = false;
    const options = {
      appliesTo: () => {
        if (isBroken) throw thrown;
        return true;
      },
    };
    await start(options);
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    isBroken = true;
    const [open, login] = [await tom.get("/account"), await app.visitor().post("/login", credentials(TOM))];
    expect([open.text, login.text].join()).not.toContain("account");
    expect([open.text, login.text].join()).not.toContain(TOM);
    expect([open.status, login.status]).toEqual([
      expect.toSatisfy(isServerError),
      expect.toSatisfy(isServerError),
    ]);
    isBroken = false;
    expect((await tom.get("/account")).status).toBe(200);
  });
});

const isServerError = (status: number) => status >= 500;

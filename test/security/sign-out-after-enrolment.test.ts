// With `signOutAfterEnrolment`, the session a factor was set up in ends with it: what it was is worth nothing after.
import { recoveryCodes, totp } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  CONFIRM,
  codes,
  credentials,
  ENROL,
  emailOf,
  nextCode,
  signedIn,
  storedSessions,
  storedUser,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const ROOT = "root@acme.test";
const SAVED = "/second-factor/recovery-codes/saved";
const loggedIn: unknown[] = [];

const app = useApp(() => ({
  factors: () => [totp(), recoveryCodes({ count: 2 })],
  options: { signOutAfterEnrolment: true, onSignedIn: (req) => loggedIn.push(emailOf(req)) },
}));
beforeEach(async () => {
  loggedIn.length = 0;
  await app.addUser({ email: ADA });
  await app.addUser({ email: ROOT, roles: ["admin"] });
});

/** Who sets it up: somebody signed in, and a login that must. */
const WHO = [
  ["somebody signed in", ADA],
  ["a login that must enrol", ROOT],
] as const;

/** Sets an authenticator app up, by JSON or by form; returns its key as well. */
async function enrol(visitor: Visitor, how: "post" | "form" = "post") {
  const secret = String((await visitor.post(ENROL)).json["secret"]);
  const reply = await visitor[how](CONFIRM, { code: await codes(app.clock, secret).code() });
  return { reply, secret };
}

const ANONYMOUS = { state: "anonymous", user: null, authenticated: false };

async function expectNobody(visitor: Visitor): Promise<void> {
  expect((await visitor.get("/whoami")).json).toEqual(ANONYMOUS);
  expect((await visitor.get("/account")).status).toBe(403);
  expect((await visitor.get("/second-factor")).json).toMatchObject({ code: "no_challenge" });
  expect((await visitor.post(ENROL)).json).toMatchObject({ code: "no_challenge" });
}

interface Vault {
  recoveryCodes?: { id: string; savedAt?: Date };
}
const recoverySet = async (email: string) => {
  const { secondFactor } = (await storedUser(app, email)) as { secondFactor?: { vault?: Vault } };
  return secondFactor?.vault?.recoveryCodes;
};
const isSaved = async (email: string) => (await recoverySet(email))?.savedAt !== undefined;

describe.each(WHO)("%s", (_who, email) => {
  test("is told by JSON that they are signed out, with their recovery codes", async () => {
    const { reply } = await enrol(await afterPassword(app, email));
    expect([reply.status, reply.json]).toEqual([
      200,
      { state: "signed-out", loginUrl: "/login", recoveryCodes: [expect.any(String), expect.any(String)] },
    ]);
  });

  test("is nobody by the cookie from before, and by any that came after", async () => {
    const visitor = await afterPassword(app, email);
    const thief = visitor.copy();
    const before = visitor.sessionId;
    loggedIn.length = 0;
    await enrol(visitor);
    await expectNobody(visitor);
    await expectNobody(thief);
    expect(await storedSessions(app).read(before)).toBeUndefined();
    expect(loggedIn).toEqual([]);
  });

  test("is nobody where a slow request writes the old session back", async () => {
    const visitor = await afterPassword(app, email);
    const thief = visitor.copy();
    const old = await storedSessions(app).read(visitor.sessionId);
    await enrol(visitor);
    await storedSessions(app).write(thief.sessionId, old ?? {});
    expect((await thief.get("/account")).json).not.toHaveProperty("user", email);
    expect((await thief.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
    expect((await thief.post(CONFIRM, { code: "123456" })).status).toBeGreaterThanOrEqual(400);
  });

  test("signs in with it, and is somebody then", async () => {
    const { secret } = await enrol(await afterPassword(app, email));
    const visitor = await afterPassword(app, email);
    expect((await visitor.get("/whoami")).json).toMatchObject({ state: "pending", owes: "challenge" });
    expect((await visitor.post(VERIFY, { code: await nextCode(app, secret) })).status).toBe(200);
    expect((await visitor.get("/account")).json).toMatchObject({ user: email });
  });

  test("sees the codes once on a page, whose last step says they are saved and leads to the login", async () => {
    const visitor = await afterPassword(app, email);
    const { reply } = await enrol(visitor, "form");
    expect(reply.status).toBe(200);
    expect(reply.text).toContain("Save your recovery codes");
    expect(reply.text).toContain(email);
    await expectNobody(visitor);
    expect(await isSaved(email)).toBe(false);
    const done = await visitor.form(SAVED, { saved: "on", slip: slipIn(reply) });
    expect([done.status, done.location]).toEqual([303, "/login"]);
    expect(await isSaved(email)).toBe(true);
    await expectNobody(visitor);
  });
});

test("a page without codes to show goes straight to the login", async () => {
  const { secret } = await enrol(await afterPassword(app, ADA));
  const ada = await afterPassword(app, ADA);
  await ada.post(VERIFY, { code: await nextCode(app, secret) });
  await ada.post(VERIFY, { action: "change-factors", code: await nextCode(app, secret) });
  const { reply } = await enrol(ada, "form");
  expect([reply.status, reply.location]).toEqual([303, "/login"]);
  await expectNobody(ada);
});

test("the login's record says that it ended, and the event that they signed out", async () => {
  const heard: string[] = [];
  app.secondFactor.on("signed-out", ({ user }) => heard.push(user));
  await enrol(await afterPassword(app, ADA));
  const user = (await storedUser(app, ADA)) as { secondFactor: { endedLogins: string[] }; _id: unknown };
  expect(user.secondFactor.endedLogins).toHaveLength(1);
  expect(heard).toEqual([String(user._id)]);
});

describe("the slip for the codes", () => {
  const slips = async () => slipIn((await enrol(await afterPassword(app, ADA), "form")).reply);

  test("signs nobody in, and says nothing to who reads it", async () => {
    const visitor = app.visitor();
    const slip = await slips();
    expect(slip).not.toMatch(/ada/i);
    const reply = await visitor.post(SAVED, { slip });
    expect([reply.status, reply.json]).toEqual([200, { returnTo: "/login" }]);
    await expectNobody(visitor);
  });

  test("is of one set of codes: newer ones are not marked by it", async () => {
    const slip = await slips();
    const path = "secondFactor.vault.recoveryCodes.id";
    await app.User.collection.updateOne({ email: ADA }, { $set: { [path]: "a newer set" } });
    await app.visitor().post(SAVED, { slip });
    expect(await isSaved(ADA)).toBe(false);
  });

  test.each([
    ["cut short", (slip: string) => slip.slice(0, -4)],
    ["with another body", (slip: string) => `${slip.slice(0, slip.lastIndexOf("."))}.AAAA`],
    ["under a key that nobody has", (slip: string) => slip.replace("v1.2026-11", "v1.2031-01")],
    ["of no shape", () => "x"],
    ["empty", () => ""],
  ])("%s is none", async (_name, change) => {
    const reply = await app.visitor().post(SAVED, { slip: change(await slips()) });
    expect([reply.status, reply.json["code"]]).toEqual([401, "no_challenge"]);
    expect(await isSaved(ADA)).toBe(false);
  });

  test.each([{ $ne: null }, ["x"], 7, "x".repeat(1001)])("%j is refused unread", async (slip) => {
    expect((await app.visitor().post(SAVED, { slip })).json).toMatchObject({ code: "invalid_input" });
    expect(app.errors).toEqual([]);
  });
});

test("without the option whoever set it up stays signed in", async () => {
  await app.start({ factors: () => [totp()] });
  const ada = await signedIn(app, ADA);
  expect((await enrol(ada)).reply.json).toMatchObject({ state: "satisfied" });
  expect((await ada.get("/account")).json).toMatchObject({ user: ADA });
  expect((await ada.post("/login", credentials(ADA))).status).toBe(401);
});

function slipIn({ text }: Reply): string {
  return /name="slip" value="([^"]+)"/.exec(text)?.[1] ?? "";
}

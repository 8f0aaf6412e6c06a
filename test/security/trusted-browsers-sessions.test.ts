// The session that a trusted browser gets: it ends like any other, and nothing of the cookie is readable anywhere.
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  credentials,
  everyFactor,
  nextCode,
  SEND,
  sentCode,
  stepUp,
  storedSessions,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import {
  BROWSERS,
  expectAsked,
  expectLetIn,
  LOCAL,
  storedBrowsers,
  trust,
  trustAndLeave,
  trustCookie,
} from "./trusted-browsers.js";

// Sessions in the database, where somebody may read them.
const app = useApp(() => ({ factors: everyFactor, options: LOCAL }));
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: TOM });
});

/** Of a session cookie of express-session, the id that the store knows it by. */
function sessionId({ cookies }: Visitor): string {
  const signed = decodeURIComponent(cookies.get("connect.sid") ?? "");
  return signed.slice("s:".length, signed.indexOf("."));
}

/** Signed in with nothing but the password, by a browser that was trusted before. */
async function cameTrusted(): Promise<Visitor> {
  const tom = await trustAndLeave(app, TOM);
  await expectLetIn(tom, TOM);
  return tom;
}

async function expectNobody(visitor: Visitor): Promise<void> {
  expect((await visitor.get("/account")).status).not.toBe(200);
  expect((await visitor.get("/whoami")).json["user"]).toBeNull();
}

describe("a session that came by a trusted browser", () => {
  test("ends by a log-out, also where an old copy of it is written back", async () => {
    const tom = await cameTrusted();
    const copy = tom.copy();
    const session = (await storedSessions(app).read(sessionId(copy))) ?? {};
    await tom.post("/logout");
    await storedSessions(app).write(sessionId(copy), session);
    await expectNobody(copy);
  });

  test("ends by a change of factors on another browser", async () => {
    const tom = await cameTrusted();
    const other = await afterPassword(app, TOM);
    await other.post(VERIFY, { factor: "totp", code: await nextCode(app) });
    app.clock.advance({ seconds: 30 });
    await stepUp(app, other, TOTP_SECRET);
    expect((await other.post("/second-factor/factors/email/remove")).status).toBe(200);
    await expectNobody(tom);
  });

  test("has a new id, and the one before the login is nobody", async () => {
    const tom = await trustAndLeave(app, TOM);
    await tom.post("/login", { email: TOM, password: "wrong" });
    const pending = await afterPassword(app, TOM);
    pending.cookies.set(...trustCookie(tom));
    const before = pending.copy();
    await expectLetIn(pending, TOM);
    expect(sessionId(pending)).not.toBe(sessionId(before));
    await expectNobody(before);
  });

  test("takes the place of a pending login, whose challenge is closed", async () => {
    const tom = await trustAndLeave(app, TOM);
    const pending = await afterPassword(app, TOM);
    const before = pending.copy();
    pending.cookies.set(...trustCookie(tom));
    await expectLetIn(pending, TOM);
    expect(await storedUser(app, TOM)).toHaveProperty("secondFactor.vault.challenges", []);
    const late = await before.post(VERIFY, { factor: "totp", code: await nextCode(app) });
    expect(late.status).toBe(401);
    await expectNobody(before);
  });

  test("takes the place of somebody else's, whose old copy is nobody", async () => {
    const tom = await trustAndLeave(app, TOM);
    await app.addUser({ email: ADA });
    await tom.post("/login", credentials(ADA));
    const adas = tom.copy();
    const session = (await storedSessions(app).read(sessionId(adas))) ?? {};
    await expectLetIn(tom, TOM);
    await storedSessions(app).write(sessionId(adas), session);
    await expectNobody(adas);
  });

  test("runs onSignedIn, and where that throws nobody is in", async () => {
    const seen: unknown[] = [];
    const onSignedIn = (_req: unknown, _res: unknown, user: { email: string }) => void seen.push(user.email);
    const { clock } = app;
    await app.start({ clock, factors: everyFactor, options: { ...LOCAL, onSignedIn } });
    const cookie = trustCookie(await trustAndLeave(app, TOM));
    const again = app.visitor();
    again.cookies.set(...cookie);
    await expectLetIn(again, TOM);
    expect(seen).toEqual([TOM, TOM]);
    const failing = () => {
      throw new Error("the basket is lost");
    };
    await app.start({ clock, factors: everyFactor, options: { ...LOCAL, onSignedIn: failing } });
    const unlucky = app.visitor();
    unlucky.cookies.set(...cookie);
    expect((await unlucky.post("/login", credentials(TOM))).status).toBe(500);
    await expectNobody(unlucky);
  });
});

describe("a browser that was to be trusted, and did not get so far", () => {
  test("where the hook throws: no cookie, nobody in", async () => {
    const onSignedIn = () => {
      throw new Error("the basket is lost");
    };
    await app.start({ factors: everyFactor, options: { ...LOCAL, onSignedIn } });
    const tom = await afterPassword(app, TOM);
    const body = { factor: "totp", code: await nextCode(app), trustBrowser: true };
    const reply = await tom.post(VERIFY, body);
    expect(reply.status).toBe(500);
    expect(reply.headers.getSetCookie().join()).not.toContain("second-factor-");
    await expectNobody(tom);
  });

  test("where another factor must be set up first: it is not trusted, and nobody is told that it is", async () => {
    const roles = { admin: { mode: "required", factors: ["totp"] } } as const;
    await app.start({ factors: everyFactor, options: { ...LOCAL, policy: { roles } } });
    await app.addUser({ email: ADA, roles: ["admin"], address: ADA });
    const told: unknown[] = [];
    app.secondFactor.on("browser-trusted", (detail) => void told.push(detail));
    const ada = await afterPassword(app, ADA);
    await ada.post(SEND, { factor: "email" });
    const reply = await ada.post(VERIFY, { factor: "email", code: sentCode(app, ADA), trustBrowser: true });
    expect(reply.json).toMatchObject({ code: "enrolment_required" });
    expect(reply.headers.getSetCookie().join()).not.toContain("second-factor-");
    expect([await storedBrowsers(app, ADA), told]).toEqual([[], []]);
  });
});

/** Every document of every collection, sessions included, as the bytes that are stored. */
async function stored(): Promise<Buffer> {
  const collections = (await app.connection.db?.listCollections().toArray()) ?? [];
  const documents: Buffer[] = [];
  for (const { name } of collections) {
    const found = await app.connection.collection(name).find({}, { raw: true }).toArray();
    documents.push(...(found as unknown as Buffer[]).map((bytes) => Buffer.from(bytes)));
  }
  return Buffer.concat(documents);
}

describe("at rest", () => {
  test("there is a hash only: the cookie's value is nowhere in the database, the sessions or the events", async () => {
    const told: unknown[] = [];
    for (const name of ["browser-trusted", "browser-forgotten", "signed-in", "challenge-started"] as const) {
      app.secondFactor.on(name, (detail) => void told.push(detail));
    }
    const found: boolean[] = [];
    const secrets: string[] = [];
    const look = async () => {
      const text = `${(await stored()).toString("latin1")} ${JSON.stringify(told)}`;
      for (const secret of secrets) {
        const bytes = Buffer.from(secret, "base64url");
        const forms = [
          secret,
          bytes.toString("hex"),
          bytes.toString("base64").slice(0, -1),
          bytes.toString("latin1"),
        ];
        found.push(...forms.map((form) => text.includes(form)));
      }
    };
    const tom = await trust(app, TOM);
    secrets.push(trustCookie(tom)[1]);
    await look();
    await tom.get(BROWSERS);
    await tom.post("/logout");
    await expectLetIn(tom, TOM);
    await look();
    await tom.post(`${BROWSERS}/forget-all`);
    await look();
    await expectAsked(tom, TOM);
    await look();
    expect(found).toEqual(Array(16).fill(false));
    expect(told.length).toBeGreaterThan(4);
  });

  test("the search would find it", async () => {
    const [, secret] = trustCookie(await trust(app, TOM));
    await app.connection.collection("found").insertOne({ note: `cookie=${secret}` });
    expect((await stored()).toString("latin1")).toContain(secret);
    await app.connection.collection("found").drop();
  });
});

// What the tests of trusted browsers share: how a browser comes to be trusted, and whether its next login is asked.
import { expect } from "vitest";
import { codes, credentials, SEND, sentCode, type TestApp, TOTP_SECRET, VERIFY } from "../support/app.js";
import type { Reply, Visitor } from "../support/visitor.js";

export const BROWSERS = "/second-factor/browsers";
export const CHANGE = "change-factors";
/** As a person with one browser on their own machine: its cookie needs no https. */
export const LOCAL = { origins: ["http://localhost:3000"] };

export const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0";

interface Trusting {
  /** Default: a browser that nobody has used. */
  visitor?: Visitor;
  userAgent?: string;
}

/** A browser that has just signed in with the app's code and the box ticked; one time step later. */
export async function trust(app: TestApp, email: string, given: Trusting = {}): Promise<Visitor> {
  const { visitor = app.visitor(), userAgent = FIREFOX } = given;
  const headers = { "user-agent": userAgent };
  await visitor.post("/login", credentials(email));
  const body = { factor: "totp", code: await codes(app.clock, TOTP_SECRET).code(), trustBrowser: true };
  const reply = await visitor.ask(VERIFY, { method: "POST", body, headers });
  if (reply.status !== 200) throw new Error(`the code was refused: ${reply.text}`);
  app.clock.advance({ seconds: 30 });
  return visitor;
}

/** The same, and signed out again: what is left is the cookie. */
export async function trustAndLeave(app: TestApp, email: string, given: Trusting = {}): Promise<Visitor> {
  const visitor = await trust(app, email, given);
  await visitor.post("/logout");
  return visitor;
}

/** The cookies of trusted browsers that a visitor holds, in the order they came. */
export function trustCookies({ cookies }: Visitor): [name: string, value: string][] {
  return [...cookies].filter(([name]) => name.includes("second-factor-"));
}

/** The only one. */
export function trustCookie(visitor: Visitor): [name: string, value: string] {
  const [cookie, ...others] = trustCookies(visitor);
  if (!cookie || others.length > 0) throw new Error("one cookie was expected");
  return cookie;
}

/** A browser that holds this cookie and no other. */
export function holding(app: TestApp, [name, value]: [string, string]): Visitor {
  const visitor = app.visitor();
  visitor.cookies.set(name, value);
  return visitor;
}

/** The password is right and a code is owed; nobody is in. */
export async function expectAsked(visitor: Visitor, email: string, fields: object = {}): Promise<void> {
  const reply = await visitor.post("/login", { ...credentials(email), ...fields });
  expect([reply.status, reply.json["code"]]).toEqual([401, "second_factor_required"]);
  expect((await visitor.get("/account")).status).toBe(401);
  expect((await visitor.get("/whoami")).json["user"]).toBeNull();
}

/** The password alone signs in. */
export async function expectLetIn(visitor: Visitor, email: string): Promise<void> {
  const reply = await visitor.post("/login", credentials(email));
  expect([reply.status, reply.json]).toEqual([200, { signedIn: email }]);
  expect((await visitor.get("/account")).json).toEqual({ page: "account", user: email });
}

/** No cookie of ours came with this answer. */
export function expectNoCookie({ headers }: Reply): void {
  expect(headers.getSetCookie().filter((cookie) => cookie.includes("second-factor-"))).toEqual([]);
}

interface StoredBrowser {
  id: string;
  hash: string;
  expiresAt: Date;
  lastUsedAt: Date;
}

/** What the database keeps of a person's trusted browsers. */
export async function storedBrowsers(app: TestApp, email: string): Promise<StoredBrowser[]> {
  const found = await app.User.collection.findOne({ email });
  const { vault } = (found?.["secondFactor"] ?? {}) as { vault?: { browsers?: StoredBrowser[] } };
  return vault?.browsers ?? [];
}

/** A browser that has just signed in with a code by e-mail and the box ticked. */
export async function trustWithMail(app: TestApp, email: string): Promise<Visitor> {
  const visitor = app.visitor();
  await visitor.post("/login", credentials(email));
  const sent = await visitor.post(SEND, { factor: "email" });
  if (sent.status !== 202) throw new Error(`no code was sent: ${sent.text}`);
  const body = { factor: "email", code: sentCode(app, email), trustBrowser: true };
  const reply = await visitor.post(VERIFY, body);
  if (reply.status !== 200) throw new Error(`the code was refused: ${reply.text}`);
  return visitor;
}

// What the tests of administration share: an administrator, who they act on, and a fresh code for it.
import type { SecondFactorOptions } from "passport-second-factor";
import type { AdminAct } from "../../src/core/model.js";
import { ADA, codes, signedIn, type TestApp, TOTP_SECRET, VERIFY } from "./app.js";
import type { Reply, Visitor } from "./visitor.js";

export const USERS = "/second-factor/admin/users";
export const REASON = "Lost the phone";
export const ACTS: AdminAct[] = ["disable", "unlock", "forget-browsers", "end-sessions", "set-phone"];

/** Ada administers, and whoever else is named. */
export function administratedBy(...others: string[]): Pick<SecondFactorOptions, "authorizeAdmin"> {
  const emails = [ADA, ...others];
  return { authorizeAdmin: (req) => emails.includes((req.user as unknown as { email: string }).email) };
}

/** Ada, who has an authenticator app, signed in with nothing more. */
export async function administrator(app: TestApp): Promise<Visitor> {
  if (!(await app.User.exists({ email: ADA }))) await app.addUser({ email: ADA, secret: TOTP_SECRET });
  return signedIn(app, ADA, TOTP_SECRET);
}

export async function personUrl(app: TestApp, email: string): Promise<string> {
  const user = await app.User.findOne({ email }).orFail();
  return `${USERS}/${String(user._id)}`;
}

/** Asks for the act, so that it is what the next code is for. */
export async function askFor(app: TestApp, visitor: Visitor, email: string, act: AdminAct): Promise<Reply> {
  return visitor.get(`${await personUrl(app, email)}/${act}`);
}

/** A fresh code for one act on one person. */
export async function prove(app: TestApp, visitor: Visitor, email: string, act: AdminAct): Promise<void> {
  await askFor(app, visitor, email, act);
  const reply = await visitor.post(VERIFY, { code: await codes(app.clock).code(), action: "administer" });
  if (reply.status !== 200) throw new Error(`the code was refused: ${reply.text}`);
  app.clock.advance({ seconds: 30 });
}

/** The act itself: with the grant that is there, or without. */
export async function send(
  app: TestApp,
  visitor: Visitor,
  email: string,
  act: AdminAct,
  body: unknown = bodyFor(act),
): Promise<Reply> {
  return visitor.post(`${await personUrl(app, email)}/${act}`, body);
}

/** All of it: asked for, confirmed with a fresh code, and done. */
export async function perform(
  app: TestApp,
  visitor: Visitor,
  email: string,
  act: AdminAct,
  body: unknown = bodyFor(act),
): Promise<Reply> {
  await prove(app, visitor, email, act);
  return send(app, visitor, email, act, body);
}

export function bodyFor(act: AdminAct): Record<string, string> {
  return { reason: REASON, ...(act === "set-phone" ? { country: "US", number: "(415) 555-0199" } : {}) };
}

/** So many wrong codes in a row, the last of them now. */
export async function countFailures(app: TestApp, email: string, count: number): Promise<void> {
  const failures = { count, lastAt: app.clock.now() };
  const path = "secondFactor.vault.failures.login";
  await app.User.collection.updateOne({ email }, { $set: { [path]: failures } });
}

/** As after a login with the box ticked; no cookie fits it. */
export async function rememberBrowser(app: TestApp, email: string): Promise<void> {
  const at = app.clock.now();
  const made = { id: "b1", hash: "h", fingerprint: "f", factor: "totp", name: "Firefox on Windows" };
  const kept = { ...made, createdAt: at, lastUsedAt: at, expiresAt: new Date(at.getTime() + 86_400_000) };
  await app.User.collection.updateOne({ email }, { $set: { "secondFactor.vault.browsers": [kept] } });
}

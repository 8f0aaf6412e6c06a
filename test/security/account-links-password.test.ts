// Links behind which a password is chosen: who gets one, what it opens, and what it does not.
import { createOutbox } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import { choose, NEW_PASSWORD, withAccount } from "../support/account.js";
import {
  ADA,
  everyFactor,
  nextCode,
  sentCode,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import { brokenLinks, expectDead, mailedLink, scan } from "./account-links.js";
import { expectAsked, LOCAL, trustAndLeave } from "./trusted-browsers.js";

const FIRST = "/second-factor/first-login";
const FORGOT = "/second-factor/forgot";
const IDA = "ida@acme.test";

let mails = createOutbox();
const app = useApp(() => {
  mails = createOutbox();
  const links = {
    delivery: mails.mail({ from: "acme@acme.test" }),
    findUser: (address: string) => app.User.findOne({ email: address.toLowerCase() }),
    selfReset: "unprotected",
  } as const;
  const policy = { roles: { staff: { mode: "required", factors: ["email"] } } } as const;
  return withAccount({ factors: everyFactor, options: { policy } }, links);
});

/** Ida has no password yet, and must give an address for codes; Ada has one, and no factor; Tom has both. */
beforeEach(async () => {
  await app.connection.collection("second_factor_limits").deleteMany({});
  await app.User.create({ email: IDA, roles: ["staff"] });
  await app.addUser({ email: ADA });
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
});

async function welcomeLink(): Promise<string> {
  await app.visitor().post(FIRST, { address: IDA });
  await app.secondFactor.settled();
  return mailedLink(mails, "welcome", IDA);
}
async function resetLink(): Promise<string> {
  await app.visitor().post(FORGOT, { address: ADA });
  await app.secondFactor.settled();
  return mailedLink(mails, "reset", ADA);
}
const LINKS = [
  { use: "welcome", link: welcomeLink, email: IDA, hours: 72 },
  { use: "reset", link: resetLink, email: ADA, hours: 1 },
] as const;

const login = (email: string, password: string, visitor: Visitor = app.visitor()) =>
  visitor.post("/login", { email, password });

describe.each(LINKS)("a $use link", ({ use, link, email, hours }) => {
  test("survives whatever reads mail, and says what is next", async () => {
    const path = await link();
    const before = await storedUser(app, email);
    expect(await scan(app.visitor(), path)).toEqual([200, 200, 200, 200]);
    expect(await storedUser(app, email)).toEqual(before);
    const page = await app.visitor().page(path);
    expect(page.text).toContain(use === "welcome" ? "Step 1 of 3" : "Reset your password");
    expect(page.text).toContain('content="strict-origin"');
  });

  test("begins a login that owes a new password, and opens nothing else", async () => {
    const visitor = app.visitor();
    const reply = await visitor.post(await link());
    expect([reply.status, reply.json["code"]]).toEqual([403, "password_change_required"]);
    expect((await visitor.get("/account")).status).toBe(403);
    expect((await visitor.get("/whoami")).json["user"]).toBeNull();
    expect((await visitor.post("/second-factor/enrol/totp")).status).not.toBe(200);
    expect((await visitor.get("/second-factor/")).status).not.toBe(200);
  });

  test("by a page leads to the new password", async () => {
    const reply = await app.visitor().form(await link());
    expect([reply.status, reply.location]).toEqual([303, "/second-factor/password"]);
  });

  test("fifty at once: one", async () => {
    const path = await link();
    const replies = await Promise.all(Array.from({ length: 50 }, () => app.visitor().post(path)));
    expect(replies.filter(({ status }) => status === 403)).toHaveLength(1);
    for (const reply of replies.filter(({ status }) => status !== 403)) expectDead(reply);
  });

  test("is over by the clock", async () => {
    const path = await link();
    app.clock.advance({ hours });
    for (const reply of [await app.visitor().get(path), await app.visitor().post(path)]) expectDead(reply);
    const { secondFactor } = await storedUser(app, email);
    expect(secondFactor).not.toHaveProperty("mustChangePassword");
    const page = await app.visitor().page(path);
    expect(page.status).toBe(410);
    expect(page.text).toContain("Ask for a new one");
  });

  test("that is not quite it: 410 and nothing happens", async () => {
    const path = await link();
    const before = await storedUser(app, email);
    for (const [what, broken] of await brokenLinks(app, path, TOM)) {
      const replies = [await app.visitor().get(broken), await app.visitor().post(broken)];
      expect([what, ...replies.map(({ status }) => status)]).toEqual([what, 410, 410]);
    }
    expect(await storedUser(app, email)).toEqual(before);
  });

  test("gives way to a newer one, and is used once", async () => {
    const older = await link();
    const newer = await link();
    expect(newer).not.toBe(older);
    expectDead(await app.visitor().post(older));
    const visitor = app.visitor();
    await visitor.post(newer);
    expect((await choose(visitor, NEW_PASSWORD)).status).not.toBe(400);
    expectDead(await app.visitor().post(newer));
  });

  test("from another site is refused, and still works", async () => {
    const path = await link();
    const headers = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
    expect((await app.visitor().ask(path, { method: "POST", headers })).status).toBe(403);
    expect((await app.visitor().get(path)).status).toBe(200);
  });

  test("is built from the configured origin, whatever the request says of its host", async () => {
    const headers = { host: "evil.test", "x-forwarded-host": "evil.test", forwarded: "host=evil.test" };
    const path = use === "welcome" ? FIRST : FORGOT;
    await app.visitor().ask(path, { method: "POST", body: { address: email }, headers });
    await mailedLink(mails, use, email);
  });

  test("takes the place of whoever was signed in", async () => {
    const visitor = await signedIn(app, TOM, TOTP_SECRET);
    await visitor.post(await link());
    expect((await visitor.get("/whoami")).json["user"]).toBeNull();
  });
});

describe("a first login", () => {
  test("goes from the link over a password to an address for codes, and in", async () => {
    const ida = app.visitor();
    await ida.post(await welcomeLink());
    const next = await choose(ida, NEW_PASSWORD);
    expect([next.status, next.json["code"]]).toEqual([401, "enrolment_required"]);
    expect((await ida.post("/second-factor/enrol/email", { address: "ida@home.test" })).status).toBe(200);
    const confirmed = await ida.post("/second-factor/enrol/email/confirm", {
      code: sentCode(app, "ida@home.test"),
    });
    expect(confirmed.status).toBe(200);
    expect((await ida.get("/account")).json).toMatchObject({ user: IDA });
    expect((await login(IDA, NEW_PASSWORD)).json).toMatchObject({ code: "second_factor_required" });
  });

  test("that is left half-way begins again with another link", async () => {
    await app.visitor().post(await welcomeLink());
    const again = app.visitor();
    await again.post(await welcomeLink());
    expect((await choose(again, NEW_PASSWORD)).json).toMatchObject({ code: "enrolment_required" });
  });
});

describe("a reset", () => {
  test("ends with the new password, and the old one is none", async () => {
    const ada = app.visitor();
    await ada.post(await resetLink());
    expect((await choose(ada, NEW_PASSWORD)).status).toBe(200);
    expect((await ada.get("/account")).json).toMatchObject({ user: ADA });
    expect((await login(ADA, "correct horse")).status).toBe(401);
    expect((await login(ADA, NEW_PASSWORD)).status).toBe(200);
  });

  test("is over once the password was changed otherwise", async () => {
    const path = await resetLink();
    const ada = await signedIn(app, ADA);
    expect((await choose(ada, NEW_PASSWORD, "correct horse")).status).toBe(200);
    expectDead(await app.visitor().post(path));
  });

  test("ends the person's other sessions already when the link is used", async () => {
    const other = await signedIn(app, ADA);
    await app.visitor().post(await resetLink());
    expect((await other.get("/account")).json["page"]).toBe("forbidden");
  });

  test("asks for the factor that was set up since, and a mailbox alone gets no further", async () => {
    const path = await resetLink();
    await app.secondFactor.importTotp(await app.User.findOne({ email: ADA }), TOTP_SECRET);
    const visitor = app.visitor();
    expect((await visitor.post(path)).json).toMatchObject({ code: "second_factor_required" });
    expect((await choose(visitor, NEW_PASSWORD)).status).toBe(401);
    const proven = await visitor.post(VERIFY, { code: await nextCode(app) });
    expect(proven.json).toMatchObject({ code: "password_change_required" });
    expect((await choose(visitor, NEW_PASSWORD)).status).toBe(200);
  });
});

test("a remembered browser does not stand in for the factor behind a link, nor afterwards", async () => {
  const delivery = mails.mail({ from: "acme@acme.test" });
  const findUser = (address: string) => app.User.findOne({ email: address });
  await app.start(withAccount({ options: LOCAL }, { delivery, findUser, selfReset: "unprotected" }));
  await app.visitor().post(FORGOT, { address: ADA });
  await app.secondFactor.settled();
  const path = new URL(/http\S+/.exec(mails.messages()[0]?.text ?? "")?.[0] ?? "").pathname;
  await app.secondFactor.importTotp(await app.User.findOne({ email: ADA }), TOTP_SECRET);
  const browser = await trustAndLeave(app, ADA);
  expect((await browser.post(path)).json).toMatchObject({ code: "second_factor_required" });
  await expectAsked(browser, ADA);
});

// Somebody types addresses where a link can be asked for, to learn whose they are, to fill mailboxes, or to break in.
import { createOutbox, memoryStore, SecondFactorError, totp } from "passport-second-factor";
import type { AccountOptions } from "passport-second-factor/account";
import { beforeEach, describe, expect, test } from "vitest";
import { withAccount } from "../support/account.js";
import { ADA, everyFactor, PHONE, signedIn, storedUser, TOM, TOTP_SECRET } from "../support/app.js";
import { type Setup, useApp } from "../support/suite.js";
import type { Reply } from "../support/visitor.js";

const FIRST = "/second-factor/first-login";
const FORGOT = "/second-factor/forgot";
const IDA = "ida@acme.test";
const NOBODY = "nobody@acme.test";

let mails = createOutbox();
const links = (changes: Partial<AccountOptions> = {}): Partial<AccountOptions> => ({
  delivery: mails.mail({ from: "acme@acme.test" }),
  findUser: (address) => app.User.findOne({ email: address.toLowerCase() }),
  selfReset: "unprotected",
  ...changes,
});
const setup = (changes?: Partial<AccountOptions>, options: Setup["options"] = {}): Setup =>
  withAccount(
    { factors: everyFactor, options, before: ({ app: express }) => express.set("trust proxy", true) },
    links(changes),
  );
const app = useApp(() => {
  mails = createOutbox();
  return setup();
});

beforeEach(async () => {
  await app.connection.collection("second_factor_limits").deleteMany({});
  await app.User.create({ email: IDA });
  await app.addUser({ email: ADA });
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: "lea@acme.test", phone: PHONE });
});

async function ask(path: string, address: unknown, ip = "192.0.2.1"): Promise<Reply> {
  const headers = { "x-forwarded-for": ip };
  const reply = await app.visitor().ask(path, { method: "POST", body: { address }, headers });
  await app.secondFactor.settled();
  return reply;
}

const sentTo = () => mails.messages().map(({ to }) => to);

describe.each([
  { path: FIRST, hours: 72, theirs: [IDA], others: [ADA, TOM, "lea@acme.test", NOBODY] },
  { path: FORGOT, hours: 1, theirs: [ADA], others: [IDA, TOM, "lea@acme.test", NOBODY] },
])("$path", ({ path, hours, theirs, others }) => {
  test("says the same of every address, in JSON and on the page", async () => {
    const replies = [];
    for (const address of [...theirs, ...others]) replies.push(await ask(path, address));
    for (const { status, json } of replies)
      expect([status, json]).toEqual([202, { state: "accepted", hours }]);
    const pages = [];
    for (const address of [...theirs, ...others]) {
      const { status, text } = await app.visitor().form(path, { address });
      pages.push([status, text.replaceAll(address, "…")]);
    }
    expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
    expect(pages[0]?.[1]).toContain("a link is on its way.");
  });

  test("mails those whom it is for, and nobody else", async () => {
    for (const address of [...others, ...theirs]) await ask(path, address);
    expect(sentTo()).toEqual(theirs);
  });

  test("changes nothing for anybody else, and no session is begun", async () => {
    const before = await Promise.all(others.map((address) => storedUser(app, address)));
    for (const address of others) {
      const { headers } = await ask(path, address);
      expect(headers.getSetCookie()).toEqual([]);
    }
    expect(await Promise.all(others.map((address) => storedUser(app, address)))).toEqual(before);
  });

  test("mails the address on file, not the one that was typed", async () => {
    await ask(path, theirs[0]?.toUpperCase());
    expect(sentTo()).toEqual(theirs);
  });

  test("three an hour to one address, however it is written: a fourth is answered alike, and not mailed", async () => {
    const [address = ""] = theirs;
    const replies = [];
    for (const written of [address, address.toUpperCase(), ` ${address} `, address])
      replies.push(await ask(path, written, `192.0.2.${replies.length}`));
    expect(replies.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(sentTo()).toHaveLength(3);
    app.clock.advance({ hours: 1 });
    await ask(path, address);
    expect(sentTo()).toHaveLength(4);
  });

  test("a hundred an hour from one network address, over both pages", async () => {
    for (let i = 0; i < 100; i += 1) await ask(i % 2 ? FIRST : FORGOT, `x${i}@acme.test`);
    const [address = ""] = theirs;
    expect((await ask(path, address)).json).toEqual({ state: "accepted", hours });
    expect(sentTo()).toEqual([]);
    await ask(path, address, "192.0.2.99");
    expect(sentTo()).toEqual(theirs);
  });

  test.each<[string, unknown]>([
    ["an operator", { $ne: null }],
    ["a list", [IDA]],
    ["a number", 1],
    ["nothing", undefined],
    ["null", null],
    ["no address", "ida"],
    ["two", `${IDA}, ${ADA}`],
    ["a line's end", `${IDA}\r\nBcc: ${ADA}`],
    ["a name", `Ida <${IDA}>`],
    ["quotes", '"ida"@acme.test'],
    ["an unseen letter", "ida\u200b@acme.test"],
    ["one that is too long", `${"a".repeat(250)}@acme.test`],
  ])("%s: 400, and nobody is asked whose it is", async (_, address) => {
    const asked: unknown[] = [];
    await app.start(setup({ findUser: (typed) => void asked.push(typed) }));
    expect((await ask(path, address)).status).toBe(400);
    expect([asked, sentTo()]).toEqual([[], []]);
  });

  test("a page keeps what was typed, and says what is wrong with it", async () => {
    const { status, text } = await app.visitor().form(path, { address: "<ida>" });
    expect(status).toBe(400);
    expect(text).toContain("Enter an e-mail address like name@example.com.");
    expect(text).toContain('value="&lt;ida>"');
  });

  test("mail that is down, an app that breaks and a user without an address: the same answer, and it is told", async () => {
    const told: unknown[] = [];
    const down = { channel: "email", send: () => Promise.reject(new Error("down")) } as const;
    const breaks = () => Promise.reject(new Error("broken"));
    for (const changes of [{ delivery: down }, { findUser: breaks }, { addressOf: () => undefined }]) {
      await app.start(setup(changes));
      app.secondFactor.on("notice-failed", ({ about }) => told.push(about));
      app.secondFactor.on("listener-failed", ({ event }) => told.push(event));
      expect((await ask(path, theirs[0])).json).toEqual({ state: "accepted", hours });
      app.clock.advance({ hours: 1 });
    }
    const use = path === FIRST ? "welcome" : "reset";
    expect(told).toEqual([use, `account.${use}`]);
    expect(sentTo()).toEqual([]);
  });

  test("where limits cannot be counted: 503 for everybody", async () => {
    const take = () => Promise.reject(new SecondFactorError("store_unavailable", "down"));
    await app.start(setup({}, { limiter: { take, giveBack: async () => undefined } }));
    for (const address of [...theirs, ...others]) expect((await ask(path, address)).status).toBe(503);
    expect(sentTo()).toEqual([]);
  });

  test("from another site: refused", async () => {
    const headers = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
    const reply = await app.visitor().ask(path, { method: "POST", body: { address: IDA }, headers });
    expect(reply.status).toBe(403);
  });
});

describe("a reset by the person", () => {
  test("is not for somebody whose factor is blocked either", async () => {
    const path = "secondFactor.vault.enrolments.sms.active.blockedAt";
    await app.User.collection.updateOne({ email: "lea@acme.test" }, { $set: { [path]: app.clock.now() } });
    await ask(FORGOT, "lea@acme.test");
    expect(sentTo()).toEqual([]);
  });

  test.each<[string, Partial<AccountOptions>]>([
    ["unless the app says otherwise", { selfReset: "off" }],
    ["without a way to find users", { selfReset: "off", findUser: undefined as never }],
  ])("is closed, %s: an administrator does it", async (_, changes) => {
    const { findUser, ...rest } = links(changes);
    const given = findUser ? { ...rest, findUser } : rest;
    await app.start(withAccount({ factors: everyFactor }, given));
    for (const reply of [await ask(FORGOT, ADA), await ask(FORGOT, NOBODY), await app.visitor().get(FORGOT)])
      expect([reply.status, reply.json["code"]]).toEqual([403, "reset_by_admin_only"]);
    const page = await app.visitor().page(FORGOT);
    expect([page.status, page.text]).toEqual([200, expect.stringContaining("Reset your password")]);
    expect(page.text).toMatch(/Ask <bdi>an administrator<\/bdi> to reset your account\./);
    expect((await app.visitor().form(FORGOT, { address: ADA })).status).toBe(403);
    expect(sentTo()).toEqual([]);
  });
});

test("without a way to find users there is no first login", async () => {
  const { findUser: _, ...rest } = links({ selfReset: "off" });
  await app.start(withAccount({ factors: everyFactor }, rest));
  for (const reply of [await ask(FIRST, IDA), await app.visitor().get(FIRST)]) expect(reply.status).toBe(404);
});

test("without the account there are no such pages", async () => {
  await app.start({ factors: everyFactor });
  for (const path of [FIRST, FORGOT, "/second-factor/welcome/x.y", "/second-factor/reset/x.y"])
    expect((await app.visitor().get(path)).status).toBe(404);
});

test("somebody signed in, or pending, may ask as well, and stays who they are", async () => {
  const tom = await signedIn(app, TOM, TOTP_SECRET);
  expect((await tom.post(FIRST, { address: IDA })).status).toBe(202);
  expect((await tom.get("/whoami")).json["user"]).toBe(TOM);
});

describe("the options", () => {
  test.each<[string, object]>([
    ["account({ delivery }) mails", { delivery: createOutbox().sms() }],
    ["account({ delivery }) mails", { delivery: {} }],
    ["account({ delivery }) is missing", { delivery: undefined }],
    ["account({ findUser }) is a function", { findUser: "User" }],
    ["account({ findUser }) is missing", { findUser: undefined }],
    ["account({ addressOf }) is a function", { addressOf: "email" }],
    ["account({ isInitialised }) is a function", { isInitialised: true }],
    ['account({ selfReset }) is "off" or "unprotected"', { selfReset: "always" }],
  ])("%s", (message, changes) => {
    expect(() => setup(changes as Partial<AccountOptions>)).toThrow(message);
  });

  test("an outbox takes links in test mode only", async () => {
    const options = { allowTestMode: false };
    const started = app.start(withAccount({ factors: () => [totp()], options }, links()));
    await expect(started).rejects.toThrow("links of the account go to an outbox");
  });

  test("who has a password must be known", async () => {
    const store = { ...memoryStore(), knowsPassword: false };
    const started = app.start(setup({}, { store, trustBrowserDays: false }));
    await expect(started).rejects.toThrow("has to know who has chosen a password");
  });
});

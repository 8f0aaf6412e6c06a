// Somebody who has codes sent: too often, by many at once, over several processes, to others, or without a password.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type mongoose from "mongoose";
import { emailCode, type Outbox, recoveryCodes, smsCode, totp } from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  credentials,
  EVE,
  PHONE,
  SEND,
  SENDER,
  signedIn,
  startApp,
  storedUser,
  type TestApp,
  TOM,
  TOTP_SECRET,
} from "../support/app.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import { type Reply, Visitor } from "../support/visitor.js";

const ADDRESS = "tom.private@mail.test";
const EMAIL = "/second-factor/enrol/email";
const SMS = "/second-factor/enrol/sms";
const PER_DAY = 4;

/** As every process is set up; the one that is spawned says the same in its own words. */
const factors = (outbox: Outbox) => [
  totp(),
  emailCode({ delivery: outbox.mail({ from: SENDER }), newAddressesPerDay: PER_DAY }),
  smsCode({ delivery: outbox.sms(), newAddressesPerDay: PER_DAY }),
  recoveryCodes(),
];

// A connection for each app, as processes have it.
let database: TestDatabase;
let connection: mongoose.Connection;
let otherConnection: mongoose.Connection;
let app: TestApp;
const running: TestApp[] = [];

beforeAll(async () => {
  database = await testDatabase();
  connection = await database.connect();
  otherConnection = await database.connect();
});
afterAll(() => database.close());
beforeEach(async () => {
  app = await startApp({ connection, factors });
  running.push(app);
  for (const name of ["users", "second_factor_limits"]) await connection.collection(name).deleteMany({});
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: ADDRESS, phone: PHONE });
  return () => Promise.all(running.splice(0).map((one) => one.close()));
});

/** A second app on the same database, which goes by the same clock. */
async function otherApp(): Promise<TestApp> {
  const other = await startApp({ connection: otherConnection, clock: app.clock, factors });
  running.push(other);
  return other;
}

const messages = ({ outbox }: Pick<TestApp, "outbox"> = app) => outbox.messages().length;
const waitOf = (reply: Reply) => Number(reply.headers.get("retry-after"));
const send = (visitor: Visitor, factor = "email") => visitor.post(SEND, { factor });

/** Refused as too soon, and saying from when on: in seconds, and as a moment. */
function expectTooSoon(reply: Reply, seconds: number): void {
  expect([reply.status, reply.json["code"], waitOf(reply)]).toEqual([429, "resend_too_soon", seconds]);
  const resendAt = new Date(app.clock.now().getTime() + seconds * 1000).toISOString();
  expect(reply.json["resendAt"]).toBe(resendAt);
}

describe("one person's codes", () => {
  test.each(["email", "sms"])("a second by %s within a minute: 429, and nothing is sent", async (factor) => {
    const tom = await afterPassword(app, TOM);
    expect((await send(tom, factor)).status).toBe(202);
    expectTooSoon(await send(tom, factor), 60);
    app.clock.advance({ seconds: 59 });
    for (const other of ["email", "sms"]) expectTooSoon(await send(tom, other), 1);
    expectTooSoon(await send(await afterPassword(app, TOM), factor), 1);
    expect(messages()).toBe(1);
    app.clock.advance({ seconds: 1 });
    expect((await send(tom, factor)).status).toBe(202);
    expect(messages()).toBe(2);
  });

  test("a login, a step-up and an enrolment share the wait", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await send(await afterPassword(app, TOM))).status).toBe(202);
    expectTooSoon(await tom.post(SEND, { factor: "email", action: "change-factors" }), 60);
    const body = { code: "000000", action: "change-factors" };
    expect((await tom.post("/second-factor/challenge/verify", body)).status).toBe(401);
    expectTooSoon(await tom.post(EMAIL, { address: "new@mail.test" }), 60);
    expect(messages()).toBe(1);
  });

  test("as a page: the challenge again, which says how long to wait", async () => {
    const tom = await afterPassword(app, TOM);
    await tom.form(SEND, { factor: "email" });
    const reply = await tom.form(SEND, { factor: "email" });
    expect(reply.status).toBe(303);
    expect((await tom.page(reply.location ?? "")).text).toContain(
      "You can ask for a new code in 60 seconds.",
    );
    expect(messages()).toBe(1);
  });

  test("a sixth in an hour and an eleventh in a day: 429, over new logins and over two apps", async () => {
    const apps = [app, await otherApp()];
    const ask = async (i: number) => send(await afterPassword(apps[i % 2] ?? app, TOM));
    const began = app.clock.now().getTime();
    const wait = (seconds: number) => Math.ceil((began - app.clock.now().getTime()) / 1000) + seconds;
    for (let i = 0; i < 5; i += 1) {
      expect((await ask(i)).status).toBe(202);
      app.clock.advance({ seconds: 60 });
    }
    for (let i = 0; i < 2; i += 1) expectTooSoon(await ask(i), wait(3600));
    app.clock.advance({ seconds: 3600 });
    for (let i = 0; i < 5; i += 1) {
      expect((await ask(i)).status).toBe(202);
      app.clock.advance({ seconds: 60 });
    }
    app.clock.advance({ hours: 2 });
    for (let i = 0; i < 2; i += 1) expectTooSoon(await ask(i), wait(86_400));
    expect(apps.reduce((sum, one) => sum + messages(one), 0)).toBe(10);
    app.clock.advance({ days: 1 });
    expect((await ask(0)).status).toBe(202);
  });

  test("a removal of the factor, a new login or a password change gives none back", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await tom.post(SEND, { factor: "email", action: "confirm" })).status).toBe(202);
    const code = { code: await codes(app.clock).code(), action: "change-factors", factor: "totp" };
    expect((await tom.post("/second-factor/challenge/verify", code)).status).toBe(200);
    expect((await tom.post("/second-factor/factors/email/remove")).status).toBe(200);
    await app.User.updateOne({ email: TOM }, { password: "another one" });
    const eve = app.visitor();
    await eve.post("/login", { email: TOM, password: "another one" });
    expect((await send(eve, "sms")).json).toMatchObject({ code: "resend_too_soon" });
    expect(messages()).toBe(1);
  });
});

describe("20 parallel requests for a code send one message", () => {
  test.each(["email", "sms"])("by %s, at one app", async (factor) => {
    const tom = await afterPassword(app, TOM);
    const racers = Array.from({ length: 20 }, () => tom.copy());
    const replies = await Promise.all(racers.map((racer) => send(racer, factor)));
    expect(replies.map(({ status }) => status).sort()).toEqual([202, ...Array(19).fill(429)]);
    expect(messages()).toBe(1);
  });

  test("by e-mail and text message at once, from several logins, over two apps", async () => {
    const other = await otherApp();
    const logins = await Promise.all([app, other, app, other].map((one) => afterPassword(one, TOM)));
    const racers = Array.from({ length: 20 }, (_, i) => (logins[i % 4] ?? new Visitor(app.url)).copy());
    const replies = await Promise.all(racers.map((racer, i) => send(racer, i % 3 ? "email" : "sms")));
    expect(replies.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(replies.every(({ status }) => [202, 429].includes(status))).toBe(true);
    expect(messages() + messages(other)).toBe(1);
  });

  test.each([
    [EMAIL, { address: "ada.private@mail.test" }],
    [SMS, { country: "US", number: "415 555 0142" }],
  ])("at %s, and at a step-up", async (path, body) => {
    await app.addUser({ email: "ada@acme.test" });
    const ada = await signedIn(app, "ada@acme.test");
    const racers = Array.from({ length: 20 }, () => ada.copy());
    const replies = await Promise.all(racers.map((racer) => racer.post(path, body)));
    expect(messages()).toBe(1);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.every(({ status }) => status < 500)).toBe(true);
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const asks = Array.from({ length: 20 }, () =>
      tom.copy().post(SEND, { factor: "email", action: "confirm" }),
    );
    expect((await Promise.all(asks)).filter(({ status }) => status === 202)).toHaveLength(1);
    expect(messages()).toBe(2);
  });
});

describe("what is limited over all people, whichever app they ask", () => {
  const people = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => `${name}@acme.test`);
  let other: TestApp;
  const told: unknown[] = [];
  const sent = () => [...app.outbox.messages(), ...other.outbox.messages()];

  beforeEach(async () => {
    other = await otherApp();
    told.length = 0;
    for (const one of [app, other]) one.secondFactor.on("send-cap-reached", (event) => told.push(event));
  });

  const atEither = (i: number) => (i % 2 ? other : app);

  test("a number that several people have gets three codes in ten minutes", async () => {
    for (const email of people) await app.addUser({ email, phone: PHONE });
    const visitors = await Promise.all(people.map((email, i) => afterPassword(atEither(i), email)));
    const replies = await Promise.all(visitors.map((visitor) => send(visitor, "sms")));
    expect(replies.filter(({ status }) => status === 202)).toHaveLength(3);
    expect(sent()).toHaveLength(3);
    for (const reply of replies.filter(({ status }) => status !== 202)) expectTooSoon(reply, 600);
    app.clock.advance({ minutes: 10 });
    const again = await send(await afterPassword(other, TOM), "sms");
    expect(again.status).toBe(202);
  });

  test.each([
    [EMAIL, { address: "victim@mail.test" }],
    [SMS, { country: "US", number: PHONE }],
  ])("one new address at %s gets three, whoever says that it is theirs", async (path, body) => {
    for (const email of people.slice(0, 5)) await app.addUser({ email });
    const visitors = await Promise.all(people.slice(0, 5).map((email, i) => signedIn(atEither(i), email)));
    const replies = await Promise.all(visitors.map((visitor) => visitor.post(path, body)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(sent()).toHaveLength(3);
    for (const reply of replies.filter(({ status }) => status !== 200)) expectTooSoon(reply, 600);
  });

  test("the same address in other letters or another form is the same one", async () => {
    for (const email of people.slice(0, 5)) await app.addUser({ email });
    const forms = ["415 555 0123", "+1 (415) 555-0123", "1-415-555-0123", "٤١٥٥٥٥٠١٢٣", "415.555.0123"];
    const replies: Reply[] = [];
    for (const [i, number] of forms.entries()) {
      const visitor = await signedIn(atEither(i), people[i] ?? "");
      replies.push(await visitor.post(SMS, { country: "US", number }));
    }
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
  });

  test.each([
    ["email", EMAIL, (i: number) => ({ address: `new${i}@mail.test` })],
    ["sms", SMS, (i: number) => ({ country: "US", number: `415 555 01${10 + i}` })],
  ] as const)(
    "new addresses by %s get so many codes a day, and it is told once",
    async (factor, path, bodyOf) => {
      for (const email of people) await app.addUser({ email });
      const visitors = await Promise.all(people.map((email, i) => signedIn(atEither(i), email)));
      const replies = await Promise.all(visitors.map((visitor, i) => visitor.post(path, bodyOf(i))));
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(PER_DAY);
      expect(sent()).toHaveLength(PER_DAY);
      for (const reply of replies.filter(({ status }) => status !== 200)) {
        expect([reply.status, reply.json["code"]]).toEqual([503, "delivery_failed"]);
        expect(waitOf(reply)).toBeGreaterThan(0);
      }
      const at = expect.any(Date);
      expect(told).toEqual([{ factor, perDay: PER_DAY, at, userAgent: "node" }]);
      // Addresses that are proven are not new: their owners sign in all the same.
      expect((await send(await afterPassword(other, TOM), factor)).status).toBe(202);
      app.clock.advance({ days: 1 });
      await app.addUser({ email: EVE });
      expect((await (await signedIn(app, EVE)).post(path, bodyOf(9))).status).toBe(200);
      expect(told).toHaveLength(1);
    },
  );

  test("who is refused by the installation's limit has used up nothing of their own", async () => {
    for (const email of people) await app.addUser({ email });
    for (const [i, email] of people.slice(0, PER_DAY).entries()) {
      await (await signedIn(app, email)).post(EMAIL, { address: `new${i}@mail.test` });
    }
    const late = await signedIn(other, people.at(-1) ?? "");
    expect((await late.post(EMAIL, { address: "late@mail.test" })).status).toBe(503);
    const { vault } = (await storedUser(app, people.at(-1) ?? ""))["secondFactor"] as {
      vault: { sends?: [] };
    };
    expect(vault.sends ?? []).toEqual([]);
    expect((await late.post(SMS, { country: "US", number: "415 555 0199" })).status).toBe(200);
  });
});

/** The app in a process of its own; asks for its messages and events by HTTP. */
const PROGRAM = `
  import mongoose from "mongoose";
  import { emailCode, recoveryCodes, smsCode, totp } from "./src/index.ts";
  import { startApp } from "./test/support/app.ts";
  const connection = await mongoose.createConnection(process.env.URI).asPromise();
  const told = [];
  const newAddressesPerDay = ${PER_DAY};
  const app = await startApp({
    connection,
    factors: (outbox) => [
      totp(),
      emailCode({ delivery: outbox.mail({ from: "${SENDER}" }), newAddressesPerDay }),
      smsCode({ delivery: outbox.sms(), newAddressesPerDay }),
      recoveryCodes(),
    ],
    routes: ({ app: server }) =>
      server.get("/told", (req, res) => void res.json({ messages: app.outbox.messages().length, told })),
  });
  app.secondFactor.on("send-cap-reached", (event) => told.push(event));
  process.stdout.write(app.url + "\\n");
`;

/** Fails where the process ends and has said nothing. */
async function firstLineOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface(stdout)) return line;
  throw new Error("the process did not start");
}

describe("two server processes on one database", () => {
  let child: ChildProcess;
  let url: string;

  beforeAll(async () => {
    child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", PROGRAM], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, URI: database.uri },
      stdio: ["ignore", "pipe", "inherit"],
    });
    url = await firstLineOf(child);
  });
  afterAll(async () => {
    const exited = once(child, "exit");
    child.kill();
    await exited;
  });

  interface Told {
    messages: number;
    told: unknown[];
  }
  const there = async () => (await new Visitor(url).get("/told")).json as unknown as Told;

  test("20 parallel requests over both send one message, from one session that both know", async () => {
    const before = (await there()).messages;
    const tom = await afterPassword(app, TOM);
    const visitors = Array.from({ length: 20 }, (_, i) => {
      const racer = i % 2 ? tom.copy() : new Visitor(url);
      for (const [cookie, value] of tom.cookies) racer.cookies.set(cookie, value);
      return racer;
    });
    const replies = await Promise.all(visitors.map((visitor) => send(visitor)));
    expect(replies.map(({ status }) => status).sort()).toEqual([202, ...Array(19).fill(429)]);
    expect(messages() + (await there()).messages - before).toBe(1);
  });

  test("a number gets three codes, and new addresses so many a day, over both; it is told once", async () => {
    const before = await there();
    const told: unknown[] = [];
    app.secondFactor.on("send-cap-reached", (event) => told.push(event));
    const emails = Array.from({ length: 8 }, (_, i) => `p${i}@acme.test`);
    for (const email of emails) await app.addUser({ email });
    const visitors = emails.map((_, i) => new Visitor(i % 2 ? url : app.url));
    await Promise.all(visitors.map((visitor, i) => visitor.post("/login", credentials(emails[i] ?? ""))));
    const texts = await Promise.all(visitors.map((it) => it.post(SMS, { country: "US", number: PHONE })));
    expect(texts.filter(({ status }) => status === 200)).toHaveLength(3);
    const ask = (it: Visitor, i: number) => it.post(EMAIL, { address: `n${i}@mail.test` });
    // Whoever's text went out has to wait for a mail.
    const free = visitors.filter((_, i) => texts[i]?.status !== 200);
    const mails = await Promise.all(free.map(ask));
    expect(mails.filter(({ status }) => status === 200)).toHaveLength(PER_DAY);
    const after = await there();
    expect(messages() + after.messages - before.messages).toBe(3 + PER_DAY);
    expect(told.length + after.told.length - before.told.length).toBe(1);
  });
});

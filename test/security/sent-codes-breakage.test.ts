// When the database, the counters or the clock fail while a code is sent, typed in or confirmed.
import { MemoryStore } from "express-session";
import mongoose from "mongoose";
import type { SecondFactorOptions } from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../../example-app/database/index.js";
import {
  type AppOptions,
  afterPassword,
  everyFactor,
  PASSWORD,
  PHONE,
  SEND,
  sentCode,
  signedIn,
  startApp,
  stepUp,
  storedUser,
  type TestApp,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import type { Reply, Visitor } from "../support/visitor.js";

// The embedded database whatever MONGODB_URI says: it can be told to fail.
let embedded: Embedded;
let connection: mongoose.Connection;
let app: TestApp;

const TOM = "tom@acme.test";
const EMAIL = "/second-factor/enrol/email";
const SMS = "/second-factor/enrol/sms";
const ACTION = "change-factors";

// The driver waits half a second before it tries again.
const RECONNECTS_AT_ONCE = { minHeartbeatFrequencyMS: 5 } as mongoose.ConnectOptions;

beforeAll(async () => {
  embedded = await startEmbedded();
  connection = await mongoose.createConnection(embedded.uri, RECONNECTS_AT_ONCE).asPromise();
});
afterAll(async () => {
  await connection.close();
  await embedded.close();
});

async function start(setup: Partial<AppOptions> = {}): Promise<void> {
  const { options, ...rest } = setup;
  const sessionStore = new MemoryStore();
  app = await startApp({ connection, sessionStore, factors: everyFactor, ...rest, options: { ...options } });
  await app.User.deleteMany({});
  await waitIsOver();
}
beforeEach(async () => {
  await start();
  return async () => {
    await failing("off");
    await app.close();
  };
});

/** Codes may be sent again at once, while the ones before still work. */
async function waitIsOver(): Promise<void> {
  const sent = { "secondFactor.vault.sends": { $exists: true } };
  await app.User.collection.updateMany(sent, { $set: { "secondFactor.vault.sends": [] } });
  await connection.collection("second_factor_limits").deleteMany({});
}

const COMMANDS = ["find", "findAndModify", "update"];

function failing(mode: unknown, data: object = {}): Promise<unknown> {
  const command = { configureFailPoint: "failCommand", mode, data: { failCommands: COMMANDS, ...data } };
  return connection.getClient().db("admin").command(command);
}

const messages = () => app.outbox.messages().length;
const nobody = async (visitor: Visitor) => {
  expect((await visitor.get("/whoami")).json["user"]).toBeNull();
  expect((await visitor.get("/account")).status).not.toBe(200);
};

function expectUnavailable(reply: Reply): void {
  expect([reply.status, reply.json["code"]]).toEqual([503, "store_unavailable"]);
  expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(reply.text).not.toMatch(/failpoint|mongo|secondFactor|stack|at .*\.ts|mail\.test|\+1\d/i);
}

interface Case {
  arrive(email: string): Promise<Visitor>;
  step(visitor: Visitor): Promise<Reply>;
  went(reply: Reply): boolean;
  /** What must hold after a step that did not go through; `sent`: messages that went out in it. */
  after(visitor: Visitor, email: string, sent: number): Promise<void>;
}

let people = 0;
/** Somebody with every factor, and a number of their own. */
async function person(email: string): Promise<void> {
  people += 1;
  const phone = `+1415555${String(1000 + people)}`;
  await app.addUser({ email, secret: TOTP_SECRET, address: `private.${email}`, phone });
}

async function withCode(email: string, factor: string): Promise<Visitor> {
  await person(email);
  const visitor = await afterPassword(app, email);
  expect((await visitor.post(SEND, { factor })).status).toBe(202);
  codes.set(email, sentCode(app));
  return visitor;
}

/** With a code given for codes by e-mail to go to another address. */
async function withGrant(email: string): Promise<Visitor> {
  await person(email);
  const visitor = await signedIn(app, email, TOTP_SECRET);
  expect((await visitor.post(EMAIL, { address: "new@mail.test" })).status).toBe(401);
  await stepUp(app, visitor, TOTP_SECRET, "change-address");
  return visitor;
}

const codes = new Map<string, string>();
const factorsOf = async (email: string) =>
  ((await storedUser(app, email))["secondFactor"] as { factors: string[] }).factors;
const addressOf = async (email: string) => {
  const user = (await storedUser(app, email)) as {
    secondFactor: { vault: { enrolments: Record<string, { active: { address?: string } }> } };
  };
  return user.secondFactor.vault.enrolments["email"]?.active.address;
};

async function notSent(visitor: Visitor, _email: string, sent: number): Promise<void> {
  await nobody(visitor);
  expect(sent).toBe(0);
}

async function sameAddress(_: Visitor, email: string, sent: number): Promise<void> {
  expect(await addressOf(email)).toBe(`private.${email}`);
  expect(await factorsOf(email)).toEqual(["totp", "email", "sms"]);
  expect(sent).toBe(0);
}

const pendingWithAll = async (email: string) => {
  await person(email);
  return afterPassword(app, email);
};
const isSent = ({ status }: Reply) => status === 202;
const ok = ({ status }: Reply) => status === 200;

let email = "";
const cases: Record<string, Case> = {
  "a code by e-mail being sent": {
    arrive: pendingWithAll,
    step: (visitor) => visitor.post(SEND, { factor: "email" }),
    went: isSent,
    after: notSent,
  },
  "a code by text message being sent": {
    arrive: pendingWithAll,
    step: (visitor) => visitor.post(SEND, { factor: "sms" }),
    went: isSent,
    after: notSent,
  },
  "a code for an action being sent": {
    async arrive(email) {
      await person(email);
      return signedIn(app, email, TOTP_SECRET);
    },
    step: (visitor) => visitor.post(SEND, { factor: "sms", action: ACTION }),
    went: isSent,
    after: async (_visitor, _email, sent) => expect(sent).toBe(0),
  },
  "a code by e-mail being typed in": {
    arrive: (email) => withCode(email, "email"),
    step: (visitor) => visitor.post(VERIFY, { factor: "email", code: codes.get(email) }),
    went: ok,
    after: nobody,
  },
  "a code by text message being typed in": {
    arrive: (email) => withCode(email, "sms"),
    step: (visitor) => visitor.post(VERIFY, { factor: "sms", code: codes.get(email) }),
    went: ok,
    after: nobody,
  },
  "the beginning of an enrolment": {
    arrive: withGrant,
    step: (visitor) => visitor.post(EMAIL, { address: "new@mail.test" }),
    went: ok,
    after: sameAddress,
  },
  "the confirmation of an enrolment": {
    async arrive(email) {
      const visitor = await withGrant(email);
      expect((await visitor.post(EMAIL, { address: "new@mail.test" })).status).toBe(200);
      codes.set(email, sentCode(app));
      return visitor;
    },
    step: (visitor) => visitor.post(`${EMAIL}/confirm`, { code: codes.get(email) }),
    went: ok,
    after: sameAddress,
  },
};

describe.each([
  ["answers with an error", { errorCode: 50 }],
  ["drops the connection", { closeConnection: true }],
])("where the database %s", (_, failure) => {
  test.each(Object.keys(cases))("at any command of %s: 503, nothing sent, nobody let in", async (name) => {
    const { arrive, step, went, after } = cases[name] as Case;
    let unavailable = 0;
    for (let commands = 0; ; commands += 1) {
      expect(commands).toBeLessThan(20);
      await waitIsOver();
      email = `user-${commands}@acme.test`;
      const visitor = await arrive(email);
      const before = messages();
      await failing({ skip: commands }, failure);
      const reply = await step(visitor);
      await failing("off");
      if (went(reply)) break;
      expect(reply.status).toBeGreaterThanOrEqual(500);
      if (reply.json["failed"] === undefined) {
        expectUnavailable(reply);
        unavailable += 1;
      }
      await after(visitor, email, messages() - before);
    }
    expect(unavailable).toBeGreaterThan(0);
  });
});

describe("where the database hangs", () => {
  test.each([
    ["find", { factor: "email" }],
    ["update", { factor: "email" }],
    ["update", { factor: "sms" }],
    ["findAndModify", { factor: "sms" }],
  ])("at %s of sending %o: 503 at our own deadline, and nothing is sent", async (command, body) => {
    await app.close();
    await start({ store: { operationTimeoutSeconds: 0.5 } });
    const tom = await pendingWithAll(TOM);
    await failing({ times: 1 }, { failCommands: [command], blockConnection: true, blockTimeMS: 600_000 });
    expectUnavailable(await tom.post(SEND, body));
    expect(messages()).toBe(0);
    await nobody(tom);
  });

  test.each(["findAndModify", "update"])(
    "at %s of a code typed in: 503, and it is good afterwards",
    async (command) => {
      await app.close();
      await start({ store: { operationTimeoutSeconds: 0.5 } });
      const tom = await withCode(TOM, "email");
      await failing({ times: 1 }, { failCommands: [command], blockConnection: true, blockTimeMS: 600_000 });
      expectUnavailable(await tom.post(VERIFY, { factor: "email", code: codes.get(TOM) }));
      await nobody(tom);
      expect((await tom.post(VERIFY, { factor: "email", code: codes.get(TOM) })).status).toBe(200);
    },
  );
});

describe("where the counters are down", () => {
  const broken = new Error("counters are away");
  type Limiter = NonNullable<SecondFactorOptions["limiter"]>;
  let isDown: boolean;
  const limiter: Limiter = {
    take: async () => (isDown ? Promise.reject(broken) : { ok: true }),
    giveBack: async () => undefined,
  };

  test("in the database: 503, nothing is sent, and the code can be asked for at once when they are back", async () => {
    const tom = await pendingWithAll(TOM);
    const first = await tom.post(SEND, { factor: "email" });
    expect(first.status).toBe(202);
    const code = sentCode(app);
    await waitIsOver();
    const before = await storedUser(app, TOM);
    await failing({ times: 1 }, { failCommands: ["findAndModify"], errorCode: 50 });
    expectUnavailable(await tom.post(SEND, { factor: "sms" }));
    expect(messages()).toBe(1);
    expect(await storedUser(app, TOM)).toEqual(before);
    expect((await tom.post(VERIFY, { factor: "email", code })).status).toBe(200);
  });

  test("of the app's own, at a login: nothing is sent, and the reservation is undone", async () => {
    await app.close();
    await start({ options: { limiter } });
    isDown = true;
    const tom = await pendingWithAll(TOM);
    const before = await storedUser(app, TOM);
    expect((await tom.post(SEND, { factor: "sms" })).status).toBeGreaterThanOrEqual(500);
    expect(messages()).toBe(0);
    expect(withoutSends(await storedUser(app, TOM))).toEqual(withoutSends(before));
    // Mail to an address that is proven needs no shared counter.
    expect((await tom.post(SEND, { factor: "email" })).status).toBe(202);
    await waitIsOver();
    isDown = false;
    expect((await tom.post(SEND, { factor: "sms" })).status).toBe(202);
  });

  test.each([EMAIL, SMS])(
    "of the app's own, at %s: nothing is sent, and the next try sends at once",
    async (path) => {
      await app.close();
      await start({ options: { limiter } });
      isDown = true;
      await app.addUser({ email: TOM });
      const tom = await signedIn(app, TOM);
      const body = { address: "new@mail.test", country: "US", number: PHONE };
      expect((await tom.post(path, body)).status).toBeGreaterThanOrEqual(500);
      expect(messages()).toBe(0);
      isDown = false;
      expect((await tom.post(path, body)).status).toBe(200);
      expect(messages()).toBe(1);
    },
  );
});

/** A list that is there and empty is the same as none. */
function withoutSends(user: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(user), (key, value) => (key === "sends" ? undefined : value));
}

describe("a change of address that the database cut in two", () => {
  const steps = ["update", "findAndModify"].flatMap((command) => [0, 1, 2].map((skip) => [command, skip]));
  const EVIL = "eve@mail.test";
  const EVIL_PHONE = "+14155550199";

  test.each([
    [EMAIL, { address: "mine@mail.test" }, { address: EVIL }],
    [SMS, { country: "US", number: PHONE }, { country: "US", number: EVIL_PHONE }],
  ])(
    "at %s: the code that went to the first address does not prove the second",
    async (path, first, second) => {
      for (const [command, skip] of steps) {
        await app.User.deleteMany({});
        await app.addUser({ email: TOM });
        const tom = await signedIn(app, TOM);
        await waitIsOver();
        expect((await tom.post(path, first)).status).toBe(200);
        const code = sentCode(app);
        await waitIsOver();
        await failing({ skip }, { failCommands: [command], errorCode: 50 });
        await tom.post(path, second);
        await failing("off");
        await tom.post(`${path}/confirm`, { code });
        const { secondFactor } = (await storedUser(app, TOM)) as {
          secondFactor?: { vault?: { enrolments?: Record<string, { active?: { address?: string } }> } };
        };
        const slots = Object.values(secondFactor?.vault?.enrolments ?? {});
        const proven = slots.map(({ active }) => active?.address);
        expect([EVIL, EVIL_PHONE], `${command} ${skip}`).not.toContain(proven[0]);
      }
    },
  );
});

describe("a clock that jumps back", () => {
  test.each([
    ["a minute", { minutes: -1 }],
    ["an hour", { hours: -1 }],
    ["a year", { days: -365 }],
    ["to before the epoch", { days: -365 * 60 }],
  ])(
    "by %s: sending is refused or goes through, codes are refused or right, never a 500",
    async (_, jump) => {
      const tom = await withCode(TOM, "email");
      app.clock.advance(jump);
      const again = await tom.post(SEND, { factor: "sms" });
      expect([again.status, again.json["code"]]).toEqual([429, "resend_too_soon"]);
      expect(Number(again.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(messages()).toBe(1);
      const wrong = await tom.post(VERIFY, { factor: "email", code: "000000" });
      expect([401, 410]).toContain(wrong.status);
      const page = await tom.page("/second-factor/challenge");
      expect(page.status).toBe(200);
      const right = await tom.post(VERIFY, { factor: "email", code: codes.get(TOM) });
      expect([200, 401, 410, 429]).toContain(right.status);
      const enrol = await (await afterPassword(app, TOM)).post(EMAIL, { address: "eve@mail.test" });
      expect(enrol.status).toBe(401);
      const anew = await app.visitor().post("/login", { email: TOM, password: PASSWORD });
      expect(anew.json).toMatchObject({ code: "second_factor_required" });
    },
  );

  test("brings no used code back, nor one that was replaced", async () => {
    const tom = await withCode(TOM, "email");
    const copy = tom.copy();
    const first = codes.get(TOM);
    await waitIsOver();
    app.clock.advance({ minutes: 2 });
    expect((await tom.post(SEND, { factor: "email" })).status).toBe(202);
    const second = sentCode(app);
    app.clock.advance({ minutes: -2 });
    expect((await tom.post(VERIFY, { factor: "email", code: first })).json).toMatchObject({
      hint: "superseded",
    });
    expect((await tom.post(VERIFY, { factor: "email", code: second })).status).toBe(200);
    app.clock.advance({ minutes: -2 });
    expect((await copy.post(VERIFY, { factor: "email", code: second })).json).toMatchObject({
      code: "no_challenge",
    });
    await nobody(copy);
  });
});

// When the database, the sessions, a hook or the clock fails: 503, nobody signed in, and nothing let through.
import { MemoryStore } from "express-session";
import mongoose from "mongoose";
import { recoveryCodes, SecondFactorError, totp } from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../../example-app/database/index.js";
import {
  type AppOptions,
  afterPassword,
  codes,
  ENROL,
  PASSWORD,
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

const REMOVE = "/second-factor/factors/totp/remove";
const CODES = "/second-factor/recovery-codes";

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
  const factors = [totp(), recoveryCodes({ count: 1 })];
  const sessionStore = new MemoryStore();
  app = await startApp({ connection, sessionStore, ...rest, options: { factors, ...options } });
  await app.User.deleteMany({});
}
beforeEach(async () => {
  await start();
  return async () => {
    await failing("off");
    await app.close();
  };
});

const COMMANDS = ["find", "findAndModify", "update"];

function failing(mode: unknown, data: object = {}): Promise<unknown> {
  const command = { configureFailPoint: "failCommand", mode, data: { failCommands: COMMANDS, ...data } };
  return connection.getClient().db("admin").command(command);
}

const nobody = async (visitor: Visitor) => {
  expect((await visitor.get("/whoami")).json["user"]).toBeNull();
  expect((await visitor.get("/account")).status).not.toBe(200);
};
const isIn = async (visitor: Visitor) => expect((await visitor.get("/account")).status).toBe(200);

function expectUnavailable(reply: Reply) {
  expect([reply.status, reply.json["code"], reply.text]).toEqual([
    503,
    "store_unavailable",
    expect.any(String),
  ]);
  expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(reply.headers.get("cache-control")).toBe("no-store");
  expect(reply.text).not.toMatch(/failpoint|mongo|secondFactor|stack|at .*\.ts/i);
}

interface Case {
  /** Brings a new person to where the step begins. */
  arrive(email: string): Promise<Visitor>;
  /** The step that the database dies in. */
  step(visitor: Visitor, email: string): Promise<Reply>;
  /** Whether the step went through. */
  went(reply: Reply): boolean;
  /** What must hold after a step that did not. */
  after(visitor: Visitor, email: string): Promise<void>;
}

const withTotp = (email: string) => app.addUser({ email, secret: TOTP_SECRET });
const ok = ({ status }: Reply) => status === 200;
const code = () => codes(app.clock).code();

async function withGrant(email: string): Promise<Visitor> {
  await withTotp(email);
  const visitor = await signedIn(app, email, TOTP_SECRET);
  await stepUp(app, visitor, TOTP_SECRET);
  return visitor;
}

/** The factor is there, and the next login is asked for it. */
async function stillProtected(email: string): Promise<void> {
  expect(await storedUser(app, email)).toHaveProperty("secondFactor.factors.0", "totp");
  const login = await app.visitor().post("/login", { email, password: PASSWORD });
  expect(login.json).toMatchObject({ code: "second_factor_required" });
}

const cases: Record<string, Case> = {
  "the password": {
    async arrive(email) {
      await withTotp(email);
      return app.visitor();
    },
    step: (visitor, email) => visitor.post("/login", { email, password: PASSWORD }),
    went: ({ json }) => json["code"] === "second_factor_required",
    after: nobody,
  },
  "the code": {
    async arrive(email) {
      await withTotp(email);
      return afterPassword(app, email);
    },
    step: async (visitor) => visitor.post(VERIFY, { code: await code() }),
    went: ok,
    after: nobody,
  },
  "a recovery code": {
    async arrive(email) {
      await app.addUser({ email });
      const visitor = await signedIn(app, email);
      const secret = String((await visitor.post(ENROL)).json["secret"]);
      const confirmed = await visitor.post(`${ENROL}/confirm`, {
        code: await codes(app.clock, secret).code(),
      });
      printed.set(email, String(confirmed.json["recoveryCodes"]));
      return afterPassword(app, email);
    },
    step: (visitor, email) => visitor.post(VERIFY, { factor: "recovery-code", code: printed.get(email) }),
    went: ok,
    after: nobody,
  },
  "a login while signed in": {
    arrive: async (email) => {
      await withTotp(email);
      return signedIn(app, email, TOTP_SECRET);
    },
    step: (visitor, email) => visitor.post("/login", { email, password: PASSWORD }),
    went: ({ json }) => json["code"] === "second_factor_required",
    // The earlier login may still stand; nothing new does.
    after: async (visitor, email) => {
      const { user } = (await visitor.get("/whoami")).json;
      expect([null, email]).toContain(user);
    },
  },
  "a request of a login that the session has no record of": {
    async arrive(email) {
      await app.addUser({ email });
      const visitor = await signedIn(app, email);
      const user = await app.User.findOne({ email });
      await app.secondFactor.importTotp(user, TOTP_SECRET);
      return visitor;
    },
    step: (visitor) => visitor.get("/account"),
    went: ({ json }) => json["code"] === "second_factor_required",
    after: nobody,
  },
  "the log-out": {
    async arrive(email) {
      await withTotp(email);
      return signedIn(app, email, TOTP_SECRET);
    },
    step: (visitor) => visitor.post("/logout"),
    went: ok,
    // Where not even the person could be read, nothing was known about a login to end.
    after: async () => {},
  },
  "a step-up": {
    async arrive(email) {
      await withTotp(email);
      return signedIn(app, email, TOTP_SECRET);
    },
    step: async (visitor) => visitor.post(VERIFY, { code: await code(), action: "change-factors" }),
    went: ok,
    after: async (visitor) => {
      expect((await visitor.post(CODES)).json).toMatchObject({ code: "step_up_required" });
    },
  },
  "the beginning of an enrolment": {
    arrive: withGrant,
    step: (visitor) => visitor.post(ENROL),
    went: ok,
    after: (_, email) => stillProtected(email),
  },
  "the confirmation of an enrolment": {
    async arrive(email) {
      const visitor = await withGrant(email);
      pairings.set(email, String((await visitor.post(ENROL)).json["secret"]));
      return visitor;
    },
    step: async (visitor, email) =>
      visitor.post(`${ENROL}/confirm`, { code: await codes(app.clock, pairings.get(email)).code() }),
    went: ok,
    after: (_, email) => stillProtected(email),
  },
  "the removal of a factor": {
    arrive: withGrant,
    step: (visitor) => visitor.post(REMOVE),
    went: ok,
    after: (_, email) => stillProtected(email),
  },
  "the making of recovery codes": {
    arrive: withGrant,
    step: (visitor) => visitor.post(CODES),
    went: ok,
    after: async (_, email) => {
      await stillProtected(email);
      expect(await storedUser(app, email)).not.toHaveProperty("secondFactor.vault.recoveryCodes");
    },
  },
  "the end of a pending login": {
    async arrive(email) {
      await withTotp(email);
      return afterPassword(app, email);
    },
    step: (visitor) => visitor.post("/second-factor/challenge/cancel"),
    went: ok,
    after: nobody,
  },
};

const printed = new Map<string, string>();
const pairings = new Map<string, string>();

describe.each([
  ["answers with an error", { errorCode: 50 }],
  ["drops the connection", { closeConnection: true }],
])("where the database %s", (_, failure) => {
  test.each(Object.keys(cases))("at any command of %s: 503, and nothing is let through", async (name) => {
    const { arrive, step, went, after } = cases[name] as Case;
    let unavailable = 0;
    for (let commands = 0; ; commands++) {
      expect(commands).toBeLessThan(20);
      const email = `user-${commands}@acme.test`;
      const visitor = await arrive(email);
      await failing({ skip: commands }, failure);
      const reply = await step(visitor, email);
      await failing("off");
      if (went(reply)) break;
      expect(reply.status).toBeGreaterThanOrEqual(500);
      if (reply.json["code"] === "store_unavailable") unavailable++;
      if (reply.json["failed"] === undefined) expectUnavailable(reply);
      // What failed before us or after us is the app's own error.
      else expect(app.errors.at(-1)).not.toBeInstanceOf(SecondFactorError);
      await after(visitor, email);
      app.clock.advance({ seconds: 30 });
    }
    expect(unavailable).toBeGreaterThan(0);
  });
});

describe("where the database is back", () => {
  test("a code whose attempt could not be counted is still good, and so is its challenge", async () => {
    await withTotp("tom@acme.test");
    const tom = await afterPassword(app, "tom@acme.test");
    const before = await storedUser(app, "tom@acme.test");
    await failing("alwaysOn", { failCommands: ["findAndModify"], errorCode: 50 });
    expectUnavailable(await tom.post(VERIFY, { code: await code() }));
    await failing("off");
    expect(await storedUser(app, "tom@acme.test")).toEqual(before);
    expect((await tom.post(VERIFY, { code: await code() })).status).toBe(200);
  });

  test("a code that could not be spent is still good", async () => {
    await withTotp("tom@acme.test");
    const tom = await afterPassword(app, "tom@acme.test");
    await failing("alwaysOn", { failCommands: ["update"], errorCode: 50 });
    expectUnavailable(await tom.post(VERIFY, { code: await code() }));
    await failing("off");
    await nobody(tom);
    expect((await tom.post(VERIFY, { code: await code() })).status).toBe(200);
    await isIn(tom);
  });

  test("a grant that could not be spent still is one", async () => {
    const tom = await withGrant("tom@acme.test");
    await failing({ times: 1 }, { failCommands: ["update"], errorCode: 50 });
    expectUnavailable(await tom.post(CODES));
    expect((await tom.post(CODES)).status).toBe(200);
  });

  test("a log-out that could not be recorded has ended the session, and says that something failed", async () => {
    await withTotp("tom@acme.test");
    const tom = await signedIn(app, "tom@acme.test", TOTP_SECRET);
    const copy = tom.copy();
    await failing("alwaysOn", { failCommands: ["update"], errorCode: 50 });
    expectUnavailable(await tom.post("/logout"));
    await failing("off");
    await nobody(tom);
    await nobody(copy);
  });
});

describe("where the database hangs", () => {
  test.each(["update", "findAndModify"])(
    "at %s: 503 at our own deadline, and nothing is let through",
    async (command) => {
      await app.close();
      await start({ store: { operationTimeoutSeconds: 0.5 } });
      await withTotp("tom@acme.test");
      const tom = await afterPassword(app, "tom@acme.test");
      await failing({ times: 1 }, { failCommands: [command], blockConnection: true, blockTimeMS: 600_000 });
      expectUnavailable(await tom.post(VERIFY, { code: await code() }));
      await nobody(tom);
      expect((await tom.post(VERIFY, { code: await code() })).status).toBe(200);
    },
  );

  test("as a page: 503 with a way on", async () => {
    await withTotp("tom@acme.test");
    const tom = await afterPassword(app, "tom@acme.test");
    await failing("alwaysOn", { failCommands: ["findAndModify"], errorCode: 50 });
    const page = await tom.form(VERIFY, { code: await code() });
    expect([page.status, page.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    expect(page.headers.get("retry-after")).toBe("5");
    expect(page.text).not.toMatch(/failpoint|mongo/i);
  });
});

class FlakyStore extends MemoryStore {
  readonly broken = new Set<"get" | "set" | "destroy">();
  /** Writes that still go through. */
  spared = 0;

  override get(...args: Parameters<MemoryStore["get"]>) {
    if (this.broken.has("get")) args[1](new Error("sessions are away"));
    else super.get(...args);
  }
  override set(...args: Parameters<MemoryStore["set"]>) {
    if (this.broken.has("set") && this.spared-- <= 0) args[2]?.(new Error("sessions are away"));
    else super.set(...args);
  }
  override destroy(...args: Parameters<MemoryStore["destroy"]>) {
    if (this.broken.has("destroy")) args[1]?.(new Error("sessions are away"));
    else super.destroy(...args);
  }
}

describe("where the session store fails", () => {
  let sessions: FlakyStore;
  beforeEach(async () => {
    await app.close();
    sessions = new FlakyStore();
    await start({ sessionStore: sessions });
    await withTotp("tom@acme.test");
  });

  test.each(["set", "destroy"] as const)(
    "to %s after the password: 503, and nobody is pending or in",
    async (verb) => {
      const tom = app.visitor();
      sessions.broken.add(verb);
      expectUnavailable(await tom.post("/login", { email: "tom@acme.test", password: PASSWORD }));
      sessions.broken.clear();
      await nobody(tom);
    },
  );

  test.each(["get", "set", "destroy"] as const)(
    "to %s after the code: 5xx, and nobody is in",
    async (verb) => {
      const tom = await afterPassword(app, "tom@acme.test");
      const [old] = [tom.copy()];
      sessions.broken.add(verb);
      const reply = await tom.post(VERIFY, { code: await code() });
      expect(reply.status).toBeGreaterThanOrEqual(500);
      sessions.broken.clear();
      await nobody(tom);
      await nobody(old);
    },
  );

  test.each([0, 1])(
    "to save after the code, at write %i: nobody is in without a record of the proof",
    async (spared) => {
      const tom = await afterPassword(app, "tom@acme.test");
      sessions.broken.add("set");
      sessions.spared = spared;
      await tom.post(VERIFY, { code: await code() });
      sessions.broken.clear();
      await nobody(tom);
    },
  );

  test("to save a login that owes nothing: the failure told is a failure", async () => {
    await app.addUser({ email: "ada@acme.test" });
    const ada = app.visitor();
    let failed = false;
    const set = sessions.set.bind(sessions);
    sessions.set = (...args) => {
      if (failed) return set(...args);
      failed = true;
      args[2]?.(new Error("sessions are away for a moment"));
    };
    const login = await ada.post("/login", { email: "ada@acme.test", password: PASSWORD });
    expect(login.status).toBeGreaterThanOrEqual(500);
    await nobody(ada);
  });

  test("to end a pending login: it is over all the same", async () => {
    const tom = await afterPassword(app, "tom@acme.test");
    sessions.broken.add("destroy");
    expectUnavailable(await tom.post("/second-factor/challenge/cancel"));
    sessions.broken.clear();
    expect((await tom.post(VERIFY, { code: await code() })).json).toMatchObject({ code: "no_challenge" });
    await nobody(tom);
  });

  test("to end a session at log-out: the login is over all the same", async () => {
    const tom = await signedIn(app, "tom@acme.test", TOTP_SECRET);
    const copy = tom.copy();
    sessions.broken.add("destroy");
    expect((await tom.post("/logout")).status).toBeGreaterThanOrEqual(500);
    sessions.broken.clear();
    await nobody(tom);
    await nobody(copy);
  });

  test("to end a session whose generation is over: nobody is in", async () => {
    const other = await signedIn(app, "tom@acme.test", TOTP_SECRET);
    const tom = await signedIn(app, "tom@acme.test", TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    await tom.post(REMOVE);
    sessions.broken.add("destroy");
    expectUnavailable(await other.get("/account"));
    sessions.broken.clear();
    await nobody(other);
  });

  test("so that a request has no session at all: 503 for pages and JSON", async () => {
    await app.close();
    await start({
      before: ({ app: server }) => {
        server.use((req, _res, next) => {
          Reflect.deleteProperty(req, "session");
          next();
        });
      },
    });
    expectUnavailable(await app.visitor().get("/account"));
    expectUnavailable(await app.visitor().post("/login", { email: "tom@acme.test", password: PASSWORD }));
    expect((await app.visitor().page("/second-factor")).status).toBe(503);
  });
});

describe("a function of the app that throws", () => {
  const broken = new Error("a mistake in the app");
  const ways = [
    [
      "at once",
      () => {
        throw broken;
      },
    ],
    ["later", () => Promise.reject(broken)],
  ] as const;
  const EMAIL = "tom@acme.test";

  test.each(ways)("onSignedIn, %s: the login is undone, with a code and without", async (_, onSignedIn) => {
    await app.close();
    await start({ options: { onSignedIn } });
    await withTotp(EMAIL);
    await app.addUser({ email: "ada@acme.test" });
    const tom = await afterPassword(app, EMAIL);
    expect((await tom.post(VERIFY, { code: await code() })).status).toBe(500);
    await nobody(tom);
    const ada = app.visitor();
    expect((await ada.post("/login", { email: "ada@acme.test", password: PASSWORD })).status).toBe(500);
    await nobody(ada);
    expect(app.errors).toEqual([broken, broken]);
  });

  test("onSignedIn, while the session store fails too: the login is undone all the same", async () => {
    await app.close();
    const sessions = new FlakyStore();
    const onSignedIn = () => {
      sessions.broken.add("destroy");
      throw broken;
    };
    await start({ sessionStore: sessions, options: { onSignedIn } });
    await withTotp(EMAIL);
    const tom = await afterPassword(app, EMAIL);
    expect((await tom.post(VERIFY, { code: await code() })).status).toBeGreaterThanOrEqual(500);
    sessions.broken.clear();
    await nobody(tom);
  });

  test.each(ways)("rolesOf, %s: no login, and no pass for a session that is there", async (_, rolesOf) => {
    await app.close();
    let healthy = true;
    await start({ options: { rolesOf: () => (healthy ? [] : (rolesOf() as never)) } });
    await withTotp(EMAIL);
    const tom = await signedIn(app, EMAIL, TOTP_SECRET);
    healthy = false;
    expect((await tom.get("/account")).status).toBe(500);
    const again = app.visitor();
    expect((await again.post("/login", { email: EMAIL, password: PASSWORD })).status).toBe(500);
    healthy = true;
    await nobody(again);
  });

  test.each([
    ["with a factor", TOTP_SECRET],
    ["with none", undefined],
  ])("accountOf, for somebody %s: no login", async (_, secret) => {
    await app.close();
    let healthy = true;
    const accountOf = () => {
      if (healthy) return "somebody";
      throw broken;
    };
    await start({ options: { accountOf } });
    await app.addUser({ email: EMAIL, ...(secret ? { secret } : {}) });
    const before = await afterPassword(app, EMAIL);
    healthy = false;
    if (secret) {
      expect((await before.post(VERIFY, { code: await code() })).status).toBe(500);
      healthy = true;
      await nobody(before);
      healthy = false;
    }
    const tom = app.visitor();
    expect((await tom.post("/login", { email: EMAIL, password: PASSWORD })).status).toBe(500);
    healthy = true;
    await nobody(tom);
  });

  test.each(ways)("every listener, %s: changes nothing, and is told of", async (_, listener) => {
    const told: string[] = [];
    const names = [
      "signed-in",
      "signed-out",
      "challenge-started",
      "code-refused",
      "locked",
      "enrolled",
      "removed",
    ] as const;
    const more = ["recovery-code-used", "recovery-codes-renewed", "step-up", "session-ended"] as const;
    for (const name of [...names, ...more]) app.secondFactor.on(name, listener);
    app.secondFactor.on("listener-failed", ({ event, error }) => {
      expect(error).toBe(broken);
      told.push(event);
    });
    app.secondFactor.on("listener-failed", listener);
    await withTotp(EMAIL);
    const tom = await afterPassword(app, EMAIL);
    expect((await tom.post(VERIFY, { code: "000000" })).json).toMatchObject({ code: "wrong_code" });
    expect((await tom.post(VERIFY, { code: await code() })).status).toBe(200);
    app.clock.advance({ seconds: 30 });
    await stepUp(app, tom, TOTP_SECRET);
    expect((await tom.post(REMOVE)).status).toBe(200);
    expect((await tom.post("/logout")).status).toBe(200);
    await nobody(tom);
    expect(told).toEqual(
      expect.arrayContaining([
        "challenge-started",
        "code-refused",
        "signed-in",
        "step-up",
        "removed",
        "signed-out",
      ]),
    );
  });
});

describe("a clock that jumps back", () => {
  test.each([
    ["a minute", { minutes: -1 }],
    ["a year", { days: -365 }],
    ["to before the epoch", { days: -365 * 60 }],
  ])("by %s: codes are refused or wrong, never a 500, never a pass", async (_, jump) => {
    await withTotp("tom@acme.test");
    const tom = await signedIn(app, "tom@acme.test", TOTP_SECRET);
    const later = await afterPassword(app, "tom@acme.test");
    const earlier = await code();
    app.clock.advance(jump);
    for (const guess of [earlier, "000000"]) {
      const reply = await later.post(VERIFY, { code: guess });
      expect([401, 410, 429]).toContain(reply.status);
    }
    await nobody(later);
    const anew = await app.visitor().post("/login", { email: "tom@acme.test", password: PASSWORD });
    expect(anew.json).toMatchObject({ code: "second_factor_required" });
    expect((await tom.post(REMOVE)).json).toMatchObject({ code: "step_up_required" });
    await isIn(tom);
  });

  test("does not make a used code new", async () => {
    await withTotp("tom@acme.test");
    await signedIn(app, "tom@acme.test", TOTP_SECRET);
    app.clock.advance({ minutes: -5 });
    const thief = await afterPassword(app, "tom@acme.test");
    const reply = await thief.post(VERIFY, { code: await code() });
    expect(reply.json).toMatchObject({ code: "wrong_code", hint: "used" });
  });

  test("makes no proof fresh that lies in the future", async () => {
    await app.close();
    await start({
      routes: ({ app: server, secondFactor }) => {
        server.post(
          "/payout",
          secondFactor.require({ maxAgeSeconds: 300 }),
          (_req, res) => void res.json({}),
        );
      },
    });
    await withTotp("tom@acme.test");
    const tom = await signedIn(app, "tom@acme.test", TOTP_SECRET);
    expect((await tom.post("/payout")).status).toBe(200);
    app.clock.advance({ minutes: -5 });
    expect((await tom.post("/payout")).json).toMatchObject({ code: "step_up_required" });
  });
});

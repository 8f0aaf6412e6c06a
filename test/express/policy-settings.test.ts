// A policy that is changed while the app runs: two processes on one database, and what each of them does by when.
import { randomBytes } from "node:crypto";
import mongoose from "mongoose";
import type { Policy, SecondFactorOptions } from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mongooseSettings } from "../../src/stores/settings-store.js";
import {
  ADA,
  afterPassword,
  codes,
  credentials,
  elsewhere,
  POLICY,
  signedIn,
  startApp,
  stepUp,
  type TestApp,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import type { Reply, Visitor } from "../support/visitor.js";

let database: TestDatabase;
let connections: mongoose.Connection[];
/** Two processes: each with its connection, its model, its store and its cache; one clock. */
let here: TestApp;
let there: TestApp;

beforeAll(async () => {
  database = await testDatabase();
  const connect = () => mongoose.createConnection(database.uri, { monitorCommands: true }).asPromise();
  connections = [await connect(), await connect()];
});
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  await database.close();
});

async function start(options: Partial<SecondFactorOptions> = {}): Promise<void> {
  const process = (connection: mongoose.Connection, clock?: TestApp["clock"]) =>
    startApp({
      connection,
      ...(clock ? { clock } : {}),
      options: {
        settings: mongooseSettings(connection),
        authorizeAdmin: (req) => (req.user as unknown as { email: string }).email === ADA,
        ...options,
      },
      routes: ({ app, passport, secondFactor }) => {
        const login = passport.authenticate("local");
        app.post("/sso", secondFactor.exempt("sso"), login, (_req, res) => void res.json({}));
      },
    });
  const [one, other] = connections as [mongoose.Connection, mongoose.Connection];
  await one.dropDatabase();
  here = await process(one);
  there = await process(other, here.clock);
  await here.addUser({ email: ADA, secret: TOTP_SECRET });
}
beforeEach(async () => {
  await start();
  return async () => {
    await Promise.all([here.close(), there.close()]);
  };
});

async function administrator(app = here): Promise<Visitor> {
  const ada = await signedIn(app, ADA, TOTP_SECRET);
  await stepUp(app, ada, TOTP_SECRET, "administer");
  return ada;
}

async function save(ada: Visitor, policy: Policy, version = 0): Promise<Reply> {
  return ada.ask(POLICY, { method: "PUT", body: { policy, version } });
}

const isIn = async (visitor: Visitor) => expect((await visitor.get("/account")).status).toBe(200);
const isOut = async (visitor: Visitor) => {
  expect((await visitor.get("/account")).status).not.toBe(200);
  expect((await visitor.get("/whoami")).json).toMatchObject({ user: null });
};
/** What the next login owes. */
async function owed(app: TestApp, email = TOM): Promise<unknown> {
  return (await app.visitor().post("/login", credentials(email))).json["code"] ?? "nothing";
}
const required = { organisation: "required" } as const;

describe("a policy saved in one process", () => {
  test("holds there at once, and in the other within five seconds", async () => {
    await here.addUser({ email: TOM });
    const ada = await administrator();
    expect(await owed(there)).toBe("nothing");
    expect(await save(ada, required)).toMatchObject({ status: 200, json: { policy: required, version: 1 } });
    expect(await owed(here)).toBe("enrolment_required");
    here.clock.advance({ seconds: 5 });
    expect(await owed(there)).toBe("enrolment_required");
  });

  test("holds for sessions that are open: who was asked by the old one is asked by the new one", async () => {
    await here.addUser({ email: TOM, roles: ["staff"] });
    const ada = await administrator();
    const tom = await afterPassword(there, TOM);
    await isIn(tom);
    await save(ada, { roles: { staff: { mode: "required" } } });
    here.clock.advance({ seconds: 5 });
    expect((await tom.get("/account")).json).toMatchObject({ code: "enrolment_required" });
    expect(await owed(there)).toBe("enrolment_required");
  });

  test("can ask for less as well, without a restart", async () => {
    await here.addUser({ email: TOM, roles: ["admin"] });
    const ada = await administrator();
    expect(await owed(there)).toBe("enrolment_required");
    await save(ada, { roles: { admin: { mode: "off" } } });
    here.clock.advance({ seconds: 5 });
    expect(await owed(there)).toBe("nothing");
  });

  test("is there after a restart", async () => {
    await here.addUser({ email: TOM });
    await save(await administrator(), required);
    const [connection] = connections as [mongoose.Connection];
    await here.close();
    here = await startApp({
      connection,
      clock: there.clock,
      options: { settings: mongooseSettings(connection) },
    });
    expect(await owed(here)).toBe("enrolment_required");
  });

  test("leaves pinned parts as the code has them, in both, and says which they are", async () => {
    await Promise.all([here.close(), there.close()]);
    await start({ policy: required, pinned: ["organisation"] });
    await here.addUser({ email: TOM });
    const ada = await administrator();
    const saved = await save(ada, { organisation: "off", graceDays: 7 });
    expect(saved).toMatchObject({
      status: 200,
      json: { policy: { organisation: "required", graceDays: 7 } },
    });
    here.clock.advance({ seconds: 5 });
    expect(await owed(here)).toBe("enrolment_required");
    expect(await owed(there)).toBe("enrolment_required");
    expect((await ada.get(POLICY)).json).toMatchObject({
      policy: { organisation: "required", graceDays: 7 },
      version: 1,
      pinned: ["organisation"],
    });
  });

  test("that tries to change a pinned part ends nobody's session", async () => {
    await Promise.all([here.close(), there.close()]);
    await start({ policy: { organisation: "optional" }, pinned: ["organisation"] });
    await here.addUser({ email: TOM });
    const tom = await afterPassword(there, TOM);
    await save(await administrator(), required);
    here.clock.advance({ seconds: 5 });
    await isIn(tom);
  });
});

describe("when the organisation begins to require it", () => {
  test("every session ends, in both processes, one that began there meanwhile too", async () => {
    await here.addUser({ email: TOM, secret: TOTP_SECRET });
    await here.addUser({ email: "new@acme.test" });
    const ada = await administrator();
    // With a factor and without, begun before, in either process.
    const before = [
      await signedIn(here, TOM, TOTP_SECRET),
      await signedIn(there, TOM, TOTP_SECRET),
      await afterPassword(here, "new@acme.test"),
      await afterPassword(there, "new@acme.test"),
    ];
    // The other process knows the old policy, and for some seconds nothing of the new one.
    here.clock.advance({ seconds: 10 });
    await isIn(await afterPassword(there, "new@acme.test"));
    expect((await save(ada, required)).status).toBe(200);
    const meanwhile = await afterPassword(there, "new@acme.test");
    await isIn(meanwhile);
    here.clock.advance({ seconds: 5 });
    for (const visitor of [...before, meanwhile]) await isOut(visitor);
    for (const visitor of before) await isOut(elsewhere(here, visitor));
    expect(await owed(there, "new@acme.test")).toBe("enrolment_required");
  });

  test("exempted sessions do not, and the administrator's own does not, in either process", async () => {
    await here.addUser({ email: TOM });
    const ada = await administrator();
    const other = await signedIn(there, ADA, TOTP_SECRET);
    const sso = [here.visitor(), there.visitor()];
    for (const visitor of sso) await visitor.post("/sso", credentials(TOM));
    await save(ada, required);
    // In the seconds in which the other process knows nothing of it yet.
    const meanwhile = there.visitor();
    await meanwhile.post("/sso", credentials(TOM));
    here.clock.advance({ seconds: 5 });
    for (const visitor of [...sso, meanwhile]) await isIn(visitor);
    await isIn(ada);
    await isIn(elsewhere(there, ada));
    await isOut(other);
  });

  test("a login that was pending goes on, and is a session of the new time", async () => {
    await here.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await afterPassword(there, TOM);
    await save(await administrator(), required);
    here.clock.advance({ seconds: 5 });
    expect((await tom.post(VERIFY, { code: await codes(here.clock).code() })).status).toBe(200);
    await isIn(tom);
  });

  test("again, it ends the session of the administrator who did it the first time", async () => {
    const first = await administrator();
    await save(first, required);
    const second = await administrator(there);
    expect((await save(second, { organisation: "optional" }, 1)).status).toBe(200);
    await isIn(first);
    await stepUp(there, second, TOTP_SECRET, "administer");
    expect((await save(second, required, 2)).status).toBe(200);
    here.clock.advance({ seconds: 5 });
    await isOut(first);
    await isIn(second);
  });

  test("nothing ends at any other change", async () => {
    await here.addUser({ email: TOM });
    const tom = await afterPassword(there, TOM);
    const ada = await administrator();
    const changes: Policy[] = [{ graceDays: 3 }, { recovery: false }, { roles: { x: { mode: "required" } } }];
    for (const [version, policy] of changes.entries()) {
      expect((await save(ada, policy, version)).status).toBe(200);
      await stepUp(here, ada, TOTP_SECRET, "administer");
      await isIn(tom);
    }
  });
});

describe("two administrators who save at once", () => {
  test("one wins; the other is told what is saved now, and nothing is lost", async () => {
    const administrators = [await administrator(here), await administrator(there)];
    const policies: Policy[] = [{ graceDays: 1 }, { graceDays: 2 }];
    const replies = await Promise.all(administrators.map((ada, i) => save(ada, policies[i] ?? {})));
    const won = replies.findIndex(({ status }) => status === 200);
    const lost = replies[1 - won] as Reply;
    expect(replies[won]).toMatchObject({ status: 200, json: { version: 1, policy: policies[won] } });
    expect(lost).toMatchObject({
      status: 409,
      json: { code: "conflict", version: 1, policy: policies[won] },
    });
    const loser = administrators[1 - won] as Visitor;
    await stepUp(here, loser, TOTP_SECRET, "administer");
    const again = await save(loser, { ...policies[won], recovery: false }, Number(lost.json["version"]));
    expect(again).toMatchObject({
      status: 200,
      json: { version: 2, policy: { ...policies[won], recovery: false } },
    });
  });

  test("from a version that is over or not there yet, it is a conflict too", async () => {
    const ada = await administrator();
    await save(ada, { graceDays: 1 });
    for (const version of [0, 2, 99]) {
      await stepUp(here, ada, TOTP_SECRET, "administer");
      const reply = await save(ada, { graceDays: 2 }, version);
      expect(reply).toMatchObject({ status: 409, json: { code: "conflict", policy: { graceDays: 1 } } });
    }
  });
});

/** The collections that commands reach on one process's connection meanwhile. */
async function reached(process: 0 | 1, run: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const note = ({ commandName, command }: mongoose.mongo.CommandStartedEvent) => {
    seen.push(`${commandName} ${String(command[commandName])}`);
  };
  const client = (connections[process] as mongoose.Connection).getClient();
  client.on("commandStarted", note);
  await run().finally(() => client.off("commandStarted", note));
  return seen;
}

describe("what it costs", () => {
  const READ = "find second_factor_settings";
  const requests = async (visitor: Visitor, count: number) => {
    for (let i = 0; i < count; i++) await isIn(visitor);
  };

  test("one small read every four seconds in each process, and none in between", async () => {
    await here.addUser({ email: TOM });
    const tom = await afterPassword(here, TOM);
    const over = elsewhere(there, tom);
    here.clock.advance({ seconds: 60 });
    for (const [process, visitor] of [
      [0, tom],
      [1, over],
    ] as const) {
      const first = await reached(process, () => requests(visitor, 3));
      expect(first.filter((it) => it === READ)).toHaveLength(1);
      const own = await reached(process, () => requests(visitor, 3));
      expect(own).not.toContain(READ);
      expect(new Set(own)).toEqual(new Set(["find users", "find sessions", "update sessions"]));
    }
    here.clock.advance({ seconds: 3 });
    expect(await reached(0, () => requests(tom, 3))).not.toContain(READ);
    here.clock.advance({ seconds: 1 });
    const later = await reached(0, () => requests(tom, 3));
    expect(later.filter((it) => it === READ)).toHaveLength(1);
    expect(later.filter((it) => it.includes("settings"))).toEqual([READ]);
  });

  test("many requests at the same moment share the read", async () => {
    await here.addUser({ email: TOM });
    const tom = await afterPassword(here, TOM);
    here.clock.advance({ seconds: 60 });
    const copies = Array.from({ length: 20 }, () => tom.copy());
    const seen = await reached(0, () => Promise.all(copies.map(isIn)));
    // Those that come after the first answer need none; those that come before it share it.
    expect(seen.filter((it) => it === READ)).toHaveLength(1);
  });

  test("nobody who is not signed in makes it read", async () => {
    here.clock.advance({ seconds: 60 });
    expect(await reached(0, () => here.visitor().get("/"))).toEqual([]);
  });

  test("without `settings` none ever, at no login and on no request", async () => {
    const [connection] = connections as [mongoose.Connection];
    await here.close();
    here = await startApp({ connection, clock: there.clock });
    await here.addUser({ email: TOM, secret: TOTP_SECRET });
    const seen = await reached(0, async () => {
      const tom = await signedIn(here, TOM, TOTP_SECRET);
      for (let i = 0; i < 3; i++) {
        here.clock.advance({ seconds: 60 });
        await isIn(tom);
      }
    });
    expect(seen.filter((it) => it.includes("settings"))).toEqual([]);
    expect(seen.length).toBeGreaterThan(0);
  });
});

test("two apps on one database may each have settings of their own", async () => {
  const [connection] = connections as [mongoose.Connection];
  const collection = `settings_${randomBytes(4).toString("hex")}`;
  await there.close();
  there = await startApp({
    connection: connections[1] as mongoose.Connection,
    clock: here.clock,
    options: { settings: mongooseSettings(connection, { collection }) },
  });
  await here.addUser({ email: TOM });
  await save(await administrator(), required);
  here.clock.advance({ seconds: 5 });
  expect(await owed(there)).toBe("nothing");
});

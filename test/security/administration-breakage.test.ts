// An administrator acts while the database, the log, the mail or a listener is broken: done or not done, never half.
import { MemoryStore } from "express-session";
import mongoose from "mongoose";
import type { SecondFactorOptions } from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../../example-app/database/index.js";
import { everyFactor, PHONE, startApp, storedUser, type TestApp, TOM, TOTP_SECRET } from "../support/app.js";
import {
  ACTS,
  administratedBy,
  administrator,
  bodyFor,
  countFailures,
  perform,
  personUrl,
  prove,
  rememberBrowser,
  send,
  USERS,
} from "../support/people.js";
import type { Reply, Visitor } from "../support/visitor.js";

// The embedded database whatever MONGODB_URI says: it can be told to fail.
let embedded: Embedded;
let connection: mongoose.Connection;
let app: TestApp;
let told: object[];

const RECONNECTS_AT_ONCE = { minHeartbeatFrequencyMS: 5 } as mongoose.ConnectOptions;

beforeAll(async () => {
  embedded = await startEmbedded();
  connection = await mongoose.createConnection(embedded.uri, RECONNECTS_AT_ONCE).asPromise();
});
afterAll(async () => {
  await connection.close();
  await embedded.close();
});

async function start(options: Partial<SecondFactorOptions> = {}): Promise<void> {
  app = await startApp({
    connection,
    sessionStore: new MemoryStore(),
    factors: everyFactor,
    options: { ...administratedBy(), ...options },
  });
  told = [];
  app.secondFactor.on("administered", (event) => told.push(event));
  await app.User.deleteMany({});
  await app.addUser({ email: TOM, secret: TOTP_SECRET, phone: PHONE });
  await countFailures(app, TOM, 6);
  await rememberBrowser(app, TOM);
}
beforeEach(async () => {
  await start();
  return async () => {
    await failing("off");
    await app.close();
  };
});

function failing(mode: unknown, data: object = {}): Promise<unknown> {
  const all = { failCommands: ["find", "update", "findAndModify", "aggregate"], errorCode: 50 };
  const command = { configureFailPoint: "failCommand", mode, data: { ...all, ...data } };
  return connection.getClient().db("admin").command(command);
}

function expectUnavailable(reply: Reply): void {
  expect([reply.status, reply.json["code"]]).toEqual([503, "store_unavailable"]);
  expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(reply.text).not.toMatch(/failpoint|mongo|secondFactor|stack|tom@/i);
}

/** Skips so many commands, then fails every one. */
const diesAfter = (commands: number) => failing({ skip: commands });

describe.each(ACTS)("%s, with the database", (act) => {
  test("gone at any step, is done and told, or is neither, and can be done afterwards", async () => {
    const ada = await administrator(app);
    const outcomes = new Set<number>();
    for (let commands = 0; ; commands++) {
      if (commands > 12) throw new Error("it never went through");
      await app.User.collection.updateOne({ email: TOM }, { $unset: { secondFactor: "" } });
      const user = await app.User.findOne({ email: TOM }).orFail();
      await app.secondFactor.importTotp(user, TOTP_SECRET);
      await countFailures(app, TOM, 6);
      await rememberBrowser(app, TOM);
      const before = await storedUser(app, TOM);
      await prove(app, ada, TOM, act);
      const url = await personUrl(app, TOM);
      told = [];
      await diesAfter(commands);
      const reply = await ada.post(`${url}/${act}`, bodyFor(act));
      await failing("off");
      outcomes.add(reply.status);
      if (reply.status === 200) {
        expect(told).toHaveLength(1);
        expect(await storedUser(app, TOM)).not.toEqual(before);
        break;
      }
      // The user is the app's to load: its own failure is its own answer.
      if (reply.status === 503) expectUnavailable(reply);
      expect(told).toEqual([]);
      expect(await storedUser(app, TOM)).toEqual(before);
    }
    expect(outcomes).toContain(503);
    expect(outcomes).toContain(200);
  });

  test("gone, shows no form", async () => {
    const ada = await administrator(app);
    const url = await personUrl(app, TOM);
    // The administrator is loaded, and nobody else.
    await diesAfter(1);
    expectUnavailable(await ada.get(`${url}/${act}`));
    expect((await ada.page(`${url}/${act}`)).status).toBeGreaterThanOrEqual(500);
  });
});

test("with the database gone nobody is listed, shown or counted: 503, not an empty list", async () => {
  const ada = await administrator(app);
  const url = await personUrl(app, TOM);
  for (const path of [USERS, `${USERS}?q=tom`, `${USERS}?filter=locked`, url]) {
    await diesAfter(1);
    expectUnavailable(await ada.get(path));
    await diesAfter(1);
    expect((await ada.page(path)).status).toBe(503);
    await failing("off");
    expect((await ada.get(path)).status).toBe(200);
  }
});

describe("whoever is told", () => {
  const broken = new Error("the disk is full");
  const failed: unknown[] = [];
  const FAILURES: [string, Partial<SecondFactorOptions>, string][] = [
    [
      "a log that rejects",
      { eventLog: { append: () => Promise.reject(broken), of: async () => [] } },
      "listener-failed",
    ],
    [
      "a log that throws",
      {
        eventLog: {
          append: () => {
            throw broken;
          },
          of: async () => [],
        },
      },
      "listener-failed",
    ],
    [
      "a notice that is not delivered",
      {
        notices: {
          delivery: { channel: "email", sender: "x@acme.test", send: () => Promise.reject(broken) },
        },
      },
      "notice-failed",
    ],
    [
      "an address that cannot be read",
      {
        notices: {
          delivery: { channel: "email", sender: "x@acme.test", send: async () => {} },
          addressOf: () => {
            throw broken;
          },
        },
      },
      "notice-failed",
    ],
  ];

  test.each(FAILURES)("%s changes nothing, and is itself an event", async (_, options, event) => {
    await app.close();
    await start(options);
    failed.length = 0;
    app.secondFactor.on(event as "listener-failed", (detail) => failed.push(detail));
    const ada = await administrator(app);
    expect(await perform(app, ada, TOM, "disable")).toMatchObject({ status: 200, json: { state: "done" } });
    await app.secondFactor.settled();
    expect(await storedUser(app, TOM)).not.toHaveProperty("secondFactor.factors.0");
    const about = event === "notice-failed" ? { about: "administered" } : { event: "administered" };
    expect(failed).toContainEqual(expect.objectContaining(about));
    expect(app.errors).toEqual([]);
  });

  test("a listener that throws changes nothing, and the next one still hears", async () => {
    await app.close();
    await start();
    app.secondFactor.on("administered", () => {
      throw broken;
    });
    const heard: string[] = [];
    app.secondFactor.on("administered", ({ act }) => heard.push(act));
    const ada = await administrator(app);
    expect((await perform(app, ada, TOM, "disable")).status).toBe(200);
    expect(heard).toEqual(["disable"]);
  });

  test("a log that cannot be read is no page without a history: 5xx", async () => {
    await app.close();
    await start({ eventLog: { append: async () => {}, of: () => Promise.reject(broken) } });
    const ada: Visitor = await administrator(app);
    expect((await ada.get(await personUrl(app, TOM))).status).toBe(500);
    // What can be done is done all the same.
    expect((await perform(app, ada, TOM, "unlock")).status).toBe(200);
  });
});

test("a person who is deleted meanwhile is not found, and the code is good for nobody else", async () => {
  const ada = await administrator(app);
  const url = await personUrl(app, TOM);
  await prove(app, ada, TOM, "disable");
  await app.User.deleteOne({ email: TOM });
  expect((await ada.post(`${url}/disable`, bodyFor("disable"))).status).toBe(404);
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  expect((await send(app, ada, TOM, "disable")).status).toBe(401);
  expect(told).toEqual([]);
});

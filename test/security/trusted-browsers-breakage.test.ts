// The database fails while a trusted browser is looked up: 503, nobody is in, and nothing is lost.
import { MemoryStore } from "express-session";
import mongoose from "mongoose";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../../example-app/database/index.js";
import { credentials, everyFactor, startApp, type TestApp, TOM, TOTP_SECRET } from "../support/app.js";
import type { Reply, Visitor } from "../support/visitor.js";
import { expectLetIn, LOCAL, trust, trustAndLeave } from "./trusted-browsers.js";

// The embedded database whatever MONGODB_URI says: it can be told to fail.
let embedded: Embedded;
let connection: mongoose.Connection;
let app: TestApp;

beforeAll(async () => {
  embedded = await startEmbedded();
  const reconnectsAtOnce = { minHeartbeatFrequencyMS: 5 } as mongoose.ConnectOptions;
  connection = await mongoose.createConnection(embedded.uri, reconnectsAtOnce).asPromise();
});
afterAll(async () => {
  await connection.close();
  await embedded.close();
});
beforeEach(async () => {
  const store = { operationTimeoutSeconds: 0.5 };
  const sessionStore = new MemoryStore();
  app = await startApp({ connection, sessionStore, store, factors: everyFactor, options: LOCAL });
  await app.User.deleteMany({});
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
});
afterEach(async () => {
  await failing("off");
  await app.close();
});

function failing(mode: unknown, data: object = {}): Promise<unknown> {
  const command = {
    configureFailPoint: "failCommand",
    mode,
    data: { failCommands: ["findAndModify"], ...data },
  };
  return connection.getClient().db("admin").command(command);
}

async function expectDown(reply: Reply, visitor: Visitor): Promise<void> {
  expect([reply.status, reply.json["code"]]).toEqual([503, "store_unavailable"]);
  expect(reply.headers.get("retry-after")).toBe("5");
  expect(reply.text).not.toMatch(/mongo|failpoint|browser/i);
  expect((await visitor.get("/whoami")).json).toMatchObject({ state: "anonymous", user: null });
  expect((await visitor.get("/account")).status).not.toBe(200);
}

test.each([
  ["answers with an error", { errorCode: 50 }],
  ["drops the connection", { closeConnection: true }],
  ["hangs", { blockConnection: true, blockTimeMS: 600_000 }],
])("one that %s: 503 and nobody in; once it is back, the browser is still trusted", async (_, failure) => {
  const tom = await trustAndLeave(app, TOM);
  await failing("alwaysOn", failure);
  await expectDown(await tom.post("/login", credentials(TOM)), tom);
  await failing("off");
  await expectLetIn(tom, TOM);
});

test("one that fails at that step alone: 503, not a challenge that nobody asked for", async () => {
  const tom = await trustAndLeave(app, TOM);
  await failing({ times: 1 }, { errorCode: 50 });
  await expectDown(await tom.post("/login", credentials(TOM)), tom);
  await expectLetIn(tom, TOM);
});

test("one that fails while browsers are listed or forgotten: 503, and none is forgotten", async () => {
  const tom = await trust(app, TOM);
  await failing("alwaysOn", { failCommands: ["update"], errorCode: 50 });
  const reply = await tom.post("/second-factor/browsers/forget-all");
  expect([reply.status, reply.json["code"]]).toEqual([503, "store_unavailable"]);
  expect(reply.headers.getSetCookie().join()).not.toContain("second-factor-");
  await failing("off");
  await tom.post("/logout");
  await expectLetIn(tom, TOM);
});

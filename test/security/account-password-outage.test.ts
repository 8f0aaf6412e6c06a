// The database goes away at any step of a new password: 503 or an error, nobody let through, and the next try goes through.
import { MemoryStore } from "express-session";
import mongoose from "mongoose";
import { memoryStore } from "passport-second-factor";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../../example-app/database/index.js";
import {
  BECAUSE,
  choose,
  LOGIN_URL,
  localLogin,
  mustChange,
  NEW_PASSWORD,
  withAccount,
} from "../support/account.js";
import { afterPassword, PASSWORD, startApp, storedUser, type TestApp, TOM } from "../support/app.js";
import type { Reply, Visitor } from "../support/visitor.js";

let embedded: Embedded;
let connection: mongoose.Connection;
let app: TestApp;

beforeAll(async () => {
  embedded = await startEmbedded();
  const options = { minHeartbeatFrequencyMS: 5 } as mongoose.ConnectOptions;
  connection = await mongoose.createConnection(embedded.uri, options).asPromise();
});
afterAll(async () => {
  await connection.close();
  await embedded.close();
});
beforeEach(async () => {
  const sessionStore = new MemoryStore();
  // Counters of this process: what fails is the users' database.
  const { limiter } = memoryStore();
  app = await startApp(withAccount({ connection, sessionStore, ...localLogin(), options: { limiter } }));
  await app.User.deleteMany({});
});
afterEach(async () => {
  await failing("off");
  await app.close();
});

/** Commands of these names fail, after so many that do not. */
function failing(mode: unknown, failCommands: string[] = []): Promise<unknown> {
  const data = { failCommands, errorCode: 50 };
  return connection.getClient().db("admin").command({ configureFailPoint: "failCommand", mode, data });
}

/** Lets the database die after no command of the request, after one, and so on until it lives to the end. */
async function everyCommand(
  request: () => Promise<Reply>,
  check: (reply: Reply) => Promise<void>,
): Promise<void> {
  for (let skip = 0; skip < 20; skip++) {
    await failing({ skip }, ["find", "findAndModify", "update"]);
    const reply = await request();
    await failing("off");
    if (reply.status === 200) return;
    await check(reply);
  }
  throw new Error("it never went through");
}

const nobody = async (visitor: Visitor) => expect((await visitor.get("/whoami")).json["user"]).toBeNull();

test("while a new password is chosen: nobody is signed in by it, and the account is not lost", async () => {
  await app.addUser({ email: TOM });
  await mustChange(app, TOM);
  let tom = await afterPassword(app, TOM);
  let tries = 0;
  await everyCommand(
    () => choose(tom, `${NEW_PASSWORD} ${tries++}`),
    async (reply) => {
      expect([500, 503]).toContain(reply.status);
      await nobody(tom);
      const kept = String((await storedUser(app, TOM))["password"]);
      await mustChange(app, TOM);
      tom = app.visitor();
      await tom.post("/login", { email: TOM, password: kept });
    },
  );
  expect((await tom.get("/account")).status).toBe(200);
  expect(tries).toBeGreaterThan(3);
});

test("while a temporary password is given: an error, never a pass, and never both passwords", async () => {
  const { id } = await app.addUser({ email: TOM });
  const make = () => app.secondFactor.admin.makeTemporaryPassword(String(id), BECAUSE);
  for (let skip = 0; skip < 3; skip++) {
    const { password } = await make();
    await failing({ skip }, ["find", "findAndModify", "update"]);
    const visitor = app.visitor();
    const reply = await visitor.post(LOGIN_URL, { email: TOM, password });
    await failing("off");
    expect(reply.status).not.toBe(200);
    await nobody(visitor);
    expect((await app.visitor().post(LOGIN_URL, { email: TOM, password: PASSWORD })).status).toBe(401);
  }
});

// The settings document, changed by somebody with a hand in the database, or gone with it.

import { MemoryStore } from "express-session";
import mongoose from "mongoose";
import {
  type Policy,
  SecondFactorError,
  type SecondFactorOptions,
  type SecurityEvents,
} from "passport-second-factor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../../example-app/database/index.js";
import type { SettingsRecord } from "../../src/core/settings.js";
import { mongooseSettings } from "../../src/stores/settings-store.js";
import {
  ADA,
  afterPassword,
  credentials,
  POLICY,
  REPORT,
  signedIn,
  startApp,
  stepUp,
  type TestApp,
  TOM,
  TOTP_SECRET,
} from "../support/app.js";
import type { Reply, Visitor } from "../support/visitor.js";

// The embedded database whatever MONGODB_URI says: it can be told to fail.
let embedded: Embedded;
let connection: mongoose.Connection;
let app: TestApp;
let refused: SecurityEvents["settings-refused"][] = [];

const RECONNECTS_AT_ONCE = { minHeartbeatFrequencyMS: 5 } as mongoose.ConnectOptions;

beforeAll(async () => {
  embedded = await startEmbedded();
  connection = await mongoose.createConnection(embedded.uri, RECONNECTS_AT_ONCE).asPromise();
});
afterAll(async () => {
  await connection.close();
  await embedded.close();
});

async function start(options: Partial<SecondFactorOptions> = {}, clock?: TestApp["clock"]): Promise<void> {
  app = await startApp({
    connection,
    ...(clock ? { clock } : {}),
    sessionStore: new MemoryStore(),
    options: {
      settings: mongooseSettings(connection),
      authorizeAdmin: (req) => (req.user as unknown as { email: string }).email === ADA,
      // What holds when the document does not.
      policy: { organisation: "required" },
      ...options,
    },
  });
  refused = [];
  app.secondFactor.on("settings-refused", (event) => refused.push(event));
}

beforeEach(async () => {
  await connection.dropDatabase();
  await start();
  await app.addUser({ email: ADA, secret: TOTP_SECRET });
  await app.addUser({ email: TOM });
  return async () => {
    await failing("off");
    await app.close();
  };
});

function failing(mode: unknown, data: object = {}): Promise<unknown> {
  const all = { failCommands: ["find", "update", "insert", "findAndModify"], errorCode: 50 };
  const command = { configureFailPoint: "failCommand", mode, data: { ...all, ...data } };
  return connection.getClient().db("admin").command(command);
}

interface Document {
  _id: string;
  version: number;
  body: string;
  mac: string;
}
const documents = () => connection.collection<Document>("second_factor_settings");
async function document(): Promise<Document> {
  const found = await documents().findOne({});
  if (!found) throw new Error("nothing was saved");
  return found as Document;
}
async function tamper(changes: object): Promise<void> {
  await documents().updateOne({}, { $set: changes });
  app.clock.advance({ seconds: 5 });
}

async function administrator(): Promise<Visitor> {
  const ada = await signedIn(app, ADA, TOTP_SECRET);
  await stepUp(app, ada, TOTP_SECRET, "administer");
  return ada;
}
async function save(ada: Visitor, policy: Policy, version: number): Promise<Reply> {
  return ada.ask(POLICY, { method: "PUT", body: { policy, version } });
}
async function owed(email = TOM): Promise<unknown> {
  const { status, json } = await app.visitor().post("/login", credentials(email));
  return json["code"] ?? (status === 200 ? "nothing" : status);
}

describe("a document that somebody edited", () => {
  beforeEach(async () => {
    expect((await save(await administrator(), { organisation: "optional" }, 0)).status).toBe(200);
    expect(await owed()).toBe("nothing");
  });

  test.each<[string, (it: Document) => object]>([
    ["its body", ({ body }) => ({ body: body.replace('"optional"', '"off"') })],
    ["its body, to an empty one", () => ({ body: "{}" })],
    ["its body, to something that is no text", () => ({ body: { policy: { organisation: "off" } } })],
    ["its version", ({ version }) => ({ version: version + 1 })],
    ["its mac", ({ mac }) => ({ mac: `${mac.split(".")[0]}.${Buffer.alloc(32).toString("base64url")}` })],
    ["its mac, cut off", ({ mac }) => ({ mac: mac.slice(0, -4) })],
    ["its mac, to nothing", () => ({ mac: "" })],
    ["its mac, to null", () => ({ mac: null })],
    ["its mac, to an operator", () => ({ mac: { $ne: "" } })],
  ])("(%s) counts for nothing: the options in code hold, and it is told of", async (_, change) => {
    await tamper(change(await document()));
    expect(await owed()).toBe("enrolment_required");
    expect(app.errors).toEqual([]);
    expect(refused.length).toBeGreaterThan(0);
  });

  test("(its mac's key, to one that is not there) lets nobody in: 5xx", async () => {
    const { mac } = await document();
    await tamper({ mac: `another.${mac.split(".")[1]}` });
    const login = await app.visitor().post("/login", credentials(TOM));
    expect(login.status).toBeGreaterThanOrEqual(500);
    expect(app.errors).toMatchObject([{ code: "misconfigured" }]);
  });

  test("(and an open session) is held to the options in code as well", async () => {
    const tom = await afterPassword(app, TOM);
    expect((await tom.get("/account")).status).toBe(200);
    await tamper({ body: "{}" });
    expect((await tom.get("/account")).json).toMatchObject({ code: "enrolment_required" });
  });

  test("can be saved over, and what is saved then holds", async () => {
    await tamper({ body: "{}" });
    const ada = await administrator();
    const { version } = (await ada.get(POLICY)).json as { version: number };
    expect((await save(ada, { organisation: "optional" }, version)).status).toBe(200);
    expect(await owed()).toBe("nothing");
  });

  test("that was removed leaves the options in code", async () => {
    await documents().deleteMany({});
    app.clock.advance({ seconds: 5 });
    expect(await owed()).toBe("enrolment_required");
    expect(refused).toEqual([]);
  });

  test("that was swapped with an older genuine one holds again: a signature knows no time", async () => {
    const older = await document();
    const ada = await administrator();
    expect((await save(ada, { organisation: "required" }, 1)).status).toBe(200);
    expect(await owed()).toBe("enrolment_required");
    await documents().replaceOne({}, older);
    app.clock.advance({ seconds: 5 });
    expect(await owed()).toBe("nothing");
    expect(refused).toEqual([]);
    // The version has gone back with it, and whoever saves now says so.
    expect((await ada.get(POLICY)).status).toBe(200);
    await stepUp(app, ada, TOTP_SECRET, "administer");
    expect(await save(ada, {}, 2)).toMatchObject({ status: 409, json: { version: 1 } });
  });
});

describe("sessions of a time that the swapped-in document does not know", () => {
  test("end, but for the one that raised it", async () => {
    await app.close();
    await start({ policy: { organisation: "optional" } });
    const ada = await administrator();
    expect((await save(ada, { graceDays: 1 }, 0)).status).toBe(200);
    const older = await document();
    await stepUp(app, ada, TOTP_SECRET, "administer");
    expect((await save(ada, { organisation: "required" }, 1)).status).toBe(200);
    const later = await signedIn(app, ADA, TOTP_SECRET);
    await documents().replaceOne({}, older);
    app.clock.advance({ seconds: 5 });
    expect((await later.get("/whoami")).json).toMatchObject({ state: "anonymous" });
  });
});

describe("while the database is away", () => {
  beforeEach(async () => {
    expect((await save(await administrator(), { organisation: "optional" }, 0)).status).toBe(200);
  });
  const unavailable = { status: 503, json: { code: "store_unavailable" } };
  const settingsAway = () => failing("alwaysOn", { failCommands: ["find"] });

  test("nobody passes once what was read is too old: 503, at the login and on open sessions", async () => {
    // The user comes from elsewhere, so that the settings are all that is away.
    await app.close();
    let known: unknown;
    const cached = await startApp({
      connection,
      clock: app.clock,
      sessionStore: new MemoryStore(),
      load: async (User, id) => {
        known ??= await User.findById(id);
        return known;
      },
      options: { settings: mongooseSettings(connection) },
    });
    const tom = await afterPassword(cached, TOM);
    expect((await tom.get("/account")).status).toBe(200);
    await settingsAway();
    expect((await tom.get("/account")).status).toBe(200);
    cached.clock.advance({ seconds: 4 });
    const reply = await tom.get("/account");
    expect(reply).toMatchObject(unavailable);
    expect(reply.headers.get("retry-after")).toBe("5");
    expect(reply.text).not.toContain(TOM);
    expect((await tom.page("/account")).status).toBe(503);
    await failing("off");
    expect((await tom.get("/account")).status).toBe(200);
    await cached.close();
  });

  test("no policy is saved, shown or reported on, and the fresh code is not lost for good", async () => {
    const ada = await administrator();
    await settingsAway();
    for (const reply of [
      await ada.get(POLICY),
      await save(ada, { organisation: "required" }, 1),
      await ada.post(REPORT, { policy: {}, version: 1 }),
    ]) {
      expect(reply.status).toBeGreaterThanOrEqual(500);
    }
    await failing("off");
    expect((await document()).version).toBe(1);
    await stepUp(app, ada, TOTP_SECRET, "administer");
    expect((await save(ada, { organisation: "required" }, 1)).status).toBe(200);
  });

  test("a write that fails is 503, and the policy is as it was", async () => {
    await app.close();
    const store = mongooseSettings(connection);
    let isAway = false;
    const away = new SecondFactorError("store_unavailable", "away");
    const settings = {
      read: store.read,
      write: (record: SettingsRecord) => (isAway ? Promise.reject(away) : store.write(record)),
    };
    await start({ settings }, app.clock);
    const ada = await administrator();
    isAway = true;
    expect(await save(ada, { organisation: "required" }, 1)).toMatchObject(unavailable);
    isAway = false;
    expect((await document()).version).toBe(1);
    expect(await owed()).toBe("nothing");
  });
});

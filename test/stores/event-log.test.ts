// The log of security events, in memory and in MongoDB.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventLog, LoggedEvent } from "../../src/core/event-log.js";
import { memoryEvents, mongooseEvents } from "../../src/stores/event-log.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));
const event = (user: string, minute: number): LoggedEvent => ({
  user,
  event: "signed-in",
  at: at(minute),
  detail: { factors: ["totp"] },
});

const logs: [string, () => Promise<EventLog>][] = [
  ["in memory", async () => memoryEvents()],
  ["in MongoDB", async () => mongooseEvents(await database.connect())],
];

describe.each(logs)("a log %s", (_, open) => {
  test("gives back a person's events, newest first, and nobody else's", async () => {
    const log = await open();
    for (const minute of [1, 2, 3]) await log.append(event("anna", minute));
    await log.append(event("ben", 4));
    const found = await log.of("anna", { limit: 2 });
    expect(found).toEqual([event("anna", 3), event("anna", 2)]);
    expect(await log.of("anna", { before: at(2), limit: 9 })).toEqual([event("anna", 1)]);
    expect(await log.of("nobody", { limit: 9 })).toEqual([]);
  });
});

test("MongoDB deletes events after 400 days, or as many as were asked for", async () => {
  const connection = await database.connect();
  await mongooseEvents(connection, { collection: "kept_long" }).append(event("anna", 1));
  await mongooseEvents(connection, { collection: "kept_short", days: 30 }).append(event("anna", 1));
  const lifeOf = async (name: string) => {
    const indexes = await connection.collection(name).indexes();
    return indexes.find((index) => index.expireAfterSeconds !== undefined)?.expireAfterSeconds;
  };
  expect(await lifeOf("kept_long")).toBe(400 * 86_400);
  expect(await lifeOf("kept_short")).toBe(30 * 86_400);
});

test("a database that is away is told as such, and the index is made once it is back", async () => {
  let isAway = true;
  const made: object[] = [];
  const collection = {
    createIndex: async (keys: object) => {
      if (isAway) throw new Error("away");
      made.push(keys);
    },
    insertOne: async () => undefined,
  };
  const log = mongooseEvents({ collection: () => collection });
  await expect(log.append(event("anna", 1))).rejects.toMatchObject({ code: "store_unavailable" });
  isAway = false;
  await log.append(event("anna", 1));
  expect(made).toEqual([{ at: 1 }, { user: 1, at: -1 }]);
});

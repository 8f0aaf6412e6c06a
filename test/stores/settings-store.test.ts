import mongoose from "mongoose";
import { describe, expect, test } from "vitest";
import { startEmbedded } from "../../example-app/database/index.js";
import { memorySettings, mongooseSettings } from "../../src/stores/settings-store.js";
import { describeSettingsStore, settingsRecord } from "../contracts/settings-contract.js";
import { testDatabase } from "../support/database.js";

describeSettingsStore("the memory store of settings", async () => ({
  fresh: async () => memorySettings(),
  close: async () => undefined,
}));

describeSettingsStore("the store of settings on a Mongoose connection", async () => {
  const database = await testDatabase();
  const connection = await database.connect();
  return {
    async fresh() {
      await connection.collection("second_factor_settings").deleteMany({});
      return mongooseSettings(connection);
    },
    close: database.close,
  };
});

describeSettingsStore(
  "one with a collection of its own, on a connection that pushes its own options",
  async () => {
    const database = await testDatabase();
    const options = { ignoreUndefined: true, readPreference: "secondaryPreferred" } as const;
    const connection = await mongoose.createConnection(database.uri, options).asPromise();
    connection.set("sanitizeFilter", true);
    connection.set("strictQuery", "throw");
    return {
      async fresh() {
        await connection.collection("acme_settings").deleteMany({});
        return mongooseSettings(connection, { collection: "acme_settings" });
      },
      async close() {
        expect(await connection.collection("second_factor_settings").countDocuments()).toBe(0);
        await connection.close();
        await database.close();
      },
    };
  },
);

describe("the settings on a database that does not answer", () => {
  const unavailable = { name: "SecondFactorError", code: "store_unavailable" };

  test("are refused at our own deadline, read or written", async () => {
    const connection = mongoose.createConnection();
    const store = mongooseSettings(connection, { operationTimeoutSeconds: 0.05 });
    await expect(store.read()).rejects.toMatchObject(unavailable);
    await expect(store.write(settingsRecord(1))).rejects.toMatchObject(unavailable);
    await expect(store.write(settingsRecord(2))).rejects.toMatchObject(unavailable);
    await connection.close();
  });

  test("that fails are refused as unavailable, and never taken for a lost race or for nothing saved", async () => {
    const embedded = await startEmbedded();
    const connection = await mongoose.createConnection(embedded.uri).asPromise();
    const store = mongooseSettings(connection);
    await store.write(settingsRecord(1));
    const failing = (mode: unknown) =>
      connection
        .getClient()
        .db("admin")
        .command({
          configureFailPoint: "failCommand",
          mode,
          data: { failCommands: ["find", "update", "insert"], errorCode: 50 },
        });
    await failing("alwaysOn");
    await expect(store.read()).rejects.toMatchObject(unavailable);
    await expect(store.write(settingsRecord(2))).rejects.toMatchObject(unavailable);
    await expect(store.write(settingsRecord(1))).rejects.toMatchObject(unavailable);
    await failing("off");
    expect(await store.read()).toEqual(settingsRecord(1));
    await connection.close();
    await embedded.close();
  });
});

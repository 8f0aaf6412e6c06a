import { Schema } from "mongoose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { secondFactorPlugin } from "../../src/stores/mongoose-plugin.js";
import { mongooseStore } from "../../src/stores/mongoose-store.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const at = new Date("2026-11-22T12:00:00.000Z");
const enrolment = { id: "e1", secret: "sealed-1", createdAt: at, expiresAt: at, login: "", first: true };

test("a change of keys reaches people whom the app hides from its own queries", async () => {
  const connection = await database.connect();
  const schema = new Schema({ email: String, deletedAt: Date, region: { type: String, get: () => "eu" } });
  schema.plugin(secondFactorPlugin);
  schema.pre(["find", "findOne", "countDocuments"], function () {
    this.where({ deletedAt: { $exists: false } });
  });
  const User = connection.model("User", schema);
  const patient = { operationTimeoutSeconds: 30 };
  const key = ({ region }: { region: string }) => ({ region });
  for (const store of [mongooseStore(User, patient), mongooseStore(User, { ...patient, key })]) {
    await User.collection.deleteMany({});
    const hidden = await User.create({ email: "anna@acme.test", deletedAt: at, region: "eu" });
    const ref = store.refOf(hidden);
    await store.importEnrolment(ref, "totp", enrolment);
    expect(await store.find(ref.id)).toBeUndefined();
    const found = [];
    for await (const kept of store.vaults()) found.push(kept);
    expect(found).toMatchObject([{ ref, vault: { enrolments: { totp: { active: { id: "e1" } } } } }]);
    expect(await store.countVaults()).toBe(1);
    const secrets = [{ kind: "totp", of: "active", from: "sealed-1", to: "anew-1" }] as const;
    expect(await store.reseal(found[0]?.ref ?? ref, { secrets, ended: [], dropped: [] })).toBe(true);
  }
});

test("a database that is away is store_unavailable, before and in the middle", async () => {
  const own = await testDatabase();
  const connection = await own.connect();
  const schema = new Schema({ email: String }).plugin(secondFactorPlugin);
  const store = mongooseStore(connection.model("User", schema), { operationTimeoutSeconds: 1 });
  const unavailable = { code: "store_unavailable" };
  for (let i = 0; i < 250; i++) {
    const ref = store.refOf(await connection.model("User").create({ email: `user-${i}@acme.test` }));
    await store.importEnrolment(ref, "totp", enrolment);
  }
  const begun = store.vaults();
  expect((await begun.next()).done).toBe(false);
  await own.close();
  const rest = async () => {
    while (!(await begun.next()).done);
  };
  await expect(rest()).rejects.toMatchObject(unavailable);
  await expect(store.countVaults()).rejects.toMatchObject(unavailable);
  await expect(store.vaults().next()).rejects.toMatchObject(unavailable);
});

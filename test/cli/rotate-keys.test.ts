// The proof: ten thousand people, a change of keys that is killed in the middle, and nothing lost.
import { createHash, randomBytes } from "node:crypto";
import mongoose from "mongoose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSealer, recoveryContext, secretContext } from "../../src/core/sealing.js";
import { authenticator } from "../../src/testing/index.js";
import { afterPassword, PASSWORD, startApp, VERIFY } from "../support/app.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import { type Folder, NEW_KEY, newFolder, OLD_KEY } from "./command.js";

const PEOPLE = 10_000;
const BATCH = 1000;
const BOTH = { KEYS: JSON.stringify([NEW_KEY, OLD_KEY]) };
const AT = new Date("2026-11-22T12:00:00.000Z");

let database: TestDatabase;
let connection: mongoose.Connection;
let folder: Folder;
beforeAll(async () => {
  database = await testDatabase();
  connection = await database.connect();
  folder = await newFolder();
});
afterAll(async () => {
  await folder.remove();
  await database.close();
});

const random = { bytes: (length: number) => randomBytes(length) };
const oldSealer = createSealer([OLD_KEY], random);
const users = () => connection.collection("users");

/** Twenty bytes that are known again from the number of the person. */
const secretOf = (person: number) => createHash("sha1").update(`secret of ${person}`).digest();
const hashOf = (person: number, code: string) => createHash("sha256").update(`${code} of ${person}`).digest();
const CODES = ["r1", "r2"];

/** Somebody with an authenticator app and two recovery codes, all under the old key. */
function user(person: number) {
  const _id = new mongoose.Types.ObjectId();
  const id = _id.toHexString();
  const secret = oldSealer.seal(secretOf(person), secretContext(id, "totp", "e1"));
  const codes = CODES.map((code) => {
    return { id: code, hash: oldSealer.seal(hashOf(person, code), recoveryContext(id, "s1", code)) };
  });
  return {
    _id,
    email: `user-${person}@acme.test`,
    password: PASSWORD,
    roles: [],
    secondFactor: {
      factors: ["totp", "recovery-code"],
      vault: {
        enrolments: { totp: { active: { id: "e1", secret, createdAt: AT, confirmedAt: AT } } },
        recoveryCodes: { id: "s1", salt: "salt", createdAt: AT, codes },
      },
    },
  };
}

/** How many people have something under each key, by their whole documents. */
async function keysInUse() {
  let [old, both] = [0, 0];
  for await (const found of users().find()) {
    const text = JSON.stringify(found);
    if (!text.includes(OLD_KEY.id)) continue;
    old++;
    if (text.includes(`.${NEW_KEY.id}.`)) both++;
  }
  return { old, both };
}

test("ten thousand people, killed and stopped in the middle, run again: nothing is lost, and the old key can go", async () => {
  for (let first = 0; first < PEOPLE; first += BATCH) {
    await users().insertMany(Array.from({ length: BATCH }, (_, i) => user(first + i)));
  }
  const killed = folder.start(["rotate-keys"], { ...BOTH, MONGODB_URI: database.uri });
  await killed.notes("30 %:");
  killed.child.kill("SIGKILL");
  expect((await killed.ended).out).toBe("");
  const left = await keysInUse();
  // In the middle; and of each person either all is anew or nothing.
  expect(left.old).toBeGreaterThan(0);
  expect(left.old).toBeLessThanOrEqual(0.7 * PEOPLE);
  expect(left.both).toBe(0);

  const stopped = folder.start(["rotate-keys"], { ...BOTH, MONGODB_URI: database.uri });
  await stopped.notes("60 %:");
  stopped.child.kill("SIGINT");
  const { code, out, err } = await stopped.ended;
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(/Stopped after [67],\d{3} of 10,000 people\. What is done stays done: run it again/);

  const again = await folder.run(["rotate-keys"], { ...BOTH, MONGODB_URI: database.uri });
  expect(again).toMatchObject({ code: 0 });
  expect(again.out).toMatch(/^People looked at: 10,000; sealed anew: [34],\d{3}\.\n/);
  expect(again.out).toContain(`Everything is sealed under key ${NEW_KEY.id}.`);
  expect(again.out).toContain(`These can be dropped from \`keys\`: ${OLD_KEY.id}.`);
  await expectSameSecrets();
  await expectNothingNames(OLD_KEY.id);
  await expectSignIns([0, 4_999, 9_999]);
}, 300_000);

/** With the new key alone. */
async function expectSameSecrets() {
  const sealer = createSealer([NEW_KEY], random);
  let people = 0;
  for await (const { _id, email, secondFactor } of users().find()) {
    const [id, person] = [_id.toHexString(), Number(/\d+/.exec(email)?.[0])];
    const { enrolments, recoveryCodes: set } = secondFactor.vault;
    const { plain } = sealer.open(enrolments.totp.active.secret, secretContext(id, "totp", "e1"));
    const hashes = CODES.map((code, i) => sealer.open(set.codes[i].hash, recoveryContext(id, "s1", code)));
    const expected = [secretOf(person), ...CODES.map((code) => hashOf(person, code))];
    const opened = [plain, ...hashes.map((hash) => hash.plain)];
    if (expected.some((bytes, i) => !bytes.equals(opened[i] ?? Buffer.alloc(0)))) {
      throw new Error(`${email} has other secrets than before`);
    }
    people++;
  }
  expect(people).toBe(PEOPLE);
}

async function expectNothingNames(key: string) {
  const collections = (await connection.db?.collections()) ?? [];
  expect(collections.map(({ collectionName }) => collectionName)).toContain("users");
  for (const collection of collections) {
    for await (const found of collection.find()) {
      if (JSON.stringify(found).includes(key)) throw new Error(`${found._id} names it`);
    }
  }
}

/** In an app that has the new key alone. */
async function expectSignIns(sample: readonly number[]) {
  const app = await startApp({ connection, options: { keys: [NEW_KEY] } });
  try {
    for (const person of sample) {
      const visitor = await afterPassword(app, `user-${person}@acme.test`);
      const code = await authenticator(base32(secretOf(person)), app.clock).code();
      expect((await visitor.post(VERIFY, { code })).json).toMatchObject({ state: "satisfied" });
    }
  } finally {
    await app.close();
  }
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five, 2)])
    .join("");
}

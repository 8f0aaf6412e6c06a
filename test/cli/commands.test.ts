// The command as it is typed, on an app's own set-up: what it prints where, its exit codes, and that it ends.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import mongoose from "mongoose";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createSecondFactor, mongooseStore, secondFactorPlugin, totp } from "../../src/index.js";
import { PASSWORD, TOTP_SECRET } from "../support/app.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import { type Smtp, startSmtp } from "../support/smtp.js";
import { type Folder, LAZY, NEW_KEY, newFolder, OLD_KEY } from "./command.js";

// A command loads an app from its sources, and there are several to each test.
vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let connection: mongoose.Connection;
let smtp: Smtp;
let folder: Folder;
beforeAll(async () => {
  [database, smtp, folder] = await Promise.all([testDatabase(), startSmtp(), newFolder()]);
  connection = await database.connect();
});
afterAll(() => Promise.all([folder.remove(), smtp.close(), database.close()]));

/** Tom, with an authenticator app under the old key. */
async function addTom() {
  const schema = new mongoose.Schema({ email: String, password: String, roles: [String] });
  const User = connection.models["User"] ?? connection.model("User", schema.plugin(secondFactorPlugin));
  await User.deleteMany({});
  const { importTotp } = createSecondFactor({
    issuer: "Acme",
    origins: ["https://acme.test"],
    keys: [OLD_KEY],
    store: mongooseStore(User),
    factors: [totp()],
  });
  const tom = await User.create({ email: "tom@acme.test", password: PASSWORD, roles: ["admin"] });
  await importTotp(tom, TOTP_SECRET);
  return tom;
}

const run = (args: string[], env: Record<string, string> = {}) =>
  folder.run(args, { MONGODB_URI: database.uri, SMTP_URL: smtp.url, ...env });

test("key prints a key alone, and beside it where it goes", async () => {
  const [one, other] = await Promise.all([run(["key"]), run(["key"])]);
  expect(one.code).toBe(0);
  expect(Buffer.from(one.out.trim(), "base64url")).toHaveLength(32);
  expect(one.out).toMatch(/^[\w-]{43}\n$/);
  expect(one.err).toContain("put it first in `keys`");
  expect(other.out).not.toBe(one.out);
});

test("what is not understood is exit code 2, on stderr", async () => {
  expect(await run(["nonsense"])).toEqual({
    code: 2,
    out: "",
    err: 'there is no command "nonsense"\nSee: npx passport-second-factor help\n',
  });
  const empty = await newFolder("");
  expect(await empty.run(["status"])).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringContaining("none of"),
  });
  await empty.remove();
});

describe("help", () => {
  test("fits a terminal, and the version is the package's", async () => {
    const [help, version] = await Promise.all([run(["help"]), run(["--version"])]);
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(Math.max(...help.out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(version.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

test("somebody who lost their phone: found, told of, switched off, mailed, and in the log", async () => {
  const tom = await addTom();
  const status = await run(["status", "tom@acme.test", "--json"]);
  expect(status).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(status.out)).toMatchObject({ id: tom?.id, coverage: "on", factors: ["totp"] });
  expect(status.out).not.toContain(TOTP_SECRET);
  const done = await run(["disable", "tom@acme.test", "--reason", "lost the phone", "--yes"]);
  expect(done).toMatchObject({ code: 0, out: "tom@acme.test has no second factor any more.\n" });
  expect(smtp.mails.at(-1)).toMatchObject({ to: ["tom@acme.test"] });
  expect(smtp.mails.at(-1)?.mail.text).toContain("lost the phone");
  const events = await connection.collection("second_factor_events").find().toArray();
  expect(events).toMatchObject([
    { user: tom?.id, event: "administered", detail: { reason: "lost the phone" } },
  ]);
});

test("what cannot be done is exit code 1, and it says why", async () => {
  const tom = await addTom();
  const [nobody, lost] = await Promise.all([
    run(["status", "zoe@acme.test"]),
    run(["rotate-keys"], { KEYS: JSON.stringify([NEW_KEY]) }),
  ]);
  expect(nobody).toEqual({ code: 1, out: "", err: 'nobody has the id or the account "zoe@acme.test"\n' });
  expect(lost).toMatchObject({ code: 1, err: expect.stringContaining(`${tom?.id}: `) });
});

describe("a database that is away", () => {
  test("is a clear message, where nothing listens", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    const dead = await run(["status"], { MONGODB_URI: `mongodb://127.0.0.1:${port}/app` });
    expect(dead).toMatchObject({ code: 1, out: "" });
    expect(dead.err).toMatch(/the function of .* failed:\nconnect ECONNREFUSED/);
  });

  test("is one where the app does not wait for it, and where it takes connections and never answers", async () => {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    const uri = `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/app`;
    const lazy = await newFolder(LAZY);
    const dead = await lazy.run(["rotate-keys"], { MONGODB_URI: uri });
    expect(dead).toMatchObject({ code: 1, out: "" });
    expect(dead.err).toContain("the database did not answer within 1 s");
    expect(dead.err).toContain("Is the database up");
    server.close();
    await lazy.remove();
  });
});

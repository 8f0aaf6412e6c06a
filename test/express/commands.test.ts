// What the second factor costs: the commands that reach the database, counted on the driver's own monitor.
import mongoose from "mongoose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type AppOptions,
  afterPassword,
  codes,
  everyFactor,
  PASSWORD,
  PHONE,
  SEND,
  sentCode,
  signedIn,
  startApp,
  type TestApp,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import type { Visitor } from "../support/visitor.js";

let database: TestDatabase;
let connection: mongoose.Connection;

beforeAll(async () => {
  database = await testDatabase();
  connection = await mongoose.createConnection(database.uri, { monitorCommands: true }).asPromise();
});
afterAll(async () => {
  await connection.close();
  await database.close();
});

const ADDRESS = "tom.private@mail.test";

interface Sent {
  /** `find`, `update`, … */
  name: string;
  collection: string;
}

/** The commands that a step sends. */
async function sentBy(step: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const note = ({
    commandName: name,
    command,
  }: {
    commandName: string;
    command: Record<string, unknown>;
  }) => {
    sent.push({ name, collection: String(command[name]) });
  };
  const client = connection.getClient();
  client.on("commandStarted", note as never);
  try {
    await step();
  } finally {
    client.off("commandStarted", note as never);
  }
  return sent;
}

const onUsers = (sent: Sent[]) =>
  sent.filter(({ collection }) => collection === "users").map(({ name }) => name);

/** The same steps on the app with the second factor and on the one without: what each sends. */
async function compared(
  setup: Partial<AppOptions>,
  run: (app: TestApp) => Promise<Sent[]>,
): Promise<{ own: Sent[]; all: Sent[] }> {
  const counts: Sent[][] = [];
  for (const without of [true, false]) {
    const app = await startApp({ connection, ...setup, without });
    await app.User.deleteMany({});
    counts.push(await run(app));
    await app.close();
  }
  const [own = [], all = []] = counts;
  return { own, all };
}

describe("a request on a satisfied session", () => {
  const people: [string, { roles?: string[]; secret?: string; address?: string; phone?: string }][] = [
    ["with no factor", {}],
    ["with a factor", { secret: TOTP_SECRET }],
    ["who must have one", { secret: TOTP_SECRET, roles: ["admin"] }],
    ["with codes by e-mail and text message", { secret: TOTP_SECRET, address: ADDRESS, phone: PHONE }],
  ];

  test.each(people)(
    "of somebody %s adds no command to the app's own, on any collection",
    async (_, person) => {
      const { own, all } = await compared({ factors: everyFactor }, async (app) => {
        await app.addUser({ email: TOM, ...person });
        const tom = await signedInAs(app, person.secret);
        return sentBy(async () => {
          expect((await tom.get("/account")).status).toBe(200);
          expect((await tom.page("/")).status).toBe(200);
          expect((await tom.post("/account")).status).toBe(200);
        });
      });
      expect(all).toEqual(own);
      expect(own.length).toBeGreaterThan(0);
    },
  );

  test("of a user that is a plain object adds one read, where roles and factors are needed", async () => {
    const load: AppOptions["load"] = (User, id) => User.findById(id).lean();
    const { own, all } = await compared({ load }, async (app) => {
      await app.addUser({ email: TOM });
      const tom = await signedInAs(app, undefined);
      return sentBy(async () => expect((await tom.get("/account")).status).toBe(200));
    });
    expect(onUsers(all).length).toBe(onUsers(own).length + 1);
    expect(all.length).toBe(own.length + 1);
  });

  test("of nobody adds no command", async () => {
    const { own, all } = await compared({}, (app) => sentBy(() => app.visitor().get("/")));
    expect(all).toEqual(own);
  });
});

/** Signed in by whatever the app asks for: the app without the second factor asks for the password alone. */
async function signedInAs(app: TestApp, secret: string | undefined): Promise<Visitor> {
  const visitor = await afterPassword(app, TOM);
  if ((await visitor.get("/account")).status === 200) return visitor;
  return signedIn(app, TOM, secret);
}

describe("a login with password and TOTP", () => {
  test("as JSON adds at most four commands to the app's own on the users", async () => {
    const { own, all } = await compared({}, async (app) => {
      await app.addUser({ email: TOM, secret: TOTP_SECRET });
      const tom = app.visitor();
      return sentBy(async () => {
        const login = await tom.post("/login", { email: TOM, password: PASSWORD });
        if (login.status === 401) {
          await tom.get("/second-factor/challenge");
          expect((await tom.post(VERIFY, { code: await codes(app.clock).code() })).status).toBe(200);
        }
        expect((await tom.get("/account")).status).toBe(200);
      });
    });
    expect(onUsers(own)).toEqual(["find", "find"]);
    expect(onUsers(all).length - onUsers(own).length).toBeLessThanOrEqual(4);
    expect(onUsers(all)).toContain("findAndModify");
  });

  test("in a browser, with all its pages and files, adds at most four", async () => {
    const { own, all } = await compared({}, async (app) => {
      await app.addUser({ email: TOM, secret: TOTP_SECRET });
      const tom = app.visitor();
      return sentBy(async () => {
        await tom.page("/account");
        let reply = await tom.form("/login/redirect", { email: TOM, password: PASSWORD });
        if (reply.location === "/second-factor/challenge") {
          const page = await tom.page(reply.location);
          for (const [, file] of page.text.matchAll(/(?:href|src)="(\/second-factor\/assets\/[^"]+)"/g)) {
            expect((await tom.get(file ?? "")).status).toBe(200);
          }
          await tom.page("/second-factor/challenge/choose");
          await tom.page("/second-factor/challenge");
          reply = await tom.form(VERIFY, { code: await codes(app.clock).code(), factor: "totp" });
        }
        expect(reply.location).toBe("/welcome");
        expect((await tom.page("/account")).status).toBe(200);
      });
    });
    expect(onUsers(all).length - onUsers(own).length).toBeLessThanOrEqual(4);
    expect(onUsers(all)).toContain("findAndModify");
  });
});

/** Password, challenge, code by e-mail, challenge, code; nothing is asked by the app without the second factor. */
async function signInByMail(app: TestApp, tom: Visitor, fields: object = {}): Promise<void> {
  const login = await tom.post("/login", { email: TOM, password: PASSWORD });
  if (login.status === 401) {
    await tom.get("/second-factor/challenge");
    expect((await tom.post(SEND, { factor: "email" })).status).toBe(202);
    await tom.get("/second-factor/challenge");
    const body = { factor: "email", code: sentCode(app), ...fields };
    expect((await tom.post(VERIFY, body)).status).toBe(200);
  }
  expect((await tom.get("/account")).status).toBe(200);
}

describe("a login with password and a code by e-mail", () => {
  const setup = { factors: everyFactor };

  test("adds at most six commands to the app's own on the users, and none to other collections but sessions", async () => {
    const { own, all } = await compared(setup, async (app) => {
      await app.addUser({ email: TOM, address: ADDRESS });
      return sentBy(() => signInByMail(app, app.visitor()));
    });
    expect(onUsers(own)).toEqual(["find", "find"]);
    expect(onUsers(all).length - onUsers(own).length).toBeLessThanOrEqual(6);
    expect(onUsers(all)).toContain("findAndModify");
    expect(new Set(all.map(({ collection }) => collection))).toEqual(new Set(["users", "sessions"]));
  });

  test("in a browser, with its pages, adds at most six", async () => {
    const { own, all } = await compared(setup, async (app) => {
      await app.addUser({ email: TOM, address: ADDRESS });
      const tom = app.visitor();
      return sentBy(async () => {
        let reply = await tom.form("/login/redirect", { email: TOM, password: PASSWORD });
        if (reply.location === "/second-factor/challenge") {
          await tom.page(reply.location);
          const sent = await tom.form(SEND, { factor: "email" });
          await tom.page(sent.location ?? "");
          reply = await tom.form(VERIFY, { factor: "email", code: sentCode(app) });
        }
        expect(reply.location).toBe("/welcome");
        expect((await tom.page("/account")).status).toBe(200);
      });
    });
    expect(onUsers(all).length - onUsers(own).length).toBeLessThanOrEqual(6);
    expect(onUsers(all)).toContain("findAndModify");
  });

  test("from a trusted browser adds at most two", async () => {
    const { own, all } = await compared(setup, async (app) => {
      await app.addUser({ email: TOM, address: ADDRESS });
      const tom = app.visitor();
      await signInByMail(app, tom, { trustBrowser: true });
      await tom.post("/logout");
      return sentBy(async () => {
        expect((await tom.post("/login", { email: TOM, password: PASSWORD })).status).toBe(200);
        expect((await tom.get("/account")).status).toBe(200);
      });
    });
    expect(onUsers(own)).toEqual(["find", "find"]);
    expect(onUsers(all).length - onUsers(own).length).toBeLessThanOrEqual(2);
    expect(onUsers(all)).toContain("findAndModify");
  });
});

describe("a code", () => {
  let app: TestApp;
  let tom: Visitor;

  beforeEach(async () => {
    app = await startApp({ connection });
    await app.User.deleteMany({});
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    tom = await afterPassword(app, TOM);
    return () => app.close();
  });

  test("that is wrong takes at most two commands on the users", async () => {
    const sent = await sentBy(async () => {
      expect((await tom.post(VERIFY, { code: "000000" })).json).toMatchObject({ code: "wrong_code" });
    });
    expect(onUsers(sent)).toContain("findAndModify");
    expect(onUsers(sent).length).toBeLessThanOrEqual(2);
  });

  test("while locked takes at most two", async () => {
    for (let guess = 0; guess < 5; guess++) await tom.post(VERIFY, { code: "000000" });
    const sent = await sentBy(async () => {
      expect((await tom.post(VERIFY, { code: "000000" })).json).toMatchObject({ code: "locked" });
    });
    expect(onUsers(sent)).toContain("findAndModify");
    expect(onUsers(sent).length).toBeLessThanOrEqual(2);
  });

  test("that is malformed takes none", async () => {
    const sent = await sentBy(async () => {
      expect((await tom.post(VERIFY, { code: "12345" })).status).toBe(400);
    });
    expect(onUsers(sent)).toEqual([]);
  });

  test("that is right is two guarded writes of one document, found by its id", async () => {
    const filters: unknown[] = [];
    const note = ({ command }: { command: Record<string, unknown> }) => {
      const { findAndModify, update, query, updates } = command;
      if (findAndModify === "users") filters.push(query);
      if (update === "users") filters.push(...(updates as { q: unknown }[]).map(({ q }) => q));
    };
    const client = connection.getClient();
    client.on("commandStarted", note as never);
    const reply = await tom.post(VERIFY, { code: await codes(app.clock).code() });
    client.off("commandStarted", note as never);
    expect(reply.status).toBe(200);
    expect(filters.length).toBe(2);
    const user = await app.User.findOne({ email: TOM });
    for (const filter of filters) expect(filter).toMatchObject({ _id: user?._id });
  });
});

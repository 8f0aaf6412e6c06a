// What a policy would mean, over HTTP: the counts, who is affected, and the list of all of them as CSV.
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { emailCode, type SecondFactorOptions, smsCode, totp } from "passport-second-factor";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { memorySettings } from "../../src/stores/settings-store.js";
import { ADA, POLICY, REPORT, SENDER, signedIn, TOTP_SECRET } from "../support/app.js";
import { type Setup, useStartableApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const app = useStartableApp();
let settings = memorySettings();

async function start(setup: Setup = {}, options: Partial<SecondFactorOptions> = {}): Promise<void> {
  settings = memorySettings();
  await app.connection.collection("sessions").deleteMany({});
  await app.start({
    factors: (outbox) => [
      totp(),
      emailCode({ delivery: outbox.mail({ from: SENDER }) }),
      smsCode({ delivery: outbox.sms() }),
    ],
    ...setup,
    options: {
      settings,
      authorizeAdmin: (req) => (req.user as unknown as { email: string }).email === ADA,
      policy: {},
      ...options,
    },
  });
}
beforeEach(() => start());

async function administrator(): Promise<Visitor> {
  await app.addUser({ email: ADA, secret: TOTP_SECRET });
  return signedIn(app, ADA, TOTP_SECRET);
}

const ask = (visitor: Visitor, policy: object, headers: Record<string, string> = {}) =>
  visitor.ask(REPORT, { method: "POST", body: { policy, version: 0 }, headers });
const CSV = { accept: "text/csv" };

async function rowsOf(visitor: Visitor, policy: object): Promise<string[]> {
  const { text } = await ask(visitor, policy, CSV);
  return text.split("\r\n").filter((line) => line !== "");
}

describe("a mixed population", () => {
  const roles = {
    admin: { mode: "required", factors: ["totp"] },
    clerk: { mode: "required", factors: ["email"] },
    robot: { mode: "off" },
  };
  const people = async () => {
    await app.addUser({ email: "a-totp@acme.test", roles: ["admin"], secret: TOTP_SECRET });
    await app.addUser({ email: "a-mail@acme.test", roles: ["admin"], address: "a-mail@acme.test" });
    await app.addUser({ email: "a-none@acme.test", roles: ["admin"] });
    await app.addUser({ email: "c-none@acme.test", roles: ["clerk"] });
    await app.addUser({ email: "both@acme.test", roles: ["admin", "clerk"], secret: TOTP_SECRET });
    await app.addUser({ email: "robot@acme.test", roles: ["robot"], secret: TOTP_SECRET });
    await app.addUser({ email: "none@acme.test" });
  };

  test("is counted: covered, must enrol, cannot, not asked; those affected are named, with the reason", async () => {
    await people();
    const ada = await administrator();
    const { status, json } = await ask(ada, { roles });
    expect(status).toBe(200);
    expect(json).toMatchObject({ people: 8, covered: 2, must: 3, cannot: 1, notAsked: 2 });
    const affected = json["affected"] as { account: string; outcome: string; why?: string }[];
    const outcomes = Object.fromEntries(affected.map(({ account, outcome }) => [account, outcome]));
    expect(outcomes).toEqual({
      "a-mail@acme.test": "must",
      "a-none@acme.test": "must",
      "c-none@acme.test": "must",
      "both@acme.test": "cannot",
    });
    const both = affected.find(({ outcome }) => outcome === "cannot");
    expect(both?.why).toMatch(/admin.*clerk/);
  });

  test("is counted again for each policy that is thought of, and none of them is saved", async () => {
    await people();
    const ada = await administrator();
    const counts = async (policy: object) => {
      const { people, covered, must, cannot, notAsked } = (await ask(ada, policy)).json;
      return [people, covered, must, cannot, notAsked];
    };
    expect(await counts({})).toEqual([8, 5, 0, 0, 3]);
    expect(await counts({ organisation: "off" })).toEqual([8, 0, 0, 0, 8]);
    expect(await counts({ organisation: "required" })).toEqual([8, 5, 3, 0, 0]);
    expect(await counts({ organisation: "required", graceDays: 30 })).toEqual([8, 5, 3, 0, 0]);
    expect(await settings.read()).toBeUndefined();
    expect((await ada.get(POLICY)).json).toMatchObject({ version: 0 });
  });

  test("adds up, and its CSV has a row for each who must or cannot", async () => {
    await people();
    const ada = await administrator();
    const { json } = await ask(ada, { organisation: "required", roles });
    const [all, ...parts] = ["people", "covered", "must", "cannot", "notAsked"].map((it) => Number(json[it]));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(all);
    const rows = await rowsOf(ada, { organisation: "required", roles });
    expect(rows[0]).toBe("id,account,outcome,why");
    expect(rows).toHaveLength(1 + Number(json["must"]) + Number(json["cannot"]));
  });
});

describe("the sessions that would end", () => {
  test("are counted where the organisation would begin to require it, and are none elsewhere", async () => {
    const ada = await administrator();
    await app.addUser({ email: "new@acme.test" });
    await signedIn(app, "new@acme.test");
    expect((await ask(ada, { organisation: "required" })).json).toMatchObject({ sessions: 2 });
    expect((await ask(ada, { organisation: "off" })).json).toMatchObject({ sessions: 0 });
    expect((await ask(ada, { roles: { x: { mode: "required" } } })).json).toMatchObject({ sessions: 0 });
  });

  test("are none where it is required already, however long the report takes", async () => {
    let isSlow = false;
    const rolesOf = () => {
      if (isSlow) app.clock.advance({ seconds: 5 });
      return [];
    };
    await start({}, { policy: { organisation: "required" }, rolesOf });
    const ada = await administrator();
    isSlow = true;
    expect((await ask(ada, { organisation: "required" })).json).toMatchObject({ sessions: 0 });
  });
});

describe("a part that is pinned in code", () => {
  test("is in the report as it will be, not as it was asked for", async () => {
    await start({}, { policy: { organisation: "optional" }, pinned: ["organisation"] });
    const ada = await administrator();
    await app.addUser({ email: "new@acme.test" });
    expect((await ask(ada, { organisation: "required" })).json).toMatchObject({ must: 0, sessions: 0 });
  });
});

/** The CSV of a policy that requires it, as a client reads it that can tell whether the end came. */
function requestOf(visitor: Visitor, signal = new AbortController().signal): ClientRequest {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const headers = { ...CSV, cookie, "content-type": "application/json" };
  const sent = request(app.url + REPORT, { method: "POST", headers, signal });
  sent.end(JSON.stringify({ policy: { organisation: "required" }, version: 0 }));
  return sent;
}

async function readAll(sent: ClientRequest): Promise<string> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

describe("the CSV", () => {
  const required = { organisation: "required" };

  test("is a file, never kept, with one row a person", async () => {
    const ada = await administrator();
    const user = await app.addUser({ email: "new@acme.test" });
    const reply = await ask(ada, required, CSV);
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-type")).toMatch(/^text\/csv/);
    expect(reply.headers.get("content-disposition")).toMatch(/^attachment; filename=/);
    expect(reply.headers.get("cache-control")).toBe("no-store");
    expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
    expect(reply.text).toBe(`id,account,outcome,why\r\n"${user.id}","new@acme.test","must",""\r\n`);
  });

  // ASVS 5.0, 1.2.10 and OWASP's page on CSV injection.
  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", '=HYPERLINK("//evil.test")'])(
    "makes text of what a spreadsheet would run: %j",
    async (name) => {
      const ada = await administrator();
      const user = await app.addUser({ email: name });
      const { text } = await ask(ada, required, CSV);
      expect(text).toContain(`"${user.id}","'${name.replaceAll('"', '""')}","must",""\r\n`);
    },
  );

  test.each(['a"b', 'a","must","', "a\r\nb", "a,b", "ä 🙂"])("keeps %j in its cell", async (name) => {
    const ada = await administrator();
    const user = await app.addUser({ email: name });
    const { text } = await ask(ada, required, CSV);
    expect(text.split(/(?<=,"")\r\n/)[0]).toContain(`"${user.id}","${name.replaceAll('"', '""')}","must",""`);
  });

  test("that breaks off does not look complete", async () => {
    let isBroken = false;
    await start(
      {},
      {
        rolesOf: (user: { email: string }) => {
          if (isBroken && user.email === "last@acme.test") throw new Error("a group is not loaded");
          return [];
        },
      },
    );
    const ada = await administrator();
    await app.addUser({ email: "new@acme.test" });
    await app.addUser({ email: "last@acme.test" });
    isBroken = true;
    // Not by fetch, which takes what came before the connection closed for all there is.
    await expect(readAll(requestOf(ada))).rejects.toThrow("aborted");
    expect(app.errors).toHaveLength(1);
  });

  test("that nobody reads any more stops, and leaves the users", { timeout: 10_000 }, async () => {
    const most = 200_000;
    let pulled = 0;
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    await start();
    const next = async () => {
      if (pulled++ >= most) return null;
      return new app.User({ email: "x".repeat(200) });
    };
    const cursor = () => ({ next, close: async () => leave() });
    const ada = await administrator();
    const everybody = { sort: () => ({ cursor }) };
    vi.spyOn(app.User, "find").mockReturnValue(everybody as never);
    const reading = new AbortController();
    const sent = requestOf(ada, reading.signal).on("error", () => undefined);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    await once(
      response.on("error", () => undefined),
      "data",
    );
    reading.abort();
    await left;
    expect(pulled).toBeLessThan(most);
  });
});

describe("twenty thousand users", () => {
  const COUNT = 20_000;

  /** How many of the user objects that were handed out are still held, at the worst moment that was looked at. */
  function watch() {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const seen: WeakRef<object>[] = [];
    let worst = 0;
    return {
      note: (user: object) => void seen.push(new WeakRef(user)),
      async count() {
        // What a WeakRef was made for is kept until the end of its turn.
        await setImmediate();
        collect();
        worst = Math.max(worst, seen.filter((ref) => ref.deref()).length);
      },
      worst: () => worst,
      seen: () => seen.length,
    };
  }

  test.each([
    ["counted", {}],
    ["listed as CSV", CSV],
  ])("are %s with no more of them in memory than the database sends at once", async (_, headers) => {
    const watched = watch();
    let isReporting = false;
    await start(
      {},
      {
        async rolesOf(user: object) {
          if (!isReporting) return [];
          watched.note(user);
          if (watched.seen() % 4000 === 0) await watched.count();
          return [];
        },
      },
    );
    const ada = await administrator();
    const documents = Array.from({ length: COUNT }, (_it, i) => ({
      email: `user-${i}@acme.test`,
      roles: [],
    }));
    await app.User.collection.insertMany(documents as never[]);
    isReporting = true;
    const reply = await ask(ada, { organisation: "required" }, headers);
    expect(reply.status).toBe(200);
    if (headers === CSV) expect(reply.text.split("\r\n")).toHaveLength(COUNT + 2);
    else expect(reply.json).toMatchObject({ people: COUNT + 1, must: COUNT, covered: 1 });
    expect((reply.json["affected"] as unknown[] | undefined)?.length ?? 50).toBe(50);
    expect(watched.seen()).toBeGreaterThan(COUNT);
    expect(watched.worst()).toBeLessThan(3000);
  });
});

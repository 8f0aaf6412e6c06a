// Sends every request that the documentation shows, in its order, and compares the answers with the ones it shows.
import { STATUS_CODES } from "node:http";
import type { Request, Response } from "express";
import { authenticator } from "passport-second-factor/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { mustChange, withAccount } from "../support/account.js";
import { everyFactor, PHONE, sentCode, startApp, type TestApp, TOTP_SECRET } from "../support/app.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import type { Reply, Visitor } from "../support/visitor.js";
import { type Block, blocksIn, read } from "./blocks.js";

const PASSWORD = "demo-password-2026";
/** What the pages write where a real code goes. */
const SOME_CODE = "492039";
const SOME_SENT_CODE = "731905";
const SOME_BROWSER = "Jx3kQ0v8T5eYl2bWc9RzAg";
const SOME_RECOVERY_CODE = "7QK4-M2XN-0V9B-HT3D";

const blocks = blocksIn("http");
const files = [...new Set(blocks.map(({ file }) => file))];

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

describe.each(files)("%s", (file) => {
  let app: TestApp;
  const visitors = new Map<string, Visitor>();
  let secret = TOTP_SECRET;
  let recoveryCode = "";
  let browser = "";
  const exchanges = pairs(blocks.filter((block) => block.file === file));

  beforeAll(async () => {
    app = await startApp(
      withAccount({
        connection: await database.connect(),
        factors: everyFactor,
        options: { actions: { payout: { description: (target) => `pay ${target}`, factors: ["totp"] } } },
        routes: ({ app: express, secondFactor }) => {
          const bind = ({ body }: Request) => `${body.amount} to ${body.iban}`;
          const pay = (req: Request, res: Response) => void res.json({ paid: req.body.amount });
          express.post("/payouts", secondFactor.stepUp("payout", { bind }), pay);
        },
      }),
    );
    await app.User.deleteMany({});
    await app.addUser({ email: "tom@acme.test", password: PASSWORD, secret: TOTP_SECRET });
    await app.addUser({ email: "root@acme.test", password: PASSWORD, roles: ["admin"] });
    await app.addUser({ email: "ivy@acme.test", password: PASSWORD, roles: ["admin"] });
    await app.addUser({ email: "ada@acme.test", password: PASSWORD, address: "ada@acme.test", phone: PHONE });
    await app.addUser({ email: "ida@acme.test", password: PASSWORD });
    await mustChange(app, "ida@acme.test");
    return () => app.close();
  });

  test.each(exchanges)("line $request.line: $title", async ({ request, answer }) => {
    const { path, ...ask } = parsedRequest(request);
    const name = request.visitor ?? "somebody";
    const visitor = visitors.get(name) ?? app.visitor();
    visitors.set(name, visitor);
    const code = ask.headers["Second-Factor-Code"];
    const reply = await visitor.ask(path.replace(SOME_BROWSER, browser), {
      ...ask,
      headers: code ? { ...ask.headers, "Second-Factor-Code": await withCodes(code) } : ask.headers,
      body: ask.body === "" ? undefined : await withCodes(ask.body),
    });
    remember(reply);
    compare(reply, answer);
  });

  /** A code is only good once, so each comes thirty seconds after the last. */
  async function withCodes(body: string): Promise<string> {
    app.clock.advance({ seconds: 30 });
    const code = await authenticator(secret, app.clock).code();
    const known = body.replace(SOME_CODE, code).replace(SOME_RECOVERY_CODE, recoveryCode);
    return known.includes(SOME_SENT_CODE) ? known.replace(SOME_SENT_CODE, sentCode(app)) : known;
  }

  function remember({ json }: Reply): void {
    if (typeof json["secret"] === "string") secret = json["secret"];
    if (Array.isArray(json["recoveryCodes"])) recoveryCode = String(json["recoveryCodes"][0]);
    if (Array.isArray(json["browsers"])) browser = (json["browsers"] as { id: string }[])[0]?.id ?? browser;
  }
});

test("docs/http.md lists every request that the OpenAPI document has, and no other", async () => {
  const app = await startApp({ connection: await database.connect() });
  onTestFinished(() => app.close());
  const { json } = await app.visitor().get("/second-factor/openapi.json");
  const paths = Object.entries(json["paths"] as Record<string, Record<string, unknown>>);
  const served = paths.flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((name) => ["get", "post", "put"].includes(name))
      .map((method) => `${method.toUpperCase()} ${local(path)}`),
  );
  const listed = [...read("docs/http.md").matchAll(/^\| `((?:GET|POST|PUT) \S+)` +\|/gm)].map(
    ([, request]) => request,
  );
  expect(listed.sort()).toEqual(served.filter((request) => !request.includes("/assets/")).sort());
});

/** Below our base path, with parameters as the page writes them. */
function local(path: string): string {
  return path.replace(/^\/second-factor(?=\/|$)/, "").replace(/\{(\w+)\}/g, ":$1") || "/";
}

interface Exchange {
  title: string;
  request: Block;
  answer: Block;
}

/** @throws where a request has no answer, or the other way round */
function pairs(list: readonly Block[]): Exchange[] {
  return list.flatMap((request, at) => {
    const answer = list[at + 1];
    if (at % 2 === 1) return [];
    if (request.text.startsWith("HTTP/") || !answer?.text.startsWith("HTTP/")) {
      throw new Error(`${request.file}:${request.line}: a request and its answer should stand here`);
    }
    return [{ title: request.text.split("\n")[0] ?? "", request, answer }];
  });
}

function parts(text: string): { first: string; headers: Record<string, string>; body: string } {
  const [head = "", ...rest] = text.trim().split("\n\n");
  const [first = "", ...lines] = head.split("\n");
  const headers = Object.fromEntries(
    lines.map((line) => line.split(/:\s(.*)/).slice(0, 2) as [string, string]),
  );
  return { first, headers, body: rest.join("\n\n") };
}

function parsedRequest({ text }: Block) {
  const { first, headers, body } = parts(text);
  const [method = "", path = ""] = first.split(" ");
  return { method, path, headers, body };
}

function compare(reply: Reply, { text }: Block): void {
  const { first, headers, body } = parts(text);
  expect(`HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status]}`).toBe(first);
  for (const [name, value] of Object.entries(headers)) expect(reply.headers.get(name), name).toBe(value);
  const documented: unknown = JSON.parse(body);
  expect(shapeOf(reply.json)).toEqual(shapeOf(documented));
}

/** Values that are new each time become what kind they are; all others stay. */
function shapeOf(value: unknown, key = ""): unknown {
  if (key === "recoveryCodes" && Array.isArray(value))
    return [...new Set(value.map((code) => shapeOf(code, "code")))];
  if (Array.isArray(value)) return value.map((item) => shapeOf(item));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shapeOf(item, name)]));
  }
  if (typeof value !== "string") return value;
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return "a date";
  if (/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/.test(value)) return "a recovery code";
  if (key === "target") return value.replace(/^[\w-]{43}$/, "a digest");
  if (key === "id") return value.replace(/^[\w-]{22}$/, "an id");
  if (key === "secret") return value.replace(/^[A-Z2-7]{32}$/, "a secret");
  if (key === "uri") return value.replace(/[A-Z2-7]{32}/, "a secret");
  if (key === "qr")
    return value.replace(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg".*<\/svg>$/s, "an image");
  return value;
}

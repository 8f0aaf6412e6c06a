// Sends every request that the documentation shows, in its order, and compares the answers with the ones it shows.
import type { Request, Response } from "express";
import { createOutbox } from "passport-second-factor";
import { authenticator } from "passport-second-factor/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { mustChange, withAccount } from "../support/account.js";
import { everyFactor, PHONE, sentCode, startApp, type TestApp, TOTP_SECRET } from "../support/app.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import type { Reply, Visitor } from "../support/visitor.js";
import { blocksIn, read } from "./blocks.js";
import { compare, exchangesOf, parsedRequest } from "./exchanges.js";

const PASSWORD = "demo-password-2026";
/** What the pages write where a real code goes. */
const SOME_CODE = "492039";
const SOME_SENT_CODE = "731905";
const SOME_BROWSER = "Jx3kQ0v8T5eYl2bWc9RzAg";
const SOME_RECOVERY_CODE = "7QK4-M2XN-0V9B-HT3D";

/** The walks of docs/integration.md run against the apps that it shows. */
const blocks = blocksIn("http").filter(({ file }) => file !== "docs/integration.md");
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
  const exchanges = exchangesOf(blocks.filter((block) => block.file === file));

  beforeAll(async () => {
    app = await startApp(
      withAccount(
        {
          connection: await database.connect(),
          factors: everyFactor,
          options: { actions: { payout: { description: (target) => `pay ${target}`, factors: ["totp"] } } },
          routes: ({ app: express, secondFactor }) => {
            const bind = ({ body }: Request) => `${body.amount} to ${body.iban}`;
            const pay = (req: Request, res: Response) => void res.json({ paid: req.body.amount });
            express.post("/payouts", secondFactor.stepUp("payout", { bind }), pay);
          },
        },
        {
          delivery: createOutbox().mail({ from: "no-reply@acme.test" }),
          findUser: (address) => app.User.findOne({ email: address }),
        },
      ),
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

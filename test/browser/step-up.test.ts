// An app of two forms in a real browser: one that asks for a code before it is filled in, one when it is sent.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { codes, PASSWORD, startApp, type TestApp, TOM } from "../support/app.js";
import { launchBrowser } from "../support/browser.js";
import { type TestDatabase, testDatabase } from "../support/database.js";
import { actionApp, addTom, type Done } from "../support/step-up.js";
import { codeIn, enterCode, headingOf, pathOf, press } from "./person.js";

const done: Done[] = [];
let database: TestDatabase;
let browser: Browser;
let app: TestApp;
let page: Page;

const form = (fields: string) =>
  `<!doctype html><html lang="en"><title>Acme</title><h1>Acme</h1><form method="post">${fields}<button>Send</button></form></html>`;
const field = (name: string, label: string) => `<label>${label} <input name="${name}"></label>`;

beforeAll(async () => {
  [database, browser] = await Promise.all([testDatabase(), launchBrowser()]);
  const setup = actionApp(done, {
    routes: ({ app: express, secondFactor }) => {
      express.get(
        "/login",
        (_req, res) => void res.send(form(field("email", "E-mail") + field("password", "Password"))),
      );
      express.get(
        "/new-password",
        secondFactor.stepUp("change-password"),
        (_req, res) => void res.send(form(field("password", "New password"))),
      );
      express.post("/new-password", secondFactor.stepUp("change-password"), (req, res) => {
        done.push({ act: "new-password", body: req.body, headers: req.headers, raw: [] });
        res.send("<h1>Changed</h1>");
      });
      express.get("/pay", (_req, res) => void res.send(form(field("to", "Pay"))));
      express.post(
        "/pay",
        secondFactor.stepUp("payout", { bind: ({ body }) => (body as { to: string }).to }),
        (req, res) => {
          done.push({ act: "pay", body: req.body, headers: req.headers, raw: [] });
          res.send("<h1>Paid</h1>");
        },
      );
    },
  });
  app = await startApp({ ...setup, connection: await database.connect() });
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await database?.close();
});
beforeEach(async () => {
  done.length = 0;
  app.clock.advance({ hours: 1 });
  await app.User.deleteMany({});
  await addTom(app);
  page = await (await browser.newContext({ baseURL: app.url })).newPage();
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(TOM);
  await page.getByLabel("Password").fill(PASSWORD);
  await press(page, "button", "Send");
  await enterCode(page, await codes(app.clock).code());
  app.clock.advance({ seconds: 30 });
});

const submit = async (label: string, value: string) => {
  await page.getByLabel(label).fill(value);
  await press(page, "button", "Send");
};
const leadOf = (at: Page) => at.locator("#lead").textContent();

describe("a form that is guarded where it is shown", () => {
  test("asks first, is then filled in and sent, and asks again the next time", async () => {
    await page.goto("/new-password");
    expect(await headingOf(page)).toBe("Confirm it's you");
    expect(await leadOf(page)).toBe("Enter a new code to change password.");
    await enterCode(page, await codes(app.clock).code(), "Confirm");
    expect(pathOf(page)).toBe("/new-password");
    await page.reload();
    await submit("New password", "several words work well");
    expect(await headingOf(page)).toBe("Changed");
    expect(done).toMatchObject([{ act: "new-password", body: { password: "several words work well" } }]);
    await page.goto("/new-password");
    expect(pathOf(page)).toBe("/second-factor/challenge");
  });

  test("can be given up for the app's own first page", async () => {
    await page.goto("/new-password");
    await press(page, "link", "Cancel");
    expect(pathOf(page)).toBe("/");
    await page.goto("/new-password");
    expect(pathOf(page)).toBe("/second-factor/challenge");
  });
});

describe("a form that is guarded where it is sent", () => {
  test("asks about what was written, leads back, and goes through when it is sent again", async () => {
    await page.goto("/pay?month=11");
    await submit("Pay", "100 to NL91ABNA");
    expect(await leadOf(page)).toBe("Enter a new code to pay 100 to NL91ABNA.");
    await press(page, "link", "Try another way");
    await press(page, "button", "E-mail a code to t***@acme.test");
    const [message] = app.outbox.messages();
    expect(message?.text).toContain("code to pay 100 to NL91ABNA. It allows nothing else.");
    await enterCode(page, codeIn(message), "Confirm");
    expect(new URL(page.url()).search).toBe("?month=11");
    expect(pathOf(page)).toBe("/pay");
    expect(done).toEqual([]);
    await submit("Pay", "100 to NL91ABNA");
    expect(await headingOf(page)).toBe("Paid");
  });

  test("asks anew for another amount, which the code was not for", async () => {
    await page.goto("/pay");
    await submit("Pay", "100");
    await enterCode(page, await codes(app.clock).code(), "Confirm");
    await submit("Pay", "1000");
    expect(await leadOf(page)).toBe("Enter a new code to pay 1000.");
    expect(done).toEqual([]);
  });

  test("in two tabs: the code for what the first one says is void, and the page says so", async () => {
    await page.goto("/pay");
    await submit("Pay", "100");
    const other = await page.context().newPage();
    await other.goto("/pay");
    await other.getByLabel("Pay").fill("1000");
    await press(other, "button", "Send");
    await enterCode(page, await codes(app.clock).code(), "Confirm");
    expect(await headingOf(page)).toBe("That code is void");
    await page.goto("/pay");
    await submit("Pay", "1000");
    expect(await headingOf(page)).toBe("Confirm it's you");
    expect(done).toEqual([]);
  });
});

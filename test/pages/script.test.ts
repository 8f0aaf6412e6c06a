// What the script adds to a page, in a real browser: the countdown to a new code, codes out of text messages, local times.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import { SCRIPT } from "../../src/pages/script.js";
import { launchBrowser } from "../support/browser.js";
import { asset, RESEND_AT, site, view } from "./views.js";

const ORIGIN = "https://pages.test";
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

interface Visit {
  now?: Date;
  javaScriptEnabled?: boolean;
  timezoneId?: string;
  /** Runs in the page before the script does. */
  before?: string;
}

/** Opens the view of that name, at a time that stands still until the test moves it. */
async function open(name: string, { now = RESEND_AT, before, ...options }: Visit = {}): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const files: Record<string, [type: string, body: string]> = {
    [new URL(asset.scriptUrl, ORIGIN).pathname]: ["text/javascript", SCRIPT],
    [new URL(asset.styleUrl, ORIGIN).pathname]: ["text/css", ""],
    "/": ["text/html", renderPage(view(name), site, asset)],
  };
  await context.route(`${ORIGIN}/**`, (route) => {
    const [contentType, body] = files[new URL(route.request().url()).pathname] ?? ["text/html", "posted"];
    return route.fulfill({ contentType, body });
  });
  await context.clock.install({ time: now });
  await context.clock.pauseAt(now);
  if (before) await context.addInitScript(before);
  const page = await context.newPage();
  await page.goto(ORIGIN);
  return page;
}

const secondsBefore = (seconds: number) => new Date(RESEND_AT.getTime() - seconds * 1000);
const countdown = (page: Page) => page.locator("[data-sf-resend]").textContent();
const status = (page: Page) => page.locator("[role=status]").textContent();

describe("the countdown to a new code", () => {
  test("runs down to nothing, and only then says, once, that a new code can be asked for", async () => {
    const page = await open("challenge, sent", { now: secondsBefore(42) });
    expect(await countdown(page)).toBe("New code in 0:42");
    expect(await status(page)).toBe("");
    await page.clock.runFor(33_000);
    expect(await countdown(page)).toBe("New code in 0:09");
    expect(await status(page)).toBe("");
    await page.clock.runFor(9_000);
    expect(await countdown(page)).toBe("");
    expect(await status(page)).toBe("You can ask for a new code now.");
    await page.evaluate(`document.querySelector("[role=status]").textContent = ""`);
    await page.clock.runFor(60_000);
    expect(await status(page)).toBe("");
  });

  test.each([
    [90, "1:30"],
    [3599, "59:59"],
    [3 * 3600 + 62, "3:01:02"],
  ])("shows %i seconds as %s", async (seconds, shown) => {
    const page = await open("enrol-email, sent", { now: secondsBefore(seconds) });
    expect(await countdown(page)).toBe(`New code in ${shown}`);
  });

  test("says nothing where a new code could be asked for all along", async () => {
    const page = await open("challenge, sent", { now: RESEND_AT });
    await page.clock.runFor(5_000);
    expect([await countdown(page), await status(page)]).toEqual(["", ""]);
  });

  test("takes nothing from whoever has no script: the button is there and works", async () => {
    const page = await open("challenge, sent", { now: secondsBefore(42), javaScriptEnabled: false });
    expect([await countdown(page), await status(page)]).toEqual(["", ""]);
    await page.getByText("Didn't get it?").click();
    await page.getByRole("button", { name: "Send a new code" }).click();
    expect(new URL(page.url()).pathname).toBe("/second-factor/challenge/send");
  });
});

/** A phone that gets a text message when the test says so: no browser here has one. */
const PHONE = `
  window.OTPCredential = class {};
  window.asked = [];
  CredentialsContainer.prototype.get = (options) => new Promise((resolve, reject) => {
    window.asked.push(options.otp.transport.join());
    window.deliver = (code) => resolve(code && { code });
    options.signal.addEventListener("abort", () => {
      window.aborted = true;
      reject(options.signal.reason);
    });
  });
`;
const NO_PHONE = `delete window.OTPCredential; ${PHONE.replace("window.OTPCredential = class {};", "")}`;

const field = (page: Page) => page.getByLabel("6-digit code").inputValue();
const asked = (page: Page) => page.evaluate("window.asked");

describe("a code in a text message", () => {
  test.each(["challenge, texted", "enrol-sms, sent"])(
    "is filled in on %s, and never sent by itself",
    async (name) => {
      const page = await open(name, { before: PHONE });
      expect(await asked(page)).toEqual(["sms"]);
      await page.evaluate(`window.deliver("123456")`);
      await expect.poll(() => field(page)).toBe("123456");
      expect(page.url()).toBe(`${ORIGIN}/`);
    },
  );

  test("is no longer waited for once the form is sent, and what was typed stays", async () => {
    const page = await open("challenge, texted", { before: PHONE });
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await page.getByLabel("6-digit code").fill("654321");
    await page.evaluate(`document.addEventListener("submit", (event) => event.preventDefault())`);
    await page.getByRole("button", { name: "Continue" }).click();
    expect(await page.evaluate("window.aborted")).toBe(true);
    await page.evaluate(`window.deliver("123456")`);
    expect(await field(page)).toBe("654321");
    expect(errors).toEqual([]);
  });

  test("that the person does not hand over leaves the field alone", async () => {
    const page = await open("challenge, texted", { before: PHONE });
    await page.evaluate("window.deliver(null)");
    expect(await field(page)).toBe("");
  });

  test.each(["challenge", "challenge, sent", "enrol-email, sent", "enrol-sms", "recovery"])(
    "is not waited for on %s",
    async (name) => {
      expect(await asked(await open(name, { before: PHONE }))).toEqual([]);
    },
  );

  test("is not asked of a browser that does not know how", async () => {
    expect(await asked(await open("challenge, texted", { before: NO_PHONE }))).toEqual([]);
  });
});

test("times are shown in the reader's own zone, days without an hour", async () => {
  const page = await open("browsers", { timezoneId: "Asia/Tokyo" });
  const times = await page.locator("time").allTextContents();
  expect(times.slice(0, 2)).toEqual(["22 Nov 2026, 23:32", "20 Feb 2027"]);
});

// Signing in with a code by e-mail or text message, in a real browser: asked for, sent again, late.
import { authenticator } from "passport-second-factor/testing";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEMO_PHONE, DEMO_SECRET } from "../../example-app/seed.js";
import {
  askAgain,
  askForCode,
  codeIn,
  enterCode,
  errorOf,
  headingOf,
  pathOf,
  press,
  signIn,
  signOut,
} from "./person.js";
import { type OpenShop, openShop } from "./shop.js";

const TOM = "tom@acme.test";
const EVE = "eve@acme.test";

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());
beforeEach(() => shop.reset());
afterEach(() => expect(shop.problems).toEqual([]));

async function atChallenge(email: string): Promise<Page> {
  const page = await shop.visitor();
  await signIn(page, email);
  expect(await headingOf(page)).toBe("Enter your code");
  return page;
}

const sees = (page: Page, text: string | RegExp) => page.getByText(text).isVisible();

test("eve asks for a code, finds it in the outbox, and is where she wanted to go", async () => {
  const page = await shop.visitor();
  const before = shop.kept().length;
  await page.goto("/account?from=mail");
  await page.getByLabel("E-mail address").fill(EVE);
  await page.getByLabel("Password").fill("demo-password-2026");
  await press(page, "button", "Sign in");
  expect(await sees(page, "We'll send a code to e***@acme.test.")).toBe(true);
  expect(shop.kept()).toHaveLength(before);

  await press(page, "button", "Send code");
  expect(await sees(page, "We sent a code to e***@acme.test. It works for 10 minutes.")).toBe(true);
  await press(page, "link", "Open the outbox.");
  expect(await sees(page, "Nothing was sent. These messages were kept.")).toBe(true);
  const text = (await page.locator(".message .body").first().textContent()) ?? "";
  await press(page, "link", "Finish signing in");
  await enterCode(page, codeIn({ text }));
  expect(new URL(page.url()).href).toBe(`${shop.url}/account?from=mail`);
});

test("sam gets a text message", async () => {
  const page = await atChallenge("sam@acme.test");
  expect(await sees(page, "We'll send a code to +1********23.")).toBe(true);
  const code = await askForCode(page, shop);
  expect(shop.kept()[0]).toMatchObject({ to: DEMO_PHONE, channel: "sms", subject: "" });
  expect(await sees(page, "It works for 5 minutes.")).toBe(true);
  await enterCode(page, code);
  expect(pathOf(page)).toBe("/account");
});

test("of two codes only the newest works, and the page says so", async () => {
  const page = await atChallenge(EVE);
  const first = await askForCode(page, shop);
  await askAgain(page);
  expect(await errorOf(page)).toBe("Error: You can ask for a new code in 60 seconds.");
  shop.clock.advance({ seconds: 60 });
  await press(page, "button", "Send a new code");
  const second = codeIn(shop.kept()[0]);
  expect(second).not.toBe(first);

  await enterCode(page, first);
  expect(await errorOf(page)).toBe("Error: That code isn't right. Try again. Only the newest code works.");
  await enterCode(page, second);
  expect(pathOf(page)).toBe("/account");
});

test("the page stays as it is after a reload and after coming back, and nothing is sent by it", async () => {
  const page = await atChallenge(EVE);
  const code = await askForCode(page, shop);
  const kept = shop.kept().length;
  const isAsking = () => sees(page, "We sent a code to e***@acme.test.");
  await page.reload();
  expect(await isAsking()).toBe(true);
  await page.goto("/");
  await page.goBack();
  expect(await isAsking()).toBe(true);
  const tab = await page.context().newPage();
  await tab.goto("/account");
  expect(await sees(tab, "We sent a code to e***@acme.test.")).toBe(true);
  await enterCode(
    page,
    code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)),
  );
  await page.reload();
  expect(await errorOf(page)).toBe("Error: That code isn't right. Try again.");
  expect(shop.kept()).toHaveLength(kept);

  await enterCode(page, code);
  expect(pathOf(page)).toBe("/account");
  await page.goto("/second-factor/challenge");
  expect(pathOf(page)).toBe("/");
});

test("a code that has come too late says so, and a new one goes on", async () => {
  const page = await atChallenge("sam@acme.test");
  await press(page, "button", "Send code");
  shop.clock.advance({ minutes: 5 });
  await page.reload();
  expect(await headingOf(page)).toBe("That code has expired");
  await enterCode(page, await askForCode(page, shop, "Send a new code"));
  expect(pathOf(page)).toBe("/account");
});

/** Adds e-mail to tom's app, and signs him out. */
async function tomHasBoth(page: Page): Promise<void> {
  await signIn(page, TOM);
  await enterCode(page, await tomsCode());
  await press(page, "link", "Two-factor authentication");
  await press(page, "link", "Add another way");
  await enterCode(page, await tomsCode(), "Confirm");
  await press(page, "link", /^E-mail/);
  await page.getByLabel("E-mail address").fill("tom@elsewhere.test");
  await enterCode(page, await askForCode(page, shop), "Turn on");
}

/** Not used yet: half a minute after the last one. */
async function tomsCode(): Promise<string> {
  shop.clock.advance({ seconds: 30 });
  return authenticator(DEMO_SECRET, shop.clock).code();
}

test("whoever has an app and e-mail is asked for the app, and can take the other way", async () => {
  const page = await shop.visitor();
  await tomHasBoth(page);
  await signOut(page);
  await signIn(page, TOM);
  expect(await sees(page, "Open your authenticator app and enter the code for Acme.")).toBe(true);
  await press(page, "link", "Try another way");
  expect(await headingOf(page)).toBe("Choose how to confirm");
  shop.clock.advance({ minutes: 1 });
  const code = await askForCode(page, shop, "E-mail a code to t***@elsewhere.test");
  expect(await sees(page, "We sent a code to t***@elsewhere.test.")).toBe(true);
  await enterCode(page, code);
  expect(pathOf(page)).toBe("/account");
});

test("what somebody wants to be asked first is asked first", async () => {
  const page = await shop.visitor();
  await tomHasBoth(page);
  await page.goto("/second-factor");
  await press(page, "button", "Ask this first: e-mail");
  expect(await sees(page, "You'll be asked for that first.")).toBe(true);
  await signOut(page);
  await signIn(page, TOM);
  expect(await sees(page, "We'll send a code to t***@elsewhere.test.")).toBe(true);
});

test("without script it is all there: e-mail and a number are set up, and both sign in", async () => {
  const page = await shop.visitor({ javaScriptEnabled: false });
  await signIn(page, "ada@acme.test");
  await press(page, "link", "Two-factor authentication");
  await press(page, "link", "Turn on");
  await press(page, "link", /^E-mail/);
  await enterCode(page, await askForCode(page, shop), "Turn on");
  await page.getByLabel("I've saved these codes").check();
  await press(page, "button", "Done");

  shop.clock.advance({ minutes: 1 });
  await press(page, "link", "Add another way");
  await enterCode(page, await askForCode(page, shop), "Confirm");
  await press(page, "link", /^Text message/);
  await page.getByLabel("Country").selectOption("US");
  await page.getByLabel("Mobile number").fill("(415) 555-0199");
  shop.clock.advance({ minutes: 1 });
  await enterCode(page, await askForCode(page, shop, "Text me a code"), "Turn on");
  expect(await sees(page, "+1 415 555 0199")).toBe(true);

  await signOut(page);
  shop.clock.advance({ minutes: 1 });
  await signIn(page, "ada@acme.test");
  await press(page, "link", "Try another way");
  await enterCode(page, await askForCode(page, shop, /^Text a code to/));
  expect(pathOf(page)).toBe("/account");
});

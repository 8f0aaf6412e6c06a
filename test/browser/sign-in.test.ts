// Signing in with a code, and everything that can get in the way, in a real browser.
import { authenticator } from "passport-second-factor/testing";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEMO_PASSWORD, DEMO_SECRET } from "../../example-app/seed.js";
import {
  adaHasEnrolled,
  enterCode,
  enterRecoveryCode,
  errorOf,
  fillLogin,
  headingOf,
  pathOf,
  press,
  signIn,
  signOut,
} from "./person.js";
import { type OpenShop, openShop } from "./shop.js";

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());
beforeEach(() => shop.reset());
afterEach(() => expect(shop.problems).toEqual([]));

const tomsApp = () => authenticator(DEMO_SECRET, shop.clock);
const wrongCode = () => tomsApp().code({ seconds: 24 * 3600 });

async function tomAtChallenge(): Promise<Page> {
  const page = await shop.visitor();
  await signIn(page, "tom@acme.test");
  return page;
}

const focused = (page: Page) => page.locator(":focus");

test("a wrong password says so, keeps the address, and asks for the password again", async () => {
  const page = await shop.visitor();
  await signIn(page, "tom@acme.test", "not the password");
  expect(await page.getByText("That e-mail address and password don't match.").isVisible()).toBe(true);
  expect(await page.getByLabel("E-mail address").inputValue()).toBe("tom@acme.test");
  expect(await focused(page).getAttribute("id")).toBe("password");
});

test("a wrong code says so above the field, which has the focus; the right one goes on", async () => {
  const page = await tomAtChallenge();
  expect(await focused(page).getAttribute("id")).toBe("code");
  await enterCode(page, await wrongCode());
  expect(await errorOf(page)).toBe("Error: That code isn't right. Try again.");
  expect(await page.title()).toBe("Error: Enter your code, Acme");
  expect(await focused(page).getAttribute("aria-invalid")).toBe("true");
  await enterCode(page, await tomsApp().code());
  expect(pathOf(page)).toBe("/account");
});

test("a code that was used is refused, and the next one works", async () => {
  const page = await tomAtChallenge();
  const code = await tomsApp().code();
  await enterCode(page, code);
  await signOut(page);
  await signIn(page, "tom@acme.test");
  await enterCode(page, code);
  expect(await errorOf(page)).toBe("Error: That code was already used. Wait for the next one.");
  shop.clock.advance({ seconds: 30 });
  await enterCode(page, await tomsApp().code());
  expect(pathOf(page)).toBe("/account");
});

test("a recovery code signs in once", async () => {
  const page = await shop.visitor();
  const { codes } = await adaHasEnrolled(page, shop);
  const [code = ""] = codes;
  await signIn(page, "ada@acme.test");
  await enterRecoveryCode(page, code.toLowerCase());
  expect(pathOf(page)).toBe("/account");
  await press(page, "link", "Two-factor authentication");
  expect(await page.getByText("9 of 10 recovery codes left").isVisible()).toBe(true);

  await signOut(page);
  await signIn(page, "ada@acme.test");
  await enterRecoveryCode(page, code);
  expect(await errorOf(page)).toBe("Error: That code was already used. Use another one.");
});

test("what was wrong with a code of the app is not said of a recovery code", async () => {
  const page = await shop.visitor();
  const { app } = await adaHasEnrolled(page, shop);
  await signIn(page, "ada@acme.test");
  await enterCode(page, await app.code({ seconds: 24 * 3600 }));
  await press(page, "link", "Try another way");
  await press(page, "link", "Use a recovery code");
  expect(await headingOf(page)).toBe("Enter a recovery code");
  expect(await page.locator("#code-error").count()).toBe(0);
});

test('"Use another account" goes back to the login page, for somebody else', async () => {
  const page = await tomAtChallenge();
  await press(page, "button", "Use another account");
  expect(pathOf(page)).toBe("/login");
  await fillLogin(page, "ada@acme.test");
  expect(await page.getByRole("definition").allTextContents()).toContain("ada@acme.test");
});

test("the fifth wrong code pauses them, and after the pause the sign-in goes on", async () => {
  const page = await tomAtChallenge();
  for (let tries = 0; tries < 5; tries++) await enterCode(page, await wrongCode());
  expect(await headingOf(page)).toBe("Too many wrong codes");
  await press(page, "button", "Try again");
  expect(await headingOf(page)).toBe("Too many wrong codes");

  shop.clock.advance({ seconds: 31 });
  await press(page, "button", "Try again");
  await enterCode(page, await tomsApp().code());
  expect(pathOf(page)).toBe("/account");
});

test("a sign-in that was left alone times out, and starts again from the login page", async () => {
  const page = await tomAtChallenge();
  shop.clock.advance({ minutes: 11 });
  await enterCode(page, await tomsApp().code());
  expect(await headingOf(page)).toBe("Your sign-in timed out");
  await press(page, "link", "Sign in again");
  await fillLogin(page, "tom@acme.test");
  await enterCode(page, await tomsApp().code());
  expect(pathOf(page)).toBe("/account");
});

test("a second tab owes the same code, is in once it was given, and out once the first one leaves", async () => {
  const page = await tomAtChallenge();
  const other = await page.context().newPage();
  await other.goto("/account");
  expect(await headingOf(other)).toBe("Enter your code");
  await enterCode(page, await tomsApp().code());
  await other.reload();
  await other.goto("/account");
  expect(await headingOf(other)).toBe("Your account");
  await signOut(page);
  await other.reload();
  expect(await headingOf(other)).toBe("Sign in");
});

test("public pages stay open while a code is owed, as for nobody, and lead back to it", async () => {
  const page = await tomAtChallenge();
  await page.goto("/");
  expect(await page.getByRole("link", { name: "Account" }).count()).toBe(0);
  await press(page, "link", "Finish signing in");
  expect(await headingOf(page)).toBe("Enter your code");
});

test("the cart outlasts signing in", async () => {
  const page = await shop.visitor();
  await page.goto("/");
  await press(page, "button", "Add to cart: Reading lamp");
  await signIn(page, "tom@acme.test");
  await enterCode(page, await tomsApp().code());
  expect(await page.getByRole("link", { name: "Cart (1)" }).isVisible()).toBe(true);
});

test("a keyboard is all it takes", async () => {
  const page = await shop.visitor();
  const { keyboard } = page;
  await page.goto("/login");
  await page.locator("#email:focus").waitFor();
  await keyboard.type("tom@acme.test");
  await keyboard.press("Tab");
  await keyboard.type(DEMO_PASSWORD);
  await keyboard.press("Enter");
  await page.locator("#code:focus").waitFor();
  await keyboard.press("Tab");
  expect(await focused(page).getAttribute("id")).toBe("trust");
  await keyboard.press("Tab");
  expect(await focused(page).textContent()).toBe("Continue");
  await keyboard.press("Tab");
  expect(await focused(page).textContent()).toBe("Use another account");
  for (let back = 0; back < 3; back++) await keyboard.press("Shift+Tab");
  await keyboard.type(await tomsApp().code());
  await keyboard.press("Enter");
  await page.waitForURL("**/account");
  expect(await headingOf(page)).toBe("Your account");
});

// Turning it on, being made to, and turning it off, in a real browser.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  adaHasEnrolled,
  enrol,
  enterCode,
  errorOf,
  fillLogin,
  headingOf,
  keyOf,
  pair,
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

test("ada turns it on with the setup key, saves her codes, and signs in with password and code", async () => {
  const page = await shop.visitor();
  await signIn(page, "ada@acme.test");
  await press(page, "link", "Two-factor authentication");
  expect(await page.getByText("Off", { exact: true }).isVisible()).toBe(true);
  await press(page, "link", "Turn on");

  const { app, codes } = await enrol(page, shop);
  expect(new Set(codes).size).toBe(10);
  expect(await headingOf(page)).toBe("Two-factor authentication");
  expect(await page.getByText("Two-factor authentication is on.").isVisible()).toBe(true);
  expect(await page.getByText("10 of 10 recovery codes left").isVisible()).toBe(true);

  await signOut(page);
  expect(await page.getByRole("link", { name: "Sign in" }).isVisible()).toBe(true);
  shop.clock.advance({ seconds: 30 });
  await signIn(page, "ada@acme.test");
  expect(await headingOf(page)).toBe("Enter your code");
  expect(await page.getByText("Signing in as ada@acme.test.").isVisible()).toBe(true);
  await enterCode(page, await app.code());
  expect(pathOf(page)).toBe("/account");
  expect(await page.getByRole("definition").allTextContents()).toContain("ada@acme.test");
});

test("a mistyped code while pairing keeps the key, and the next one turns it on", async () => {
  const page = await shop.visitor();
  await signIn(page, "ada@acme.test");
  await page.goto("/second-factor/enrol");
  const app = await pair(page, shop);
  const key = await keyOf(page);

  await enterCode(page, await app.code({ seconds: 3600 }), "Turn on");
  expect(await errorOf(page)).toBe("Error: That code isn't right. Try again.");
  expect(await keyOf(page)).toBe(key);
  await enterCode(page, await app.code(), "Turn on");
  expect(await headingOf(page)).toBe("Save your recovery codes");
});

test("root is made to set one up before the admin side opens, and lands there", async () => {
  const page = await shop.visitor();
  await page.goto("/admin");
  expect(await headingOf(page)).toBe("Sign in");
  await fillLogin(page, "root@acme.test");
  expect(await headingOf(page)).toBe("Protect your account");

  await page.goto("/admin");
  expect(await headingOf(page)).toBe("Protect your account");
  await enrol(page, shop);
  expect(pathOf(page)).toBe("/admin");
  expect(await headingOf(page)).toBe("Administration");
});

test("root cannot remove what is required", async () => {
  const page = await shop.visitor();
  await signIn(page, "root@acme.test");
  await enrol(page, shop);
  await page.goto("/second-factor");
  await press(page, "link", "Remove authenticator app");
  expect(await page.getByText("Your organisation requires this. Replace it instead.").isVisible()).toBe(true);
  expect(await page.getByRole("button", { name: "Remove" }).count()).toBe(0);
});

test("it is removed after a fresh code, and the password alone is enough again", async () => {
  const page = await shop.visitor();
  const { app } = await adaHasEnrolled(page, shop);
  await signIn(page, "ada@acme.test");
  await enterCode(page, await app.code());
  shop.clock.advance({ seconds: 30 });

  await press(page, "link", "Two-factor authentication");
  await press(page, "link", "Remove authenticator app");
  expect(await headingOf(page)).toBe("Confirm it's you");
  await enterCode(page, await app.code(), "Confirm");
  expect(await headingOf(page)).toBe("Remove authenticator app?");
  await press(page, "button", "Remove");
  expect(await page.getByText("Removed. It no longer works.").isVisible()).toBe(true);

  await signOut(page);
  await signIn(page, "ada@acme.test");
  expect(pathOf(page)).toBe("/account");
});

test("reloading the recovery codes says that they were shown once", async () => {
  const page = await shop.visitor();
  await signIn(page, "ada@acme.test");
  await page.goto("/second-factor/enrol");
  const app = await pair(page, shop);
  await enterCode(page, await app.code(), "Turn on");
  await page.goto("/second-factor/recovery-codes");
  expect(await page.getByText("These codes were shown once.").isVisible()).toBe(true);
});

test("with script, recovery codes can also be copied", async () => {
  const page = await shop.visitor({ permissions: ["clipboard-read", "clipboard-write"] });
  await signIn(page, "ada@acme.test");
  await page.goto("/second-factor/enrol");
  const app = await pair(page, shop);
  await enterCode(page, await app.code(), "Turn on");
  const codes = await page.getByRole("listitem").allTextContents();
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByText("Copied.").waitFor();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(codes.join("\n"));
});

// Remembering a browser: how it spares the code, how it ends, and whom it is for.
import { authenticator } from "passport-second-factor/testing";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEMO_SECRET } from "../../example-app/seed.js";
import { faultsOf } from "./faults.js";
import { askForCode, enterCode, headingOf, pathOf, press, signIn, signOut } from "./person.js";
import { type OpenShop, openShop } from "./shop.js";

const TOM = "tom@acme.test";
const EVE = "eve@acme.test";
const BOX = "Remember this browser for 90 days";

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());
beforeEach(() => shop.reset());
afterEach(() => expect(shop.problems).toEqual([]));

/** A code of tom's app that has not been used. */
async function tomsCode(): Promise<string> {
  shop.clock.advance({ seconds: 30 });
  return authenticator(DEMO_SECRET, shop.clock).code();
}

/** Signs tom in with his code and the box ticked, and out again. */
async function rememberTom(page: Page): Promise<void> {
  await signIn(page, TOM);
  await page.getByLabel(BOX).check();
  await enterCode(page, await tomsCode());
  await signOut(page);
}

async function rememberEve(page: Page): Promise<void> {
  await signIn(page, EVE);
  const code = await askForCode(page, shop);
  await page.getByLabel(BOX).check();
  await enterCode(page, code);
  await signOut(page);
}

/** Whether this person's password alone opens their account in this browser. */
async function isSpared(page: Page, email: string): Promise<boolean> {
  await signIn(page, email);
  const spared = pathOf(page) === "/account";
  if (!spared) expect(await headingOf(page)).toBe("Enter your code");
  return spared;
}

test("nobody is remembered who did not ask for it", async () => {
  const page = await shop.visitor();
  await signIn(page, TOM);
  expect(await page.getByLabel(BOX).isChecked()).toBe(false);
  expect(await page.getByText("Not on a shared computer.").isVisible()).toBe(true);
  await enterCode(page, await tomsCode());
  await signOut(page);
  expect(await isSpared(page, TOM)).toBe(false);
});

test("a remembered browser is spared the code, another one is not, and forgetting it asks again", async () => {
  const page = await shop.visitor();
  await rememberTom(page);
  expect(await isSpared(page, TOM)).toBe(true);
  expect(await page.getByRole("link", { name: "Two-factor authentication: on" }).isVisible()).toBe(true);
  expect(await isSpared(await shop.visitor(), TOM)).toBe(false);

  await press(page, "link", "Two-factor authentication");
  expect(await page.getByText("1 browser", { exact: true }).isVisible()).toBe(true);
  await press(page, "link", "Manage remembered browsers");
  expect(await page.getByText(/^Chrome on .+ \(this browser\)$/).isVisible()).toBe(true);
  expect(await faultsOf(page)).toEqual([]);
  await press(page, "button", /^Forget Chrome/);
  expect(await page.getByText("Forgotten. It will be asked for a code.").isVisible()).toBe(true);
  expect(await page.getByText("No browser is remembered.").isVisible()).toBe(true);

  await signOut(page);
  expect(await isSpared(page, TOM)).toBe(false);
});

test("a wrong password is no better in a remembered browser", async () => {
  const page = await shop.visitor();
  await rememberTom(page);
  await signIn(page, TOM, "not the password");
  expect(pathOf(page)).toBe("/login");
});

test("it ends 90 days after the code by the server's clock, however long the cookie was made to live", async () => {
  const page = await shop.visitor();
  const context = page.context();
  await rememberTom(page);
  const cookies = await context.cookies();
  expect(cookies.some(({ name }) => name.startsWith("second-factor-"))).toBe(true);
  const inTenYears = Math.floor(Date.now() / 1000) + 10 * 365 * 24 * 60 * 60;
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, expires: inTenYears })));

  shop.clock.advance({ days: 90, seconds: -1 });
  expect(await isSpared(page, TOM)).toBe(true);
  await signOut(page);
  shop.clock.advance({ seconds: 2 });
  expect(await isSpared(page, TOM)).toBe(false);
});

test("two people on one computer keep theirs, and end only their own", async () => {
  const page = await shop.visitor();
  await rememberTom(page);
  await rememberEve(page);
  for (const email of [TOM, EVE]) {
    expect(await isSpared(page, email)).toBe(true);
    await signOut(page);
  }
  await signIn(page, EVE);
  await page.goto("/second-factor/browsers");
  await press(page, "button", "Forget all");
  expect(await page.getByText("Forgotten. Every browser will be asked for a code.").isVisible()).toBe(true);
  await signOut(page);
  expect(await isSpared(page, EVE)).toBe(false);
  expect(await isSpared(page, TOM)).toBe(true);
});

test("adding another way ends it", async () => {
  const page = await shop.visitor();
  await rememberTom(page);
  await signIn(page, TOM);
  await press(page, "link", "Two-factor authentication");
  await press(page, "link", "Add another way");
  expect(await headingOf(page)).toBe("Confirm it's you");
  expect(await page.getByLabel(BOX).count()).toBe(0);
  await enterCode(page, await tomsCode(), "Confirm");
  await press(page, "link", /^E-mail/);
  await enterCode(page, await askForCode(page, shop), "Turn on");
  await page.goto("/second-factor/browsers");
  expect(await page.getByText("No browser is remembered.").isVisible()).toBe(true);
  await signOut(page);
  expect(await isSpared(page, TOM)).toBe(false);
});

// An administrator finds people and helps them: somebody who lost their mailbox, somebody who is locked out.

import { type Authenticator, authenticator } from "passport-second-factor/testing";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEMO_SECRET } from "../../example-app/seed.js";
import { faultsOf } from "./faults.js";
import { enrol, enterCode, headingOf, pathOf, press, signIn } from "./person.js";
import { type OpenShop, openShop } from "./shop.js";

const TOM = "tom@acme.test";
const EVE = "eve@acme.test";
const PHONE = { viewport: { width: 320, height: 800 } };

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());
beforeEach(() => shop.reset());
afterEach(() => expect(shop.problems).toEqual([]));

/** Root, who set up an app half a minute ago, before everybody. */
async function rootAmongPeople(options = {}): Promise<{ root: Page; app: Authenticator }> {
  const root = await shop.visitor(options);
  await signIn(root, "root@acme.test");
  const { app } = await enrol(root, shop);
  shop.clock.advance({ seconds: 30 });
  await root.goto("/second-factor/admin/users");
  expect(await headingOf(root)).toBe("People");
  return { root, app };
}

async function confirm(root: Page, app: Authenticator): Promise<void> {
  expect(await headingOf(root)).toBe("Confirm it's you");
  await enterCode(root, await app.code(), "Confirm");
}

const main = (page: Page) => page.textContent("main");
const rows = (page: Page) => page.locator("tbody tr").allInnerTexts();

test("root finds eve and switches hers off; eve is told why, and signs in with her password alone", async () => {
  const { root, app } = await rootAmongPeople();
  await root.getByLabel("Name or e-mail address").fill("EVE");
  await press(root, "button", "Search");
  expect(await rows(root)).toHaveLength(1);
  expect(await faultsOf(root)).toEqual([]);
  await press(root, "link", EVE);
  expect(await headingOf(root)).toBe(EVE);
  expect(await main(root)).toContain("e***@acme.test");
  expect(await faultsOf(root)).toEqual([]);

  await press(root, "link", "Switch off two-factor authentication");
  await confirm(root, app);
  expect(await headingOf(root)).toBe(`Switch off two-factor authentication for ${EVE}?`);
  await press(root, "button", "Switch off");
  expect(await root.title()).toMatch(/^Error: /);
  expect(await root.locator("#reason-error").textContent()).toContain("Write a reason.");
  expect(await faultsOf(root)).toEqual([]);
  await root.getByLabel("Reason (kept in the log)").fill("Lost <b>her</b> mailbox");
  await press(root, "button", "Switch off");
  expect(await headingOf(root)).toBe(EVE);
  expect(await main(root)).toContain("Two-factor authentication is switched off.");
  expect(await main(root)).toContain("By root@acme.test. Reason: Lost <b>her</b> mailbox");
  expect(await root.getByRole("link", { name: "Switch off" }).count()).toBe(0);

  await expect.poll(() => shop.kept()[0]?.to).toBe(EVE);
  expect(shop.kept()[0]?.text).toContain(
    "Two-factor authentication was switched off. Reason: Lost <b>her</b> mailbox.",
  );
  const eve = await shop.visitor();
  await signIn(eve, EVE);
  expect(pathOf(eve)).toBe("/account");
  await eve.goto("/second-factor/events");
  expect(await main(eve)).toContain("An administrator switched off two-factor authentication");
});

test("root finds who is locked, and unlocks them: their code works at once", async () => {
  const { root, app } = await rootAmongPeople();
  const tom = await shop.visitor();
  await signIn(tom, TOM);
  for (let wrong = 0; wrong < 5; wrong++) await enterCode(tom, `00000${wrong}`);
  expect(await headingOf(tom)).toBe("Too many wrong codes");

  await root.reload();
  await press(root, "link", "Locked 1");
  expect(await rows(root)).toHaveLength(1);
  await press(root, "link", TOM);
  expect(await main(root)).toContain("Codes are paused until");
  await press(root, "link", "Unlock codes");
  await confirm(root, app);
  await root.getByLabel("Reason (kept in the log)").fill("Mistyped it");
  await press(root, "button", "Unlock");
  expect(await main(root)).toContain("Unlocked. Codes work again.");
  expect(await root.getByRole("link", { name: "Unlock codes" }).count()).toBe(0);

  await press(tom, "button", "Try again");
  await enterCode(tom, await authenticator(DEMO_SECRET, shop.clock).code());
  expect(pathOf(tom)).toBe("/account");
});

test("a number that does not fit is asked for again, with what was typed", async () => {
  const { root, app } = await rootAmongPeople(PHONE);
  await press(root, "link", "ada@acme.test");
  await press(root, "link", "Fill in a mobile number");
  await confirm(root, app);
  await root.getByLabel("Mobile number").fill("415 555 0123");
  await root.getByLabel("Reason (kept in the log)").fill("Asked for it");
  await press(root, "button", "Save number");
  expect(await root.locator("#country-error").textContent()).toContain("Choose a country.");
  expect(await root.getByLabel("Reason (kept in the log)").inputValue()).toBe("Asked for it");
  expect(await faultsOf(root)).toEqual([]);
});

/** Presses Tab until that is reached, as somebody does who has no mouse. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = "document.activeElement?.labels?.[0]?.textContent ?? document.activeElement?.textContent";
  for (let pressed = 0; pressed < 40; pressed++) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate<string>(focused)).trim() === name) return;
  }
  throw new Error(`the keyboard does not reach "${name}"`);
}

test("all of it can be done from the keyboard", async () => {
  const { root, app } = await rootAmongPeople();
  const enter = () => Promise.all([root.waitForEvent("load"), root.keyboard.press("Enter")]);
  await tabTo(root, "Name or e-mail address");
  await root.keyboard.type("gus");
  await enter();
  await tabTo(root, "gus@acme.test");
  await enter();
  await tabTo(root, "Sign out everywhere");
  await enter();
  await root.keyboard.type(await app.code());
  await enter();
  await tabTo(root, "Reason (kept in the log)");
  await root.keyboard.type("Left a computer open");
  await tabTo(root, "Sign out");
  await enter();
  expect(await headingOf(root)).toBe("gus@acme.test");
  expect(await main(root)).toContain("Signed out everywhere.");
});

test("on a phone, one page leads to the other, and none scrolls sideways", async () => {
  const { root, app } = await rootAmongPeople(PHONE);
  const hangsOut = () => root.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
  expect(await hangsOut()).toBeLessThanOrEqual(0);
  await press(root, "link", "Two-factor policy");
  await confirm(root, app);
  expect(await headingOf(root)).toBe("Two-factor policy");
  expect(await hangsOut()).toBeLessThanOrEqual(0);
  await press(root, "link", "People");
  expect(await headingOf(root)).toBe("People");
  await press(root, "link", TOM);
  expect(await hangsOut()).toBeLessThanOrEqual(0);
  await press(root, "link", "People");
  expect(await rows(root)).toHaveLength(8);
});

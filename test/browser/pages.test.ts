// Every page on its own merits: without script, on a narrow screen, for whoever reads it by ear.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { faultsOf } from "./faults.js";
import {
  enrol,
  enterCode,
  enterRecoveryCode,
  headingOf,
  pair,
  pathOf,
  press,
  signIn,
  signOut,
} from "./person.js";
import { type OpenShop, openShop } from "./shop.js";

let shop: OpenShop;
beforeAll(async () => {
  // As some browsers on any host: what a form posts says where it comes from by its Origin alone.
  shop = await openShop({ host: "shop.test" });
});
afterAll(() => shop?.close());
beforeEach(() => shop.reset());
afterEach(() => expect(shop.problems).toEqual([]));

test("without script it is all there: enrol, sign out, sign in, recovery code", async () => {
  const page = await shop.visitor({ javaScriptEnabled: false });
  await signIn(page, "ada@acme.test");
  await press(page, "link", "Two-factor authentication");
  await press(page, "link", "Turn on");
  const { app, codes } = await enrol(page, shop);
  await signOut(page);

  shop.clock.advance({ seconds: 30 });
  await signIn(page, "ada@acme.test");
  await enterCode(page, await app.code());
  expect(pathOf(page)).toBe("/account");
  await signOut(page);
  await signIn(page, "ada@acme.test");
  await enterRecoveryCode(page, codes[3] ?? "");
  expect(pathOf(page)).toBe("/account");
});

/** Every page on the way from the shop window to a changed setting, each handed to `look`. */
async function walk(page: Page, look: (page: Page) => Promise<void>): Promise<void> {
  const visit = async (path: string) => {
    await page.goto(path);
    await look(page);
  };
  for (const path of ["/", "/cart", "/login", "/nowhere"]) await visit(path);
  await signIn(page, "ada@acme.test");
  for (const path of ["/account", "/admin", "/second-factor", "/second-factor/nowhere"]) await visit(path);
  await visit("/second-factor/enrol");
  const app = await pair(page, shop);
  await look(page);
  await enterCode(page, "", "Turn on");
  await look(page);
  await enterCode(page, await app.code(), "Turn on");
  await look(page);
  const [code = ""] = await page.getByRole("listitem").allTextContents();
  await visit("/second-factor/recovery-codes");
  await signOut(page);
  await signIn(page, "ada@acme.test");
  for (const path of ["/challenge", "/challenge/choose", "/challenge?factor=recovery-code"]) {
    await visit(`/second-factor${path}`);
  }
  await page.getByLabel("Recovery code").fill(code);
  await press(page, "button", "Continue");
  for (const path of [
    "",
    "/factors/totp/remove",
    "/recovery-codes/new",
    "/challenge?action=change-factors",
  ]) {
    await visit(`/second-factor${path}`);
  }
}

test("every page has one heading, a title, a language, and a name for everything one can use", async () => {
  const seen: string[] = [];
  await walk(await shop.visitor(), async (page) => {
    seen.push((await headingOf(page)) ?? "");
    expect(await faultsOf(page)).toEqual([]);
  });
  expect(new Set(seen).size).toBeGreaterThanOrEqual(16);
});

test("nothing scrolls sideways on a screen of 320 pixels", async () => {
  await walk(await shop.visitor({ viewport: { width: 320, height: 640 } }), async (page) => {
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    expect({ url: page.url(), wide }).toEqual({ url: page.url(), wide: 320 });
  });
});

// Every page on its own merits: without script, on a narrow screen, for whoever reads it by ear.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { faultsOf } from "./faults.js";
import {
  askAgain,
  askForCode,
  codeIn,
  enrol,
  enterCode,
  enterRecoveryCode,
  fillLogin,
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
  await page.goto("/");
  await press(page, "link", "Sign in");
  await fillLogin(page, "ada@acme.test");
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
  for (const path of ["/", "/cart", "/login", "/register", "/nowhere"]) await visit(path);
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

/** The same for codes that are sent: an address and a number that are wrong, then right; each state of the challenge. */
async function walkSentCodes(page: Page, look: (page: Page) => Promise<void>): Promise<void> {
  const visit = async (path: string) => {
    await page.goto(path);
    await look(page);
  };
  const use = async (button: string) => {
    await press(page, "button", button);
    await look(page);
  };
  await visit("/outbox");
  await signIn(page, "ada@acme.test");
  await visit("/second-factor/enrol/email");
  await page.getByLabel("E-mail address").fill("ada");
  await use("Send code");
  await page.getByLabel("E-mail address").fill("ada@acme.test");
  await use("Send code");
  await use("Turn on");
  await enterCode(page, codeIn(shop.kept()[0]), "Turn on");
  await visit("/second-factor/enrol/sms");
  shop.clock.advance({ minutes: 1 });
  await enterCode(page, await askForCode(page, shop), "Confirm");
  await look(page);
  await use("Text me a code");
  await page.getByLabel("Country").selectOption("US");
  await page.getByLabel("Mobile number").fill("415 555 0199");
  shop.clock.advance({ minutes: 1 });
  await use("Text me a code");
  await enterCode(page, codeIn(shop.kept()[0]), "Turn on");
  for (const path of ["", "/browsers"]) await visit(`/second-factor${path}`);
  await signOut(page);

  await signIn(page, "ada@acme.test");
  await look(page);
  await visit("/second-factor/challenge/choose");
  await visit("/second-factor/challenge");
  shop.clock.advance({ minutes: 1 });
  await use("Send code");
  await use("Continue");
  await askAgain(page);
  await look(page);
  await visit("/outbox");
  shop.clock.advance({ minutes: 10 });
  await visit("/second-factor/challenge");
}

/** At least so many pages with a heading of their own, none of them with a fault. */
async function expectNoFaults(walked: typeof walk, pages: number): Promise<void> {
  const seen = new Set<string | null>();
  await walked(await shop.visitor(), async (page) => {
    seen.add(await headingOf(page));
    expect(await faultsOf(page)).toEqual([]);
  });
  expect(seen.size).toBeGreaterThanOrEqual(pages);
}

async function expectNarrow(walked: typeof walk): Promise<void> {
  await walked(await shop.visitor({ viewport: { width: 320, height: 640 } }), async (page) => {
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    expect({ url: page.url(), wide }).toEqual({ url: page.url(), wide: 320 });
  });
}

const WALKS = [
  ["with an app", walk, 16],
  ["with codes that are sent", walkSentCodes, 10],
] as const;

describe.each(WALKS)("every page %s", (_name, walked, pages) => {
  test("has one heading, a title, a language, and a name for everything one can use", () =>
    expectNoFaults(walked, pages));

  test("does not scroll sideways on a screen of 320 pixels", () => expectNarrow(walked));
});

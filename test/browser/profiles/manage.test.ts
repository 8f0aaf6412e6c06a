// The profile manage, step by step as the product's manual has it: two sites on one database, one for each origin.
import { type Authenticator, authenticator } from "passport-second-factor/testing";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { enterCode, errorOf, headingOf, keyOf, pair, pathOf, press, signIn, signOut } from "../person.js";
import { type OpenShop, openShop } from "../shop.js";

const ADA = "ada@acme.test";
const GUS = "gus@acme.test";
const ROOT = "root@acme.test";
const BOX = "Remember this browser for 90 days";

let shop: OpenShop;
let other: OpenShop;
/** Ada's browser at the one site and at the other. */
let page: Page;
let second: Page;
let app: Authenticator;
let root: Page;
let rootsApp: Authenticator;
beforeAll(async () => {
  shop = await openShop({ profile: "manage" });
  other = await openShop({ profile: "manage", host: "127.0.0.1", beside: shop });
  await shop.reset();
  page = await shop.visitor();
  second = await other.visitor();
});
afterAll(async () => {
  await other?.close();
  await shop?.close();
});
afterEach(() => expect([...shop.problems, ...other.problems]).toEqual([]));

/** A code that was not used yet. */
function nextCode(of: Authenticator): Promise<string> {
  shop.clock.advance({ seconds: 30 });
  return of.code();
}

test("1. the account leads to a key as text and as a picture, and it is on only once the current code was entered", async () => {
  await signIn(page, ADA);
  await press(page, "link", "Set up two-factor authentication");
  await press(page, "link", "Turn on");
  app = await pair(page, shop);
  expect(await page.getByRole("img", { name: "QR code; the setup key does the same." }).isVisible()).toBe(
    true,
  );
  expect(await keyOf(page)).toMatch(/^([A-Z2-7]{4} ?){8}$/);

  for (const [code, says] of [
    ["", "Enter the 6-digit code."],
    ["000000", "That code isn't right. Try again."],
  ] as const) {
    await enterCode(page, code, "Turn on");
    expect(await errorOf(page)).toContain(says);
  }
  await page.goto("/second-factor");
  expect(await page.getByText("Off", { exact: true }).isVisible()).toBe(true);

  await press(page, "link", "Turn on");
  await press(page, "button", "Authenticator app");
  await enterCode(page, await app.code(), "Turn on");
  await page.getByLabel("I've saved these codes").check();
  await press(page, "button", "Done");
  expect(await page.getByText("On", { exact: true }).isVisible()).toBe(true);
  expect(await page.getByRole("link", { name: "Remove Authenticator app" }).isVisible()).toBe(true);
  await page.goto("/account");
  expect(await page.getByRole("link", { name: "Two-factor authentication: on" }).isVisible()).toBe(true);
});

test("2. either site asks for the code, and a browser that is remembered there is not asked for 90 days", async () => {
  await signOut(page);
  for (const site of [page, second]) {
    await signIn(site, ADA);
    expect(await headingOf(site)).toBe("Enter your code");
    expect(await site.getByLabel(BOX).isChecked()).toBe(false);
    await site.getByLabel(BOX).check();
    await enterCode(site, await nextCode(app));
    expect(pathOf(site)).toBe("/account");
  }
  const spared = async (site: Page) => {
    await signOut(site);
    await signIn(site, ADA);
    return pathOf(site) === "/account";
  };
  expect([await spared(page), await spared(second)]).toEqual([true, true]);
  shop.clock.advance({ minutes: 90 * 24 * 60 - 2 });
  expect([await spared(page), await spared(second)]).toEqual([true, true]);
  shop.clock.advance({ minutes: 2 });
  expect([await spared(page), await spared(second)]).toEqual([false, false]);
});

test("3. a code lives 30 seconds, the page speaks of the clock, and a code that is off by minutes says what to mend", async () => {
  const late = await app.code();
  shop.clock.advance({ minutes: 3 });
  await enterCode(page, late);
  expect(await errorOf(page)).toContain(
    "That code was right a few minutes ago. Set your phone's clock to automatic and use the current code.",
  );
  await enterCode(page, await app.code());
  expect(pathOf(page)).toBe("/account");

  const gus = await shop.visitor();
  await signIn(gus, GUS);
  await gus.goto("/second-factor/enrol");
  const { secret } = await pair(gus, shop).then(async () => ({ secret: await keyOf(gus) }));
  expect(await gus.getByText("Your phone's clock must be right.").isVisible()).toBe(true);
  const early = await authenticator(secret, {
    now: () => new Date(shop.clock.now().getTime() - 300_000),
  }).code();
  await enterCode(gus, early, "Turn on");
  expect(await errorOf(gus)).toContain("Set your phone's clock to automatic");
});

/** Answers with a new code where one is asked for. */
async function confirm(): Promise<void> {
  if ((await headingOf(root)) === "Confirm it's you")
    await enterCode(root, await nextCode(rootsApp), "Confirm");
}

test("4. an administrator sees on a person's page that it is on, and switches it off, but never on", async () => {
  root = await shop.visitor();
  await signIn(root, ROOT);
  rootsApp = await pair(root, shop);
  await enterCode(root, await rootsApp.code(), "Turn on");
  await root.getByLabel("I've saved these codes").check();
  await press(root, "button", "Done");
  await root.goto("/admin");
  await press(root, "link", "People and their second factors");
  await root.getByLabel("Name or e-mail address").fill("ada");
  await press(root, "button", "Search");
  await press(root, "link", ADA);
  expect(await root.getByText("Two-factor authentication is on.").isVisible()).toBe(true);
  await press(root, "link", "Switch off two-factor authentication");
  await confirm();
  await root.getByLabel("Reason (kept in the log)").fill("Lost her phone");
  await press(root, "button", "Switch off");
  expect(await root.getByText("Two-factor authentication is off.").isVisible()).toBe(true);
  const names = await root.locator("main").locator("a, button").allTextContents();
  expect(names.filter((name) => /\b(switch|turn) on\b|set up/i.test(name))).toEqual([]);

  const ada = await shop.visitor();
  await signIn(ada, ADA);
  expect(pathOf(ada)).toBe("/account");
  expect(await ada.getByRole("link", { name: "Set up two-factor authentication" }).isVisible()).toBe(true);
});

test("5. a role that must have it prompts its people, also those of a group, at each sign-in until they do", async () => {
  await root.goto("/admin");
  await press(root, "link", "Two-factor policy");
  await confirm();
  await root.getByLabel("Add a role").fill("staff");
  await root.getByLabel("Rule for the new role").selectOption("Required");
  await press(root, "button", "Review");
  expect(await root.textContent("main")).toContain("1 must set up, 0 can't");
  expect(await root.textContent("main")).toContain(GUS);
  await press(root, "button", "Save policy");
  shop.clock.advance({ seconds: 5 });

  const gus = await other.visitor();
  for (const _time of [1, 2]) {
    await signIn(gus, GUS);
    expect(await headingOf(gus)).toBe("Protect your account");
    expect(await gus.textContent("main")).toContain("Manage requires a second step. Set it up to continue.");
    expect(await gus.getByRole("button", { name: "Remind me later" }).count()).toBe(0);
    for (const path of ["/account", "/cart", "/second-factor"]) {
      await gus.goto(path);
      expect(await headingOf(gus)).not.toMatch(/^Your (account|cart)|^Two-factor/);
    }
  }
  await gus.goto("/account");
  const gusApp = await pair(gus, other);
  expect(await gus.getByRole("list").first().textContent()).toContain("Install any authenticator app.");
  await enterCode(gus, await gusApp.code(), "Turn on");
  await gus.getByLabel("I've saved these codes").check();
  await press(gus, "button", "Done");
  expect(pathOf(gus)).toBe("/account");

  const vic = await shop.visitor();
  await signIn(vic, "vic@acme.test");
  expect(pathOf(vic)).toBe("/account");
});

// An administrator makes everybody set it up, while people are signed in; they are given time, and take it.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { faultsOf } from "./faults.js";
import { enrol, enterCode, headingOf, pathOf, press, signIn } from "./person.js";
import { type OpenShop, openShop } from "./shop.js";

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => shop.reset());

/** Root, who has just set up an app, on the form for the policy: half a minute later, with a fresh code. */
async function rootAtPolicy() {
  const page = await shop.visitor();
  await signIn(page, "root@acme.test");
  const { app } = await enrol(page, shop);
  shop.clock.advance({ seconds: 30 });
  await page.goto("/admin");
  await press(page, "link", "Two-factor policy");
  expect(await headingOf(page)).toBe("Confirm it's you");
  await enterCode(page, await app.code(), "Confirm");
  expect(await headingOf(page)).toBe("Two-factor policy");
  return page;
}

test("a policy is reviewed, saved, and holds for whoever is signed in", async () => {
  const ada = await shop.visitor();
  await signIn(ada, "ada@acme.test");
  expect(pathOf(ada)).toBe("/account");

  const root = await rootAtPolicy();
  expect(await faultsOf(root)).toEqual([]);
  await root.getByLabel("Required").first().check();
  await root.getByLabel("Days to set up").fill("14");
  await press(root, "button", "Review");
  expect(await root.textContent("main")).toMatch(/4 must set up, 0 can't, \d+ sessions? ends?\./);
  expect(await root.textContent("main")).toContain("ada@acme.test");
  await press(root, "button", "Save policy");
  expect(await root.textContent("main")).toContain("Saved.");

  shop.clock.advance({ seconds: 5 });
  await ada.goto("/account");
  expect(pathOf(ada)).toBe("/login");
  await signIn(ada, "ada@acme.test");
  expect(await headingOf(ada)).toBe("Protect your account");
  expect(await ada.textContent("main")).toContain("Acme requires a second step from");
  expect(await faultsOf(ada)).toEqual([]);
  await press(ada, "button", "Remind me later");
  expect(pathOf(ada)).toBe("/account");
  await root.goto("/account");
  expect(pathOf(root)).toBe("/account");
  expect(shop.problems).toEqual([]);
});

test("a person sees what happened to their account", async () => {
  const page = await shop.visitor();
  await signIn(page, "ada@acme.test");
  await page.goto("/second-factor");
  await press(page, "link", "Security history");
  expect(await headingOf(page)).toBe("Security history");
  expect(await page.textContent("main")).toContain("Signed in");
  expect(await faultsOf(page)).toEqual([]);
  expect(shop.problems).toEqual([]);
});

// The profile x-cart, step by step as the product's manual has it.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { DEMO_PASSWORD } from "../../../example-app/seed.js";
import { ACCOUNT_SID, AUTH_TOKEN, startTwilio, type TwilioServer } from "../../support/twilio.js";
import { enterKeys, openSettings, saveSettings } from "../administrator.js";
import { codeIn, enterCode, headingOf, pathOf, press, signIn, signOut } from "../person.js";
import { type OpenShop, openShop } from "../shop.js";

const ADA = "ada@acme.test";
const SAM = "sam@acme.test";
const VIC = "vic@acme.test";
const ROOT = "root@acme.test";
const NIA = "nia@acme.test";
const PASSWORD = "three quiet herons";

let twilio: TwilioServer;
let shop: OpenShop;
let root: Page;
beforeAll(async () => {
  twilio = await startTwilio();
  shop = await openShop({ profile: "x-cart", twilioBase: twilio.url });
  await shop.reset();
  root = await shop.visitor();
});
afterAll(async () => {
  await shop?.close();
  await twilio?.close();
});
afterEach(() => expect(shop.problems).toEqual([]));

const numbers = () => twilio.requests.map(({ fields }) => fields["To"]);

/** The code that came last: sent, or kept in test mode. */
let isSent = false;
const lastCode = () =>
  codeIn(isSent ? { text: twilio.requests.at(-1)?.fields["Body"] ?? "" } : shop.kept()[0]);

/** Long enough that the limits on messages do not count. */
const later = () => shop.clock.advance({ minutes: 21 });

async function prove(): Promise<void> {
  later();
  await press(root, "button", "Send code");
  await enterCode(root, lastCode(), "Confirm");
}

const rule = (role: string) => root.getByLabel(`Rule for ${role}`);

/** What somebody must do whose number is not proven: the form is open. */
async function proveNumber(page: Page): Promise<void> {
  await press(page, "button", "Text me a code");
  await enterCode(page, lastCode(), "Turn on");
}

async function fillNumber(page: Page, national: string): Promise<void> {
  await page.getByLabel("Country").selectOption({ label: "United States (+1)" });
  await page.getByLabel("Mobile number").fill(national);
}

test("1. keys, test mode and a switch for each interface are on one page, and hold without a restart", async () => {
  const sam = await shop.visitor();
  await signIn(sam, SAM);
  expect(pathOf(sam)).toBe("/account");
  await signIn(root, ROOT);
  expect(pathOf(root)).toBe("/account");

  await openSettings(root, prove);
  await enterKeys(root, { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, sender: "+14155550100" });
  await root.getByLabel("Test mode").check();
  await rule("admin").selectOption("Required");
  await rule("vendor").selectOption("Required");
  await saveSettings(root, shop);
  expect(await headingOf(root)).toBe("Protect your account");
  await press(root, "link", /^Text message/);
  expect(await root.getByText("Nothing is sent. Open the outbox.").isVisible()).toBe(true);
  await fillNumber(root, "415 555 0100");
  await proveNumber(root);
  expect(numbers()).toEqual([]);
  await sam.goto("/account");
  expect(pathOf(sam)).toBe("/account");

  await openSettings(root, prove);
  await root.getByLabel("Test mode").uncheck();
  await rule("customer").selectOption("Required");
  await saveSettings(root, shop);
  expect(await root.getByText("Saved.", { exact: true }).isVisible()).toBe(true);
  isSent = true;
  await sam.goto("/account");
  expect(await headingOf(sam)).toBe("Enter your code");
  expect(numbers()).toEqual(["+14155550123"]);
  expect(await sam.getByText("Nothing is sent.").count()).toBe(0);
  await enterCode(sam, lastCode());
  expect(pathOf(sam)).toBe("/account");
});

test("2. country and number are asked at registration, shown in the account, and filled in by staff", async () => {
  const nia = await shop.visitor();
  await nia.goto("/register");
  await nia.getByLabel("Name").fill("Nia");
  await nia.getByLabel("E-mail address").fill(NIA);
  await nia.getByLabel("Password").fill(PASSWORD);
  await fillNumber(nia, "12");
  await press(nia, "button", "Create account");
  expect(await nia.textContent("main")).toContain("Enter a mobile number, like ");
  expect(await nia.getByLabel("Name").inputValue()).toBe("Nia");
  await nia.getByLabel("Password").fill(PASSWORD);
  await fillNumber(nia, "415 555 0177");
  await press(nia, "button", "Create account");
  expect(await headingOf(nia)).toBe("Protect your account");
  await press(nia, "link", /^Text message/);
  expect(await nia.getByLabel("Mobile number").inputValue()).toBe("(415) 555-0177");
  await proveNumber(nia);
  expect(numbers().at(-1)).toBe("+14155550177");
  expect(await nia.getByLabel("Mobile number").inputValue()).toBe("+14155550177");
  expect(await nia.getByLabel("Country").inputValue()).toBe("US");

  await root.goto("/admin");
  await press(root, "link", "People and their second factors");
  await press(root, "link", ADA);
  await press(root, "link", "Fill in a mobile number");
  if ((await headingOf(root)) === "Confirm it's you") await prove();
  await fillNumber(root, "415 555 0188");
  await root.getByLabel("Reason (kept in the log)").fill("Rang us");
  await press(root, "button", "Save number");
  const ada = await shop.visitor();
  await signIn(ada, ADA);
  await press(ada, "link", /^Text message/);
  expect(await ada.getByLabel("Mobile number").inputValue()).toBe("(415) 555-0188");
  await proveNumber(ada);
  expect(numbers().at(-1)).toBe("+14155550188");
});

test("3. who must change their password chooses a new one at the next sign-in, and gives the missing number", async () => {
  await root.goto("/second-factor/admin/users");
  await press(root, "link", VIC);
  await press(root, "link", "Ask for a new password");
  if ((await headingOf(root)) === "Confirm it's you") await prove();
  await root.getByLabel("Reason (kept in the log)").fill("Wrote it on a note");
  await press(root, "button", "Ask at next sign-in");
  expect(await root.textContent("main")).toContain("They choose a new password at their next sign-in.");

  const vic = await shop.visitor();
  await signIn(vic, VIC);
  for (const path of ["/account", "/cart"]) {
    await vic.goto(path);
    expect(await headingOf(vic)).toBe("Choose a new password");
  }
  expect(await vic.textContent("main")).toContain("Your administrator asked for this.");
  await vic.getByLabel("New password").fill(DEMO_PASSWORD);
  await press(vic, "button", "Save password");
  expect(await vic.textContent("main")).toContain("Choose one you don't use now.");
  await vic.getByLabel("New password").fill(PASSWORD);
  await press(vic, "button", "Save password");
  expect(await headingOf(vic)).toBe("Protect your account");
  await press(vic, "link", /^Text message/);
  await fillNumber(vic, "415 555 0199");
  later();
  await proveNumber(vic);
  expect(numbers().at(-1)).toBe("+14155550199");
  await vic.goto("/account");
  expect(await headingOf(vic)).toBe("Your account");
  await signOut(vic);
});

test("4. each interface asks for the code that the sign-in sent, while its switch is on", async () => {
  later();
  const sam = await shop.visitor();
  const before = numbers().length;
  await signIn(sam, SAM);
  expect(await sam.textContent("main")).toContain("We sent a code to +1********23.");
  expect(numbers().slice(before)).toEqual(["+14155550123"]);
  await enterCode(sam, lastCode());
  expect(pathOf(sam)).toBe("/account");
  await signOut(sam);

  const vic = await shop.visitor();
  await signIn(vic, VIC, PASSWORD);
  expect(await headingOf(vic)).toBe("Enter your code");

  await openSettings(root, prove);
  await rule("customer").selectOption("Off");
  await saveSettings(root, shop);
  await signIn(sam, SAM);
  expect(pathOf(sam)).toBe("/account");
  expect(numbers().slice(before + 3)).toEqual([]);
  await signOut(root);
  later();
  await signIn(root, ROOT);
  expect(await headingOf(root)).toBe("Enter your code");
  expect(numbers().at(-1)).toBe("+14155550100");
  await enterCode(root, lastCode());
  expect(pathOf(root)).toBe("/account");
});

test("5. the provider sees phone numbers and codes: no user name, no password", () => {
  expect(twilio.requests.length).toBeGreaterThan(5);
  for (const { fields, headers } of twilio.requests) {
    expect(Object.keys(fields).sort()).toEqual(["Body", "From", "To"]);
    const { authorization, ...rest } = headers;
    expect(authorization).toBeDefined();
    const seen = JSON.stringify([fields, rest]);
    expect(seen).not.toMatch(/acme\.test|ada|sam@|vic|root|nia/i);
    expect(seen).not.toContain(PASSWORD);
    expect(seen).not.toContain("demo-password");
  }
});

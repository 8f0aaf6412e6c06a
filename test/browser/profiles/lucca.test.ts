// The profile lucca, step by step as the product's manual has it: mail by a real server, and SSO beside the password.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { DEMO_PASSWORD } from "../../../example-app/seed.js";
import { type Smtp, startSmtp } from "../../support/smtp.js";
import { openSettings } from "../administrator.js";
import { faultsOf } from "../faults.js";
import { codeIn, enterCode, errorOf, fillLogin, headingOf, pathOf, press, signIn } from "../person.js";
import { type OpenShop, openShop } from "../shop.js";

const ADA = "ada@acme.test";
const GUS = "gus@acme.test";
const VIC = "vic@acme.test";
const INES = "ines@acme.test";
const ROOT = "root@acme.test";
const ADAS_CODES = "ada@home.test";
const ADAS_NEW_CODES = "ada@elsewhere.test";
const NEW_PASSWORD = "nine grey geese at noon";

let smtp: Smtp;
let shop: OpenShop;
let root: Page;
let ada: Page;
let gus: Page;
beforeAll(async () => {
  smtp = await startSmtp();
  shop = await openShop({ profile: "lucca", mail: { url: smtp.url, from: "Lucca <no-reply@lucca.test>" } });
  await shop.reset();
  [root, ada, gus] = [await shop.visitor(), await shop.visitor(), await shop.visitor()];
});
afterAll(async () => {
  await shop?.close();
  await smtp?.close();
});
afterEach(() => expect(shop.problems).toEqual([]));

/** The newest code that was mailed there, with what the mail says it is for. */
function codeTo(address: string): { code: string; purpose: string } {
  const isCode = (text = "") => /^\d{6} is your Lucca code/.test(text);
  const received = smtp.mails.findLast(({ to, mail }) => to.includes(address) && isCode(mail.text));
  const text = received?.mail.text ?? "";
  return { code: codeIn({ text }), purpose: /code (to .*?)\.\s/.exec(text)?.[1] ?? "" };
}

/** The link in the mail with that subject, which goes out once the page has been answered. */
async function linkTo(address: string, subject: string): Promise<string> {
  const find = () => smtp.mails.findLast(({ to, mail }) => to.includes(address) && mail.subject === subject);
  await expect.poll(find).toBeDefined();
  const [link = ""] = /http\S+/.exec(find()?.mail.text ?? "") ?? [];
  expect(link.startsWith(shop.url)).toBe(true);
  return link;
}

/** Long enough for the next message, and short enough for the code of the last one. */
const aMinuteLater = () => shop.clock.advance({ seconds: 61 });

/** Long enough that no limit on messages counts. */
const muchLater = () => shop.clock.advance({ minutes: 70 });

async function proveRoot(): Promise<void> {
  muchLater();
  await press(root, "button", "Send code");
  await enterCode(root, codeTo(ROOT).code, "Confirm");
}

/** From "Protect your account" to a way in: the address, and the code that went there. */
async function chooseAddress(page: Page, address: string): Promise<void> {
  await press(page, "link", /^E-mail/);
  expect(await headingOf(page)).toBe("Where should we send codes?");
  expect(await page.getByText("It may differ from your account's.").isVisible()).toBe(true);
  await page.getByLabel("E-mail address").fill(address);
  await press(page, "button", "Send code");
  const { code, purpose } = codeTo(address);
  expect(purpose).toMatch(/^to add this address to /);
  await enterCode(page, code, "Turn on");
}

async function signInBySso(page: Page, email: string): Promise<void> {
  await page.goto("/login");
  await press(page, "link", "Sign in with your organisation");
  await page.getByLabel("Who are you?").selectOption(email);
  await press(page, "button", "Continue");
}

test("1. only an administrator can turn it on, for everybody, on the settings page", async () => {
  await signIn(ada, ADA);
  expect(pathOf(ada)).toBe("/account");
  await ada.goto("/second-factor/admin/policy");
  expect(await headingOf(ada)).not.toBe("Two-factor policy");
  await ada.goto("/second-factor");
  expect(await ada.textContent("main")).toContain("Two-factor authentication isn't configured.");
  await signInBySso(gus, GUS);
  expect(pathOf(gus)).toBe("/account");

  await signIn(root, ROOT);
  await chooseAddress(root, ROOT);
  expect(pathOf(root)).toBe("/account");
  await openSettings(root, proveRoot);
  await root.getByLabel("Required").first().check();
  await press(root, "button", "Review");
  expect(await root.textContent("main")).toContain(ADA);
});

test("2. at that moment every session of everybody ends, but those that came by SSO", async () => {
  const vic = await shop.visitor();
  await signIn(vic, VIC);
  expect(pathOf(vic)).toBe("/account");
  await press(root, "button", "Save policy");
  expect(await root.textContent("main")).toContain("Saved.");
  shop.clock.advance({ seconds: 5 });

  for (const page of [ada, vic]) {
    await page.goto("/account");
    expect(pathOf(page)).toBe("/login");
  }
  await gus.goto("/account");
  expect(await headingOf(gus)).toBe("Your account");
  expect(await gus.textContent("main")).toContain(GUS);
});

test("3. at the next sign-in each person chooses an address for codes, which a code proves; not by SSO", async () => {
  await fillLogin(ada, ADA);
  expect(await headingOf(ada)).toBe("Protect your account");
  await ada.goto("/account");
  expect(await headingOf(ada)).toBe("Protect your account");
  await chooseAddress(ada, ADAS_CODES);
  expect(pathOf(ada)).toBe("/account");
  expect(await ada.textContent("main")).toContain(ADA);

  const vic = await shop.visitor();
  await signInBySso(vic, VIC);
  expect(pathOf(vic)).toBe("/account");
});

test("4. first login mails a link to the work address; behind it are a password and an address for codes", async () => {
  const ines = await shop.visitor();
  await ines.goto("/login");
  await press(ines, "link", "First login");
  expect(await headingOf(ines)).toBe("First time here?");
  await ines.getByLabel("Work e-mail").fill(INES);
  await press(ines, "button", "Send link");
  expect(await headingOf(ines)).toBe("Check your e-mail");
  expect(await faultsOf(ines)).toEqual([]);

  await ines.goto(await linkTo(INES, "Set up your Lucca account"));
  expect(await headingOf(ines)).toBe("Welcome to Lucca");
  await press(ines, "button", "Start");
  expect(await headingOf(ines)).toBe("Choose a new password");
  await ines.getByLabel("New password").fill(NEW_PASSWORD);
  await press(ines, "button", "Save password");
  expect(await headingOf(ines)).toBe("Protect your account");
  await chooseAddress(ines, INES);
  await press(ines, "link", "Account");
  expect(await ines.textContent("main")).toContain(INES);

  muchLater();
  const again = await shop.visitor();
  await signIn(again, INES, NEW_PASSWORD);
  await enterCode(again, codeTo(INES).code);
  expect(pathOf(again)).toBe("/account");
});

let addressCode: string;

test("5. signing in, another password, another address: each has a code of its own, and none serves another", async () => {
  muchLater();
  ada = await shop.visitor();
  await signIn(ada, ADA);
  expect(await headingOf(ada)).toBe("Enter your code");
  const login = codeTo(ADAS_CODES);
  expect(login.purpose).toBe("to sign in");
  await enterCode(ada, login.code);
  expect(pathOf(ada)).toBe("/account");

  aMinuteLater();
  await press(ada, "link", "Login information");
  await press(ada, "link", "Change password");
  expect(await headingOf(ada)).toBe("Confirm it's you");
  await press(ada, "button", "Send code");
  const password = codeTo(ADAS_CODES);
  expect(password.purpose).toBe("to change your password");
  await enterCode(ada, login.code, "Confirm");
  expect(await errorOf(ada)).toContain("That code isn't right.");

  aMinuteLater();
  await ada.goto("/account/login");
  await press(ada, "link", "Change the address for codes");
  await ada.getByLabel("E-mail address").fill(ADAS_NEW_CODES);
  await press(ada, "button", "Send code");
  expect(await headingOf(ada)).toBe("Confirm it's you");
  await press(ada, "button", "Send code");
  const address = codeTo(ADAS_CODES);
  expect(address.purpose).toMatch(/^to change your address to a\*+@elsewhere\.test$/);
  await enterCode(ada, password.code, "Confirm");
  expect(await errorOf(ada)).toContain("That code isn't right.");

  aMinuteLater();
  const other = await shop.visitor();
  await signIn(other, ADA);
  expect(codeTo(ADAS_CODES).purpose).toBe("to sign in");
  await enterCode(other, address.code);
  expect(await errorOf(other)).toContain("That code isn't right.");
  addressCode = address.code;
});

test("6. login information changes the address, and the password", async () => {
  await enterCode(ada, addressCode, "Confirm");
  expect(await ada.getByLabel("E-mail address").inputValue()).toBe(ADAS_NEW_CODES);
  aMinuteLater();
  await press(ada, "button", "Send code");
  await enterCode(ada, codeTo(ADAS_NEW_CODES).code, "Turn on");
  expect(await ada.textContent("main")).toContain("elsewhere.test");

  await ada.goto("/account/login");
  expect(await faultsOf(ada)).toEqual([]);
  await press(ada, "link", "Change password");
  muchLater();
  await press(ada, "button", "Send code");
  const { code, purpose } = codeTo(ADAS_NEW_CODES);
  expect(purpose).toBe("to change your password");
  await enterCode(ada, code, "Confirm");
  expect(await headingOf(ada)).toBe("Change your password");
  await ada.getByLabel("Current password").fill(DEMO_PASSWORD);
  await ada.getByLabel("New password").fill(NEW_PASSWORD);
  await press(ada, "button", "Save password");
  expect(await ada.textContent("main")).toContain(
    "Your password is changed. You're signed out everywhere else.",
  );

  muchLater();
  ada = await shop.visitor();
  await signIn(ada, ADA);
  expect(pathOf(ada)).toBe("/login");
  await fillLogin(ada, ADA, NEW_PASSWORD);
  await enterCode(ada, codeTo(ADAS_NEW_CODES).code);
  expect(pathOf(ada)).toBe("/account");
});

test("7. nobody resets their own account from the login page", async () => {
  const page = await shop.visitor();
  await page.goto("/login");
  await press(page, "link", "Forgot your password?");
  expect(await headingOf(page)).toBe("Reset your password");
  expect(await page.textContent("main")).toContain("Ask an administrator to reset your account.");
  expect(await page.locator("input").count()).toBe(0);
});

test("7. an administrator makes a temporary password, which works once and ends with one of the person's own", async () => {
  await root.goto("/second-factor/admin/users");
  await press(root, "link", ADA);
  await press(root, "link", "Make a temporary password");
  await proveRoot();
  await root.getByLabel("Reason (kept in the log)").fill("Forgot it");
  await press(root, "button", "Make it");
  expect(await root.textContent("main")).toContain("Shown once. Works once, until ");
  const temporary = (await root.locator(".codes").textContent()) ?? "";
  await ada.goto("/account");
  expect(pathOf(ada)).toBe("/login");
  await fillLogin(ada, ADA, NEW_PASSWORD);
  expect(pathOf(ada)).toBe("/login");
  await fillLogin(ada, ADA, temporary);
  await enterCode(ada, codeTo(ADAS_NEW_CODES).code);
  expect(await headingOf(ada)).toBe("Choose a new password");
  await ada.getByLabel("New password").fill("seven slow boats to Lucca");
  await press(ada, "button", "Save password");
  expect(pathOf(ada)).toBe("/account");

  const again = await shop.visitor();
  await signIn(again, ADA, temporary);
  expect(pathOf(again)).toBe("/login");
});

test("7. or has a link mailed, behind which the person gives a code and chooses a password of their own", async () => {
  await root.goto("/second-factor/admin/users");
  await press(root, "link", ADA);
  await press(root, "link", "Send a reset link");
  await proveRoot();
  await root.getByLabel("Reason (kept in the log)").fill("Forgot it again");
  await press(root, "button", "Send link");
  expect(await root.textContent("main")).toContain("The link is on its way. It works once, for an hour.");

  const page = await shop.visitor();
  await page.goto(await linkTo(ADA, "Reset your Lucca password"));
  expect(await headingOf(page)).toBe("Reset your password");
  await press(page, "button", "Go on");
  await enterCode(page, codeTo(ADAS_NEW_CODES).code);
  expect(await headingOf(page)).toBe("Choose a new password");
  await page.getByLabel("New password").fill("eight small bells at dusk");
  await press(page, "button", "Save password");
  await page.goto("/whoami");
  expect(await page.textContent("body")).toContain(ADA);
});

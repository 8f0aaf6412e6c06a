// The profile lucy-email, step by step as the product's manual has it: mail by a real server, and nothing else reached.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Smtp, startSmtp } from "../../support/smtp.js";
import { watchConnections } from "../connections.js";
import { codeIn, enterCode, headingOf, pathOf, press, sendErrorOf, signIn, signOut } from "../person.js";
import { type OpenShop, openShop } from "../shop.js";

let smtp: Smtp;
let shop: OpenShop;
let page: Page;
beforeAll(async () => {
  smtp = await startSmtp();
  const settings = { url: smtp.url, from: "Lucy <notifications@lucy.test>" };
  shop = await openShop({ profile: "lucy-email", mail: settings });
  await shop.reset();
  page = await shop.visitor();
});
afterAll(async () => {
  await shop?.close();
  await smtp?.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(shop.problems).toEqual([]);
});

const mail = (at = -1) => {
  const received = smtp.mails.at(at);
  if (!received) throw new Error("no mail came");
  const { text = "", html, subject = "", from } = received.mail;
  return { to: received.to, subject, text, html: html || "", from: from?.value[0] };
};

test("1. Account, two-factor authentication, a choice of e-mail or text message, and the address is saved", async () => {
  await signIn(page, "ada@acme.test");
  await press(page, "link", "Two-factor authentication");
  await press(page, "link", "Turn on");
  expect(await page.getByRole("list").getByRole("listitem").count()).toBe(2);
  await press(page, "link", /^E-mail/);
  expect(await page.getByLabel("E-mail address").inputValue()).toBe("ada@acme.test");
});

test("2. the code is made here and handed to the configured mail server: nothing else is contacted", async () => {
  const connections = watchConnections(shop);
  await press(page, "button", "Send code");
  expect(smtp.mails).toHaveLength(1);
  expect(connections()).toEqual([`127.0.0.1:${smtp.port}`]);
});

test("3. the page asks for the code, names spam and the sender, and the code lives 20 minutes", async () => {
  expect(await headingOf(page)).toBe("Check your e-mail");
  expect(await page.getByText("We sent a code to ada@acme.test. It works for 20 minutes.").isVisible()).toBe(
    true,
  );
  await page.getByText("Didn't get it?").click();
  expect(await page.getByText("Check spam for mail from notifications@lucy.test.").isVisible()).toBe(true);

  shop.clock.advance({ minutes: 20 });
  await enterCode(page, codeIn(mail()), "Turn on");
  expect(await sendErrorOf(page)).toBe("Error: That code has expired. Send a new code.");
  await press(page, "button", "Send code");
  expect(smtp.mails).toHaveLength(2);
});

test("4. the mail names the product, the code, what it is for, and how long it lives", () => {
  const { from, to, subject, text, html } = mail(0);
  expect(from).toEqual({ name: "Lucy", address: "notifications@lucy.test" });
  expect(to).toEqual(["ada@acme.test"]);
  expect(subject).toBe("Confirm this address, 12:00 UTC");
  expect(text).toMatch(/^\d{6} is your Lucy code to add this address to ada@acme\.test\.\n/);
  expect(text).toContain("It works for 20 minutes");
  expect(html).toContain(codeIn({ text }));
});

test("5. text messages are offered as the lesser choice, after e-mail", async () => {
  await page.goto("/second-factor/enrol");
  const [first = "", second = ""] = await page.getByRole("list").getByRole("listitem").allTextContents();
  expect(first).toBe("E-mail Recommended");
  expect(second).toBe("Text message Less secure; prefer an app or e-mail.");
});

test("6. with the code it is on, and the next sign-in asks for one", async () => {
  await press(page, "link", /^E-mail/);
  await enterCode(page, codeIn(mail()), "Turn on");
  expect(await headingOf(page)).toBe("Save your recovery codes");
  await page.getByLabel("I've saved these codes").check();
  await press(page, "button", "Done");
  expect(await page.getByText("Two-factor authentication is on.").isVisible()).toBe(true);

  await signOut(page);
  shop.clock.advance({ minutes: 1 });
  await signIn(page, "ada@acme.test");
  expect(await headingOf(page)).toBe("Enter your code");
  await press(page, "button", "Send code");
  expect(await page.getByText("We sent a code to a***@acme.test. It works for 20 minutes.").isVisible()).toBe(
    true,
  );
  expect(mail().text).toMatch(/^\d{6} is your Lucy code to sign in\.\s+It works for 20 minutes/);
  shop.clock.advance({ minutes: 19, seconds: 59 });
  await enterCode(page, codeIn(mail()));
  expect(pathOf(page)).toBe("/account");
});

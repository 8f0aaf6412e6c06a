// A mail server that refuses, seen from a sign-in and from a form in a real browser: said, retried, and nothing lost.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Smtp, startSmtp } from "../support/smtp.js";
import {
  askAgain,
  codeIn,
  enterCode,
  errorOf,
  headingOf,
  pathOf,
  press,
  sendErrorOf,
  signIn,
} from "./person.js";
import { type OpenShop, openShop } from "./shop.js";

const EVE = "eve@acme.test";

let smtp: Smtp;
let shop: OpenShop;
beforeAll(async () => {
  smtp = await startSmtp();
  shop = await openShop({ mail: { url: smtp.url, from: "Acme <no-reply@acme.test>" } });
});
afterAll(async () => {
  await shop?.close();
  await smtp?.close();
});
beforeEach(() => {
  smtp.behave("ok");
  return shop.reset();
});
afterEach(() => expect(shop.problems).toEqual([]));

const sees = (page: Page, text: string) => page.getByText(text).isVisible();

const newestCode = () => codeIn({ text: smtp.mails.at(-1)?.mail.text ?? "" });

test("the page says so, nothing is lost by it, and the next try works at once", async () => {
  const page = await shop.visitor();
  await signIn(page, EVE);
  smtp.behave("450-at-rcpt");
  await press(page, "button", "Send code");
  expect(await headingOf(page)).toBe("Enter your code");
  expect(await sendErrorOf(page)).toBe("Error: We couldn't send the code. Try again in a minute.");
  await page.reload();
  expect(await sendErrorOf(page)).toBe("Error: We couldn't send the code. Try again in a minute.");

  smtp.behave("ok");
  await press(page, "button", "Send code");
  expect(await page.locator("#send-error").count()).toBe(0);
  await enterCode(page, newestCode());
  expect(pathOf(page)).toBe("/account");
});

test("the code that is on its way works on, where another one could not be sent", async () => {
  const page = await shop.visitor();
  await signIn(page, EVE);
  await press(page, "button", "Send code");
  const code = newestCode();
  shop.clock.advance({ minutes: 1 });
  smtp.behave("421-at-mail");
  await askAgain(page);
  expect(await errorOf(page)).toBe("Error: We couldn't send the code. Try again in a minute.");
  smtp.behave("ok");
  await enterCode(page, code);
  expect(pathOf(page)).toBe("/account");
});

test("an address that mail cannot reach is a mistake in the form, which keeps it", async () => {
  const page = await shop.visitor();
  await signIn(page, "ada@acme.test");
  await page.goto("/second-factor/enrol/email");
  await page.getByLabel("E-mail address").fill("nobody@acme.test");
  smtp.behave("550-at-rcpt");
  await press(page, "button", "Send code");
  expect(await sees(page, "We can't reach this one. Check it, or give another.")).toBe(true);
  expect(await page.getByLabel("E-mail address").inputValue()).toBe("nobody@acme.test");
  smtp.behave("ok");
  await page.getByLabel("E-mail address").fill("ada@elsewhere.test");
  await press(page, "button", "Send code");
  expect(await sees(page, "We sent a code to ada@elsewhere.test.")).toBe(true);
});

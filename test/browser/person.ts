// What a person does in the shop, by clicking and typing: signs in and out, pairs an app, enters a code.
import type { OutboxMessage } from "passport-second-factor";
import { type Authenticator, authenticator } from "passport-second-factor/testing";
import type { Page } from "playwright-core";
import { DEMO_PASSWORD } from "../../example-app/seed.js";
import type { OpenShop } from "./shop.js";

/** Uses a link or a button that leads to a page, and waits until that page is there. */
export async function press(page: Page, role: "link" | "button", name: string | RegExp): Promise<void> {
  await Promise.all([page.waitForEvent("load"), page.getByRole(role, { name }).click()]);
}

/** Fills in the login form, which is open. */
export async function fillLogin(page: Page, email: string, password = DEMO_PASSWORD): Promise<void> {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await press(page, "button", "Sign in");
}

export async function signIn(page: Page, email: string, password = DEMO_PASSWORD): Promise<void> {
  await page.goto("/login");
  await fillLogin(page, email, password);
}

export async function signOut(page: Page): Promise<void> {
  await page.goto("/account");
  await press(page, "button", "Sign out");
}

export async function enterCode(page: Page, code: string, button = "Continue"): Promise<void> {
  await page.getByLabel("6-digit code").fill(code);
  await press(page, "button", button);
}

/** Asks for a code, and takes it from what was kept. */
export async function askForCode(page: Page, shop: OpenShop, button: string | RegExp = "Send code") {
  await press(page, "button", button);
  return codeIn(shop.kept()[0]);
}

/** Opens "Didn't get it?", and asks for another one. */
export async function askAgain(page: Page): Promise<void> {
  await page.getByText("Didn't get it?").click();
  await press(page, "button", "Send a new code");
}

/** Every message with a code opens with it. */
export function codeIn(message: Pick<OutboxMessage, "text"> | undefined): string {
  const [code] = /^\d{6}(?= is your )/.exec(message?.text ?? "") ?? [];
  if (code === undefined) throw new Error("no message with a code was kept");
  return code;
}

export async function enterRecoveryCode(page: Page, code: string): Promise<void> {
  await press(page, "link", "Try another way");
  await press(page, "link", "Use a recovery code");
  await page.getByLabel("Recovery code").fill(code);
  await press(page, "button", "Continue");
}

/** From the chooser to the pairing page: an app that was told the setup key as the page spells it. */
export async function pair(page: Page, { clock }: OpenShop): Promise<Authenticator> {
  await press(page, "button", "Authenticator app");
  return authenticator(await keyOf(page), clock);
}

/** Everything from the chooser to the last click; the recovery codes are read off the page. */
export async function enrol(page: Page, shop: OpenShop): Promise<{ app: Authenticator; codes: string[] }> {
  const app = await pair(page, shop);
  await enterCode(page, await app.code(), "Turn on");
  const codes = await page.getByRole("listitem").allTextContents();
  await page.getByLabel("I've saved these codes").check();
  await press(page, "button", "Done");
  return { app, codes };
}

/** Signs ada in, turns it on for her, and signs her out: half a minute later. */
export async function adaHasEnrolled(page: Page, shop: OpenShop) {
  await signIn(page, "ada@acme.test");
  await press(page, "link", "Two-factor authentication");
  await press(page, "link", "Turn on");
  const enrolled = await enrol(page, shop);
  await signOut(page);
  shop.clock.advance({ seconds: 30 });
  return enrolled;
}

export const headingOf = (page: Page) => page.getByRole("heading", { level: 1 }).textContent();

export const pathOf = (page: Page) => new URL(page.url()).pathname;

/** The setup key on the pairing page. */
export const keyOf = async (page: Page) => (await page.locator(".key").textContent()) ?? "";

/** Why no code went out, above the button that sends one. */
export const sendErrorOf = (page: Page) => page.locator("#send-error").textContent();

/** The error above a code field. */
export const errorOf = (page: Page) => page.locator("#code-error").textContent();

// What an administrator does in the shop: opens the settings with a fresh code, and saves what was filled in.
import type { Page } from "playwright-core";
import { headingOf, press } from "./person.js";
import type { OpenShop } from "./shop.js";

/** From the shop's admin side to the settings; `prove` answers where a fresh code is asked for. */
export async function openSettings(page: Page, prove: () => Promise<void>): Promise<void> {
  await page.goto("/admin");
  await press(page, "link", "Two-factor policy");
  if ((await headingOf(page)) === "Confirm it's you") await prove();
}

/** Reviews and saves; by then it holds everywhere. */
export async function saveSettings(page: Page, { clock }: OpenShop): Promise<void> {
  await press(page, "button", "Review");
  await press(page, "button", "Save policy");
  clock.advance({ seconds: 5 });
}

/** What one fills in for Twilio. */
export async function enterKeys(
  page: Page,
  { accountSid, authToken, sender }: { accountSid: string; authToken: string; sender: string },
): Promise<void> {
  await page.getByLabel("Account SID").fill(accountSid);
  await page.getByLabel("Auth token").fill(authToken);
  await page.getByLabel("Sender").fill(sender);
}

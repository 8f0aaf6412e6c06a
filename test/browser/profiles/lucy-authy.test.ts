// The profile lucy-authy, step by step as the product's manual has it: text messages by a real server in Twilio's place.
import { type Authenticator, authenticator } from "passport-second-factor/testing";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { ACCOUNT_SID, AUTH_TOKEN, startTwilio, type TwilioServer } from "../../support/twilio.js";
import { enterKeys, openSettings, saveSettings } from "../administrator.js";
import { watchConnections } from "../connections.js";
import { faultsOf } from "../faults.js";
import { codeIn, enterCode, headingOf, keyOf, pair, pathOf, press, signIn, signOut } from "../person.js";
import { type OpenShop, openShop } from "../shop.js";

const ADA = "ada@acme.test";
const VIC = "vic@acme.test";
const ROOT = "root@acme.test";
const NUMBER = "+1 415 555 0123";
const OFF = "Two-factor authentication isn't configured. Ask help@lucy.test.";

let twilio: TwilioServer;
let shop: OpenShop;
let ada: Page;
let root: Page;
let rootsApp: Authenticator;
beforeAll(async () => {
  twilio = await startTwilio();
  shop = await openShop({ profile: "lucy-authy", twilioBase: twilio.url });
  await shop.reset();
  ada = await shop.visitor();
  root = await shop.visitor();
});
afterAll(async () => {
  await shop?.close();
  await twilio?.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(shop.problems).toEqual([]);
});

/** The code in the text message that came last. */
const texted = () => codeIn({ text: twilio.requests.at(-1)?.fields["Body"] ?? "" });

/** Long enough that the limits on messages do not count. */
const later = () => shop.clock.advance({ minutes: 11 });

/** A code of an app that was not used yet. */
function nextCode(app: Authenticator): Promise<string> {
  shop.clock.advance({ seconds: 30 });
  return app.code();
}

const settings = () => openSettings(root, async () => enterCode(root, await nextCode(rootsApp), "Confirm"));

test("1. out of the box nothing leaves the server, and the account says that it is not configured", async () => {
  const connections = watchConnections(shop);
  await signIn(ada, ADA);
  expect(pathOf(ada)).toBe("/account");
  await press(ada, "link", "Set up two-factor authentication");
  expect(await ada.textContent("main")).toContain(OFF);
  expect(await ada.getByRole("link", { name: "Turn on" }).count()).toBe(0);
  expect(connections()).toEqual([]);
});

test("2. an administrator enters the provider's key: sealed, never shown again, and marked where it is for tests", async () => {
  await signIn(root, ROOT);
  expect(await root.getByRole("list").getByRole("listitem").count()).toBe(1);
  rootsApp = await pair(root, shop);
  await enterCode(root, await rootsApp.code(), "Turn on");
  expect(pathOf(root)).toBe("/login");
  await signIn(root, ROOT);
  await enterCode(root, await nextCode(rootsApp));

  await settings();
  await enterKeys(root, { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, sender: "+15005550006" });
  await root.getByLabel("Optional").first().check();
  await saveSettings(root, shop);
  await settings();
  expect(await root.getByText("Test key: not for production. Messages reach nobody.").isVisible()).toBe(true);
  expect(await root.getByLabel("Auth token").inputValue()).toBe("");
  expect(await root.getByText("Saved. Enter a new one to replace it.").isVisible()).toBe(true);
  expect(await root.content()).not.toContain(AUTH_TOKEN);
  expect(await faultsOf(root)).toEqual([]);
  const connection = await shop.shared.database.connect();
  const kept = JSON.stringify(await connection.collection("second_factor_settings").find().toArray());
  expect(kept).toContain(ACCOUNT_SID);
  expect(kept).not.toContain(AUTH_TOKEN);

  await root.getByLabel("Sender").fill("+14155550100");
  await saveSettings(root, shop);
  await settings();
  expect(await root.getByText("Test key").count()).toBe(0);
  expect(twilio.requests).toEqual([]);
});

test("3. only once a number is saved in the account does the set-up work, with its steps on the screen", async () => {
  await ada.goto("/second-factor");
  await press(ada, "link", "Turn on");
  await press(ada, "link", /^Text message Save your mobile number in your account first\./);
  expect(await ada.textContent("main")).toContain("Save your mobile number in your account first.");
  expect(await ada.getByRole("button", { name: "Text me a code" }).count()).toBe(0);
  expect(await faultsOf(ada)).toEqual([]);
  await press(ada, "link", "Open your account");
  await ada.getByLabel("Country").selectOption({ label: "United States (+1)" });
  await ada.getByLabel("Mobile number").fill("(415) 555-0123");
  await press(ada, "button", "Save");
  expect(await ada.getByText("Saved.").isVisible()).toBe(true);

  await press(ada, "link", "Set up two-factor authentication");
  await press(ada, "link", "Turn on");
  await press(ada, "link", /^Text message/);
  expect(await ada.textContent("main")).toContain(`We'll text a code to ${NUMBER}.`);
  expect(await ada.getByRole("link", { name: "Change it in your account" }).isVisible()).toBe(true);
  expect(await ada.getByRole("textbox").count()).toBe(0);
  expect(await faultsOf(ada)).toEqual([]);
  await press(ada, "button", "Text me a code");
  expect(twilio.requests.map(({ fields }) => fields["To"])).toEqual(["+14155550123"]);
  expect(await ada.textContent("main")).toContain(`We sent a code to ${NUMBER}. It works for 5 minutes.`);

  const vic = await shop.visitor();
  await signIn(vic, VIC);
  await vic.goto("/second-factor/enrol");
  await pair(vic, shop);
  expect(await vic.getByRole("img", { name: "QR code; the setup key does the same." }).isVisible()).toBe(
    true,
  );
  expect(await vic.getByText("Enter the code it shows.").isVisible()).toBe(true);
});

test("4. with the code entered they are signed out at once", async () => {
  await enterCode(ada, texted(), "Turn on");
  expect(pathOf(ada)).toBe("/login");
  await ada.goto("/account");
  expect(pathOf(ada)).toBe("/login");
});

test("5. the next sign-in asks for a code, from the app or by text message when one is asked for", async () => {
  later();
  await signIn(ada, ADA);
  expect(await headingOf(ada)).toBe("Enter your code");
  expect(twilio.requests).toHaveLength(1);
  await press(ada, "button", "Send code");
  expect(twilio.requests).toHaveLength(2);
  await enterCode(ada, texted());
  expect(pathOf(ada)).toBe("/account");

  later();
  await ada.goto("/second-factor/enrol");
  await press(ada, "button", "Send code");
  await enterCode(ada, texted(), "Confirm");
  await press(ada, "button", "Authenticator app");
  const app = authenticator(await keyOf(ada), shop.clock);
  await enterCode(ada, await app.code(), "Turn on");
  expect(pathOf(ada)).toBe("/login");

  await signIn(ada, ADA);
  await press(ada, "link", "Try another way");
  await press(ada, "link", "Use your authenticator app");
  await enterCode(ada, await nextCode(app));
  expect(pathOf(ada)).toBe("/account");
  await signOut(ada);
  later();
  await signIn(ada, ADA);
  await press(ada, "link", "Try another way");
  expect(twilio.requests).toHaveLength(3);
  await press(ada, "button", /^Text a code to \+1\*+23/);
  await enterCode(ada, texted());
  expect(pathOf(ada)).toBe("/account");
});

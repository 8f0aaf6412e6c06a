// The example shop on a real port, with a browser before it. Whatever a page complains about is kept as a problem.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { OutboxMessage } from "passport-second-factor";
import { type ManualClock, manualClock } from "passport-second-factor/testing";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createApp } from "../../example-app/app.js";
import { openDeliveries } from "../../example-app/deliveries.js";
import type { DeliverySettings } from "../../example-app/delivery-config.js";
import { DEFAULT_PROFILE, PROFILES } from "../../example-app/profiles/index.js";
import { seed } from "../../example-app/seed.js";
import { launchBrowser } from "../support/browser.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

export interface OpenShop {
  readonly url: string;
  readonly clock: ManualClock;
  readonly databaseUri: string;
  /** Console errors and warnings, violated policies, failed resources, 5xx: should stay empty. */
  readonly problems: string[];
  /** What was kept instead of sent, newest first. */
  kept(): OutboxMessage[];
  /** Somebody new: a page in a browser with no cookies. Other tabs: `page.context().newPage()`. */
  visitor(options?: BrowserContextOptions): Promise<Page>;
  /** The demo accounts as they are at first, nobody signed in, nothing counted, no problems. */
  reset(): Promise<void>;
  close(): Promise<void>;
  readonly shared: Shared;
}

/** What two sites of one product have in common. */
interface Shared {
  database: TestDatabase;
  browser: Browser;
  clock: ManualClock;
}

export interface ShopOptions extends DeliverySettings {
  /** Where browsers reach it: localhost, or a name under .test, to which they send no Sec-Fetch headers. */
  host?: string;
  /** A profile of the demo, by name. */
  profile?: string;
  /** Another site of the same product: it shares the database, the clock and the browsers of this one. */
  beside?: OpenShop;
}

/** Messages are kept, but those that `mail` or `texts` say how to send. */
export async function openShop(options: ShopOptions = {}): Promise<OpenShop> {
  const { host = "localhost", profile: name = DEFAULT_PROFILE, beside, ...settings } = options;
  const profile = PROFILES.get(name);
  if (!profile) throw new Error(`there is no profile "${name}"`);
  const shared = beside?.shared ?? (await newlyShared());
  const { database, browser, clock } = shared;
  const connection = await database.connect();
  const server = createServer().listen(0);
  await once(server, "listening");
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  const deliveries = await openDeliveries({ testMode: true, ...settings });
  const shop = createApp({
    connection,
    origin: url,
    sessionSecret: "a session secret for tests only",
    secondFactorKey: "a second factor key for tests only",
    testMode: true,
    profile,
    deliveries,
    ...(settings.twilioBase === undefined ? {} : { twilioBase: settings.twilioBase }),
    clock,
  });
  server.on("request", shop.app);
  const problems: string[] = [];
  return {
    url,
    clock,
    databaseUri: database.uri,
    problems,
    kept: () => deliveries.outbox?.messages() ?? [],
    async visitor(given = {}) {
      const context = await browser.newContext({ baseURL: url, ...given });
      context.setDefaultTimeout(10_000);
      context.on("page", (page) => watch(page, problems));
      return context.newPage();
    },
    async reset() {
      await Promise.all(browser.contexts().map((context) => context.close()));
      const kept = ["second_factor_limits", "second_factor_settings", "second_factor_events"];
      const collections = ["users", "sessions", ...kept];
      await Promise.all(collections.map((each) => connection.collection(each).deleteMany({})));
      // Longer than the shop goes by what it knows of the settings.
      clock.advance({ seconds: 5 });
      await seed(shop);
      problems.length = 0;
    },
    async close() {
      if (!beside) await browser.close();
      server.close();
      server.closeAllConnections();
      if (!beside) await database.close();
    },
    shared,
  };
}

async function newlyShared(): Promise<Shared> {
  const [database, browser] = await Promise.all([testDatabase(), launchBrowser()]);
  return { database, browser, clock: manualClock() };
}

/** A page of its own may well answer 4xx; a style sheet, a script or an icon may not. */
function watch(page: Page, problems: string[]): void {
  const add = (text: string) => problems.push(`${page.url()}: ${text}`);
  page.on("pageerror", (error) => add(error.message));
  page.on("console", (message) => {
    const isStatus = message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !isStatus) add(message.text());
  });
  page.on("response", (response) => {
    const least = response.request().isNavigationRequest() ? 500 : 400;
    if (response.status() >= least) add(`${response.status()} ${response.url()}`);
  });
}

// The example shop on a real port, with a browser before it. Whatever a page complains about is kept as a problem.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ManualClock, manualClock } from "passport-second-factor/testing";
import type { BrowserContextOptions, Page } from "playwright-core";
import { createApp } from "../../example-app/app.js";
import { seed } from "../../example-app/seed.js";
import { launchBrowser } from "../support/browser.js";
import { testDatabase } from "../support/database.js";

export interface OpenShop {
  readonly url: string;
  readonly clock: ManualClock;
  /** Console errors and warnings, violated policies, failed resources, 5xx: should stay empty. */
  readonly problems: string[];
  /** Somebody new: a page in a browser with no cookies. Other tabs: `page.context().newPage()`. */
  visitor(options?: BrowserContextOptions): Promise<Page>;
  /** The demo accounts as they are at first, nobody signed in, no problems. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** @param host where browsers reach it: localhost, or a name under .test, to which they send no Sec-Fetch headers */
export async function openShop({ host = "localhost" } = {}): Promise<OpenShop> {
  const [database, browser] = await Promise.all([testDatabase(), launchBrowser()]);
  const connection = await database.connect();
  const clock = manualClock();
  const server = createServer().listen(0);
  await once(server, "listening");
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  const { app, users, secondFactor } = createApp({
    connection,
    origin: url,
    sessionSecret: "a session secret for tests only",
    secondFactorKey: "a second factor key for tests only",
    testMode: true,
    clock,
  });
  server.on("request", app);
  const problems: string[] = [];
  return {
    url,
    clock,
    problems,
    async visitor(options = {}) {
      const context = await browser.newContext({ baseURL: url, ...options });
      context.setDefaultTimeout(10_000);
      context.on("page", (page) => watch(page, problems));
      return context.newPage();
    },
    async reset() {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await Promise.all([users.deleteMany(), connection.collection("sessions").deleteMany()]);
      await seed(users, secondFactor);
      problems.length = 0;
    },
    async close() {
      await browser.close();
      server.close();
      server.closeAllConnections();
      await database.close();
    },
  };
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

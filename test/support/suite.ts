// What the test files of a running app share: a database for the file, and an app for each of its tests.
import type mongoose from "mongoose";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type AppOptions, startApp, type TestApp } from "./app.js";
import { type TestDatabase, testDatabase } from "./database.js";

export type Setup = Omit<AppOptions, "connection">;

/** The app that runs: one object for the whole file, which each start fills anew. */
export interface SuiteApp extends TestApp {
  readonly connection: mongoose.Connection;
  /** Starts an app in the place of the one that runs, if any; the users stay. */
  start(setup?: Setup): Promise<void>;
}

/** Before each test: no users, and an app with this set-up. */
export function useApp(setup: () => Setup = () => ({})): SuiteApp {
  const app = useStartableApp();
  beforeEach(() => app.start(setup()));
  return app;
}

/** Before each test: no users. The test starts the app; the app of the last start is closed after it. */
export function useStartableApp(): SuiteApp {
  let database: TestDatabase;
  let running: TestApp | undefined;
  const close = async () => {
    await running?.close();
    running = undefined;
  };
  const app = { close } as SuiteApp;
  const start = async (setup: Setup = {}) => {
    await close();
    running = await startApp({ connection: app.connection, ...setup });
    Object.assign(app, running, { close });
  };
  beforeAll(async () => {
    database = await testDatabase();
    Object.assign(app, { connection: await database.connect(), start });
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await app.connection.collection("users").deleteMany({});
  });
  afterEach(close);
  return app;
}

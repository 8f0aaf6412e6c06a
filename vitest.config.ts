import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    alias: [
      { find: /^passport-second-factor$/, replacement: at("./src/index.ts") },
      { find: /^passport-second-factor\/account$/, replacement: at("./src/account/index.ts") },
      { find: /^passport-second-factor\/testing$/, replacement: at("./src/testing/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // A process for each file: Passport, Mongoose and warnings are global. Two at once suit two cores, since some
    // files start a browser or a compiler beside them.
    pool: "forks",
    maxWorkers: 2,
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    slowTestThreshold: 5_000,
    coverage: {
      provider: "v8",
      include: ["src/**"],
      reporter: ["text-summary", "html", "json-summary"],
      thresholds: { lines: 90, "src/core/**": { lines: 100, branches: 100 } },
    },
  },
});

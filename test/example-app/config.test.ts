// What the shop refuses to start with, and what it assumes where nothing is said.
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../../example-app/config.js";

type Environment = Record<string, string | undefined>;

const PRODUCTION = {
  NODE_ENV: "production",
  SESSION_SECRET: "a long secret that nobody else has, 1",
  SECOND_FACTOR_KEY: "a long secret that nobody else has, 2",
  ORIGIN: "https://shop.example.com",
  MONGODB_URI: "mongodb://db.example.com/shop",
} as const;

/** The lines it refuses with; none where it takes the environment. */
function refusals(env: Environment): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}

describe("production refuses", () => {
  const { sessionSecret, secondFactorKey } = readConfig({});
  const cases: [name: string, change: Environment, says: RegExp][] = [
    ["no session secret", { SESSION_SECRET: undefined }, /^SESSION_SECRET is missing.*Set SESSION_SECRET/],
    ["an empty session secret", { SESSION_SECRET: "" }, /^SESSION_SECRET is missing/],
    ["the default session secret", { SESSION_SECRET: sessionSecret }, /^SESSION_SECRET is the default/],
    ["a short session secret", { SESSION_SECRET: "x".repeat(31) }, /^SESSION_SECRET is shorter than 32/],
    ["no key", { SECOND_FACTOR_KEY: undefined }, /^SECOND_FACTOR_KEY is missing.*Set SECOND_FACTOR_KEY/],
    ["the default key", { SECOND_FACTOR_KEY: secondFactorKey }, /^SECOND_FACTOR_KEY is the default/],
    ["a short key", { SECOND_FACTOR_KEY: "x".repeat(31) }, /^SECOND_FACTOR_KEY is shorter than 32/],
    ["no origin", { ORIGIN: undefined }, /^ORIGIN is missing.*ORIGIN=https:/],
    ["an origin over http", { ORIGIN: "http://shop.example.com" }, /^ORIGIN is "http:.*only sent over https/],
    ["the embedded database", { MONGODB_URI: undefined }, /^MONGODB_URI is missing.*embedded.*MONGODB_URI=/],
    ["sessions in memory", { SESSION_STORE: "memory" }, /^SESSION_STORE is memory.*SESSION_STORE=mongo/],
    ["test mode", { TEST_MODE: "true" }, /^TEST_MODE is on.*TEST_MODE=false/],
    ["test mode, written 1", { TEST_MODE: "1" }, /^TEST_MODE is on/],
  ];

  test.each(cases)("%s, in one line", (_name, change, says) => {
    const lines = refusals({ ...PRODUCTION, ...change });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(says);
    expect(lines[0]).not.toContain("\n");
  });

  test("everything at once, with a line each", () => {
    expect(refusals({ NODE_ENV: "production", SESSION_STORE: "memory", TEST_MODE: "on" })).toHaveLength(6);
  });

  test("never repeats a secret", () => {
    const lines = refusals({ ...PRODUCTION, SESSION_SECRET: "short-and-known" });
    expect(lines.join()).not.toContain("short-and-known");
  });
});

describe("anywhere it refuses", () => {
  const cases: [name: string, env: Environment, says: RegExp][] = [
    ["a port that is no number", { PORT: "http" }, /^PORT is "http"/],
    ["a port there cannot be", { PORT: "65536" }, /^PORT is "65536"/],
    ["an origin with a path", { ORIGIN: "http://localhost:3000/shop" }, /^ORIGIN is/],
    ["an origin without a scheme", { ORIGIN: "shop.example.com" }, /^ORIGIN is/],
    ["a session store it does not know", { SESSION_STORE: "redis" }, /^SESSION_STORE is "redis"/],
    ["proxies that are no number", { PROXIES: "some" }, /^PROXIES is "some"/],
  ];

  test.each(cases)("%s", (_name, env, says) => {
    expect(refusals(env)).toEqual([expect.stringMatching(says)]);
  });
});

test("with nothing said it is good for trying out", () => {
  expect(readConfig({})).toMatchObject({
    production: false,
    port: 3000,
    origin: undefined,
    sessionStore: "mongo",
    testMode: true,
    proxies: 0,
  });
});

test("in production it takes what is given, believes one proxy, and makes no demo accounts", () => {
  expect(readConfig({ ...PRODUCTION, PORT: "8080" })).toEqual({
    production: true,
    port: 8080,
    origin: "https://shop.example.com",
    sessionSecret: PRODUCTION.SESSION_SECRET,
    secondFactorKey: PRODUCTION.SECOND_FACTOR_KEY,
    sessionStore: "mongo",
    testMode: false,
    proxies: 1,
  });
});

test("no reverse proxy at all is a choice too", () => {
  expect(readConfig({ ...PRODUCTION, PROXIES: "0" }).proxies).toBe(0);
});

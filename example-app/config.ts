/** What the environment says, checked as a whole: in production nothing that is only good for trying out. */
import { type DeliverySettings, deliveryMistakes, readDeliveries } from "./delivery-config.js";

export interface Config extends DeliverySettings {
  production: boolean;
  /** 0: any free port. */
  port: number;
  /** Where people reach the shop. Undefined: http://localhost, on whatever port it is. */
  origin: string | undefined;
  sessionSecret: string;
  secondFactorKey: string;
  sessionStore: "mongo" | "memory";
  /** Demo accounts with a known password are made, the login page names them, and messages are kept at `/outbox`. */
  testMode: boolean;
  /** Reverse proxies in front of the shop, whose X-Forwarded headers are believed. */
  proxies: number;
}

/** Every reason not to start, a line each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.lines = lines;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Public, like everything in a repository: good for trying out, and refused in production. */
const DEFAULT_SECRETS = {
  SESSION_SECRET: "development-only-session-secret-do-not-use",
  SECOND_FACTOR_KEY: "development-only-second-factor-key-do-not-use",
} as const;

const MIN_SECRET = 32;

/** @throws {ConfigError} with every mistake at once */
export function readConfig(env: Environment): Config {
  const production = env["NODE_ENV"] === "production";
  const lines = [...mistakes(env), ...deliveryMistakes(env), ...(production ? refusals(env) : [])];
  if (lines.length > 0) throw new ConfigError(lines);
  return {
    production,
    port: Number(env["PORT"] || 3000),
    origin: env["ORIGIN"] || undefined,
    sessionSecret: secretOf(env, "SESSION_SECRET"),
    secondFactorKey: secretOf(env, "SECOND_FACTOR_KEY"),
    sessionStore: env["SESSION_STORE"] === "memory" ? "memory" : "mongo",
    testMode: isOn(env["TEST_MODE"] ?? String(!production)),
    proxies: Number(env["PROXIES"] || (production ? 1 : 0)),
    ...readDeliveries(env),
  };
}

/** What is wrong anywhere. */
function mistakes({ PORT, ORIGIN, SESSION_STORE, PROXIES }: Environment): string[] {
  const lines: string[] = [];
  if (PORT && !isWhole(PORT, 65_535)) lines.push(`PORT is "${PORT}": set a number, such as PORT=3000.`);
  if (PROXIES && !isWhole(PROXIES, 10))
    lines.push(`PROXIES is "${PROXIES}": set how many, such as PROXIES=1.`);
  if (ORIGIN && !isOrigin(ORIGIN)) {
    lines.push(`ORIGIN is "${ORIGIN}": set scheme and host only, such as ORIGIN=https://shop.example.com.`);
  }
  if (SESSION_STORE && SESSION_STORE !== "mongo" && SESSION_STORE !== "memory") {
    lines.push(`SESSION_STORE is "${SESSION_STORE}": set mongo or memory.`);
  }
  return lines;
}

/** What is fine for trying out, and not for people's accounts. */
function refusals(env: Environment): string[] {
  const lines = [
    refusedSecret(env, "SESSION_SECRET", "anybody could forge a session"),
    refusedSecret(
      env,
      "SECOND_FACTOR_KEY",
      "anybody with a copy of the database could read its TOTP secrets",
    ),
    refusedOrigin(env["ORIGIN"]),
    !env["MONGODB_URI"] &&
      "MONGODB_URI is missing: the embedded database forgets every account when the process ends. " +
        "Set it, such as MONGODB_URI=mongodb://user:password@host:27017/shop.",
    env["SESSION_STORE"] === "memory" &&
      "SESSION_STORE is memory: it leaks, and signs everybody out at every restart. Set SESSION_STORE=mongo, or nothing.",
    isOn(env["TEST_MODE"]) &&
      "TEST_MODE is on: it makes accounts whose password everybody knows, and shows every code. Set TEST_MODE=false, or nothing.",
  ];
  return lines.filter((line) => line !== false && line !== undefined);
}

function refusedSecret(env: Environment, name: keyof typeof DEFAULT_SECRETS, why: string) {
  const value = env[name];
  const set = `Set ${name} to the output of: openssl rand -base64 32`;
  if (!value) return `${name} is missing, and the default is public: ${why}. ${set}`;
  if (value === DEFAULT_SECRETS[name]) return `${name} is the default, which is public: ${why}. ${set}`;
  if (value.length < MIN_SECRET) return `${name} is shorter than ${MIN_SECRET} characters: ${why}. ${set}`;
  return undefined;
}

function refusedOrigin(origin: string | undefined) {
  const set = "such as ORIGIN=https://shop.example.com.";
  if (!origin) return `ORIGIN is missing: it is what tells our own forms from another site's. Set it, ${set}`;
  if (!origin.startsWith("http:")) return undefined;
  return `ORIGIN is "${origin}": session cookies are only sent over https. Set the https address, ${set}`;
}

function secretOf(env: Environment, name: keyof typeof DEFAULT_SECRETS): string {
  return env[name] || DEFAULT_SECRETS[name];
}

const isOn = (flag: string | undefined) => /^(1|true|on|yes)$/i.test(flag ?? "");

const isWhole = (text: string, most: number) => /^\d{1,5}$/.test(text) && Number(text) <= most;

const isOrigin = (text: string) =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;

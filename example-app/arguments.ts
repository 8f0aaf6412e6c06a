/** What the command line says: which profile, or only what there is to say. */
import { parseArgs } from "node:util";
import { ConfigError } from "./config.js";
import { DEFAULT_PROFILE, PROFILES } from "./profiles/index.js";
import type { Profile } from "./profiles/profile.js";

export type Command = { help: true } | { help: false; profile: Profile };

/** @throws {ConfigError} with one line that names the profiles there are */
export function readArguments(args: readonly string[]): Command {
  const { help = false, profile: name = DEFAULT_PROFILE } = parsed(args);
  if (help) return { help };
  const profile = PROFILES.get(name);
  if (profile) return { help, profile };
  throw new ConfigError([`There is no profile "${printable(name)}": choose one of ${names()}.`]);
}

function parsed(args: readonly string[]) {
  try {
    const options = { profile: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch {
    throw new ConfigError([`Only --help and --profile NAME can be said here; NAME is one of ${names()}.`]);
  }
}

const names = () => [...PROFILES.keys()].join(", ");

const MOST = 40;

/** A terminal does what it is told: of a name that may be anything, only plain letters are shown. */
function printable(name: string): string {
  return name.slice(0, MOST).replace(/[^\x20-\x7e]/g, "?");
}

export function helpText(): string {
  const width = Math.max(...[...PROFILES.keys()].map((name) => name.length));
  const profiles = [...PROFILES].map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`);
  return `npm run demo -- [--profile NAME]

Profiles, each a product's second factor (default ${DEFAULT_PROFILE}):
${profiles.join("\n")}

Environment:
  PORT                                  default 3000; 0: any free port
  MONGODB_URI                           default: a database that ends with the process
  SMTP_URL, MAIL_FROM                   codes by e-mail are sent; default: kept at /outbox
  TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM
                                        codes by text message are sent; default: kept at /outbox
  TWILIO_API_BASE                       another server in Twilio's place, also for keys an administrator enters
  TEST_MODE                             default true, and false in production: demo accounts, and /outbox
  ORIGIN, SESSION_SECRET, SECOND_FACTOR_KEY, SESSION_STORE, PROXIES, NODE_ENV
                                        for production, which says what it lacks
`;
}

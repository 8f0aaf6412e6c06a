// The command line, and what the profiles are: configuration that the shop takes as it is.
import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../example-app/app.js";
import { helpText, readArguments } from "../../example-app/arguments.js";
import { ConfigError } from "../../example-app/config.js";
import { type Deliveries, keptMessages } from "../../example-app/deliveries.js";
import { acme } from "../../example-app/profiles/acme.js";
import { PROFILES } from "../../example-app/profiles/index.js";
import { lucca } from "../../example-app/profiles/lucca.js";
import { lucyAuthy } from "../../example-app/profiles/lucy-authy.js";
import { lucyEmail } from "../../example-app/profiles/lucy-email.js";
import { manage } from "../../example-app/profiles/manage.js";
import type { Profile } from "../../example-app/profiles/profile.js";
import { xCart } from "../../example-app/profiles/x-cart.js";
import { accountsFor } from "../../example-app/seed.js";
import { type TestDatabase, testDatabase } from "../support/database.js";

const NAMES = [...PROFILES.keys()].join(", ");

/** The one line it refuses with. */
function refusal(...args: string[]): string {
  try {
    readArguments(args);
  } catch (error) {
    if (error instanceof ConfigError && error.lines.length === 1) return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

describe("the command line", () => {
  test("takes a profile in both spellings, and acme where nothing is said", () => {
    expect(readArguments([])).toEqual({ help: false, profile: acme });
    expect(readArguments(["--profile", "lucy-email"])).toEqual({ help: false, profile: lucyEmail });
    expect(readArguments(["--profile=lucy-email"])).toEqual({ help: false, profile: lucyEmail });
  });

  test.each([["--help"], ["-h"]])("%s asks for help, whatever else is said", (flag) => {
    expect(readArguments([flag, "--profile", "nothing"])).toEqual({ help: true });
  });

  test("the help names every profile and what it shows", () => {
    for (const [name, { about }] of PROFILES) {
      expect(helpText()).toContain(name);
      expect(helpText()).toContain(about);
    }
  });

  test.each([
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "toString",
    "../profiles/acme",
    "acme.js",
    "ACME",
    "",
    "acme\0",
    "node:fs",
  ])("the name %j is no profile", (name) => {
    const line = refusal(`--profile=${name}`);
    expect(line).toMatch(/^There is no profile ".*": choose one of /);
    expect(line).toContain(`: choose one of ${NAMES}.`);
  });

  test("a name that would steer the terminal, or fill it, is shown tamely", () => {
    const hostile = `\u001b[2J\u001b]0;owned\u0007\n\u009b31m\u202e${"x".repeat(1_000_000)}`;
    const line = refusal("--profile", hostile);
    expect(line).toMatch(/^[\x20-\x7e]{1,200}$/);
  });

  test.each([
    ["a profile without a name", ["--profile"]],
    ["a name on its own", ["lucy-email"]],
    ["what nobody knows", ["--verbose"]],
    ["what holds a secret", ["--password=hunter2"]],
  ])("%s is refused with what can be said", (_name, args) => {
    const line = refusal(...args);
    expect(line).toMatch(/--profile NAME/);
    expect(line.endsWith(`one of ${NAMES}.`)).toBe(true);
    expect(line).not.toContain("hunter2");
  });
});

describe("the shop", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database?.close());

  const open = async (profile: Profile, deliveries: Deliveries) =>
    createApp({
      connection: await database.connect(),
      origin: "http://localhost:3000",
      sessionSecret: "a session secret for tests only",
      secondFactorKey: "a second factor key for tests only",
      profile,
      deliveries,
    });

  test("says what it lacks where mail is all that it sends, and has no way out", async () => {
    await expect(open(lucca, {})).rejects.toThrow(/set SMTP_URL and MAIL_FROM\.$/);
    await expect(open(lucca, {})).rejects.toBeInstanceOf(ConfigError);
  });

  test.each([...PROFILES])(
    "starts as %s, under its name, with and without somewhere to send to",
    async (_, profile) => {
      for (const deliveries of profile === lucca ? [keptMessages()] : [keptMessages(), {}]) {
        const { app, kinds } = await open(profile, deliveries);
        expect(kinds.length).toBeGreaterThan(0);
        const { text } = await supertest(app).get("/login").expect(200);
        expect(text).toContain(`<title>Sign in, ${profile.issuer}</title>`);
      }
    },
  );
});

describe("a profile", () => {
  const kindsOf = (factors: ReturnType<typeof acme.factors>) =>
    factors.flatMap((factor) => factor?.kind ?? []);

  test("acme offers everything where messages have a way out, else what needs none", () => {
    expect(kindsOf(acme.factors(keptMessages()))).toEqual(["totp", "email", "sms", "recovery-code"]);
    expect(kindsOf(acme.factors({}))).toEqual(["totp", "recovery-code"]);
  });

  test("lucy-authy offers an app, and text messages to the number of the account; off, but for administrators", () => {
    expect(kindsOf(lucyAuthy.factors({}))).toEqual(["totp", "sms"]);
    expect(lucyAuthy.factors({})[1]?.sends).toMatchObject({ isReady: false, numberUrl: "/account" });
    expect(lucyAuthy).toMatchObject({ signOutAfterEnrolment: true, policy: { organisation: "off" } });
  });

  test("x-cart offers text messages alone, sent with the sign-in; off for everybody", () => {
    expect(kindsOf(xCart.factors(keptMessages()))).toEqual(["sms"]);
    expect(xCart.factors({})[0]?.sends).toMatchObject({ isReady: false });
    const modes = Object.values(xCart.policy?.roles ?? {}).map(({ mode }) => mode);
    expect([xCart.sendOn, xCart.policy?.organisation, ...modes]).toEqual([
      "login",
      "off",
      "off",
      "off",
      "off",
    ]);
  });

  test("lucca offers codes by e-mail alone, sent with the sign-in; off, but for administrators", () => {
    expect(kindsOf(lucca.factors(keptMessages()))).toEqual(["email"]);
    expect(lucca).toMatchObject({
      sendOn: "login",
      trustBrowserDays: false,
      policy: { organisation: "off", roles: { admin: { mode: "required" } } },
    });
  });

  test("manage offers an app and recovery codes, and remembers browsers for 90 days", () => {
    expect(kindsOf(manage.factors({}))).toEqual(["totp", "recovery-code"]);
    expect(manage.trustBrowserDays).toBe(90);
  });

  test("lucy-email offers e-mail codes that live 20 minutes, then text messages, and no app", () => {
    const factors = lucyEmail.factors(keptMessages());
    expect(kindsOf(factors)).toEqual(["email", "sms", "recovery-code"]);
    expect(factors[0]?.sends?.lifeSeconds).toBe(20 * 60);
  });
});

test("demo accounts have only factors that are offered", () => {
  const emails = (...kinds: Parameters<typeof accountsFor>[0]) => accountsFor(kinds).map(({ name }) => name);
  expect(emails("totp", "email", "sms", "recovery-code")).toEqual([
    "Ada",
    "Tom",
    "Eve",
    "Sam",
    "Vic",
    "Gus",
    "Ines",
    "Root",
  ]);
  expect(emails("email", "recovery-code")).toEqual(["Ada", "Eve", "Vic", "Gus", "Ines", "Root"]);
});

// The command line, and what the profiles are: configuration that the shop takes as it is.
import { describe, expect, test } from "vitest";
import { helpText, readArguments } from "../../example-app/arguments.js";
import { ConfigError } from "../../example-app/config.js";
import { keptMessages } from "../../example-app/deliveries.js";
import { acme } from "../../example-app/profiles/acme.js";
import { PROFILES } from "../../example-app/profiles/index.js";
import { lucyEmail } from "../../example-app/profiles/lucy-email.js";
import { accountsFor } from "../../example-app/seed.js";

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
    expect(refusal(`--profile=${name}`)).toMatch(
      /^There is no profile ".*": choose one of acme, lucy-email\.$/,
    );
  });

  test("a name that would steer the terminal, or fill it, is shown tamely", () => {
    const hostile = `\u001b[2J\u001b]0;owned\u0007\n\u009b31m\u202e${"x".repeat(1_000_000)}`;
    const line = refusal("--profile", hostile);
    expect(line).toMatch(/^[\x20-\x7e]{1,120}$/);
  });

  test.each([
    ["a profile without a name", ["--profile"]],
    ["a name on its own", ["lucy-email"]],
    ["what nobody knows", ["--verbose"]],
    ["what holds a secret", ["--password=hunter2"]],
  ])("%s is refused with what can be said", (_name, args) => {
    const line = refusal(...args);
    expect(line).toMatch(/--profile NAME.*acme, lucy-email\.$/);
    expect(line).not.toContain("hunter2");
  });
});

describe("a profile", () => {
  const kindsOf = (factors: ReturnType<typeof acme.factors>) =>
    factors.flatMap((factor) => factor?.kind ?? []);

  test("acme offers everything where messages have a way out, else what needs none", () => {
    expect(kindsOf(acme.factors(keptMessages()))).toEqual(["totp", "email", "sms", "recovery-code"]);
    expect(kindsOf(acme.factors({}))).toEqual(["totp", "recovery-code"]);
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
    "Root",
  ]);
  expect(emails("email", "recovery-code")).toEqual(["Ada", "Eve", "Vic", "Gus", "Root"]);
});

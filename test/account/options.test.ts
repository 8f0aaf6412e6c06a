// What account() and localVerify() take, and what they say where it cannot work.
import { createSecondFactor, memoryStore, type SecondFactorOptions, totp } from "passport-second-factor";
import { type AccountOptions, account, localVerify } from "passport-second-factor/account";
import { describe, expect, test } from "vitest";
import { KEY } from "../support/app.js";

const passwords = { verify: () => false, set: () => undefined };
const make = (more: Partial<SecondFactorOptions> = {}) =>
  createSecondFactor({
    issuer: "Acme",
    origins: ["https://acme.test"],
    keys: [KEY],
    store: memoryStore(),
    factors: [totp()],
    ...more,
  });
const message = (text: string) =>
  expect.objectContaining({ code: "misconfigured", message: expect.stringContaining(text) });

describe("account()", () => {
  test.each<[string, unknown]>([
    ["takes an object", undefined],
    ["takes an object", null],
    ["takes an object", "passwords"],
    ['unknown option "password"', { passwords, password: {} }],
    ["account({ passwords }) is missing", {}],
    ["account({ passwords }) is missing", { passwords: null }],
    ["account({ passwords }) is missing", { passwords: { verify: () => true } }],
    ["account({ minLength }) is a whole number from 8 to 64", { passwords, minLength: 7 }],
    ["account({ minLength }) is a whole number from 8 to 64", { passwords, minLength: 8.5 }],
    ["account({ minLength }) is a whole number from 8 to 64", { passwords, minLength: "15" }],
    ["account({ maxLength }) is a whole number from 64 to 1000", { passwords, maxLength: 63 }],
    ["account({ maxLength }) is a whole number from 64 to 1000", { passwords, maxLength: 1001 }],
    ["account({ refuse }) is a function", { passwords, refuse: [] }],
  ])("%s: %j", (text, options) => {
    expect(() => account(options as AccountOptions)).toThrow(message(text));
  });

  test("takes lengths at their ends", () => {
    expect(account({ passwords, minLength: 8, maxLength: 64 })).toHaveProperty("install");
    expect(account({ passwords, minLength: 64, maxLength: 1000 })).toHaveProperty("install");
  });

  test.each([null, {}, account, { passwords }])("createSecondFactor({ account: %o }) is refused", (given) => {
    expect(() => make({ account: given as never })).toThrow(message("what account() returns"));
  });

  test("the app may describe the action otherwise, and use it for routes of its own", () => {
    const secondFactor = make({ account: account({ passwords }), actions: { "change-password": {} } });
    expect(secondFactor.stepUp("change-password")).toBeInstanceOf(Function);
  });
});

describe("localVerify()", () => {
  const find = () => undefined;

  test("wants what createSecondFactor() returned, with an account, and a way to find users", () => {
    expect(() => localVerify({ secondFactor: {}, find })).toThrow(
      message("what createSecondFactor() returned"),
    );
    expect(() => localVerify({ secondFactor: make(), find })).toThrow(message("needs the account"));
    const secondFactor = make({ account: account({ passwords }) });
    expect(() => localVerify({ secondFactor, find: undefined as never })).toThrow(
      message("localVerify({ find })"),
    );
  });

  test("says so where the strategy does not pass the request", () => {
    const verify = localVerify({
      secondFactor: make({ account: account({ passwords }) }),
      find,
    }) as unknown as (...args: unknown[]) => void;
    expect(() => verify("tom", "secret", () => undefined)).toThrow(message("passReqToCallback: true"));
  });
});

describe("an administrator", () => {
  test("cannot ask for a new password where there is no page for it", async () => {
    const { admin } = make({ store: memoryStore([{ id: "tom" }]) });
    const because = { by: "root", reason: "A test" };
    await expect(admin.requirePasswordChange("tom", because)).rejects.toThrow(message("this needs `account"));
    await expect(admin.makeTemporaryPassword("tom", because)).rejects.toThrow(message("this needs `account"));
  });
});

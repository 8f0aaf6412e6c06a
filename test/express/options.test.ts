// Mistakes in setting up codes that are sent and trusted browsers: each is refused at construction, with words on what to write.
import mongoose from "mongoose";
import passportModule from "passport";
import {
  createOutbox,
  createSecondFactor,
  emailCode,
  memoryStore,
  mongooseStore,
  recoveryCodes,
  type SecondFactorOptions,
  secondFactorPlugin,
  smsCode,
  textDelivery,
  totp,
} from "passport-second-factor";
import { afterEach, describe, expect, test, vi } from "vitest";
import { KEY } from "../support/app.js";

const { Passport } = passportModule as unknown as { Passport: new () => typeof passportModule };

const outbox = createOutbox();
const mail = () => emailCode({ delivery: outbox.mail({ from: "no-reply@acme.test" }) });

/** Options that work; anything may be put in their place, as JavaScript allows. */
function options(changes: object = {}): SecondFactorOptions {
  return {
    issuer: "Acme",
    origins: ["https://acme.test"],
    keys: [KEY],
    store: memoryStore(),
    factors: [totp(), recoveryCodes()],
    passport: new Passport(),
    ...changes,
  };
}

const create = (changes: object) => () => createSecondFactor(options(changes));

function expectRefused(make: () => unknown, message: RegExp): void {
  expect(make).toThrow(message);
  expect(make).toThrow(expect.objectContaining({ code: "misconfigured" }));
}

/** A store over a user model whose password is nowhere that its name tells. */
function storeOf(fields: mongoose.SchemaDefinition, given?: Parameters<typeof mongooseStore>[1]) {
  const schema = new mongoose.Schema({ email: String, ...fields });
  schema.plugin(secondFactorPlugin);
  mongoose.deleteModel(/^OptionsUser$/);
  return mongooseStore(mongoose.model("OptionsUser", schema), given);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("messages that are kept instead of sent", () => {
  const sms = () => smsCode({ delivery: outbox.sms() });
  const real = () => textDelivery(async () => undefined);

  test.each([
    ["mail", () => [mail()]],
    ["text messages", () => [totp(), sms()]],
    ["one of several deliveries", () => [smsCode({ delivery: [real(), outbox.sms()] })]],
  ])("take allowTestMode: %s", (_, factors) => {
    expectRefused(create({ factors: factors() }), /allowTestMode: true/);
    expectRefused(create({ factors: factors(), allowTestMode: false }), /allowTestMode: true/);
    expect(create({ factors: factors(), allowTestMode: true })).not.toThrow();
  });

  test.each(["true", 1, {}])("take it as true, and as nothing like it: %j", (allowTestMode) => {
    expectRefused(create({ factors: [mail()], allowTestMode }), /allowTestMode/);
  });

  test("are refused in production, whatever the options say", () => {
    vi.stubEnv("NODE_ENV", "production");
    expectRefused(create({ factors: [mail()], allowTestMode: true }), /production/);
    expectRefused(
      create({ factors: [totp(), sms()], allowTestMode: true, outboxUrl: "/outbox" }),
      /production/,
    );
    expect(create({ factors: [smsCode({ delivery: real() })], allowTestMode: true })).not.toThrow();
    expect(create({ factors: [totp()], allowTestMode: true })).not.toThrow();
  });
});

describe("the address of the outbox", () => {
  test.each(["https://acme.test/outbox", "outbox", "", 7, null])("%j is no path of the site", (outboxUrl) => {
    expectRefused(
      create({ factors: [mail()], allowTestMode: true, outboxUrl }),
      /`outboxUrl` holds .*: write/,
    );
  });

  test("is a path, with or without something that is kept", () => {
    expect(create({ factors: [mail()], allowTestMode: true, outboxUrl: "/outbox" })).not.toThrow();
    expect(create({ outboxUrl: "/outbox" })).not.toThrow();
  });
});

describe("when codes go out", () => {
  test.each(["always", "", true, null])("%j is no answer", (sendOn) => {
    expectRefused(create({ sendOn }), /`sendOn` is .*: write "request" or "login"/);
  });

  test.each(["request", "login"])("%s is", (sendOn) => {
    expect(create({ sendOn })).not.toThrow();
  });
});

describe("how long a browser is trusted", () => {
  test.each([0, -1, 366, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "90", true, null, {}])(
    "%j days are out of range",
    (trustBrowserDays) => {
      expectRefused(
        create({ trustBrowserDays }),
        /`trustBrowserDays` is a whole number from 1 to 365, or false/,
      );
    },
  );

  test.each([1, 90, 365, false, undefined])("%j is right", (trustBrowserDays) => {
    expect(create({ trustBrowserDays })).not.toThrow();
  });

  test.each([
    [["http://acme.test"]],
    [["http://192.168.0.7:3000"]],
    [["http://localhost.evil.test"]],
    [["http://localhost:3000", "http://acme.test"]],
  ])("of a site without https, %j, is nothing: refused where it was asked for, else off", (origins) => {
    expectRefused(
      create({ origins, trustBrowserDays: 30 }),
      /`trustBrowserDays`: its cookie goes over https only/,
    );
    expect(create({ origins, trustBrowserDays: false })).not.toThrow();
    expect(create({ origins })).not.toThrow();
  });

  test.each([
    [["https://acme.test"]],
    [["https://acme.test", "http://localhost:3000"]],
    [["http://localhost"]],
    [["http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"]],
  ])("of %j is kept safe", (origins) => {
    expect(create({ origins, trustBrowserDays: 30 })).not.toThrow();
  });
});

describe("a store that does not know the password", () => {
  test("is refused where browsers are to be trusted, and says what to write; else it is off", () => {
    const store = storeOf({ secretWord: String });
    expect(store.knowsPassword).toBe(false);
    expectRefused(
      create({ store, trustBrowserDays: 90 }),
      /`trustBrowserDays`: a change of the password must end it, .* passwordPath: "passwordHash" .*, or null/,
    );
    expect(create({ store })).not.toThrow();
    expect(create({ store, trustBrowserDays: false })).not.toThrow();
  });

  test.each(["passwordHash", "password", "hash", "hashedPassword", "password_hash"])(
    "is none where the schema has the usual %s",
    (name) => {
      expect(create({ store: storeOf({ [name]: String }), trustBrowserDays: 90 })).not.toThrow();
    },
  );

  test("is none where it is told where the password is, or that there is none", () => {
    const told = storeOf({ login: { secretWord: String } }, { passwordPath: "login.secretWord" });
    expect(create({ store: told, trustBrowserDays: 90 })).not.toThrow();
    const without = storeOf({}, { passwordPath: null });
    expect(create({ store: without, trustBrowserDays: 90 })).not.toThrow();
  });

  test.each(["secretWord", "", "email.word"])(
    "is refused a path that its schema has not: %j",
    (passwordPath) => {
      expectRefused(() => storeOf({ password: String }, { passwordPath }), /has no String path/);
    },
  );

  test("is refused a path that holds something else than text", () => {
    expectRefused(
      () => storeOf({ password: Number }, { passwordPath: "password" }),
      /has no String path "password"/,
    );
  });
});

describe("an option that there is not", () => {
  test.each([
    "trustedBrowserDays",
    "rememberDays",
    "testMode",
    "outboxURL",
    "sendOnLogin",
    "limiters",
    "delivery",
  ])("%s is named, with those that there are", (name) => {
    expectRefused(
      create({ [name]: true }),
      new RegExp(`unknown option "${name}": there are issuer, origins, `),
    );
  });
});

describe("a number or an address in a mistake", () => {
  test("is not repeated: what is said may be logged", () => {
    const make = create({ factors: [mail()], outboxUrl: "/outbox" });
    expect(make).toThrow(expect.objectContaining({ message: expect.not.stringContaining("no-reply") }));
  });
});

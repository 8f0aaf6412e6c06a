// Who carries mail and text messages, as the environment says it: whole sets, and nothing secret in what is refused or told.
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../../example-app/config.js";
import { deliveryLines } from "../../example-app/delivery-lines.js";

type Environment = Record<string, string>;

const MAIL = {
  SMTP_URL: "smtp://acme:hunter2@mail.example.com:587",
  MAIL_FROM: "Acme <no-reply@example.com>",
} as const;
const TWILIO = {
  TWILIO_ACCOUNT_SID: `AC${"0a".repeat(16)}`,
  TWILIO_AUTH_TOKEN: "hunter2",
  TWILIO_FROM: "+15005550006",
} as const;
const PRODUCTION = {
  NODE_ENV: "production",
  SESSION_SECRET: "a long secret that nobody else has, 1",
  SECOND_FACTOR_KEY: "a long secret that nobody else has, 2",
  ORIGIN: "https://shop.example.com",
  MONGODB_URI: "mongodb://db.example.com/shop",
} as const;

function refusals(env: Environment): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}

const without = (env: Environment, name: string) =>
  Object.fromEntries(Object.entries(env).filter(([key]) => key !== name));

describe("a set that lacks one variable is refused, with what to set", () => {
  const cases = [MAIL, TWILIO].flatMap((set) => Object.keys(set).map((name) => [name, set] as const));

  test.each(cases)("%s", (name, set) => {
    for (const env of [{}, PRODUCTION]) {
      const lines = refusals({ ...env, ...without(set, name) });
      expect(lines).toEqual([
        expect.stringMatching(new RegExp(`^${name} is missing.*Set it, such as ${name}=`)),
      ]);
    }
  });

  test("an empty variable is one that is missing", () => {
    expect(refusals({ ...MAIL, MAIL_FROM: "" })).toEqual([expect.stringMatching(/^MAIL_FROM is missing/)]);
    expect(refusals({ SMTP_URL: "", MAIL_FROM: "", TWILIO_FROM: "" })).toEqual([]);
  });

  test("another address for Twilio alone is for keys that an administrator enters", () => {
    const { texts, twilioBase } = readConfig({ TWILIO_API_BASE: "http://127.0.0.1:4010" });
    expect([texts, twilioBase]).toEqual([undefined, "http://127.0.0.1:4010"]);
    const going = { ...readConfig({}), origin: "http://localhost:3000", isEntered: true };
    const page =
      "once an administrator has entered its keys at http://localhost:3000/second-factor/admin/policy";
    expect(deliveryLines(going)).toEqual([`Text messages go by Twilio ${page}`]);
    const elsewhere = deliveryLines({ ...going, twilioBase: "http://u:hunter2@127.0.0.1:4010/x" });
    expect(elsewhere).toEqual([`Text messages go by http://127.0.0.1:4010, in Twilio's place ${page}`]);
  });
});

describe("what cannot be right is refused", () => {
  const cases: [name: string, env: Environment, says: RegExp][] = [
    [
      "a mail server by http",
      { ...MAIL, SMTP_URL: "http://mail.example.com" },
      /^SMTP_URL is no mail server's/,
    ],
    ["a mail server by its name", { ...MAIL, SMTP_URL: "mail.example.com" }, /^SMTP_URL is no mail server's/],
    ["a mail server without a host", { ...MAIL, SMTP_URL: "smtp://" }, /^SMTP_URL is no mail server's/],
    ["a sender without a host", { ...MAIL, MAIL_FROM: "Acme" }, /^MAIL_FROM is not one sender/],
    ["two senders", { ...MAIL, MAIL_FROM: "<a@b.test> <c@d.test>" }, /^MAIL_FROM is not one sender/],
    ["an account of another kind", { ...TWILIO, TWILIO_ACCOUNT_SID: "SK00" }, /^TWILIO_ACCOUNT_SID does not/],
    [
      "a base that is no address",
      { ...TWILIO, TWILIO_API_BASE: "localhost" },
      /^TWILIO_API_BASE is no server/,
    ],
  ];

  test.each(cases)("%s", (_name, env, says) => {
    expect(refusals(env)).toEqual([expect.stringMatching(says)]);
  });
});

test("no line repeats a password", () => {
  const env = { SMTP_URL: "http://acme:hunter2@mail.example.com", TWILIO_AUTH_TOKEN: "hunter2" };
  const lines = refusals(env);
  expect(lines).toHaveLength(4);
  expect(lines.join("\n")).not.toContain("hunter2");
});

test("what is whole is taken as it is, in production too", () => {
  const { mail, texts } = readConfig({
    ...PRODUCTION,
    ...MAIL,
    ...TWILIO,
    TWILIO_API_BASE: "http://[::1]:40",
  });
  expect(mail).toEqual({ url: MAIL.SMTP_URL, from: MAIL.MAIL_FROM });
  expect(texts).toEqual({
    accountSid: TWILIO.TWILIO_ACCOUNT_SID,
    authToken: TWILIO.TWILIO_AUTH_TOKEN,
    from: TWILIO.TWILIO_FROM,
    apiBase: "http://[::1]:40",
  });
});

describe("the terminal is told where messages go", () => {
  const origin = "http://localhost:3000";
  const linesFor = (env: Environment) => deliveryLines({ ...readConfig(env), origin });

  test("kept, where nothing is configured", () => {
    expect(linesFor({})).toEqual(["Messages are kept at http://localhost:3000/outbox"]);
  });

  test("sent, by which server, and never with a password", () => {
    expect(linesFor({ ...MAIL, ...TWILIO })).toEqual([
      "Mail goes by smtp://mail.example.com:587",
      "Text messages go by Twilio",
    ]);
    const [, texts] = linesFor({ ...MAIL, ...TWILIO, TWILIO_API_BASE: "http://u:hunter2@127.0.0.1:4010/x" });
    expect(texts).toBe("Text messages go by http://127.0.0.1:4010, in Twilio's place");
  });

  test("one sent, the other kept", () => {
    expect(linesFor(MAIL)).toEqual([
      "Mail goes by smtp://mail.example.com:587",
      "Text messages are kept at http://localhost:3000/outbox",
    ]);
    expect(linesFor(TWILIO)).toEqual([
      "Mail is kept at http://localhost:3000/outbox",
      "Text messages go by Twilio",
    ]);
  });

  test("neither, in production: and what to set", () => {
    expect(linesFor(PRODUCTION)).toEqual([
      "Mail: none, and no codes by it. Set SMTP_URL and MAIL_FROM to have them.",
      expect.stringMatching(/^Text messages: none.*TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM/),
    ]);
  });
});

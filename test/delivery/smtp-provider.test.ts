// A mail server as an administrator enters it, through Nodemailer to a real one on this machine.
import nodemailer from "nodemailer";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { DeliveryError } from "../../src/core/delivery.js";
import { type SmtpOptions, smtpProvider } from "../../src/delivery/smtp-provider.js";
import { type Smtp, startSmtp } from "../support/smtp.js";

const VALUES = {
  host: "mail.acme.test",
  port: "587",
  user: "",
  password: "",
  from: "Acme <no-reply@acme.test>",
};
const PASSWORD = "a password nobody may read";

let smtp: Smtp;
beforeAll(async () => {
  smtp = await startSmtp();
});
afterAll(() => smtp.close());
afterEach(() => smtp.behave("ok"));

const opened: SmtpOptions[] = [];
const provider = smtpProvider((options) => {
  opened.push(options);
  return nodemailer.createTransport(options);
});
const problems = (changes: Partial<typeof VALUES>) =>
  provider.check({ ...VALUES, ...changes }).map(({ field }) => field);
const connectedTo = (changes: Partial<typeof VALUES>) => {
  provider.connect({ ...VALUES, ...changes });
  return opened.at(-1);
};

describe("what was entered", () => {
  test.each([
    ["a server that asks for nobody", {}],
    ["one that asks for a password", { user: "acme", password: "x" }],
    ["an address", { host: "192.0.2.1" }],
    ["one of IPv6", { host: "2001:db8::1" }],
    ["this machine", { host: "localhost", port: "25" }],
    ["the last port", { port: "65535" }],
    ["a bare sender", { from: "no-reply@acme.test" }],
  ])("can be %s", (_, changes) => {
    expect(problems(changes)).toEqual([]);
  });

  test.each([
    ["a scheme", { host: "smtp://mail.acme.test" }, "host"],
    ["a port with the server", { host: "mail.acme.test:25" }, "host"],
    ["a password with the server", { host: "me:x@mail.acme.test" }, "host"],
    ["a path", { host: "mail.acme.test/x" }, "host"],
    ["no server", { host: "" }, "host"],
    ["a server of 254 letters", { host: `${"a.".repeat(126)}aa` }, "host"],
    ["no port", { port: "" }, "port"],
    ["port 0", { port: "0" }, "port"],
    ["a port that is too high", { port: "65536" }, "port"],
    ["a port in words", { port: "smtp" }, "port"],
    ["a port with a sign", { port: "+25" }, "port"],
    ["a password of nobody", { password: "x" }, "user"],
    ["a user without a password", { user: "acme" }, "password"],
    ["no sender", { from: "" }, "from"],
    ["two senders", { from: "a@acme.test, b@acme.test" }, "from"],
    ["a name alone", { from: "Acme" }, "from"],
  ])("cannot be %s", (_, changes, field) => {
    expect(problems(changes)).toEqual([field]);
  });

  test("has one secret, which belongs to the server and the user", () => {
    const named = (key: "secret" | "bindsSecrets") =>
      provider.fields.filter((field) => field[key]).map(({ name }) => name);
    expect(named("secret")).toEqual(["password"]);
    expect(named("bindsSecrets")).toEqual(["host", "port", "user"]);
    expect(provider.isTest(VALUES)).toBe(false);
  });
});

describe("the connection", () => {
  test.each([
    [{}, { secure: false, requireTLS: false }],
    [{ port: "465" }, { secure: true, requireTLS: false, port: 465 }],
    [
      { user: "acme", password: "x" },
      { secure: false, requireTLS: true, auth: { user: "acme", pass: "x" } },
    ],
    [
      { user: "acme", password: "x", port: "465" },
      { secure: true, requireTLS: false },
    ],
    [{ user: "acme", password: "x", host: "127.0.0.1" }, { requireTLS: false }],
    [{ user: "acme", password: "x", host: "localhost" }, { requireTLS: false }],
    [{ user: "acme", password: "x", host: "127.evil.test" }, { requireTLS: true }],
  ])("is encrypted where there is a password: %j", (changes, expected) => {
    expect(connectedTo(changes)).toMatchObject(expected);
  });

  test("is not opened for a password that would go in clear", async () => {
    const local = { ...VALUES, host: "127.0.0.1", port: String(smtp.port), user: "acme", password: PASSWORD };
    const elsewhere = smtpProvider((options) => nodemailer.createTransport({ ...options, requireTLS: true }));
    const failed = await elsewhere
      .connect(local)
      .send({ to: "anna@acme.test", text: "x", reference: "r1", at: new Date(0) })
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DeliveryError);
    expect(smtp.mails).toEqual([]);
  });
});

test("mail goes out by it, from the sender that was entered", async () => {
  const local = { ...VALUES, host: "127.0.0.1", port: String(smtp.port), user: "acme", password: PASSWORD };
  const delivery = provider.connect(local);
  expect(delivery).toMatchObject({ channel: "email", sender: "no-reply@acme.test" });
  const message = {
    to: "anna@acme.test",
    subject: "Your code",
    text: "123456",
    reference: "r1",
    at: new Date(0),
  };
  await delivery.send(message);
  expect(smtp.mails).toMatchObject([{ from: "no-reply@acme.test", to: ["anna@acme.test"] }]);
});

test("what is no function is refused, with what to write", () => {
  expect(() => smtpProvider({} as never)).toThrow("smtpProvider takes a function");
});

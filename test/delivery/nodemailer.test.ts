import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { ParsedMail } from "mailparser";
import nodemailer, { type SMTPPoolOptions, type SMTPTransportOptions, type Transporter } from "nodemailer";
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import type { Transporter as TransporterOfTypes } from "../../node_modules/@types/nodemailer/index.js";
import { type Delivery, DeliveryError, type Message } from "../../src/core/delivery.js";
import { mailErrorOf } from "../../src/delivery/mail-errors.js";
import { type NodemailerTransport, nodemailerDelivery } from "../../src/delivery/nodemailer.js";
import { SecondFactorError } from "../../src/errors.js";
import { type Fault, type Smtp, startSmtp } from "../support/smtp.js";

const FROM = "Acme <no-reply@acme.test>";
const TOM = "tom@acme.test";
const LOGIN = { user: "acme", pass: "correct horse" };
const MESSAGE: Message = {
  to: TOM,
  subject: "Your Acme sign-in code, 14:32 UTC",
  text: "123456 is your Acme code to sign in.\n",
  html: "<p><strong>123456</strong> is your Acme code to sign in.</p>\n",
  reference: "c2VudC1vbmNl",
  at: new Date("2026-11-20T14:32:10Z"),
};

let smtp: Smtp;
const transports: { close(): void }[] = [];

beforeAll(async () => {
  smtp = await startSmtp();
});
afterEach(() => {
  smtp.behave("ok");
  smtp.mails.length = 0;
  for (const transport of transports.splice(0)) transport.close();
});
afterAll(() => smtp.close());

function kept<T extends { close(): void }>(transport: T): T {
  transports.push(transport);
  return transport;
}

const single = (options: SMTPTransportOptions = {}) =>
  kept(nodemailer.createTransport({ host: "127.0.0.1", port: smtp.port, ...options }));
const pooled = (options: Partial<SMTPPoolOptions> = {}) =>
  kept(nodemailer.createTransport({ pool: true, host: "127.0.0.1", port: smtp.port, ...options }));

const deliveryBy = (
  transport: NodemailerTransport,
  options: { from?: string; timeoutSeconds?: number } = {},
) => nodemailerDelivery(transport, { from: FROM, ...options });

async function failureOf(delivery: Delivery, message: Message = MESSAGE): Promise<DeliveryError> {
  const error: unknown = await delivery.send(message).then(
    () => new Error("it was sent"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof DeliveryError) return error;
  throw new Error("no DeliveryError", { cause: error });
}

const addressesOf = (header: ParsedMail["from"] | ParsedMail["to"]) =>
  [header ?? []].flat().flatMap(({ value }) => value.map(({ name, address }) => ({ name, address })));

/** A port where somebody listened a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("a mail", () => {
  test("arrives as it was written, from whom it says, for one recipient", async () => {
    await deliveryBy(single()).send(MESSAGE);
    const [received] = smtp.mails;
    expect(smtp.mails).toHaveLength(1);
    expect(received).toMatchObject({ from: "no-reply@acme.test", to: [TOM] });
    expect(addressesOf(received?.mail.from)).toEqual([{ name: "Acme", address: "no-reply@acme.test" }]);
    expect(addressesOf(received?.mail.to)).toEqual([{ name: "", address: TOM }]);
    expect(received?.mail).toMatchObject({
      subject: MESSAGE.subject,
      text: MESSAGE.text,
      html: MESSAGE.html,
      date: MESSAGE.at,
      attachments: [],
    });
  });

  test("asks for no automatic answers, and is told apart from others", async () => {
    await deliveryBy(single()).send(MESSAGE);
    const headers = smtp.mails[0]?.mail.headers;
    expect(headers?.get("auto-submitted")).toBe("auto-generated");
    expect(headers?.get("x-auto-response-suppress")).toBe("All");
    expect(headers?.get("x-entity-ref-id")).toBe(MESSAGE.reference);
  });

  test("has no HTML part where the message has none", async () => {
    const { html: _, ...plain } = MESSAGE;
    await deliveryBy(single()).send(plain);
    expect(smtp.mails[0]?.mail).toMatchObject({ text: MESSAGE.text, html: false });
  });

  test("goes to nobody else, whatever the app copies its other mail to", async () => {
    const defaults = { cc: "archive@acme.test", bcc: "spy@acme.test" };
    const transport = nodemailer.createTransport({ host: "127.0.0.1", port: smtp.port }, defaults);
    await deliveryBy(kept(transport)).send(MESSAGE);
    expect(smtp.mails[0]?.to).toEqual([TOM]);
    expect(smtp.mails[0]?.raw).not.toMatch(/archive|spy|^b?cc:/im);
  });

  test("cannot be given another header by its subject", async () => {
    await deliveryBy(single()).send({ ...MESSAGE, subject: "Confirm\r\nBcc: eve@evil.test\r\n\r\nHello" });
    expect(smtp.mails[0]?.to).toEqual([TOM]);
    expect(smtp.mails[0]?.mail.headers.has("bcc")).toBe(false);
    expect(smtp.mails[0]?.mail.text).toBe(MESSAGE.text);
  });

  test("reads no file and opens no URL for a body that points to one", async () => {
    const files = { path: "/etc/hostname" } as unknown as string;
    await expect(failureOf(deliveryBy(single()), { ...MESSAGE, text: files })).resolves.toBeInstanceOf(
      DeliveryError,
    );
    expect(smtp.mails).toEqual([]);
  });

  test("may come by a pool, a URL with log-in, a JSON transport and a stream", async () => {
    const url = kept(nodemailer.createTransport(`smtp://acme:horse@127.0.0.1:${smtp.port}`));
    const others = [
      nodemailer.createTransport({ jsonTransport: true }),
      nodemailer.createTransport({ streamTransport: true }),
    ];
    for (const transport of [pooled(), url, ...others]) await deliveryBy(transport).send(MESSAGE);
    expect(smtp.mails.map(({ to }) => to)).toEqual([[TOM], [TOM]]);
  });

  test("opens no connection but the mail server's", async () => {
    const ports: (number | undefined)[] = [];
    const watch = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      socket.once("connect", () => ports.push(socket.remotePort));
      socket.once("error", () => ports.push(undefined));
    };
    subscribe("net.client.socket", watch);
    try {
      await deliveryBy(single()).send(MESSAGE);
    } finally {
      unsubscribe("net.client.socket", watch);
    }
    expect(ports).toEqual([smtp.port]);
  });
});

describe("an address that is none", () => {
  test.each([
    ["two addresses", "a@x.test, b@y.test"],
    ["two addresses, by a semicolon", "a@x.test; b@y.test"],
    ["two addresses, by a blank", "a@x.test b@y.test"],
    ["a quoted local part", '"a@x.test, b@y.test"@z.test'],
    ["a line break and a command", "a@x.test\r\nRCPT TO:<b@y.test>"],
    ["a line break and a header", "a@x.test\nBcc: b@y.test"],
    ["a bracket and a command", "a@x.test>\r\nRCPT TO:<b@y.test"],
    ["a display name", "Eve <b@y.test>"],
    ["a group", "all: a@x.test, b@y.test;"],
    ["a comment", "a@x.test (b@y.test)"],
    ["two at signs", "a@x.test@y.test"],
    ["an IP literal", "a@[127.0.0.1]"],
    ["no at sign", "postmaster"],
    ["nothing", ""],
  ])("is refused before anybody is asked: %s", async (_, to) => {
    const before = smtp.connections;
    const error = await failureOf(deliveryBy(single()), { ...MESSAGE, to });
    expect(error).toMatchObject({ reason: "invalid-recipient", isDefinite: true });
    expect(smtp.connections).toBe(before);
  });

  test.each(["o'neil+codes@x.test", "a/b=c?d@x.test", "a{b}|c~@x.test", "jörg@x.test", "a@münchen.test"])(
    "is one to somebody: %s reaches one recipient",
    async (to) => {
      await deliveryBy(single()).send({ ...MESSAGE, to });
      expect(smtp.mails.map((mail) => mail.to.length)).toEqual([1]);
      expect(addressesOf(smtp.mails[0]?.mail.to)).toHaveLength(1);
    },
  );
});

test("an address that the server finds malformed is an invalid recipient", async () => {
  const error = await failureOf(deliveryBy(single()), { ...MESSAGE, to: "a..b@x.test" });
  expect(error).toMatchObject({ reason: "invalid-recipient", isDefinite: true });
});

describe("a mail server that", () => {
  const REFUSALS: [Fault, DeliveryError["reason"]][] = [
    ["421-at-mail", "busy"],
    ["550-at-mail", "rejected"],
    ["450-at-rcpt", "busy"],
    ["550-at-rcpt", "invalid-recipient"],
    ["550-policy-at-rcpt", "rejected"],
    ["554-at-rcpt", "rejected"],
    ["552-after-data", "rejected"],
    ["535-at-auth", "unauthorised"],
    ["454-at-auth", "busy"],
    ["untrusted-certificate", "unreachable"],
  ];

  describe.each([
    ["once", single],
    ["in a pool", pooled],
  ])("is asked %s", (_, create) => {
    test.each(REFUSALS)("%s: %s, definitely; and the next one arrives", async (fault, reason) => {
      const delivery = deliveryBy(create({ auth: LOGIN }));
      smtp.behave(fault);
      const error = await failureOf(delivery);
      expect(error).toMatchObject({ reason, isDefinite: true });
      expect(smtp.mails.length).toBe(fault === "552-after-data" ? 1 : 0);
      await arrivesAfter(delivery);
    });

    test("hang-after-data: its silence is a time-out, which is never definite", async () => {
      const delivery = deliveryBy(create({ socketTimeout: 300 }));
      smtp.behave("hang-after-data");
      expect(await failureOf(delivery)).toMatchObject({ reason: "timeout", isDefinite: false });
      expect(smtp.mails.length).toBeLessThanOrEqual(1);
      await arrivesAfter(delivery);
    });

    test("hang-after-data: our own limit ends it where the transport's is longer", async () => {
      const transport = create();
      smtp.behave("hang-after-data");
      const error = await failureOf(deliveryBy(transport, { timeoutSeconds: 0.3 }));
      expect(error).toMatchObject({ reason: "timeout", isDefinite: false });
      expect(smtp.mails.length).toBeLessThanOrEqual(1);
      await arrivesAfter(deliveryBy(transport));
    });

    test("drop-after-data: whether it was sent is not known", async () => {
      const delivery = deliveryBy(create());
      smtp.behave("drop-after-data");
      expect(await failureOf(delivery)).toMatchObject({ reason: "unreachable", isDefinite: false });
      expect(smtp.mails).toHaveLength(1);
      await arrivesAfter(delivery);
    });

    test("hang-at-connect: a time-out, not definite, and nothing was given to it", async () => {
      const delivery = deliveryBy(create({ greetingTimeout: 50 }));
      smtp.behave("hang-at-connect");
      expect(await failureOf(delivery)).toMatchObject({ reason: "timeout", isDefinite: false });
      expect(smtp.mails).toEqual([]);
    });

    test("refuses connections: unreachable, definitely", async () => {
      const delivery = deliveryBy(create({ port: await closedPort() }));
      expect(await failureOf(delivery)).toMatchObject({ reason: "unreachable", isDefinite: true });
    });
  });

  test("is back after it was gone gets the next message", async () => {
    const other = await startSmtp();
    const delivery = deliveryBy(single({ port: other.port }));
    await other.close();
    expect(await failureOf(delivery)).toMatchObject({ reason: "unreachable", isDefinite: true });
    const back = await startSmtp({ port: other.port });
    await delivery.send(MESSAGE);
    expect(back.mails).toHaveLength(1);
    await back.close();
  });

  test("has no STARTTLS where the app requires it: unreachable, definitely, and nothing goes in the clear", async () => {
    const error = await failureOf(deliveryBy(single({ requireTLS: true })));
    expect(error).toMatchObject({ reason: "unreachable", isDefinite: true });
    expect(smtp.mails).toEqual([]);
  });

  test("speaks plain SMTP where the app wants TLS from the start: unreachable, definitely", async () => {
    const error = await failureOf(deliveryBy(single({ secure: true })));
    expect(error).toMatchObject({ reason: "unreachable", isDefinite: true });
  });

  test("no name server knows: unreachable, definitely", () => {
    const error = Object.assign(new Error("getaddrinfo ENOTFOUND mail.acme.test"), {
      code: "EDNS",
      syscall: "getaddrinfo",
    });
    expect(mailErrorOf(error)).toMatchObject({ reason: "unreachable", isDefinite: true });
  });

  test("echoes the recipient is not quoted: the error names neither recipient nor code, its cause does", async () => {
    smtp.behave("550-at-rcpt");
    const error = await failureOf(deliveryBy(single()));
    expect(error.message).toBe("the mail server answered 550 to RCPT TO");
    expect(String(error.cause)).toContain(TOM);
  });

  async function arrivesAfter(delivery: Delivery): Promise<void> {
    smtp.behave("ok");
    smtp.mails.length = 0;
    await delivery.send({ ...MESSAGE, reference: "second" });
    expect(smtp.mails.map(({ mail }) => mail.headers.get("x-entity-ref-id"))).toEqual(["second"]);
  }
});

describe("an error of a transport", () => {
  const systemError = (fields: object) => Object.assign(new Error("it failed"), fields);

  test.each([
    [
      "every address of the host refused",
      { code: "ESOCKET", errors: [{ syscall: "connect" }, { syscall: "connect" }] },
      "unreachable",
      true,
    ],
    [
      "a connection that never came about in time",
      { code: "ESOCKET", originalCode: "ETIMEDOUT", syscall: "connect" },
      "timeout",
      false,
    ],
    ["a name server that was silent", { code: "EDNS", originalCode: "ETIMEOUT" }, "timeout", false],
    [
      "a connection that was reset",
      { code: "ESOCKET", originalCode: "ECONNRESET", syscall: "read" },
      "unreachable",
      false,
    ],
    ["a log-in that was never given", { code: "ENOAUTH" }, "unauthorised", true],
    ["a recipient that Nodemailer refused", { code: "EENVELOPE", command: "API" }, "invalid-recipient", true],
    ["a reply that is no refusal", { code: "EPROTOCOL", responseCode: 250 }, "unreachable", false],
    ["a failed sendmail", { code: "ESENDMAIL" }, "unreachable", false],
    [
      "another service that was not reached, by a client that tries again",
      { code: "ECONNREFUSED", syscall: "connect" },
      "unreachable",
      false,
    ],
    ["a failed SES", { code: "ESES", name: "TooManyRequestsException" }, "unreachable", false],
  ])("tells what is known: %s", (_, fields, reason, isDefinite) => {
    expect(mailErrorOf(systemError(fields))).toMatchObject({ reason, isDefinite });
  });

  test.each([[undefined], [null], ["refused tom@acme.test"], [new Error("refused tom@acme.test")]])(
    "of no known kind is one whose outcome is not known: %s",
    (thrown) => {
      const error = mailErrorOf(thrown);
      expect(error).toMatchObject({ reason: "unreachable", isDefinite: false, cause: thrown });
      expect(error.message).not.toContain("tom");
    },
  );

  test("may be thrown before there is a promise", async () => {
    const transport = {
      sendMail() {
        throw new Error("closed");
      },
    };
    expect(await failureOf(deliveryBy(transport))).toMatchObject({
      reason: "unreachable",
      isDefinite: false,
    });
  });

  test.each([
    ["names the recipient as rejected", { accepted: [], rejected: [TOM] }],
    ["names nobody as accepted", { accepted: [] }],
  ])("is what a success is that %s", async (_, info) => {
    const error = await failureOf(deliveryBy({ sendMail: async () => info }));
    expect(error).toMatchObject({ reason: "invalid-recipient", isDefinite: true });
  });
});

describe("handing over", () => {
  test("happens once, also when it fails", async () => {
    let calls = 0;
    const transport = {
      async sendMail() {
        calls += 1;
        throw Object.assign(new Error("busy"), { responseCode: 421 });
      },
    };
    expect((await failureOf(deliveryBy(transport))).reason).toBe("busy");
    expect(calls).toBe(1);
  });

  test("that is late is given up: Nodemailer is told", async () => {
    const signals: AbortSignal[] = [];
    const transport: NodemailerTransport = {
      sendMail: ({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    };
    expect((await failureOf(deliveryBy(transport, { timeoutSeconds: 0.01 }))).reason).toBe("timeout");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe("time limits of an SMTP transport", () => {
  const limitsOf = ({ transporter }: { transporter: object }) => {
    const options: unknown = Reflect.get(transporter, "options");
    return options;
  };

  test.each([
    ["single", () => single()],
    ["pooled", () => pooled()],
  ])("are seconds instead of Nodemailer's minutes: %s", (_, create) => {
    const transport = create();
    deliveryBy(transport);
    const limits = { connectionTimeout: 5000, greetingTimeout: 5000, dnsTimeout: 5000, socketTimeout: 8000 };
    expect(limitsOf(transport)).toMatchObject(limits);
  });

  test("stay as the app set them", () => {
    const limits = { connectionTimeout: 1, greetingTimeout: 2, dnsTimeout: 3, socketTimeout: 4 };
    const transport = single(limits);
    deliveryBy(transport);
    expect(limitsOf(transport)).toMatchObject(limits);
  });

  test("are for SMTP alone", () => {
    const transport = nodemailer.createTransport({ jsonTransport: true });
    deliveryBy(transport);
    expect(limitsOf(transport)).not.toHaveProperty("socketTimeout");
  });
});

describe("set up", () => {
  test.each([
    ["Acme <no-reply@acme.test>", "no-reply@acme.test"],
    ['"Acme, Inc." <no-reply@acme.test>', "no-reply@acme.test"],
    [" no-reply@acme.test ", "no-reply@acme.test"],
    ["no-reply@localhost", "no-reply@localhost"],
  ])("from %s, the sender that pages name is %s", (from, sender) => {
    expect(deliveryBy(single(), { from })).toMatchObject({ channel: "email", sender });
  });

  test("a name with a comma is one sender", async () => {
    await deliveryBy(single(), { from: '"Acme, Inc." <no-reply@acme.test>' }).send(MESSAGE);
    expect(addressesOf(smtp.mails[0]?.mail.from)).toEqual([
      { name: "Acme, Inc.", address: "no-reply@acme.test" },
    ]);
  });

  test.each([
    ["", "nothing"],
    ["Acme", "a name alone"],
    ["a@x.test, b@y.test", "two addresses"],
    ["Acme\r\nBcc: <eve@evil.test>", "a line break"],
    ["Acme <no-reply@acme.test> again", "something after the address"],
  ])("with %j as sender (%s) is refused, and says what to write", (from) => {
    expect(() => deliveryBy(single(), { from })).toThrow('such as "Acme <no-reply@acme.test>"');
    expect(() => deliveryBy(single(), { from })).toThrow(SecondFactorError);
  });

  test.each([0, -1, 61, Number.NaN, Number.POSITIVE_INFINITY])(
    "with %d seconds is refused",
    (timeoutSeconds) => {
      expect(() => deliveryBy(single(), { timeoutSeconds })).toThrow(
        "nodemailerDelivery({ timeoutSeconds })",
      );
    },
  );

  test("without a transport is refused, and says where one comes from", () => {
    const none = undefined as unknown as NodemailerTransport;
    expect(() => deliveryBy(none)).toThrow("nodemailer.createTransport()");
  });

  test("takes transports as Nodemailer types them, and as @types/nodemailer does", () => {
    expectTypeOf<ReturnType<typeof single>>().toExtend<NodemailerTransport>();
    expectTypeOf<ReturnType<typeof pooled>>().toExtend<NodemailerTransport>();
    expectTypeOf<Transporter>().toExtend<NodemailerTransport>();
    expectTypeOf<TransporterOfTypes>().toExtend<NodemailerTransport>();
  });
});

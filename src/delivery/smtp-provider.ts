/** A mail server, set up by an administrator: Nodemailer is the app's, and nothing of it is loaded here. */
import { isIP } from "node:net";
import type { Provider, ProviderField, ProviderValues } from "../core/provider.js";
import { type FieldError, misconfigured } from "../errors.js";
import { senderOf } from "./mail-sender.js";
import { type NodemailerTransport, nodemailerDelivery } from "./nodemailer.js";

/** What `nodemailer.createTransport()` takes. */
export interface SmtpOptions {
  host: string;
  port: number;
  /** TLS from the first byte on: port 465. */
  secure: boolean;
  /** No mail without STARTTLS: where there is a password, which would go in clear. */
  requireTLS: boolean;
  auth?: { user: string; pass: string };
}

const FIELDS: readonly ProviderField[] = [
  { name: "host", label: "Server", hint: "A name such as mail.example.com.", bindsSecrets: true },
  { name: "port", label: "Port", hint: "587, or 465.", bindsSecrets: true },
  {
    name: "user",
    label: "User name",
    hint: "Empty for a server that asks for none.",
    optional: true,
    bindsSecrets: true,
  },
  { name: "password", label: "Password", secret: true, optional: true },
  { name: "from", label: "Sender", hint: "Acme <no-reply@example.com>, or only the address." },
];

/**
 * Mail by an SMTP server that an administrator enters. A password never leaves the machine in clear: where there is
 * one, the connection is encrypted or there is none, but for a server on this very machine.
 *
 * @param transport makes the transport: `(options) => nodemailer.createTransport(options)`
 */
export function smtpProvider(transport: (options: SmtpOptions) => NodemailerTransport): Provider {
  if (typeof transport !== "function") {
    throw misconfigured("smtpProvider takes a function: (options) => nodemailer.createTransport(options)");
  }
  return {
    channel: "email",
    name: "SMTP",
    fields: FIELDS,
    check,
    isTest: () => false,
    connect: (values) => nodemailerDelivery(transport(optionsOf(values)), { from: values["from"] ?? "" }),
  };
}

const SMTPS = 465;

function optionsOf({ host = "", port = "", user = "", password = "" }: ProviderValues): SmtpOptions {
  const secure = Number(port) === SMTPS;
  return {
    host,
    port: Number(port),
    secure,
    requireTLS: !secure && user !== "" && !isLoopback(host),
    ...(user === "" ? {} : { auth: { user, pass: password } }),
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

const LABEL = "(?!-)[A-Za-z0-9-]{1,63}(?<!-)";
const HOST_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})*$`);

function check({ host = "", port = "", user = "", password = "", from = "" }: ProviderValues): FieldError[] {
  const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  const problems: [string, boolean, string][] = [
    [
      "host",
      HOST_NAME.test(host) || isIP(host) > 0,
      "Enter the server's name or address only, without smtp:// and without a port.",
    ],
    ["port", isPort, "Enter a whole number from 1 to 65535."],
    ["user", user !== "" || password === "", "Enter the user name that goes with the password."],
    ["password", password !== "" || user === "", "Enter the password that goes with the user name."],
    ["from", isSender(from), 'Enter one address, such as "Acme <no-reply@example.com>".'],
  ];
  return problems.flatMap(([field, isRight, message]) => (isRight ? [] : [{ field, message }]));
}

function isSender(from: string): boolean {
  try {
    return senderOf(from).address !== "";
  } catch {
    return false;
  }
}

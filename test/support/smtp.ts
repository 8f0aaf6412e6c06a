// A real SMTP server on loopback that keeps what it is sent, and fails as mail servers do when told to.
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerSession } from "smtp-server";

/** A message whose DATA arrived, whether or not the server then took it. */
export interface Received {
  /** Of the envelope; empty for the null sender. */
  from: string;
  /** Of the envelope. */
  to: string[];
  mail: ParsedMail;
  raw: string;
}

export type Fault =
  | "ok"
  /** Takes the connection, and never greets. */
  | "hang-at-connect"
  | "421-at-mail"
  | "550-at-mail"
  | "450-at-rcpt"
  | "550-at-rcpt"
  /** The server's policy about the sender, in the code that is also for unknown mailboxes. */
  | "550-policy-at-rcpt"
  | "554-at-rcpt"
  | "552-after-data"
  /** Takes the message, and never answers. */
  | "hang-after-data"
  /** Takes the message, and drops the connection. */
  | "drop-after-data"
  /** Offers STARTTLS with a certificate that nobody trusts. */
  | "untrusted-certificate"
  | "535-at-auth"
  | "454-at-auth";

export interface Smtp {
  readonly port: number;
  readonly url: string;
  /** In order of arrival. */
  readonly mails: Received[];
  /** How many were opened so far. */
  readonly connections: number;
  /** From the next command on. */
  behave(fault: Fault): void;
  /** Drops all connections and refuses new ones. */
  close(): Promise<void>;
}

interface Refusal extends Error {
  responseCode: number;
}

/** Never settles: what was asked for hangs until somebody gives up. */
const FOREVER = new Promise<never>(() => undefined);

/** Starts on the port given, or on a free one. Logging in is offered, and needed nowhere. */
export async function startSmtp({ port = 0 }: { port?: number } = {}): Promise<Smtp> {
  const mails: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let fault: Fault = "ok";

  /** The refusal of a stage, where that is the fault; it names the recipient, as servers do. */
  function refuse(stage: string, about = ""): void {
    const [code, when] = [fault.slice(0, 3), fault.replace(/^\d+-(policy-)?/, "")];
    if (when !== stage || !/^\d/.test(fault)) return;
    const policy = fault.includes("policy") ? "5.7.1 " : "";
    throw Object.assign(new Error(`${policy}no, not ${about}`), {
      responseCode: Number(code),
    }) satisfies Refusal;
  }

  async function take(raw: Buffer, { envelope }: SMTPServerSession): Promise<void> {
    mails.push({
      from: envelope.mailFrom ? envelope.mailFrom.address : "",
      to: envelope.rcptTo.map(({ address }) => address),
      mail: await simpleParser(raw),
      raw: raw.toString(),
    });
    if (fault === "hang-after-data") await FOREVER;
    if (fault === "drop-after-data") for (const socket of sockets) socket.destroy();
    refuse("after-data", envelope.rcptTo[0]?.address);
  }

  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onConnect(session, done) {
      if (fault === "hang-at-connect") return;
      session.disabledCommands = fault === "untrusted-certificate" ? [] : ["STARTTLS"];
      done();
    },
    onAuth: ({ username = "" }, _, done) =>
      answer(
        () => refuse("at-auth"),
        (error) => done(error, { user: username }),
      ),
    onMailFrom: ({ address }, _, done) => answer(() => refuse("at-mail", address), done),
    onRcptTo: ({ address }, _, done) => answer(() => refuse("at-rcpt", address), done),
    onData: (stream, session, done) => answer(async () => take(await buffer(stream), session), done),
  });
  // A client that does not trust the certificate ends the handshake: that is its error, not the server's.
  server.on("error", () => undefined);
  server.server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const listening = server.listen(port, "127.0.0.1");
  await once(listening, "listening");
  const address = listening.address() as AddressInfo;

  return {
    port: address.port,
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    get connections() {
      return connections;
    },
    behave(next) {
      fault = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Runs a step of a session, and answers with its refusal where it throws one. */
async function answer(step: () => void | Promise<void>, done: (error?: Error) => void): Promise<void> {
  const refusal = await Promise.resolve()
    .then(step)
    .then(
      () => undefined,
      (error: Error) => error,
    );
  refusal ? done(refusal) : done();
}

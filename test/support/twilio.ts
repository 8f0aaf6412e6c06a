// A server on loopback in Twilio's place: checks what Twilio checks of a message, and answers as it is told to.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Twilio } from "twilio";
import { twilioClient } from "../../example-app/twilio-client.js";

export const ACCOUNT_SID = `AC${"0a".repeat(16)}`;
export const AUTH_TOKEN = "not the token of any account";

/** What a request for a message is answered, until told otherwise. */
export type Behaviour =
  | "success"
  | "garbage"
  | "silence"
  | "reset"
  /** Refused, with Twilio's own words: they hold the number. `code` left out: with a page, as a proxy answers. */
  | { refuse: number; code?: number; retryAfter?: string }
  /** Taken, and failed at once. */
  | { status: string; errorCode: number | null };

export interface TwilioRequest {
  path: string;
  /** What was sent, by Twilio's names: To, From, Body. */
  fields: Record<string, string>;
  headers: IncomingMessage["headers"];
}

export interface TwilioServer {
  url: string;
  /** Every request, also those that were refused; the newest is the last. */
  requests: TwilioRequest[];
  behave(how: Behaviour): void;
  close(): Promise<void>;
}

interface Account {
  accountSid: string;
  authToken: string;
}

interface Refusal {
  status: number;
  code: number;
  message: string;
}

export async function startTwilio(account: Account = { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN }) {
  let behaviour: Behaviour = "success";
  const requests: TwilioRequest[] = [];
  const server = createServer(async (req, res) => {
    const request = await received(req);
    requests.push(request);
    const refusal = refusalOf(account, req, request);
    if (refusal) return answer(res, refusal.status, errorBody(refusal));
    respond(res, behaviour, account, request.fields);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const twilio: TwilioServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    behave(how) {
      behaviour = how;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return twilio;
}

/** The official client, pointed at the server as the demo does it. */
export function clientFor(
  { url }: Pick<TwilioServer, "url">,
  account: Account = { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN },
): Promise<Twilio> {
  return twilioClient({ ...account, apiBase: url });
}

async function received(req: IncomingMessage): Promise<TwilioRequest> {
  const fields = Object.fromEntries(new URLSearchParams(await text(req)));
  return { path: req.url ?? "", fields, headers: req.headers };
}

function refusalOf(
  { accountSid, authToken }: Account,
  { method }: IncomingMessage,
  { path, fields, headers }: TwilioRequest,
): Refusal | undefined {
  const basic = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  const isForm = headers["content-type"]?.split(";")[0] === "application/x-www-form-urlencoded";
  if (headers.authorization !== basic) return { status: 401, code: 20003, message: "Authenticate" };
  if (method !== "POST" || path !== `/2010-04-01/Accounts/${accountSid}/Messages.json`) {
    return { status: 404, code: 20404, message: `The requested resource ${path} was not found` };
  }
  if (!isForm) return { status: 400, code: 20001, message: "The content type is not supported" };
  return missingField(fields);
}

function missingField({ To, From, MessagingServiceSid, Body }: Record<string, string>): Refusal | undefined {
  if (!To) return { status: 400, code: 21604, message: "A 'To' phone number is required." };
  if (!/^\+[1-9][0-9]{6,14}$/.test(To)) {
    return { status: 400, code: 21211, message: `Invalid 'To' Phone Number: ${To}` };
  }
  if (!From && !MessagingServiceSid) {
    return { status: 400, code: 21603, message: "A 'From' phone number is required." };
  }
  if (!Body) return { status: 400, code: 21602, message: "Message body is required." };
  if (Body.length > 1600) return { status: 400, code: 21617, message: "The message body is too long." };
  return undefined;
}

function respond(
  res: ServerResponse,
  behaviour: Behaviour,
  account: Account,
  fields: Record<string, string>,
): void {
  if (behaviour === "silence") return;
  if (behaviour === "reset") return void res.socket?.resetAndDestroy();
  if (behaviour === "garbage") return page(res, 200, `<p>Thank you for "${fields.Body}"</p>`);
  if (behaviour === "success") return answer(res, 201, resource(account, fields, "queued", null));
  if ("status" in behaviour) {
    return answer(res, 201, resource(account, fields, behaviour.status, behaviour.errorCode));
  }
  const { refuse, code, retryAfter } = behaviour;
  if (retryAfter !== undefined) res.setHeader("Retry-After", retryAfter);
  if (code === undefined) return page(res, refuse, "<h1>Something went wrong</h1>");
  const message = `The message "${fields.Body}" to ${fields.To} was refused`;
  answer(res, refuse, errorBody({ status: refuse, code, message }));
}

function page(res: ServerResponse, status: number, html: string): void {
  res.writeHead(status, { "Content-Type": "text/html" }).end(html);
}

function answer(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { "Content-Type": "application/json;charset=utf-8" }).end(JSON.stringify(body));
}

function errorBody({ status, code, message }: Refusal): object {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}

/** A message as Twilio's API describes it, with every field. */
function resource(
  { accountSid }: Account,
  fields: Record<string, string>,
  status: string,
  errorCode: number | null,
): object {
  const sid = `SM${"1b".repeat(16)}`;
  const uri = `/2010-04-01/Accounts/${accountSid}/Messages/${sid}`;
  return {
    account_sid: accountSid,
    api_version: "2010-04-01",
    body: fields.Body,
    date_created: "Thu, 01 Jan 2026 12:00:00 +0000",
    date_sent: null,
    date_updated: "Thu, 01 Jan 2026 12:00:00 +0000",
    direction: "outbound-api",
    error_code: errorCode,
    error_message: errorCode === null ? null : `${fields.To} could not be reached`,
    from: fields.From ?? null,
    messaging_service_sid: fields.MessagingServiceSid ?? null,
    num_media: "0",
    num_segments: "1",
    price: null,
    price_unit: "USD",
    sid,
    status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: fields.To,
    uri: `${uri}.json`,
  };
}

// Sends the requests of docs/integration.md to the apps that it shows.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import { authenticator } from "passport-second-factor/testing";
import { beforeAll, test, vi } from "vitest";
import { type Ask, type Reply, Visitor } from "../support/visitor.js";
import { blocksIn } from "./blocks.js";
import { compare, exchangesOf, parsedRequest } from "./exchanges.js";

export const PAGE = "docs/integration.md";
export const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
/** What the page writes where what is new each time goes. */
const SOME_CODE = "492039";
const SOME_TARGET = "l0wVQ8nJr2m4Yx6hTz1cKd7fGb9sAe3uPi5oXvRqNwM";
const SOME_TOKEN = "mZ4q1Yk8Wc0T7sVhN2xR5bJdL9fGpQeA3uKoXiCyBwE";

export const exchanges = exchangesOf(blocksIn("http").filter(({ file }) => file === PAGE));

/** A code is good once: each comes with the next thirty seconds. */
export async function nextCode(secret = SECRET): Promise<string> {
  vi.setSystemTime(Date.now() + 30_000);
  return authenticator(secret).code();
}

/** Stands for what the page writes where something is new each time. */
type Known = Record<typeof SOME_TARGET | typeof SOME_TOKEN, string>;

/**
 * Starts an app of the page, and sends what it shows for this kind; returns what makes another visitor of it. Each is imported when it is its turn: they share Passport, and the strategy that was registered last is the one
 * that it uses, as there is one in an app.
 */
export function walk(kind: string, load: () => Promise<{ app: Express }>): () => Visitor {
  let url = "";
  const visitors = new Map<string, Visitor>();
  const known: Known = { [SOME_TARGET]: "", [SOME_TOKEN]: "" };

  beforeAll(async () => {
    const { app } = await load();
    const server = app.listen(0, "127.0.0.1");
    server.maxRequestsPerSocket = 1;
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return () => void server.close();
  });

  const own = exchanges.filter(({ request }) => request.visitor?.startsWith(`${kind} `));
  test.each(own)("line $request.line: $title", async ({ request, answer }) => {
    const { path, ...ask } = parsedRequest(request);
    const name = request.visitor ?? "";
    const visitor = visitors.get(name) ?? new Visitor(url);
    visitors.set(name, visitor);
    const reply = await visitor.ask(path, await filledIn(ask, known));
    compare(reply, answer);
    remember(known, reply);
  });
  return () => new Visitor(url);
}

async function filledIn({ body, ...ask }: Ask, known: Known): Promise<Ask> {
  const text = JSON.stringify(body === "" ? ask : { ...ask, body });
  const withCode = text.replace(SOME_CODE, await nextCode());
  return JSON.parse(
    withCode.replace(SOME_TARGET, known[SOME_TARGET]).replace(SOME_TOKEN, known[SOME_TOKEN]),
  ) as Ask;
}

function remember(known: Known, { json, text }: Reply): void {
  if (typeof json["token"] === "string") known[SOME_TOKEN] = json["token"];
  const target = /name="target" value="([\w-]+)"/.exec(text)?.[1];
  if (target) known[SOME_TARGET] = target;
}

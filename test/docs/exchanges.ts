// Requests that the documentation shows, with their answers.
import { STATUS_CODES } from "node:http";
import { expect } from "vitest";
import type { Reply } from "../support/visitor.js";
import type { Block } from "./blocks.js";

export interface Exchange {
  title: string;
  request: Block;
  answer: Block;
}

/** @throws where a request has no answer, or the other way round */
export function exchangesOf(list: readonly Block[]): Exchange[] {
  return list.flatMap((request, at) => {
    const answer = list[at + 1];
    if (at % 2 === 1) return [];
    if (request.text.startsWith("HTTP/") || !answer?.text.startsWith("HTTP/")) {
      throw new Error(`${request.file}:${request.line}: a request and its answer should stand here`);
    }
    return [{ title: request.text.split("\n")[0] ?? "", request, answer }];
  });
}

function parts(text: string): { first: string; headers: Record<string, string>; body: string } {
  const [head = "", ...rest] = text.trim().split("\n\n");
  const [first = "", ...lines] = head.split("\n");
  const headers = Object.fromEntries(
    lines.map((line) => line.split(/:\s(.*)/).slice(0, 2) as [string, string]),
  );
  return { first, headers, body: rest.join("\n\n") };
}

export function parsedRequest({ text }: Block) {
  const { first, headers, body } = parts(text);
  const [method = "", path = ""] = first.split(" ");
  return { method, path, headers, body };
}

/** Holds an answer against the one that the page shows: status, the headers it names, and the body where it has one. */
export function compare(reply: Reply, { text }: Block): void {
  const { first, headers, body } = parts(text);
  expect(`HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status]}`).toBe(first);
  for (const [name, value] of Object.entries(headers)) expect(reply.headers.get(name), name).toBe(value);
  if (body === "") return;
  const documented: unknown = JSON.parse(body);
  expect(shapeOf(reply.json)).toEqual(shapeOf(documented));
}

/** Values that are new each time become what kind they are; all others stay. */
function shapeOf(value: unknown, key = ""): unknown {
  if (key === "recoveryCodes" && Array.isArray(value))
    return [...new Set(value.map((code) => shapeOf(code, "code")))];
  if (Array.isArray(value)) return value.map((item) => shapeOf(item));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shapeOf(item, name)]));
  }
  if (typeof value !== "string") return value;
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return "a date";
  if (/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/.test(value)) return "a recovery code";
  if (key === "target") return value.replace(/^[\w-]{43}$/, "a digest");
  if (key === "token") return value.replace(/^[\w-]{43}$/, "a token");
  if (key === "id") return value.replace(/^[\w-]{22}$/, "an id");
  if (key === "secret") return value.replace(/^[A-Z2-7]{32}$/, "a secret");
  if (key === "uri") return value.replace(/[A-Z2-7]{32}/, "a secret");
  if (key === "qr")
    return value.replace(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg".*<\/svg>$/s, "an image");
  return value;
}

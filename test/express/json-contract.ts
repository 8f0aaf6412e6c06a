// What the tests of the HTTP contract share: its addresses, and what a problem document and a redirect look like.
import { STATUS } from "passport-second-factor";
import { expect } from "vitest";
import type { Reply } from "../support/visitor.js";

export const BASE = "/second-factor";
export const ROOT = "root@acme.test";

/** A problem document (RFC 9457): its type and fields, and the status repeated in it. */
export function expectProblem(reply: Reply, name: keyof typeof STATUS, fields: object = {}): void {
  expect(reply.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  const known = { title: expect.stringMatching(/^[A-Z]?\w/), status: STATUS[name], code: name, ...fields };
  expect(reply.json).toEqual(known);
  expect(reply.status).toBe(STATUS[name]);
  const challenge = reply.headers.get("www-authenticate");
  const insufficient = 'SecondFactor error="insufficient_user_authentication"';
  expect(challenge).toBe(reply.status === 401 ? insufficient : null);
}

/** What a browser makes of an answer. */
export const sees = ({ status, location }: Reply) => [status, location];

/** What a JSON client does. */
export const reads = ({ status, json }: Reply) => [status, json];

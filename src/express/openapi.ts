/** The HTTP contract as OpenAPI 3.1, from the schemas that validate. Loaded when it is asked for. */
import { z } from "zod";
import { type ErrorCode, STATUS } from "../errors.js";
import { bodies } from "./input.js";

interface Operation {
  summary: string;
  body?: keyof typeof bodies;
  /** Status of the JSON answer when all is well. Default 200. */
  status?: number;
  codes: ErrorCode[];
}

const REFUSED: ErrorCode[] = [
  "wrong_code",
  "no_challenge",
  "challenge_expired",
  "locked",
  "factor_not_allowed",
];
const UNSENT: ErrorCode[] = [
  "no_challenge",
  "challenge_expired",
  "locked",
  "factor_not_allowed",
  "resend_too_soon",
  "delivery_failed",
];
const SIGNED_IN: ErrorCode[] = [
  "no_challenge",
  "second_factor_required",
  "enrolment_required",
  "password_change_required",
];
const CHANGES: ErrorCode[] = [...SIGNED_IN, "step_up_required", "factor_not_enrolled", "conflict"];
const PASSWORD: ErrorCode[] = [...SIGNED_IN, "step_up_required", "not_found"];
const ADMIN: ErrorCode[] = [...SIGNED_IN, "forbidden"];
const ASKED: ErrorCode[] = [
  "no_challenge",
  "challenge_expired",
  "enrolment_required",
  "password_change_required",
];

/** Without the option these are 404. */
const ACCOUNT = "with the `account` option";

/** What it begins owes a new password at least: the answer is that of a login that is held. */
function mailedLink(what: string): Partial<Record<"get" | "post", Operation>> {
  const owed: ErrorCode[] = ["password_change_required", "second_factor_required"];
  return {
    get: { summary: `Whether a mailed link still ${what}, ${ACCOUNT}`, codes: ["link_expired"] },
    post: { summary: `Uses it up, and ${what}, ${ACCOUNT}`, body: "none", codes: ["link_expired", ...owed] },
  };
}

/** Every path of the router, by path and method. */
export const OPERATIONS: Record<string, Partial<Record<"get" | "post" | "put", Operation>>> = {
  "/": { get: { summary: "The person's factors and recovery codes left", codes: SIGNED_IN } },
  "/challenge": { get: { summary: "What is asked, and what may answer", codes: ASKED } },
  "/challenge/choose": { get: { summary: "The ways to answer", codes: ASKED } },
  "/challenge/send": {
    post: {
      summary: "Sends a code, or starts the challenge afresh",
      body: "send",
      status: 202,
      codes: [...UNSENT, "conflict"],
    },
  },
  "/challenge/verify": {
    post: { summary: "Answers the challenge with a code", body: "verify", codes: [...REFUSED, "conflict"] },
  },
  "/challenge/cancel": { post: { summary: "Ends the pending login", codes: [] } },
  "/enrol": { get: { summary: "The factors that can be set up", codes: SIGNED_IN } },
  "/enrol/skip": {
    post: {
      summary: "Puts an enrolment off that has a grace",
      body: "none",
      codes: [...SIGNED_IN, "forbidden"],
    },
  },
  "/enrol/{factor}": {
    get: {
      summary: "The enrolment that has begun",
      codes: [...SIGNED_IN, "not_found", "factor_not_allowed"],
    },
    post: {
      summary: "Begins an enrolment; sends the code where it is for an address",
      body: "enrol",
      codes: [...CHANGES, "factor_not_allowed", "locked", "resend_too_soon", "delivery_failed"],
    },
  },
  "/enrol/{factor}/confirm": {
    post: { summary: "Confirms it with its first code", body: "confirm", codes: [...SIGNED_IN, ...REFUSED] },
  },
  "/recovery-codes": {
    get: { summary: "How many recovery codes are left", codes: [...SIGNED_IN, "not_found"] },
    post: { summary: "Makes new recovery codes", body: "none", codes: CHANGES },
  },
  "/recovery-codes/new": { get: { summary: "The page that asks before making new codes", codes: CHANGES } },
  "/recovery-codes/saved": {
    post: { summary: "Notes that the codes were kept", body: "saved", codes: SIGNED_IN },
  },
  "/factors/{kind}/prefer": {
    post: {
      summary: "Asks for this factor first",
      body: "none",
      codes: [...SIGNED_IN, "factor_not_enrolled"],
    },
  },
  "/browsers": { get: { summary: "The person's trusted browsers", codes: SIGNED_IN } },
  "/browsers/{id}/forget": {
    post: { summary: "Forgets a trusted browser", body: "none", codes: [...SIGNED_IN, "not_found"] },
  },
  "/browsers/forget-all": {
    post: { summary: "Forgets all trusted browsers", body: "none", codes: SIGNED_IN },
  },
  "/factors/{kind}/remove": {
    get: { summary: "The page that asks before removing a factor", codes: CHANGES },
    post: { summary: "Removes a factor", body: "none", codes: [...CHANGES, "forbidden"] },
  },
  "/password": {
    get: {
      summary: "Whether a new password must be chosen, and how long; only with `account`",
      codes: PASSWORD,
    },
    post: {
      summary: "Chooses a new password, or changes it; only with `account`",
      body: "password",
      codes: [...PASSWORD, "locked"],
    },
  },
  "/events": {
    get: {
      summary: "The person's own security history",
      codes: [...SIGNED_IN, "not_found", "invalid_input"],
    },
  },
  "/sessions/end-others": {
    post: { summary: "Ends the person's other sessions", body: "none", codes: SIGNED_IN },
  },
  "/admin/policy": {
    get: { summary: "Policy, code lifetimes, providers and test mode, for administrators", codes: ADMIN },
    put: {
      summary: "Saves what is sent of them",
      body: "policy",
      codes: [...ADMIN, "step_up_required", "conflict"],
    },
    post: {
      summary: "The same, for forms",
      body: "policy",
      codes: [...ADMIN, "step_up_required", "conflict"],
    },
  },
  "/admin/policy/report": {
    post: { summary: "What a policy would mean, before it is saved", body: "policy", codes: ADMIN },
  },
  "/admin/users": {
    get: {
      summary: "People and their second factor, for administrators: `q`, `filter`, `cursor`",
      codes: [...ADMIN, "invalid_input"],
    },
  },
  "/admin/users/{id}": {
    get: {
      summary: "One person: status, factors without secrets, browsers, events",
      codes: [...ADMIN, "not_found"],
    },
  },
  "/admin/users/{id}/{act}": {
    get: { summary: "The page that asks for the reason", codes: [...ADMIN, "not_found", "step_up_required"] },
    post: {
      summary: "disable, unlock, forget-browsers, end-sessions, set-phone: one fresh code and a reason each",
      body: "act",
      codes: [...ADMIN, "not_found", "step_up_required", "factor_not_enrolled", "conflict"],
    },
  },
  "/first-login": {
    get: { summary: `Whether a link can be asked for, ${ACCOUNT}`, codes: ["not_found"] },
    post: {
      summary: `Mails a link to whoever has no password yet; answers alike for every address, ${ACCOUNT}`,
      body: "link",
      status: 202,
      codes: ["not_found"],
    },
  },
  "/forgot": {
    get: { summary: `Whether a reset can be asked for, ${ACCOUNT}`, codes: ["reset_by_admin_only"] },
    post: {
      summary: `Mails a link to whoever may reset their own password; answers alike for every address, ${ACCOUNT}`,
      body: "link",
      status: 202,
      codes: ["reset_by_admin_only"],
    },
  },
  "/welcome/{token}": mailedLink("begins the first login"),
  "/reset/{token}": mailedLink("begins a login that ends with a new password"),
  "/stop/{token}": {
    get: { summary: "Whether a mailed link still stops a change of address", codes: ["link_expired"] },
    post: { summary: "Stops it, and ends every session", body: "none", codes: ["link_expired"] },
  },
  "/unlock/{token}": {
    get: { summary: "Whether a mailed link still switches codes on again", codes: ["link_expired"] },
    post: { summary: "Switches codes on again", body: "none", codes: ["link_expired"] },
  },
  "/openapi.json": { get: { summary: "This document", codes: [] } },
  "/assets/{name}": { get: { summary: "Style sheet and script of the pages", codes: ["not_found"] } },
};

/** What any request, and any that changes something, may be answered. */
const ALWAYS: ErrorCode[] = ["store_unavailable"];
const ALWAYS_POST: ErrorCode[] = ["cross_origin", "unsupported_media_type", "invalid_input"];

export function openApi({ issuer, base }: { issuer: string; base: string }): object {
  const paths = Object.entries(OPERATIONS).map(([path, methods]) => [path, pathItem(path, methods)]);
  return {
    openapi: "3.1.0",
    info: { title: `${issuer}: second factor`, version: "1" },
    servers: [{ url: base }],
    paths: Object.fromEntries(paths),
    components: { schemas: { Problem: PROBLEM } },
  };
}

function pathItem(path: string, methods: (typeof OPERATIONS)[string]): object {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const parameters = names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  const operations = Object.entries(methods).map(([method, operation]) => [
    method,
    described(method, operation),
  ]);
  return { ...(parameters.length > 0 ? { parameters } : {}), ...Object.fromEntries(operations) };
}

function described(method: string, { summary, body, status = 200, codes }: Operation): object {
  const all = new Set([...codes, ...ALWAYS, ...(method === "get" ? [] : ALWAYS_POST)]);
  return {
    summary,
    ...(body ? { requestBody: requestBody(body) } : {}),
    responses: { [status]: { description: "Done" }, ...problems([...all]) },
  };
}

function requestBody(name: keyof typeof bodies): object {
  const schema = z.toJSONSchema(bodies[name], { io: "input" });
  return { content: { "application/json": { schema }, "application/x-www-form-urlencoded": { schema } } };
}

function problems(codes: ErrorCode[]): Record<string, object> {
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const statuses = [...new Set(codes.map((code) => STATUS[code]))];
  const described = statuses.map((status) => {
    const description = codes.filter((code) => STATUS[code] === status).join(", ");
    return [status, { description, content }];
  });
  return Object.fromEntries(described);
}

/** RFC 9457, with the code that clients switch on. */
const PROBLEM = {
  type: "object",
  required: ["title", "status", "code"],
  properties: {
    title: { type: "string" },
    status: { type: "integer" },
    code: { enum: Object.keys(STATUS).filter((code) => code !== "misconfigured") },
    attemptsLeft: { type: "integer" },
    renewable: { type: "boolean" },
    blocked: { type: "boolean" },
    action: { type: "string" },
    target: { type: "string" },
    enrolUrl: { type: "string" },
    hint: { enum: ["clock", "used", "superseded"] },
    resendAt: { type: "string", format: "date-time" },
    reason: { enum: ["invalid-recipient", "unsupported-region", "opted-out", "busy"] },
    challengeUrl: { type: "string" },
    loginUrl: { type: "string" },
    passwordUrl: { type: "string" },
    errors: {
      type: "array",
      items: { type: "object", properties: { field: { type: "string" }, message: { type: "string" } } },
    },
  },
} as const;

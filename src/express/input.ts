/** What a request body may hold. A field is text of a bounded length, whatever parser ran before ours. */
import express, { type NextFunction, type Request, type RequestHandler, type Response } from "express";
import { z } from "zod";
import { MAX_REASON } from "../core/administration.js";
import { SecondFactorError } from "../errors.js";

const LIMIT = "16kb";
const word = z.string().max(64);

/** A tick box, or what a JSON client writes instead. */
const flag = z.union([z.boolean(), z.literal("on"), z.literal("true"), z.literal("")]).transform(isOn);

/** Whether a tick box is ticked, in a form or in JSON. */
export function isOn(value: unknown): boolean {
  return value === true || value === "on" || value === "true";
}

export const bodies = {
  verify: z.object({
    factor: word.optional(),
    code: z.string().max(200),
    action: word.optional(),
    target: word.optional(),
    trustBrowser: flag.optional(),
  }),
  send: z.object({ factor: word.optional(), action: word.optional(), target: word.optional() }),
  enrol: z.object({
    restart: flag.optional(),
    resend: flag.optional(),
    address: z.string().max(254).optional(),
    country: word.optional(),
    number: word.optional(),
  }),
  confirm: z.object({ code: z.string().max(200) }),
  /** JSON has these parts; a form has the fields of each. What is left out stays as it is. */
  policy: z.looseObject({
    policy: z.unknown().optional(),
    codeMinutes: z.unknown().optional(),
    providers: z.unknown().optional(),
    testMode: z.unknown().optional(),
    version: z.coerce.number().int().min(0),
    /** Of a form: what was entered to be kept and is not shown. */
    draft: word.optional(),
  }),
  saved: z.object({ slip: z.string().max(1000).optional() }),
  act: z.object({
    /** Room for one that is too long: the form comes back with it. */
    reason: z
      .string()
      .max(10 * MAX_REASON)
      .default(""),
    disable: flag.optional(),
    country: word.optional(),
    number: word.optional(),
  }),
  /** The rules say how long; this is only what is read at all. */
  password: z.object({
    currentPassword: z.string().max(1000).default(""),
    newPassword: z.string().max(1000),
  }),
  /** Where a link is asked for. */
  link: z.object({ address: z.string().max(254) }),
  none: z.object({}),
} as const;

/** A policy of many roles is the only thing that is long. */
const ADMIN_LIMIT = "256kb";
const ADMIN_FIELDS = 5000;

const small = {
  form: express.urlencoded({ extended: false, limit: LIMIT }),
  json: express.json({ limit: LIMIT }),
};
const large = {
  form: express.urlencoded({ extended: false, limit: ADMIN_LIMIT, parameterLimit: ADMIN_FIELDS }),
  json: express.json({ limit: ADMIN_LIMIT }),
};

/** Reads a form or JSON; anything else is 415, anything unreadable or too long 400. Leaves a parsed body alone. */
export const readBody: RequestHandler = function secondFactorBody(req, res, next) {
  if (req.method === "GET" || req.method === "HEAD" || isEmpty(req)) return next();
  if (req.body !== undefined) return next();
  if (!req.is(["application/x-www-form-urlencoded", "application/json"])) {
    return next(new SecondFactorError("unsupported_media_type", "send a form or application/json"));
  }
  const parsers = req.path.startsWith("/admin/") ? large : small;
  const parser = req.is("application/json") ? parsers.json : parsers.form;
  parser(req, res, (error?: unknown) => next(error ? unreadable(error) : undefined));
};

function isEmpty(req: Request): boolean {
  return req.headers["transfer-encoding"] === undefined && (req.get("content-length") ?? "0") === "0";
}

function unreadable(cause: unknown): SecondFactorError {
  return new SecondFactorError("invalid_input", "the body could not be read", { cause });
}

/** The body as its schema has it. @throws `invalid_input` with the fields that were refused */
export function bodyOf<S extends z.ZodType>(req: Pick<Request, "body">, schema: S): z.output<S> {
  const result = schema.safeParse(req.body ?? {});
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
  throw new SecondFactorError("invalid_input", "the body does not fit", { errors });
}

export type Handler = (req: Request, res: Response, next: NextFunction) => Promise<void> | void;

/** The few things of Passport 0.7 that it keeps to itself, in one place. */
import type { Request } from "express";
import type {} from "express-session";
import type { PassportStatic } from "passport";

interface SessionManager {
  _key: string;
}

interface Internals {
  _sm: SessionManager;
}

interface RequestInternals {
  _sessionManager?: SessionManager;
  _userProperty?: string;
}

/** Where in the session Passport keeps who is signed in: "passport", unless the app says otherwise. */
export function passportKey(passport: PassportStatic): string {
  return (passport as unknown as Internals)._sm._key;
}

/** Whether some Passport instance has handled this request; without one there is no `req.logIn`. */
export function hasPassport(req: Request): boolean {
  return (req as unknown as RequestInternals)._sessionManager !== undefined;
}

/** Whether the instance that handled this request last is ours. */
export function isOurPassport(req: Request, passport: PassportStatic): boolean {
  return (req as unknown as RequestInternals)._sessionManager === (passport as unknown as Internals)._sm;
}

/** The user of the request, under whatever name the app gave it. */
export function userOf(req: Request): unknown {
  return (req as unknown as Record<string, unknown>)[userProperty(req)];
}

/** Makes the request anonymous, under every name Passport knows. */
export function forgetUser(req: Request): void {
  const names = new Set(["user", userProperty(req)]);
  for (const name of names) (req as unknown as Record<string, unknown>)[name] = undefined;
}

function userProperty(req: Request): string {
  return (req as unknown as RequestInternals)._userProperty ?? "user";
}

/** Passport's serialised user in this session; undefined where nobody is signed in. */
export function serializedUser(req: Request, passport: PassportStatic): unknown {
  const session = req.session as unknown as Record<string, { user?: unknown } | undefined>;
  return session[passportKey(passport)]?.user;
}

export function serialize(passport: PassportStatic, req: Request, user: unknown): Promise<unknown> {
  type Serialize = (user: unknown, req: Request, done: Done) => void;
  return promised((done) => (passport.serializeUser as unknown as Serialize)(user, req, done));
}

/** The user behind a serialised reference; false where the app no longer knows or wants them. */
export function deserialize(passport: PassportStatic, req: Request, serialized: unknown): Promise<unknown> {
  type Deserialize = (serialized: unknown, req: Request, done: Done) => void;
  return promised((done) => (passport.deserializeUser as unknown as Deserialize)(serialized, req, done));
}

type Done = (error: unknown, value?: unknown) => void;

function promised(step: (done: Done) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    step((error, value) => (error ? reject(error) : resolve(value)));
  });
}

/** The request that is being answered, for events that happen meanwhile. Only logins and our own routes have one. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Request } from "express";
import type { EventContext } from "../core/events.js";

const MAX_USER_AGENT = 512;

const storage = new AsyncLocalStorage<EventContext>();

export function during<T>(req: Request, work: () => T): T {
  const userAgent = req.get("user-agent")?.slice(0, MAX_USER_AGENT);
  return storage.run(userAgent ? { userAgent } : {}, work);
}

export function eventContext(): EventContext {
  return storage.getStore() ?? {};
}

/** The port to a lasting record of what happened to whom. */
import type { EventContext, EventName, Events } from "./events.js";

export interface LoggedEvent extends EventContext {
  user: string;
  event: EventName;
  at: Date;
  /** What else the event says: names, kinds, counts; never a code, an address or a secret. */
  detail: Readonly<Record<string, unknown>>;
}

export interface EventLog {
  append(event: LoggedEvent): Promise<void>;
  /** A person's events, newest first, at most `limit` of those before a moment. */
  of(user: string, page: { before?: Date; limit: number }): Promise<LoggedEvent[]>;
}

/** What is worth remembering about a person. */
const LOGGED = [
  "signed-in",
  "signed-out",
  "code-refused",
  "locked",
  "enrolled",
  "removed",
  "address-changed",
  "change-stopped",
  "reopened",
  "link-sent",
  "link-used",
  "recovery-code-used",
  "recovery-codes-renewed",
  "browser-trusted",
  "browser-forgotten",
  "password-changed",
  "temporary-password-used",
  "step-up",
  "session-ended",
  "sessions-ended",
  "administered",
] as const satisfies readonly EventName[];

/** Appends to the log as events happen. One that cannot be written changes nothing, and is told as `listener-failed`. */
export function keepLog(events: Events, log: EventLog): void {
  for (const event of LOGGED) {
    events.on(event, ({ user, at, userAgent, ...detail }) => {
      return log.append({ user, event, at, ...(userAgent ? { userAgent } : {}), detail });
    });
  }
}

/** What happened to whom, for logs, notices and dashboards. A listener decides nothing: one that throws is told of. */
import type { DeliveryError } from "./delivery.js";
import type { AdminAct, FactorKind, LinkUse, Purpose } from "./model.js";
import type { SettingsPart } from "./settings.js";

export interface SecurityEvents {
  /** A login is complete, with or without a challenge. */
  "signed-in": { user: string; factors: readonly FactorKind[] };
  "signed-out": { user: string };
  /** The password was right and a second factor is owed. */
  "challenge-started": { user: string; purpose: Purpose };
  "code-refused": { user: string; purpose: Purpose; factor: FactorKind; hint?: string };
  /** A wrong code was the one after which codes are paused; `blocked` where only an administrator ends it. */
  locked: { user: string; purpose: Purpose; blocked: boolean; until?: Date };
  /** `isImported`: by code, for somebody who had it elsewhere. */
  enrolled: { user: string; factor: FactorKind; first: boolean; isImported?: boolean };
  /** Codes go to another address, or to another number, from now on. */
  "address-changed": { user: string; factor: FactorKind };
  /** Somebody with the mailed link has stopped such a change: these factors answer nothing any more. */
  "change-stopped": { user: string; factors: readonly FactorKind[] };
  /** Codes that were switched off after wrong ones work again, by a mailed link. */
  reopened: { user: string };
  /** A link behind which a new password is chosen was used. */
  "link-used": { user: string; use: LinkUse };
  /** A link was mailed to the person. */
  "link-sent": { user: string; use: LinkUse };
  /** `last`: nothing but the password is left. */
  removed: { user: string; factor: FactorKind; last: boolean };
  "recovery-code-used": { user: string; left: number };
  "recovery-codes-renewed": { user: string };
  /** A code is on its way. */
  "code-sent": { user: string; purpose: Purpose; factor: FactorKind };
  /** A message was not taken. `error.message` names neither recipient nor code; its `cause` is the provider's own words. */
  "delivery-failed": { user: string; purpose: Purpose; factor: FactorKind; error: DeliveryError };
  /** The installation's daily cap on messages to unproven addresses is reached: told once a day. */
  "send-cap-reached": { factor: FactorKind; perDay: number };
  "browser-trusted": { user: string; browser: string; until: Date };
  "browser-forgotten": { user: string };
  /** A notice could not be mailed to the person it is about. */
  "notice-failed": { user: string; about: string; error: DeliveryError };
  /** `forced`: an administrator, or a link, made the person choose a new one. */
  "password-changed": { user: string; forced: boolean };
  /** A login with the password that an administrator made. */
  "temporary-password-used": { user: string };
  "step-up": { user: string; action: string; factor: FactorKind };
  /** A session that carried an ended login, or an assurance that no longer holds. */
  "session-ended": { user: string };
  /** A person ended their other sessions. */
  "sessions-ended": { user: string };
  /** The stored settings were not written by this app: the options in code hold instead. */
  "settings-refused": { version: number };
  /** An administrator saved settings; `parts` are those that are another than before. */
  "settings-changed": { by: string; version: number; parts: readonly SettingsPart[] };
  /** An administrator did something to somebody. `by`: as the app calls them. */
  administered: {
    user: string;
    act: AdminAct;
    by: string;
    reason: string;
    /** Of a reset: the second factor goes off when its link is used. */
    disables?: true;
  };
  "listener-failed": { event: string; error: unknown };
}

export type EventName = keyof SecurityEvents;

/** What is known about the request that an event happened in; nothing, where it was none. */
export interface EventContext {
  /** As the browser says it: only a claim. */
  userAgent?: string;
}

type Listener<E extends EventName> = (detail: SecurityEvents[E] & { at: Date } & EventContext) => unknown;

export interface Events {
  /** Adds a listener and returns what removes it. */
  on<E extends EventName>(event: E, listener: Listener<E>): () => void;
  emit<E extends EventName>(event: E, detail: SecurityEvents[E]): void;
  /** Resolves once no listener is at work: before a process ends. */
  settled(): Promise<void>;
}

/** The same, for who tells of events. */
export interface EventSource extends Events {
  /** Work that nobody waits for, but `settled`; what it throws is told as `listener-failed`, under this name. */
  follow(name: string, work: PromiseLike<unknown>): void;
}

/** Promises of other libraries, and what becomes one when it is waited for, such as a query. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

export function createEvents(now: () => Date, context: () => EventContext = () => ({})): EventSource {
  const listeners = new Map<EventName, Set<Listener<never>>>();
  const working = new Set<Promise<unknown>>();

  function failed(event: string, error: unknown): void {
    if (event !== "listener-failed") emit("listener-failed", { event, error });
  }

  function emit<E extends EventName>(event: E, detail: SecurityEvents[E]): void {
    for (const listener of listeners.get(event) ?? []) {
      try {
        const told = { ...detail, ...context(), at: now() } as Parameters<Listener<E>>[0];
        const returned = (listener as Listener<E>)(told);
        if (isThenable(returned)) follow(event, returned);
      } catch (error) {
        failed(event, error);
      }
    }
  }

  function follow(name: string, work: PromiseLike<unknown>): void {
    const done = Promise.resolve(work)
      .catch((error) => failed(name, error))
      .finally(() => working.delete(done));
    working.add(done);
  }

  return {
    emit,
    follow,
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      return () => set.delete(listener);
    },
  };
}

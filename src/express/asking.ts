/** One way to look at a challenge, whether it stands before a login or before an action. */
import type { Request } from "express";
import type { Action } from "../core/actions.js";
import type { FactorKind, UserRef } from "../core/model.js";
import { preferredFirst, stoppedLast } from "../core/own-factors.js";
import { hintsOf, type Sending, sendingOf } from "../core/sent-code.js";
import type { ChallengeKey } from "../core/store.js";
import { SecondFactorError } from "../errors.js";
import { type Asked, defaultOf } from "./challenge-views.js";
import { mountOf } from "./middleware-state.js";
import { baseOf } from "./negotiate.js";
import type { Person } from "./person.js";
import type { SignedInVisitor, Visitor } from "./route.js";
import type { Runtime } from "./runtime.js";
import { type KeptSending, keptSending, type Notice, noteSending } from "./session.js";

export interface Asking extends Asked {
  ref: UserRef;
  key: ChallengeKey;
  /** Whose it is, as a message with a code says it. */
  owner: string;
  /** What a code allows as messages say it, where that is not what the page says. */
  told?: string;
  /** Keeps or clears what the page says about the last try. */
  note(notice: Notice | undefined): void;
  /** Keeps what is under way. */
  noteSent(sending: Sending | undefined): void;
  /** The challenge page, showing this factor. */
  url(factor?: FactorKind): string;
}

/** What a request says it is about. */
export interface About {
  action?: string | undefined;
  /** As the page or the answer that asked had it; empty: bound to nothing. Absent: whatever was asked last. */
  target?: string | undefined;
}

/** What is asked of a visitor; undefined where nothing is. @throws `not_found` for an unknown action */
export function askingOf(
  runtime: Runtime,
  req: Request,
  visitor: SignedInVisitor,
  about: About,
): Promise<Asking>;
export function askingOf(
  runtime: Runtime,
  req: Request,
  visitor: Visitor,
  about: About,
): Promise<Asking | undefined>;
export async function askingOf(
  runtime: Runtime,
  req: Request,
  visitor: Visitor,
  { action }: About,
): Promise<Asking | undefined> {
  if (visitor.state === "pending") return askLogin(runtime, req, visitor);
  if (visitor.state === "signed-in") return askAction(runtime, req, visitor, action);
  return undefined;
}

/** Whether a page or a client means what was asked about before: another target has taken its place since. */
export function isSuperseded({ action }: Asking, { target }: About): boolean {
  return target !== undefined && target !== (action?.target ?? "");
}

/** Everything is in the session: looking at the challenge of a login reads nothing. */
function askLogin(
  runtime: Runtime,
  req: Request,
  { pending }: Extract<Visitor, { state: "pending" }>,
): Asking | undefined {
  if (pending.owes !== "challenge") return undefined;
  // A login that began before an update of the package has neither hints nor kinds to trust.
  const { user, login, factors, hints = {}, trusts = [], account, expiresAt, notice, sent } = pending;
  return {
    ref: user,
    key: { login, purpose: "login" },
    account,
    owner: account,
    factors,
    hints,
    expiresAt,
    ...(sent ? { sent } : {}),
    ...(notice ? { notice } : {}),
    trusts,
    ...(runtime.trust ? { trustBrowserDays: runtime.trust.days } : {}),
    note: (next) => assign(pending, next),
    noteSent: (sending) => noteSending(pending, sending),
    url: (factor) => pageUrl(runtime, req, { factor: factor === defaultOf(pending) ? undefined : factor }),
  };
}

async function askAction(
  runtime: Runtime,
  req: Request,
  { person, record }: SignedInVisitor,
  name: string | undefined,
): Promise<Asking> {
  if (name === undefined) throw new SecondFactorError("conflict", "nothing is asked: the login is complete");
  const action = runtime.actions.get(name);
  if (action === undefined) throw new SecondFactorError("not_found", `no action is called "${name}"`);
  const stepUp = record.stepUp?.action === name ? record.stepUp : undefined;
  const bound = stepUp?.target === undefined ? {} : { target: stepUp.target };
  const key = { login: record.login, purpose: `action:${name}`, ...bound } as const;
  const enrolled = ableFactors(runtime, action, person);
  if (enrolled.length === 0) {
    throw new SecondFactorError("factor_not_enrolled", "no factor that could confirm an action is enrolled");
  }
  const { factors, hints, sent } = await known(runtime, person.ref, key, enrolled);
  const usual = defaultOf({ factors, ...(sent ? { sent } : {}) });
  return {
    ref: person.ref,
    key,
    action: { name, description: stepUp?.words ?? action.words(), ...bound },
    ...(stepUp?.told === undefined ? {} : { told: stepUp.told }),
    owner: record.account,
    factors,
    hints,
    cancelUrl: action.isOwn ? `${mountOf(req)}/` : baseOf(runtime, req),
    ...(sent ? { sent } : {}),
    ...(stepUp?.notice ? { notice: stepUp.notice } : {}),
    note: (next) => {
      const target = stepUp ?? { action: name };
      record.stepUp = target;
      assign(target, next);
    },
    noteSent: () => undefined,
    url: (factor) => pageUrl(runtime, req, { action: name, factor: factor === usual ? undefined : factor }),
  };
}

interface Known {
  factors: FactorKind[];
  hints: Partial<Record<FactorKind, string>>;
  sent?: KeptSending;
}

/** What the record says of an action's challenge; not read where nothing could have been sent. */
async function known(
  runtime: Runtime,
  ref: UserRef,
  key: ChallengeKey,
  enrolled: FactorKind[],
): Promise<Known> {
  const needsNothing = enrolled.length === 1 && !runtime.factors.get(enrolled[0] as FactorKind)?.sends;
  const state = needsNothing ? undefined : await runtime.store.read(ref);
  if (!state) return { factors: enrolled, hints: {} };
  const sending = sendingOf(runtime, state, key, runtime.tools.clock.now());
  return {
    factors: stoppedLast(state, preferredFirst(enrolled, state.vault.preferred)),
    hints: hintsOf(runtime, state),
    ...(sending ? { sent: keptSending(sending) } : {}),
  };
}

/**
 * The factors somebody has that may confirm an action. Recovery codes are for getting in, never for approving
 * something; what the app guards takes one that counts for their roles.
 */
export function ableFactors(runtime: Runtime, { factors, isOwn }: Action, person: Person): FactorKind[] {
  const { standing, demand } = person;
  return runtime.configured.filter(
    (kind) =>
      standing.factors.includes(kind) &&
      runtime.factors.get(kind)?.primary &&
      (!isOwn || demand.accepts.includes(kind)) &&
      (factors?.includes(kind) ?? true),
  );
}

function assign(holder: { notice?: Notice }, notice: Notice | undefined): void {
  if (notice) holder.notice = notice;
  else delete holder.notice;
}

function pageUrl(runtime: Runtime, req: Request, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const text = new URLSearchParams(given).toString();
  return `${baseOf(runtime, req)}/challenge${text ? `?${text}` : ""}`;
}
